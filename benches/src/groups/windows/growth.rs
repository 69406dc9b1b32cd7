//! What an event and a window cost where there are more keys, more windows of each, more shards.

use std::time::{Duration, Instant};

use rand::Rng as _;
use typed_state::Store;
use typed_state::backend::Backend;
use typed_state::backends::{Embedded, Memory};

use super::directory;
use super::ours::Ours;
use super::plot::{self, Panel, Series};
use super::stream::{BATCH, Event, WINDOW};
use crate::data::rng;
use crate::workers::Workers;
use crate::{Error, Result};

/// How many there are of each.
#[derive(Debug, Clone, Copy)]
struct Size {
    keys: u64,
    windows: i64,
    shards: u32,
}

/// Nanoseconds.
#[derive(Debug, Clone, Copy)]
struct Cost {
    event: f64,
    window: f64,
}

const ROUNDS: usize = 15;

/// The windows that are filled lie behind those that are closed.
const FILLED: i64 = 100_000 * WINDOW;

type Axis = (&'static str, Vec<(f64, Size)>);

fn axes(is_quick: bool) -> [Axis; 3] {
    let size = |keys, windows, shards| Size {
        keys,
        windows,
        shards,
    };
    let most = if is_quick { 3 } else { 4 };
    let keys = [1_000, 10_000, 100_000, 1_000_000];
    let keys = keys.into_iter().take(most);
    #[allow(clippy::cast_precision_loss, reason = "at most a million")]
    let keys = keys.map(|keys| (keys as f64, size(keys, 1, 1)));
    let windows = [1_u8, 4, 16, 64].map(|windows| (windows.into(), size(1_000, windows.into(), 1)));
    let shards = [1_u8, 4, 16, 64].map(|shards| (shards.into(), size(10_000, 1, shards.into())));
    [
        ("keys, 1 window each", keys.collect()),
        ("open windows of each of 1,000 keys", windows.to_vec()),
        ("shards, 10,000 keys", shards.to_vec()),
    ]
}

/// Prints a table, and draws it where a path of an SVG file is given.
///
/// # Errors
/// Whatever stopped it.
pub fn run(arguments: impl Iterator<Item = String>) -> Result<()> {
    let (mut is_quick, mut path) = (false, None);
    for argument in arguments {
        match argument.as_str() {
            "--quick" => is_quick = true,
            "--bench" => {}
            flag if flag.starts_with('-') => {
                return Err(format!(
                    "`{flag}` is no flag; there is --quick, and the path of an SVG file"
                )
                .into());
            }
            _ => path = Some(argument),
        }
    }
    let workers = Workers::start()?;
    let mut panels = Vec::new();
    for (name, sizes) in axes(is_quick) {
        println!(
            "{name:<36} {:>9} {:>14} {:>14}",
            "", "ns an event", "ns a window"
        );
        let mut series = ["memory", "embedded"].map(Series::pair);
        for (at, size) in sizes {
            let memory = workers.block_on(measure(&Store::new(Memory::new()), size))?;
            let directory = directory()?;
            let embedded = workers.block_on(async {
                let store = Store::new(Embedded::open(directory.path().join("state")).await?);
                let cost = measure(&store, size).await;
                store.backend().close().await?;
                cost
            })?;
            for (cost, ([event, window], place)) in [memory, embedded]
                .iter()
                .zip(series.iter_mut().zip(["memory", "embedded"]))
            {
                println!(
                    "{at:>36} {place:>9} {:>14.0} {:>14.0}",
                    cost.event, cost.window
                );
                event.points.push((at, cost.event / 1e3));
                window.points.push((at, cost.window / 1e3));
            }
        }
        panels.push(Panel {
            name,
            series: series.into_iter().flatten().collect(),
        });
    }
    path.map_or(Ok(()), |path| plot::draw(&path, &panels))
}

async fn measure<B: Backend>(store: &Store<B>, size: Size) -> Result<Cost> {
    let mut ours = Ours::open(store, size.shards).await?;
    let filled: Vec<(u64, i64)> = (0..size.windows)
        .flat_map(|window| (0..size.keys).map(move |key| (key, FILLED + window * WINDOW)))
        .collect();
    let event = |key, time| Event {
        key,
        time,
        amount: 1,
    };
    for filled in filled.chunks(10_000) {
        let events: Vec<_> = filled
            .iter()
            .map(|(key, time)| event(*key, *time))
            .collect();
        ours.apply(&events).await?;
    }
    let mut rng = rng();
    let (mut events, mut windows) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let drawn = (0..BATCH).map(|_| {
            let window = rng.random_range(0..size.windows);
            event(rng.random_range(0..size.keys), FILLED + window * WINDOW)
        });
        let drawn: Vec<_> = drawn.collect();
        let start = Instant::now();
        ours.apply(&drawn).await?;
        events.push(start.elapsed());

        // A window of each of a thousand keys, long before the others.
        let window = i64::try_from(round)? * WINDOW;
        let closing: Vec<_> = (0..BATCH as u64).map(|key| event(key, window)).collect();
        ours.apply(&closing).await?;
        let start = Instant::now();
        ours.close(window + WINDOW).await?;
        windows.push(start.elapsed());
        if ours.take().await? != BATCH {
            return Err(Error::from("not all windows closed"));
        }
    }
    Ok(Cost {
        event: middle(events)?,
        window: middle(windows)?,
    })
}

/// The nanoseconds of one, in the middle of the rounds.
fn middle(mut rounds: Vec<Duration>) -> Result<f64> {
    rounds.sort_unstable();
    let middle = rounds.get(rounds.len() / 2).ok_or("no rounds")?;
    #[allow(clippy::cast_precision_loss, reason = "a thousand")]
    let batch = BATCH as f64;
    Ok(middle.as_secs_f64() * 1e9 / batch)
}
