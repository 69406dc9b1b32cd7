//! The same work on several threads at once, each with a runtime of its own.

use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use futures_util::future::try_join_all;
use rand::seq::SliceRandom;
use tokio::runtime::{Builder, Runtime};

use crate::data::rng;
use crate::{Error, Result};

/// An order of all entries for each thread, every one random.
pub fn shuffled(threads: usize, entries: usize) -> Vec<Vec<usize>> {
    let mut rng = rng();
    let mut order: Vec<usize> = (0..entries).collect();
    (0..threads)
        .map(|_| {
            order.shuffle(&mut rng);
            order.clone()
        })
        .collect()
}

/// Does `operations` in all, one thread for each of `orders`, and says how long it took from the first to begin to the
/// last to end. Starting threads and runtimes does not count.
///
/// # Errors
/// What `work` returns; the other threads end their share.
pub fn on_threads(
    orders: &[Vec<usize>],
    operations: u64,
    work: impl AsyncFn(usize) -> Result<()> + Sync,
) -> Result<Duration> {
    let threads = orders.len();
    let share = usize::try_from(operations)?.div_ceil(threads.max(1));
    let barrier = Barrier::new(threads);
    let spans = thread::scope(|scope| {
        let running: Vec<_> = orders
            .iter()
            .map(|order| {
                scope.spawn(|| -> Result<(Instant, Instant)> {
                    let runtime = runtime();
                    barrier.wait();
                    let start = Instant::now();
                    runtime?.block_on(async {
                        for &at in order.iter().cycle().take(share) {
                            work(at).await?;
                        }
                        Ok((start, Instant::now()))
                    })
                })
            })
            .collect();
        running
            .into_iter()
            .map(|thread| {
                thread
                    .join()
                    .unwrap_or_else(|_| Err(Error::from("a thread panicked")))
            })
            .collect::<Result<Vec<_>>>()
    })?;
    let start = spans.iter().map(|(start, _)| *start).min();
    let end = spans.iter().map(|(_, end)| *end).max();
    let took = start.zip(end).map(|(start, end)| end - start);
    Ok(took.unwrap_or_default())
}

/// Does `operations` in all, one task of one thread for each of `orders`, and says how long that took.
///
/// # Errors
/// What `work` returns; the other tasks are dropped.
pub fn on_tasks(
    orders: &[Vec<usize>],
    operations: u64,
    work: impl AsyncFn(usize) -> Result<()>,
) -> Result<Duration> {
    let share = usize::try_from(operations)?.div_ceil(orders.len().max(1));
    runtime()?.block_on(async {
        let start = Instant::now();
        try_join_all(orders.iter().map(async |order| {
            for &at in order.iter().cycle().take(share) {
                work(at).await?;
            }
            Ok::<_, Error>(())
        }))
        .await?;
        Ok(start.elapsed())
    })
}

fn runtime() -> Result<Runtime> {
    Ok(Builder::new_current_thread().enable_time().build()?)
}
