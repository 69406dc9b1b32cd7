//! Waiting until entries may have changed: by the store's notices, and by looking again where they may be lost.

use std::time::Duration;

use tokio::time::{Instant, sleep_until, timeout_at};

use super::poll::pause;
use crate::backend::{Context, Notice, Notify, Ttl, Watch};
use crate::store::Store;

/// For how long notices are trusted before the next look.
const HEARING: Duration = Duration::from_secs(1);

/// Hears of changes, where the store tells of them.
#[derive(Debug, Default)]
pub(super) struct Changes {
    begun: bool,
    watch: Option<Watch>,
}

impl Changes {
    /// Begins to listen, before the look after which nothing may be missed; says whether this was the first time.
    pub(super) async fn begin<B: Notify>(&mut self, store: &Store<B>, cx: &Context) -> bool {
        let first = !self.begun;
        if first {
            self.begun = true;
            // Where nothing is heard, or nobody can be asked now, the next look comes by itself.
            self.watch = store.backend().watch(cx).await.ok();
        }
        first
    }

    /// Waits until one of these entries may have changed, `ttl` is over, or it is `ends`.
    ///
    /// Cancellation: what is heard meanwhile may be missed; look before the next call.
    pub(super) async fn next<B>(
        &mut self,
        store: &Store<B>,
        keys: &[&[u8]],
        ttl: Option<Ttl>,
        ends: Option<Instant>,
    ) where
        B: Notify,
    {
        let longest = if self.watch.is_some() {
            HEARING
        } else {
            pause(store.random())
        };
        // A millisecond more, since what is left was rounded down.
        let left = ttl.map_or(longest, |ttl| {
            let left = ttl.as_duration();
            left.saturating_add(Duration::from_millis(1))
        });
        let wake = Instant::now() + longest.min(left);
        let wake = ends.map_or(wake, |ends| ends.min(wake));
        match &mut self.watch {
            None => sleep_until(wake).await,
            Some(watch) => {
                if timeout_at(wake, heard(watch, keys)).await == Ok(false) {
                    self.watch = None;
                    self.begun = false;
                }
            }
        }
    }
}

/// Waits for a notice of one of the keys; `false` where nothing is heard any more.
async fn heard(watch: &mut Watch, keys: &[&[u8]]) -> bool {
    loop {
        match watch.next().await {
            Some(Notice::Changed(changed)) if keys.contains(&changed.as_slice()) => return true,
            Some(Notice::Changed(_)) => {}
            Some(Notice::Missed) => return true,
            Some(Notice::Silent) | None => return false,
        }
    }
}
