//! Does sections under a lock until its input ends, and prints what became of each: `lock_worker URL KEY WAY SEED`.

use std::io::Read as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use typed_state::testing::TestResult;
use typed_state::{AnyBackend, Store};
use typed_state_tests::sections::{Moves, Sections, Worker};

#[tokio::main(flavor = "current_thread")]
async fn main() -> TestResult {
    let mut arguments = std::env::args().skip(1);
    let mut next = || arguments.next().ok_or("an argument is missing");
    let url = next()?;
    let key = Sections(next()?.parse()?);
    let way = next()?.parse()?;
    let seed = next()?.parse()?;
    let stop = Arc::new(AtomicBool::new(false));
    let stops = Arc::clone(&stop);
    std::thread::spawn(move || {
        // However the input ends, there is nobody to work for.
        let _ended = std::io::stdin().read_to_end(&mut Vec::new());
        stops.store(true, Ordering::Relaxed);
    });
    let worker = Worker {
        store: Store::new(open(&url).await?),
        key,
        way,
        moves: Moves::Quick,
        seed,
    };
    // One write of a whole line, so that a kill cannot cut it in two.
    worker.work(&stop, |event| println!("{event}")).await?;
    Ok(())
}

/// Servers may be failing at this moment.
async fn open(url: &str) -> TestResult<AnyBackend> {
    let mut tries = 0;
    loop {
        match AnyBackend::connect(url).await {
            Err(error) if error.is_retryable() && tries < 200 => tries += 1,
            opened => return Ok(opened?),
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
