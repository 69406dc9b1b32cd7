use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use rustix::process::{Pid, Signal, kill_process};
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until, timeout};
use typed_state::testing::TestResult;

use super::{Event, Log, Sections, TTL, Way};

/// A worker that says nothing for so long hangs.
const PATIENCE: Duration = Duration::from_mins(1);

/// Workers that are processes: `lock_worker`, started, killed and paused.
#[derive(Debug)]
pub struct Crew {
    /// The program.
    pub program: PathBuf,
    /// The store, without a password.
    pub url: String,
    /// What they change.
    pub key: Sections,
    /// How they write.
    pub way: Way,
    /// How many sections each worker does at the least.
    pub sections: usize,
    /// How often each is killed or paused for longer than its grant lives.
    pub faults: usize,
    /// What the faults are drawn from.
    pub seed: u64,
}

impl Crew {
    /// Lets so many of them work until each has done enough and `meanwhile` has ended, and gives what they told.
    ///
    /// # Errors
    /// Where a worker fails or hangs, and what `meanwhile` fails with.
    ///
    /// Cancellation: the workers are killed.
    pub async fn run(
        &self,
        workers: u64,
        meanwhile: impl Future<Output = TestResult> + Send,
    ) -> TestResult<Log> {
        let (over, is_over) = watch::channel(false);
        let members = (0..workers).map(|worker| {
            let random = StdRng::seed_from_u64(self.seed << 8 | worker);
            self.member(random, is_over.clone())
        });
        let meanwhile = async {
            meanwhile.await?;
            over.send_replace(true);
            TestResult::Ok(())
        };
        let members = futures_util::future::try_join_all(members);
        let (told, ()) = tokio::try_join!(members, meanwhile)?;
        let mut log = Log::default();
        for told in told {
            log.merge(told);
        }
        Ok(log)
    }

    /// One process after the other, until they have done enough together.
    async fn member(&self, random: StdRng, over: watch::Receiver<bool>) -> TestResult<Log> {
        let mut member = Member {
            crew: self,
            random,
            over,
            done: 0,
            faults: 0,
            log: Log::default(),
        };
        while !member.one_process().await? {}
        Ok(member.log)
    }

    fn start(&self, seed: u64) -> TestResult<(Child, Lines<BufReader<ChildStdout>>)> {
        let mut child = Command::new(&self.program)
            .arg(&self.url)
            .arg(self.key.0.to_string())
            .arg(self.way.name())
            .arg(seed.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // A group that nobody is left to continue is continued and hung up.
            .process_group(0)
            .kill_on_drop(true)
            .spawn()?;
        let output = child.stdout.take().ok_or("the worker has no output")?;
        Ok((child, BufReader::new(output).lines()))
    }
}

/// The processes of one worker, one after the other.
struct Member<'a> {
    crew: &'a Crew,
    random: StdRng,
    over: watch::Receiver<bool>,
    done: usize,
    faults: usize,
    log: Log,
}

impl Member<'_> {
    /// Runs a process to its end, or until it is killed; whether enough is done.
    async fn one_process(&mut self) -> TestResult<bool> {
        let (mut child, mut lines) = self.crew.start(self.random.random())?;
        let mut fault_at = self.next_fault();
        let mut killed = false;
        loop {
            let is_over = self.done >= self.crew.sections && *self.over.borrow();
            if is_over {
                // The end of its input tells a worker to stop.
                drop(child.stdin.take());
            }
            let line = tokio::select! {
                line = timeout(PATIENCE, lines.next_line()) => line.map_err(|_| "a worker hangs")??,
                () = sleep_until(fault_at), if !is_over && !killed && self.has_faults() => {
                    killed = self.harm(&mut child).await?;
                    fault_at = self.next_fault();
                    continue;
                }
                _ = self.over.changed(), if !is_over && !*self.over.borrow() => continue,
            };
            let Some(line) = line else { break };
            let event = line.parse()?;
            self.log.note(event);
            self.done += usize::from(matches!(event, Event::Done(_)));
            // Who holds the lock and has read is who can do most harm.
            if matches!(event, Event::Begun(_))
                && !is_over
                && !killed
                && self.has_faults()
                && self.random.random_ratio(1, 12)
            {
                killed = self.harm(&mut child).await?;
            }
        }
        let status = child.wait().await?;
        if killed && status.signal() == Some(Signal::KILL.as_raw()) {
            return Ok(false);
        }
        if !status.success() {
            return Err(format!("a worker ended with {status}").into());
        }
        Ok(true)
    }

    fn has_faults(&self) -> bool {
        self.faults < self.crew.faults
    }

    fn next_fault(&mut self) -> Instant {
        Instant::now() + Duration::from_millis(self.random.random_range(100..3_000))
    }

    /// Kills it, or pauses it for longer than its grant lives; whether it was killed.
    async fn harm(&mut self, child: &mut Child) -> TestResult<bool> {
        self.faults += 1;
        // What writes past its guard is to be paused while it may.
        let kills = self.crew.way == Way::Guarded && self.random.random();
        if kills {
            self.log.kills += 1;
            child.start_kill()?;
            return Ok(true);
        }
        self.log.pauses += 1;
        let pid = child.id().and_then(|id| Pid::from_raw(id.cast_signed()));
        let pid = pid.ok_or("the worker has ended")?;
        kill_process(pid, Signal::STOP)?;
        tokio::time::sleep(TTL.as_duration() * 2).await;
        kill_process(pid, Signal::CONT)?;
        Ok(false)
    }
}
