//! A load that does not wait for answers, and how long the slow ones among them took.

use std::thread;
use std::time::{Duration, Instant};

use futures_util::future::try_join_all;
use tokio::sync::mpsc;

use crate::workers::{Step, Workers};
use crate::{Error, Result};

/// How long the one who offers sleeps at a time; what came due meanwhile is offered at once.
const NAP: Duration = Duration::from_micros(100);

/// Work that comes at its own pace.
#[derive(Debug, Clone, Copy)]
pub struct Load {
    /// How many operations a second, over all tasks.
    pub rate: f64,
    /// How many tasks take them, in turns.
    pub tasks: usize,
    /// For how long.
    pub lasting: Duration,
}

impl Load {
    /// Offers the load, and gives the time within which 99 of 100 operations were answered; waiting for a task
    /// that is still at an earlier operation counts.
    ///
    /// # Errors
    /// What a step returns.
    pub fn p99<S: Step>(
        &self,
        workers: &Workers,
        mut begin: impl FnMut(usize) -> S,
    ) -> Result<Duration> {
        let mut senders = Vec::with_capacity(self.tasks);
        let mut running = Vec::with_capacity(self.tasks);
        for task in 0..self.tasks {
            let (sender, mut offered) = mpsc::unbounded_channel::<Instant>();
            let mut step = begin(task);
            senders.push(sender);
            running.push(workers.spawn(async move {
                let mut took = Vec::new();
                while let Some(since) = offered.recv().await {
                    step.step().await?;
                    took.push(since.elapsed());
                }
                Ok::<_, Error>(took)
            }));
        }
        self.offer(&senders);
        drop(senders);
        let mut took = workers.block_on(try_join_all(running))?.concat();
        slow(&mut took).ok_or_else(|| Error::from("the load was empty"))
    }

    fn offer(&self, senders: &[mpsc::UnboundedSender<Instant>]) {
        let start = Instant::now();
        let mut turns = senders.iter().cycle();
        let mut offered = 0_u64;
        loop {
            let passed = start.elapsed().min(self.lasting);
            #[allow(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a count of operations"
            )]
            let due = (passed.as_secs_f64() * self.rate) as u64;
            for sender in turns
                .by_ref()
                .take(usize::try_from(due - offered).unwrap_or(0))
            {
                // A task that has failed says so where it is awaited.
                let _ = sender.send(Instant::now());
            }
            offered = due;
            if passed == self.lasting {
                return;
            }
            thread::sleep(NAP);
        }
    }
}

/// The first of the slowest hundredth.
fn slow(took: &mut [Duration]) -> Option<Duration> {
    let at = took.len() - took.len().div_ceil(100).min(took.len());
    (!took.is_empty()).then(|| *took.select_nth_unstable(at).1)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::time::Duration;

    use super::{Load, slow};
    use crate::Result;
    use crate::workers::{Step, Workers};

    #[test]
    fn the_slowest_hundredth_begins_there() {
        let mut took: Vec<_> = (1..=1_000).rev().map(Duration::from_micros).collect();
        assert_eq!(slow(&mut took), Some(Duration::from_micros(991)));
        assert_eq!(slow(&mut []), None);
        assert_eq!(
            slow(&mut [Duration::from_secs(1)]),
            Some(Duration::from_secs(1))
        );
    }

    struct Sleeping(Arc<AtomicU64>);

    impl Step for Sleeping {
        async fn step(&mut self) -> Result<()> {
            tokio::time::sleep(Duration::from_millis(20)).await;
            self.0.fetch_add(1, Ordering::Relaxed);
            Ok(())
        }
    }

    #[test]
    fn all_of_it_is_done_and_waiting_for_a_busy_task_counts() {
        let workers = Workers::start().unwrap();
        let done = Arc::new(AtomicU64::new(0));
        let load = Load {
            rate: 1_000.0,
            tasks: 1,
            lasting: Duration::from_millis(10),
        };
        let p99 = load.p99(&workers, |_| Sleeping(Arc::clone(&done))).unwrap();
        assert_eq!(done.load(Ordering::Relaxed), 10);
        assert!(p99 >= Duration::from_millis(150), "{p99:?}");
    }
}
