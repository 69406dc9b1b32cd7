use std::sync::Weak;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::time::sleep;

use super::{Cache, Shared};
use crate::backend::{Context, Deadline, Notice, Notify};

/// How long a store has to say that it is listened to.
const WITHIN: Duration = Duration::from_secs(5);
/// How long to wait before it is tried again.
const AGAIN_AFTER: Duration = Duration::from_secs(1);

impl<B: Notify> Cache<B> {
    /// Begins to listen to the store, once.
    pub(super) fn listen(&self) {
        let begun = &self.shared.listens;
        if begun.load(Ordering::Acquire) {
            return;
        }
        let Ok(runtime) = Handle::try_current() else {
            return;
        };
        if !begun.swap(true, Ordering::AcqRel) {
            runtime.spawn(listen(std::sync::Arc::downgrade(&self.shared)));
        }
    }
}

/// Hears of changes for as long as there is a cache.
async fn listen<B: Notify>(cache: Weak<Shared<B>>) {
    let mut warned = false;
    loop {
        let Some(shared) = cache.upgrade() else {
            return;
        };
        let mut cx = Context::new().for_operation("watch");
        cx.deadline = Deadline::after(WITHIN);
        match shared.inner.watch(&cx).await {
            Ok(mut watch) => {
                warned = false;
                shared.empty(true);
                drop(shared);
                loop {
                    let notice = watch.next().await;
                    let Some(shared) = cache.upgrade() else {
                        return;
                    };
                    match notice {
                        Some(Notice::Changed(key)) => {
                            shared.counts.notice();
                            shared.entries.forget(key.as_slice());
                        }
                        Some(Notice::Missed) => shared.empty(true),
                        Some(Notice::Silent) => shared.empty(false),
                        None => {
                            shared.empty(false);
                            break;
                        }
                    }
                }
            }
            Err(error) if !warned => {
                warned = true;
                tracing::warn!(%error, "nothing is cached, because changes are not heard of");
            }
            Err(_) => {}
        }
        sleep(AGAIN_AFTER).await;
    }
}

impl<B> Shared<B> {
    /// Forgets everything, and caches from now on, or does not.
    fn empty(&self, hears: bool) {
        self.counts.emptied();
        self.entries.set_hears(hears);
    }
}
