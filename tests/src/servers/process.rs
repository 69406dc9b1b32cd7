use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use typed_state::testing::TestResult;

use super::guard;

/// The shell becomes the server when it is told to; before that the end of the test process ends it.
const WAIT_FOR_GUARD: &str = r#"read -r go && exec "$0" "$@" </dev/null"#;

/// A server that runs as a child of this process. Dropping it kills it and waits for its end.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    paused: bool,
}

impl Process {
    /// Starts a binary with one argument, its configuration, and appends what it prints to a log.
    pub(super) fn start(binary: &Path, configuration: &Path, log: &Path) -> TestResult<Self> {
        let log = OpenOptions::new().create(true).append(true).open(log)?;
        let child = Command::new("sh")
            .args(["-c", WAIT_FOR_GUARD])
            .args([binary, configuration])
            .stdin(Stdio::piped())
            .stdout(log.try_clone()?)
            .stderr(log)
            .process_group(0)
            .spawn()?;
        let mut process = Self {
            child,
            paused: false,
        };
        guard::watch(process.id())?;
        let mut go = process.child.stdin.take().ok_or("the shell has no input")?;
        go.write_all(b"go\n")?;
        Ok(process)
    }

    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(super) const fn is_paused(&self) -> bool {
        self.paused
    }

    pub(super) fn has_ended(&mut self) -> TestResult<bool> {
        Ok(self.child.try_wait()?.is_some())
    }

    pub(super) fn pause(&mut self) -> TestResult {
        self.signal(Signal::STOP)?;
        self.paused = true;
        Ok(())
    }

    pub(super) fn resume(&mut self) -> TestResult {
        self.signal(Signal::CONT)?;
        self.paused = false;
        Ok(())
    }

    /// Asks it to end and waits until it has.
    pub(super) async fn stop(mut self) -> TestResult {
        self.signal(Signal::TERM)?;
        self.resume()?;
        let deadline = Instant::now() + Duration::from_secs(10);
        while !self.has_ended()? {
            if Instant::now() > deadline {
                return Err("the server did not end within 10 s of SIGTERM and was killed".into());
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Ok(())
    }

    fn signal(&mut self, signal: Signal) -> TestResult {
        if self.has_ended()? {
            return Err("the server has ended by itself; its log says why".into());
        }
        // Not waited for yet, so the number is still its own.
        Ok(kill_process(Pid::from_child(&self.child), signal)?)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Errors here mean that it has ended already.
        let _ = self.child.kill();
        let _ = guard::forget(self.id());
        let _ = self.child.wait();
    }
}
