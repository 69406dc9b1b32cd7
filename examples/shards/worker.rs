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
    let mut worker = join(&windows, name).await?;
    println!("has {}", shown(worker.shards()));
    let mut place = Place {
        next: None,
        balanced: Instant::now(),
    };
    loop {
        match round(&mut worker, stream, &mut place).await {
            Ok(false) => println!("{BATCH_DONE}"),
            Ok(true) => return Ok(worker.leave().await?),
            Err(error) if may_pass(&error) => {
                println!("tries again: {error}");
                place.next = None;
            }
            Err(error) => return Err(error.into()),
        }
        tokio::time::sleep(WORK).await;
    }
}

async fn join(windows: &Daily<AnyBackend>, name: &str) -> Result<DailyWorker> {
    let membership = Membership::named(name).ttl(Ttl::try_from(TTL)?);
    loop {
        match windows.join(membership.clone()).await {
            Err(error) if may_pass(&error) => println!("tries again: {error}"),
            joined => return Ok(joined?),
        }
    }
}

/// Where a worker stands.
struct Place {
    /// The next row; `None` where the shards have to be asked.
    next: Option<usize>,
    balanced: Instant,
}

/// One batch, and a look at the shares where it is time for that; whether all is done.
async fn round(
    worker: &mut DailyWorker,
    stream: &Stream,
    place: &mut Place,
) -> Result<bool, Error> {
    let next = match place.next {
        Some(next) => next,
        None => begin(worker).await?,
    };
    let to = stream.len().min(next + BATCH);
    if next < to && worker.shards().next().is_some() {
        let applied = worker.apply(stream.batch(next, to)?).await?;
        if !applied.lost.is_empty() {
            let lost = shown(applied.lost);
            println!("has lost {lost}: its writes were refused");
        }
        place.next = Some(to);
    }
    if place.balanced.elapsed() >= REBALANCE {
        place.balanced = Instant::now();
        if rebalance(worker).await? {
            place.next = None;
        }
    }
    let may_be_done = place.next.is_none_or(|next| next == stream.len());
    Ok(may_be_done && is_done(worker.windows(), stream).await?)
}

/// Takes or gives up shards; whether some were gained, which may be behind the others.
async fn rebalance(worker: &mut DailyWorker) -> Result<bool, Error> {
    let changed = worker.rebalance().await?;
    if !changed.lost.is_empty() {
        println!("has lost {} meanwhile", shown(changed.lost));
    }
    if !changed.released.is_empty() {
        println!("gives up {}", shown(changed.released));
    }
    let gains = !changed.gained.is_empty();
    if gains {
        println!("gains {}", shown(changed.gained));
    }
    Ok(gains)
}

/// From where the stream must be read.
async fn begin(worker: &mut DailyWorker) -> Result<usize, Error> {
    let position = worker.position(DEPARTURES).await?;
    let next = position.map(|position| usize::try_from(position).unwrap_or(usize::MAX) + 1);
    Ok(next.unwrap_or(0))
}

/// Whether all shards have taken the whole stream, whoever owns them.
async fn is_done(windows: &Daily<AnyBackend>, stream: &Stream) -> Result<bool, Error> {
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
