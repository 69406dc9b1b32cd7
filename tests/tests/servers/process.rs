//! Test processes that start servers, and whether those run.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

/// A test process that has started two servers, one of them paused, of a kind: their numbers, and where one of them is.
pub(crate) fn started(kind: &str) -> (Child, [String; 3]) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_servers_child"))
        .arg(kind)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let printed: Vec<String> = lines.take(3).map(Result::unwrap).collect();
    (child, printed.try_into().unwrap())
}

/// Whether a process runs or is paused; one that only waits to be waited for does not.
pub(crate) fn runs(pid: &str) -> bool {
    let state = Command::new("ps")
        .args(["-o", "state=", "-p", pid])
        .output();
    let state = state.unwrap().stdout;
    !state.is_empty() && !state.starts_with(b"Z")
}
