use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use typed_state::Store;
use typed_state::backend::Backend;

use super::{Head, Log};

/// Between two reads.
const PAUSE: Duration = Duration::from_millis(5);
/// The most entries of a range that are read.
const LIMIT: usize = 50;

/// Reads until it is told to stop, and says how much; an error must be one to try again.
pub(super) async fn run<B: Backend>(
    store: Store<B>,
    writers: u64,
    seed: u64,
    stop: Arc<AtomicBool>,
) -> Result<u64, String> {
    let mut random = StdRng::seed_from_u64(seed);
    let mut reads = 0;
    while !stop.load(Ordering::Relaxed) {
        let writer = random.random_range(0..writers);
        let read = if random.random_range(0..4) == 0 {
            let range = store.range(Log::prefix().writer(writer)).reverse();
            range.limit(LIMIT).collect().await.map(drop)
        } else {
            store.get(&Head { writer }).await.map(drop)
        };
        match read {
            Ok(()) => reads += 1,
            Err(error) if error.is_retryable() => {}
            Err(error) => return Err(format!("a read failed: {error}")),
        }
        tokio::time::sleep(PAUSE).await;
    }
    Ok(reads)
}
