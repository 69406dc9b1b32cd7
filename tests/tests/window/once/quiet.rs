//! A run in which nothing happens.

use std::sync::Arc;

use typed_state::ManualClock;
use typed_state::backends::Memory;
use typed_state::window::Windowing;
use typed_state_tests::Inputs;

use super::seen::{LAST, Seen, by_key_and_time, open};
use super::{LATER, stream::Stream};

pub(crate) async fn quiet<W: Windowing<Inputs>>(windowing: W, stream: &Stream) -> Seen {
    let clock = Arc::new(ManualClock::default());
    let backend = Arc::new(Memory::new());
    let windows = open(&backend, windowing, &clock).await.unwrap();
    drop(windows.apply(stream.batch(0..stream.len())).await.unwrap());
    let open = by_key_and_time(windows.between(..).await.unwrap());
    let applied = windows.totals().await.unwrap();
    clock.advance(LATER);
    windows.tick().await.unwrap();
    windows.advance(LAST).await.unwrap();
    let out = windows.outbox().read(usize::MAX).await.unwrap().into_iter();
    Seen {
        open,
        applied,
        out: out
            .map(|delivery| ((delivery.shard, delivery.number), delivery.emission))
            .collect(),
        closed: windows.totals().await.unwrap(),
    }
}
