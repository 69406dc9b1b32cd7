//! The command line of the `ratios` bench.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::groups::{GROUPS, Group, checkpoints};
use crate::harness::Budget;
use crate::{Result, table};

/// Runs the groups that `arguments` name, prints a table, and last one line a figure.
///
/// # Errors
/// An unknown group or flag, or whatever stopped a group.
pub fn run(arguments: impl Iterator<Item = String>) -> Result<()> {
    let mut arguments = arguments.peekable();
    if arguments
        .next_if(|argument| argument == checkpoints::CHILD)
        .is_some()
    {
        return checkpoints::child(arguments);
    }
    let chosen = Chosen::read(arguments)?;
    let mut figures = Vec::new();
    for group in chosen.groups {
        eprintln!("running {}", group.name);
        figures.extend((group.run)(&chosen.budget)?);
    }
    print!("{}", table::of(&figures));
    println!();
    for figure in &figures {
        println!("ratio {} {:.3}", figure.contest.name, figure.ratio);
    }
    Ok(())
}

#[derive(Debug)]
struct Chosen {
    groups: Vec<&'static Group>,
    budget: Budget,
}

impl Chosen {
    fn read(arguments: impl Iterator<Item = String>) -> Result<Self> {
        let mut budget = Budget::FULL;
        let mut names = BTreeSet::new();
        for argument in arguments {
            match argument.as_str() {
                "--quick" => budget = Budget::QUICK,
                // What `cargo bench` adds for benches with a harness.
                "--bench" => {}
                flag if flag.starts_with('-') => {
                    return Err(format!("`{flag}` is no flag of this bench\n{}", usage()).into());
                }
                name if GROUPS.iter().any(|group| group.name == name) => {
                    names.insert(argument);
                }
                name => return Err(format!("`{name}` is no group\n{}", usage()).into()),
            }
        }
        if names.is_empty() {
            return Err(format!("no group is named\n{}", usage()).into());
        }
        let groups = GROUPS
            .iter()
            .filter(|group| names.contains(group.name))
            .collect();
        Ok(Self { groups, budget })
    }
}

fn usage() -> String {
    let mut usage = String::from(
        "usage: cargo bench -p typed-state-benches --bench ratios -- GROUP… [--quick]\ngroups:\n",
    );
    for group in GROUPS {
        // Writing to a string does not fail.
        let _ = writeln!(usage, "  {:<10} {}", group.name, group.about);
    }
    usage
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(arguments: &[&str]) -> Result<Chosen> {
        Chosen::read(arguments.iter().map(|&argument| argument.to_owned()))
    }

    #[test]
    fn groups_run_once_each_in_their_order() {
        let chosen = read(&["--bench", "values", "keys", "values", "--quick"]).unwrap();
        let names: Vec<_> = chosen.groups.iter().map(|group| group.name).collect();
        assert_eq!(names, ["keys", "values"]);
        assert_eq!(chosen.budget, Budget::QUICK);
    }

    #[test]
    fn what_is_unknown_is_named_and_what_is_known_is_listed() {
        for (arguments, named) in [
            (["keys", "kyes"], "`kyes`"),
            (["keys", "--fast"], "`--fast`"),
        ] {
            let error = read(&arguments).unwrap_err().to_string();
            assert!(error.contains(named), "{error}");
            assert!(
                GROUPS.iter().all(|group| error.contains(group.name)),
                "{error}"
            );
        }
        assert!(
            read(&["--quick"])
                .unwrap_err()
                .to_string()
                .contains("no group")
        );
    }
}
