use std::ffi::OsString;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use typed_state::testing::TestResult;

use super::account::Account;
use super::family::Family;
use super::kind::Kind;
use super::{binary, guard};

/// The shell becomes the server when it is told to; before that the end of the test process ends it.
const WAIT_FOR_GUARD: &str = r#"read -r go && exec "$0" "$@" </dev/null"#;

/// How long a server may take to end that is not killed.
const PATIENCE: Duration = Duration::from_secs(10);

/// A server that runs as a child of this process. Dropping it ends it at once and waits for its end.
#[derive(Debug)]
pub(super) struct Process {
    kind: Kind,
    child: Child,
    paused: bool,
}

impl Process {
    /// Starts a server with its configuration and perhaps a library before all others, and appends what it prints to a
    /// log.
    pub(super) fn start(
        kind: Kind,
        configuration: &Path,
        preload: Option<&Path>,
        log: &Path,
    ) -> TestResult<Self> {
        let binary = binary::find(kind.binary)?;
        let mut argument = OsString::from(kind.argument);
        argument.push(configuration);
        let log = OpenOptions::new().create(true).append(true).open(log)?;
        let mut command = Command::new("sh");
        command
            .args(["-c", WAIT_FOR_GUARD])
            .arg(binary)
            .arg(argument)
            .stdin(Stdio::piped())
            .stdout(log.try_clone()?)
            .stderr(log)
            .process_group(0);
        if let Some(library) = preload {
            command.env("LD_PRELOAD", library);
        }
        if kind.unprivileged {
            Account::of_servers()?.run(&mut command);
        }
        let mut process = Self {
            kind,
            child: command.spawn()?,
            paused: false,
        };
        guard::watch(process.id(), kind.end())?;
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

    /// Halts it, and then those that it has started.
    pub(super) fn pause(&mut self) -> TestResult {
        self.signal(Signal::STOP)?;
        self.paused = true;
        self.family()?.signal(Signal::STOP);
        Ok(())
    }

    pub(super) fn resume(&mut self) -> TestResult {
        self.family()?.signal(Signal::CONT);
        self.signal(Signal::CONT)?;
        self.paused = false;
        Ok(())
    }

    /// Asks it to end and waits until it has.
    pub(super) async fn stop(mut self) -> TestResult {
        self.signal(self.kind.stop)?;
        self.go_on()?;
        let deadline = Instant::now() + PATIENCE;
        while !self.has_ended()? {
            if Instant::now() > deadline {
                let stop = self.kind.stop;
                return Err(
                    format!("the server did not end within {PATIENCE:?} of {stop:?}").into(),
                );
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Ok(())
    }

    /// Kills it and all that it has started, as the end of a machine would, and waits for their end.
    pub(super) fn kill(mut self) -> TestResult {
        // It starts nothing more while it is halted, and waits for nobody, so that every number stays its own.
        self.pause()?;
        let family = self.family()?;
        family.signal(Signal::KILL);
        self.child.kill()?;
        self.child.wait()?;
        family.wait()
    }

    /// It may have ended already unless it was paused.
    fn go_on(&mut self) -> TestResult {
        if self.paused { self.resume() } else { Ok(()) }
    }

    fn family(&self) -> TestResult<Family> {
        if !self.kind.family {
            return Ok(Family::default());
        }
        Family::of(Pid::from_child(&self.child))
    }

    fn signal(&mut self, signal: Signal) -> TestResult {
        if self.has_ended()? {
            return Err("the server has ended by itself; its log says why".into());
        }
        // Not waited for yet, so the number is still its own.
        Ok(kill_process(Pid::from_child(&self.child), signal)?)
    }

    fn end(&mut self) -> TestResult {
        self.signal(self.kind.end())?;
        self.go_on()?;
        let deadline = Instant::now() + PATIENCE;
        while !self.has_ended()? && Instant::now() < deadline {
            thread::sleep(Duration::from_millis(2));
        }
        Ok(())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Errors here mean that it has ended already.
        if self.kind.family {
            let _ = self.end();
        }
        let _ = self.child.kill();
        let _ = guard::forget(self.id(), self.kind.end());
        let _ = self.child.wait();
    }
}
