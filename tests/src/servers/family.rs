use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use typed_state::testing::TestResult;

/// The processes that a server has started, each of which may serve a client.
#[derive(Debug, Default)]
pub(super) struct Family(Vec<Pid>);

impl Family {
    /// Those that have not ended.
    pub(super) fn of(parent: Pid) -> TestResult<Self> {
        let running = running()?.into_iter();
        let children = running.filter(|(its_parent, _)| *its_parent == parent);
        Ok(Self(children.map(|(_, child)| child).collect()))
    }

    /// One that has ended meanwhile is left alone.
    pub(super) fn signal(&self, signal: Signal) {
        for &child in &self.0 {
            let _ = kill_process(child, signal);
        }
    }

    /// Waits until all have ended that were killed.
    pub(super) fn wait(&self) -> TestResult {
        let deadline = Instant::now() + Duration::from_secs(5);
        while running()?.iter().any(|(_, child)| self.0.contains(child)) {
            if Instant::now() > deadline {
                return Err("processes of the server are there 5 s after they were killed".into());
            }
            thread::sleep(Duration::from_millis(5));
        }
        Ok(())
    }
}

/// The parent and the number of every process, but for those that only wait to be waited for.
fn running() -> TestResult<Vec<(Pid, Pid)>> {
    let mut list = Command::new("ps");
    let listed = list.args(["-A", "-o", "ppid=,pid=,state="]).output()?;
    let listed = String::from_utf8(listed.stdout)?;
    Ok(listed.lines().filter_map(parse).collect())
}

fn parse(line: &str) -> Option<(Pid, Pid)> {
    let mut fields = line.split_whitespace();
    let parent = Pid::from_raw(fields.next()?.parse().ok()?)?;
    let child = Pid::from_raw(fields.next()?.parse().ok()?)?;
    (!fields.next()?.starts_with('Z')).then_some((parent, child))
}
