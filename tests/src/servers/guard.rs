use std::fs::Permissions;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, OnceLock, PoisonError};

use rustix::process::Signal;
use tempfile::{Builder, TempDir};
use typed_state::testing::TestResult;

/// One a process. Statics are not dropped and a killed process drops nothing, so a shell does what is left to do.
static GUARD: OnceLock<Result<Guard, String>> = OnceLock::new();

struct Guard {
    directory: PathBuf,
    shell: Mutex<Child>,
}

/// A directory that goes when it is dropped, or else when the process ends.
pub(super) fn directory() -> TestResult<TempDir> {
    Ok(tempfile::tempdir_in(&guard()?.directory)?)
}

/// From now on a server gets a signal when this process ends.
pub(super) fn watch(server: u32, end: Signal) -> TestResult {
    guard()?.order("watch", server, end)
}

/// The server is dead or bound to die, and its number may soon be another's.
pub(super) fn forget(server: u32, end: Signal) -> TestResult {
    guard()?.order("forget", server, end)
}

fn guard() -> TestResult<&'static Guard> {
    match GUARD.get_or_init(|| Guard::start().map_err(|error| error.to_string())) {
        Ok(guard) => Ok(guard),
        Err(error) => Err(format!("the guard of the servers did not start: {error}").into()),
    }
}

impl Guard {
    fn start() -> TestResult<Self> {
        // Servers that do not run as root pass through it to their own.
        let directory = Builder::new()
            .prefix("typed-state-")
            .permissions(Permissions::from_mode(0o711))
            .tempdir()?
            .keep();
        let shell = Command::new("sh")
            .args(["-c", include_str!("guard.sh"), "guard"])
            .arg(&directory)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // Of no group that is killed as a whole with the test.
            .process_group(0)
            .spawn()?;
        Ok(Self {
            directory,
            shell: Mutex::new(shell),
        })
    }

    fn order(&self, order: &str, server: u32, end: Signal) -> TestResult {
        let mut shell = self.shell.lock().unwrap_or_else(PoisonError::into_inner);
        let orders = shell.stdin.as_mut().ok_or("the guard has no input")?;
        // One write of a whole line.
        orders.write_all(format!("{order} {server}:{}\n", end.as_raw()).as_bytes())?;
        Ok(())
    }
}
