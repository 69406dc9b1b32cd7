use std::num::NonZeroU32;
use std::time::Duration;

use typed_state::backend::Backend;
use typed_state::primitive::Sum;
use typed_state::window::{Batch, Tumbling, Windows};
use typed_state::{Store, Timestamp};

use super::stream::{Event, WINDOW};
use crate::Result;

/// Sums of tumbling windows.
pub(super) struct Ours<B> {
    windows: Windows<B, u64, Sum<i64>, Tumbling>,
    position: u64,
}

impl<B: Backend> Ours<B> {
    pub(super) async fn open(store: &Store<B>, shards: u32) -> Result<Self> {
        let size = Tumbling::of(Duration::from_millis(WINDOW.unsigned_abs()))?;
        let windows = store.windows(format!("sums-{shards}"), size);
        let shards = NonZeroU32::new(shards).ok_or("no shards")?;
        Ok(Self {
            windows: windows.shards(shards).open().await?,
            position: 0,
        })
    }

    pub(super) async fn apply(&mut self, events: &[Event]) -> Result<()> {
        let mut batch = Batch::of("events");
        for event in events {
            self.position += 1;
            let time = Timestamp::from_millis(event.time);
            batch.input(self.position, event.key, time, event.amount)?;
        }
        let late = self.windows.apply(batch).await?.late;
        if late.is_empty() {
            Ok(())
        } else {
            Err("an event is late".into())
        }
    }

    /// Closes all windows that end here or before.
    pub(super) async fn close(&self, end: i64) -> Result<()> {
        Ok(self
            .windows
            .advance(Timestamp::from_millis(end - 1))
            .await?)
    }

    /// Takes what came out of the windows, and says how many results there were.
    pub(super) async fn take(&self) -> Result<usize> {
        let outbox = self.windows.outbox();
        let mut taken = 0;
        loop {
            let out = outbox.read(10_000).await?;
            if out.is_empty() {
                return Ok(taken);
            }
            outbox.acknowledge(&out).await?;
            taken += out.len();
        }
    }
}
