//! A run in which calls fail and are cancelled, handles are dropped, parts are applied again, and by several at a time.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use tokio::sync::watch;
use tokio::time::timeout;
use typed_state::backend::Backend;
use typed_state::window::Windowing;
use typed_state::{ErrorKind, ManualClock, Result};
use typed_state_tests::Inputs;

use super::LATER;
use super::consumer::consume;
use super::seen::{LAST, Opened, Seen, by_key_and_time, open};
use super::stream::{SOURCE, Stream};

/// Positions that a batch has at the most.
const LONGEST: u64 = 40;

pub(crate) struct Hostile<'a, B, W> {
    /// Any of which may be the next that a handle is of.
    pub(crate) clients: &'a [Arc<B>],
    pub(crate) windowing: W,
    pub(crate) stream: &'a Stream,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) random: StdRng,
}

impl<B: Backend, W: Windowing<Inputs>> Hostile<'_, B, W> {
    /// Applies the stream to its end, closes everything, and has everything that came out acknowledged.
    pub(crate) async fn run(mut self) -> Seen {
        let (says, ends) = watch::channel(None);
        let reader = self.open().await;
        let random = StdRng::seed_from_u64(self.random.random());
        let consumer = tokio::spawn(consume(reader, random, ends));

        let windows = self.apply_all().await;
        let open = patient(|| windows.between(..)).await;
        let applied = patient(|| windows.totals()).await;
        self.clock.advance(LATER);
        self.again(|windows| windows.tick()).await;
        self.again(|windows| windows.advance(LAST)).await;
        let closed = patient(|| windows.totals()).await;
        says.send_replace(Some(closed.emissions));
        Seen {
            open: by_key_and_time(open),
            applied,
            out: consumer.await.unwrap(),
            closed,
        }
    }

    async fn apply_all(&mut self) -> Opened<Arc<B>, W> {
        let mut windows = self.open().await;
        loop {
            let position = patient(|| windows.position(SOURCE)).await;
            let next = position.map_or(0, |position| position + 1);
            if next == self.stream.len() {
                return windows;
            }
            let mut from = next;
            // A few batches before it is asked again how far the stream was taken.
            for _ in 0..self.random.random_range(1..5) {
                let to = from + self.random.random_range(1..=LONGEST);
                if !self.apply(&windows, from..to).await {
                    break;
                }
                from = to.min(self.stream.len());
            }
            if self.random.random_bool(0.4) {
                windows = self.open().await;
            }
        }
    }

    /// Applies a part of the stream in one of several ways; whether it is certain that it was.
    async fn apply(&mut self, windows: &Opened<Arc<B>, W>, positions: Range<u64>) -> bool {
        let again = self.random.random_range(0..=LONGEST);
        let replayed = positions.start.saturating_sub(again)..positions.end;
        let patience = Duration::from_micros(self.random.random_range(0..30_000));
        let batch = self.stream.batch(positions.clone());
        let applied = match self.random.random_range(0..6) {
            0 => {
                // The call is dropped wherever it stands then.
                let applied = timeout(patience, windows.apply(batch)).await;
                applied.map_or(Ok(false), |applied| applied.map(|_| true))
            }
            1 => {
                let (windows, batch) = (windows.clone(), self.stream.batch(replayed));
                let task = tokio::spawn(async move { windows.apply(batch).await });
                tokio::time::sleep(patience).await;
                task.abort();
                task.await
                    .map_or(Ok(false), |applied| applied.map(|_| true))
            }
            2 => {
                let other = self.open().await;
                // Who comes first may not come as far.
                let part = replayed.start..self.random.random_range(replayed);
                let (one, two) =
                    tokio::join!(windows.apply(batch), other.apply(self.stream.batch(part)));
                one.and(two).map(|_| true)
            }
            3 => {
                let replayed = windows.apply(self.stream.batch(replayed)).await;
                replayed.map(|_| true)
            }
            _ => windows.apply(batch).await.map(|_| true),
        };
        applied.unwrap_or_else(|error| {
            assert!(is_expected(&error), "{error:?}");
            false
        })
    }

    /// Has a turn done, cancelled and by new handles, until it is.
    async fn again<F>(&mut self, turn: F)
    where
        F: for<'w> Fn(&'w Opened<Arc<B>, W>) -> typed_state::store::Operation<'w, ()>,
    {
        loop {
            let windows = self.open().await;
            if self.random.random_bool(0.5) {
                let patience = Duration::from_micros(self.random.random_range(0..20_000));
                drop(timeout(patience, turn(&windows)).await);
                continue;
            }
            match turn(&windows).await {
                Ok(()) => return,
                Err(error) => assert!(is_expected(&error), "{error:?}"),
            }
        }
    }

    /// A new handle, of any client.
    async fn open(&mut self) -> Opened<Arc<B>, W> {
        let client = &self.clients[self.random.random_range(0..self.clients.len())];
        patient(|| open(client, self.windowing.clone(), &self.clock)).await
    }
}

/// Whether it is a failure that passes.
fn is_expected(error: &typed_state::Error) -> bool {
    let kinds = [ErrorKind::OutcomeUnknown, ErrorKind::Conflict];
    error.is_retryable() || kinds.contains(&error.kind())
}

/// Asks until there is an answer.
pub(crate) async fn patient<T, F: Future<Output = Result<T>>>(mut ask: impl FnMut() -> F) -> T {
    for _ in 0..2_000 {
        match ask().await {
            Ok(answer) => return answer,
            Err(error) => assert!(is_expected(&error), "{error:?}"),
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("no answer");
}
