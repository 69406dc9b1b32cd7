use std::io::BufRead as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::Value;

/// The program of an example, built if it is not, in the profile of the tests.
///
/// # Panics
/// Where it does not build.
#[allow(
    clippy::panic,
    reason = "it is a part of tests, which fail by panicking"
)]
pub fn example(name: &str) -> PathBuf {
    let mut build = Command::new(env!("CARGO"));
    build.args(["build", "--package", "typed-state-examples"]);
    build.args(["--example", name, "--message-format", "json"]);
    if !cfg!(debug_assertions) {
        build.arg("--release");
    }
    let output = build.stderr(Stdio::inherit()).output();
    let messages = match output {
        Ok(output) if output.status.success() => output.stdout,
        _ => panic!("the example `{name}` does not build"),
    };
    let messages = messages.lines().map_while(Result::ok);
    let program = messages
        .filter_map(|line| serde_json::from_str::<Value>(&line).ok())
        .filter(|message| message.pointer("/target/name").is_some_and(|it| it == name))
        .find_map(|message| message.get("executable")?.as_str().map(PathBuf::from));
    program.unwrap_or_else(|| panic!("cargo does not say where the example `{name}` is"))
}
