//! Kills a program at one of its system calls.

use std::ffi::OsStr;
use std::io::ErrorKind;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::Command;

use typed_state::testing::TestResult;

/// The system calls that change a directory or its files, and the end of a program, which is after all of them. Those that
/// a processor does not have are never made there.
pub const CHANGES: [&str; 24] = [
    "open",
    "openat",
    "creat",
    "mkdir",
    "mkdirat",
    "write",
    "writev",
    "pwrite64",
    "pwritev",
    "pwritev2",
    "copy_file_range",
    "truncate",
    "ftruncate",
    "fallocate",
    "link",
    "linkat",
    "rename",
    "renameat",
    "renameat2",
    "unlink",
    "unlinkat",
    "fsync",
    "fdatasync",
    "exit_group",
];

/// Runs a program and kills it with SIGKILL just before its `nth` call of one kind, counted in each thread by itself: the call is
/// not carried out. How the call began, or `None` where there were fewer and the program came to its end.
///
/// The moment after a call is the one before the next of any kind.
///
/// # Errors
/// Where strace is not installed or may not trace, and where the program fails.
pub fn killed_at<S: AsRef<OsStr>>(
    call: &str,
    nth: usize,
    program: &str,
    arguments: impl IntoIterator<Item = S>,
) -> TestResult<Option<String>> {
    let log = tempfile::NamedTempFile::new()?;
    let traced = Command::new("strace")
        .args([
            "-f",
            "-qq",
            "-y",
            "-s",
            "0",
            "-e",
            &format!("trace=?{call}"),
        ])
        .args(["-e", &format!("inject=?{call}:signal=KILL:when={nth}")])
        .args([OsStr::new("-o"), log.path().as_os_str()])
        .arg(program)
        .args(arguments)
        // With cargo's the loader looks for libraries in many folders.
        .env_remove("LD_LIBRARY_PATH")
        .output();
    let ended = traced.map_err(|error| match error.kind() {
        ErrorKind::NotFound => {
            "`strace` is not installed; `apt-get install -y strace` installs it".to_owned()
        }
        _ => format!("`strace` does not start: {error}"),
    })?;
    if ended.status.success() {
        return Ok(None);
    }
    let heard = String::from_utf8_lossy(&ended.stderr);
    // It ends as its program did.
    if ended.status.signal() == Some(9) {
        return last(log.path(), call).map(Some);
    }
    if heard.contains("ptrace") {
        let wrong = format!(
            "`strace` may not trace on this machine, and this test kills by it; allow ptrace (`--cap-add=SYS_PTRACE` for a \
             container): {heard}"
        );
        return Err(wrong.into());
    }
    Err(format!(
        "{program}, killed before `{call}` {nth}: {}, {heard}",
        ended.status
    )
    .into())
}

/// How the last call began that is in the log.
fn last(log: &Path, call: &str) -> TestResult<String> {
    let log = std::fs::read_to_string(log)?;
    let begins = format!(" {call}(");
    let last = log.lines().rfind(|line| line.contains(&begins));
    let last = last.ok_or("it was killed before any call")?;
    Ok(last.to_owned())
}
