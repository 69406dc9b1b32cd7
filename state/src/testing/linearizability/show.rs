//! Calls and answers as people read them: `x = 3`, `@7` for a revision.

use std::fmt;

use super::call::{Answer, Call, Cell, Change, Effect, KeyIndex, Require};

/// The keys' names in what is shown.
fn name(key: KeyIndex) -> char {
    ['x', 'y', 'z'].get(key).copied().unwrap_or('?')
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.number, self.revision)
    }
}

impl fmt::Display for Require {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Absent(key) => write!(f, "{} absent", name(key)),
            Self::Present(key) => write!(f, "{} present", name(key)),
            Self::Revision(key, revision) => write!(f, "{} @{revision}", name(key)),
        }
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Put(key, number) => write!(f, "{} = {number}", name(key)),
            Self::Delete(key) => write!(f, "delete {}", name(key)),
            Self::Add(key, delta) => write!(f, "{} += {delta}", name(key)),
        }
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read(key) => write!(f, "read {}", name(*key)),
            Self::Commit {
                revision,
                requires,
                changes,
            } => {
                write!(f, "commit @{revision}")?;
                list(f, " if ", requires)?;
                list(f, ": ", changes)
            }
        }
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read(None) => f.write_str("absent"),
            Self::Read(Some(cell)) => write!(f, "{cell}"),
            Self::Applied(effects) => {
                f.write_str("applied")?;
                list(f, ": ", effects)
            }
            Self::Conflict(failed) => {
                f.write_str("conflict")?;
                for (index, current) in failed {
                    match current {
                        Some(revision) => write!(f, ", condition {index} finds @{revision}")?,
                        None => write!(f, ", condition {index} finds nothing")?,
                    }
                }
                Ok(())
            }
        }
    }
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Put => f.write_str("put"),
            Self::Deleted(true) => f.write_str("deleted"),
            Self::Deleted(false) => f.write_str("nothing to delete"),
            Self::Added(number) => write!(f, "sum {number}"),
        }
    }
}

fn list(f: &mut fmt::Formatter<'_>, before: &str, items: &[impl fmt::Display]) -> fmt::Result {
    for (index, item) in items.iter().enumerate() {
        write!(f, "{}{item}", if index == 0 { before } else { ", " })?;
    }
    Ok(())
}
