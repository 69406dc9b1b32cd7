//! The same work on many tasks of one runtime, as in a service.

use std::future::Future;
use std::time::{Duration, Instant};

use futures_util::future::try_join_all;
use tokio::runtime::{Builder, Runtime};

use crate::{Error, Result};

const WORKERS: usize = 2;

/// What one task does over and over.
pub trait Step: Send + 'static {
    /// Does it once more.
    fn step(&mut self) -> impl Future<Output = Result<()>> + Send;
}

/// A runtime with two worker threads.
#[derive(Debug)]
pub struct Workers(Runtime);

impl Workers {
    /// Starts it.
    ///
    /// # Errors
    /// What the system says where it starts no threads.
    pub fn start() -> Result<Self> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(WORKERS)
            .enable_all()
            .build()?;
        Ok(Self(runtime))
    }

    /// What a future gives, once it does.
    pub fn block_on<T>(&self, future: impl Future<Output = T>) -> T {
        self.0.block_on(future)
    }

    /// Begins a task.
    pub fn spawn<T: Send + 'static>(
        &self,
        future: impl Future<Output = Result<T>> + Send + 'static,
    ) -> impl Future<Output = Result<T>> {
        let task = self.0.spawn(future);
        async { task.await? }
    }

    /// Takes `operations` steps in all, shared among tasks that `begin` makes of their numbers, and says how long that
    /// took.
    ///
    /// # Errors
    /// What a step returns; the other tasks end their share.
    pub fn share<S: Step>(
        &self,
        tasks: usize,
        operations: u64,
        mut begin: impl FnMut(usize) -> S,
    ) -> Result<Duration> {
        let share = operations.div_ceil(tasks.max(1) as u64);
        let steps: Vec<S> = (0..tasks).map(&mut begin).collect();
        let start = Instant::now();
        let running = steps.into_iter().map(|mut step| {
            self.spawn(async move {
                for _ in 0..share {
                    step.step().await?;
                }
                Ok::<_, Error>(())
            })
        });
        let running: Vec<_> = running.collect();
        self.block_on(try_join_all(running))?;
        Ok(start.elapsed())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::{Step, Workers};
    use crate::Result;

    struct Counting(Arc<AtomicUsize>);

    impl Step for Counting {
        async fn step(&mut self) -> Result<()> {
            tokio::task::yield_now().await;
            match self.0.fetch_add(1, Ordering::Relaxed) {
                1_000 => Err("a thousand".into()),
                _ => Ok(()),
            }
        }
    }

    #[test]
    fn the_steps_are_shared_and_an_error_comes_back() {
        let workers = Workers::start().unwrap();
        let count = Arc::new(AtomicUsize::new(0));
        let begin = |_| Counting(Arc::clone(&count));
        workers.share(7, 700, begin).unwrap();
        assert_eq!(count.load(Ordering::Relaxed), 700);
        let error = workers.share(7, 700, begin).unwrap_err();
        assert_eq!(error.to_string(), "a thousand");
    }
}
