//! A worker: a process that may end or sleep at any moment.

use std::time::{Duration, Instant};

use anyhow::Result;
use typed_state::window::{Membership, Tumbling, Worker};
use typed_state::{AnyBackend, Error, ErrorKind, Store, Ttl};

use super::daily::{Daily, Departures, Route, daily};
use super::stream::{DEPARTURES, Stream};

/// So long do others wait for one that died.
pub(crate) const TTL: Duration = Duration::from_secs(1);
/// How many rows a batch has.
const BATCH: usize = 100;
/// How long a batch takes to work on, if it were more than a sum.
const WORK: Duration = Duration::from_millis(8);
/// How often it looks whether it has its share.
const REBALANCE: Duration = Duration::from_millis(100);
/// The line that tells of a batch that is applied; the others are for people.
pub(crate) const BATCH_DONE: &str = ".";

type DailyWorker = Worker<AnyBackend, Route, Departures, Tumbling>;

/// Applies the stream in its shards until it is applied in all.
pub(crate) async fn work(
    store: &Store<AnyBackend>,
    windows: &str,
    name: &str,
    stream: &Stream,
) -> Result<()> {
    let windows = daily(store, windows).await?;
    let membership = Membership::named(name).ttl(Ttl::try_from(TTL)?);
    let mut worker = windows.join(membership).await?;
    println!("has {}", shown(worker.shards()));
    let mut next = begin(&mut worker).await?;
    let mut balanced = Instant::now();
    loop {
        if let Err(error) = round(&mut worker, stream, &mut next, &mut balanced).await {
            if !may_pass(&error) {
                return Err(error.into());
            }
            println!("tries again: {error}");
            next = begin(&mut worker).await?;
        }
        if next == stream.len() && is_done(&windows, stream).await? {
            worker.leave().await?;
            return Ok(());
        }
        println!("{BATCH_DONE}");
        tokio::time::sleep(WORK).await;
    }
}

/// One batch, and its share of the shards where it is time for that.
async fn round(
    worker: &mut DailyWorker,
    stream: &Stream,
    next: &mut usize,
    balanced: &mut Instant,
) -> Result<(), Error> {
    let to = stream.len().min(*next + BATCH);
    if *next < to && worker.shards().next().is_some() {
        let applied = worker.apply(stream.batch(*next, to)?).await?;
        if !applied.lost.is_empty() {
            let lost = shown(applied.lost);
            println!("has lost {lost}: its writes were refused");
        }
        *next = to;
    }
    if balanced.elapsed() >= REBALANCE {
        *balanced = Instant::now();
        *next = rebalance(worker, *next).await?;
    }
    Ok(())
}

/// Takes or gives up shards; from where the stream must be read then, which was read up to `next`.
async fn rebalance(worker: &mut DailyWorker, next: usize) -> Result<usize, Error> {
    let changed = worker.rebalance().await?;
    if !changed.lost.is_empty() {
        println!("has lost {} meanwhile", shown(changed.lost));
    }
    if !changed.released.is_empty() {
        println!("gives up {}", shown(changed.released));
    }
    if changed.gained.is_empty() {
        return Ok(next);
    }
    // They may be behind the others.
    let next = begin(worker).await?;
    println!("gains {}, goes on from row {next}", shown(changed.gained));
    Ok(next)
}

/// From where the stream must be read.
async fn begin(worker: &mut DailyWorker) -> Result<usize, Error> {
    let position = worker.position(DEPARTURES).await?;
    Ok(position.map_or(0, |position| {
        usize::try_from(position).unwrap_or(usize::MAX) + 1
    }))
}

/// Whether all shards have taken the whole stream, whoever owns them.
async fn is_done(windows: &Daily<AnyBackend>, stream: &Stream) -> Result<bool> {
    let position = windows.position(DEPARTURES).await?;
    Ok(position == stream.len().checked_sub(1).map(|last| last as u64))
}

/// What it does not know was written it applies again.
fn may_pass(error: &Error) -> bool {
    error.is_retryable() || error.kind() == ErrorKind::OutcomeUnknown
}

fn shown(shards: impl IntoIterator<Item = u32>) -> String {
    let shards = shards.into_iter().map(|shard| shard.to_string());
    format!("the shards {}", shards.collect::<Vec<_>>().join(" "))
}
