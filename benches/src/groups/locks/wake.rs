//! From the release of one holder to the start of the next, who waits.

use std::time::{Duration, Instant};

use rand::rngs::SmallRng;
use rand::{Rng as _, SeedableRng as _};

use super::Bench;
use super::seat::Locks;
use crate::Result;
use crate::harness::{Contest, Figure};
use crate::workers::Workers;

/// What is waited for; nobody else locks it.
const SEAT: u64 = 1_000;
/// Releases a round. Who looks again at random moments is lucky now and then.
const RELEASES: u64 = 4;

pub(super) fn figure(bench: &Bench) -> Result<Figure> {
    Contest::new("locks/wake-up", "rslock", 5.0).hold_at(
        RELEASES,
        &bench.budget,
        &mut |releases| wake(&bench.workers, &bench.ours, releases),
        &mut |releases| wake(&bench.workers, &bench.rslock, releases),
    )
}

fn wake<L: Locks>(workers: &Workers, locks: &L, releases: u64) -> Result<Duration> {
    let mut random = SmallRng::from_os_rng();
    let mut took = Duration::ZERO;
    for _ in 0..releases {
        // It waits by then, and is anywhere between two looks.
        let held = Duration::from_millis(random.random_range(20..220));
        took += workers.block_on(once(workers, locks.clone(), locks.clone(), held))?;
    }
    Ok(took)
}

async fn once<L: Locks>(
    workers: &Workers,
    mut holder: L,
    mut waiter: L,
    holds: Duration,
) -> Result<Duration> {
    let held = holder.acquire(SEAT).await?;
    let waits = workers.spawn(async move {
        let held = waiter.acquire(SEAT).await?;
        let start = Instant::now();
        waiter.release(held).await?;
        Ok(start)
    });
    tokio::time::sleep(holds).await;
    let released = Instant::now();
    holder.release(held).await?;
    Ok(waits.await?.saturating_duration_since(released))
}
