use std::fmt;
use std::future::Future;

use tokio::sync::broadcast;

use super::{Backend, Context, Key, KeyBytes};
use crate::error::Result;

/// How many notices a watch that is not read may lag behind before it misses some.
const BACKLOG: usize = 4_096;

/// A backend that tells of changes, also of those that other processes make.
///
/// Writers on a server announce what they change where their [`Context::announce`] says so; a backend in this process tells
/// of every change. Nobody is told of what expires.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not tell of changes",
    label = "this backend has no notifications",
    note = "what waits for changes needs them: a lock that is not waited for is got with `try_acquire()`",
    note = "pick a backend of `Notify` (all of `typed_state::backends`), or implement it"
)]
pub trait Notify: Backend {
    /// Watches the whole store. Every change that begins after this has answered is told of, or else that something was missed.
    ///
    /// Cancellation: nothing is left behind.
    fn watch(&self, cx: &Context) -> impl Future<Output = Result<Watch>> + Send;
}

/// What a watch tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// The entry under these bytes of a key was changed. It may come more than once.
    Changed(KeyBytes),
    /// From here on nothing is heard, until [`Missed`](Self::Missed).
    Silent,
    /// Changes were made that are not told of; what follows is whole again.
    Missed,
}

/// Hears of changes until it is dropped.
pub struct Watch {
    notices: broadcast::Receiver<Notice>,
}

impl Watch {
    /// The next notice; `None` once the store is closed.
    ///
    /// Cancellation: a dropped future loses no notice.
    pub async fn next(&mut self) -> Option<Notice> {
        match self.notices.recv().await {
            Ok(notice) => Some(notice),
            Err(broadcast::error::RecvError::Lagged(_)) => Some(Notice::Missed),
            Err(broadcast::error::RecvError::Closed) => None,
        }
    }
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watch").finish_non_exhaustive()
    }
}

/// Where a backend tells, and its watches hear. Telling never waits.
#[derive(Debug, Clone)]
pub struct Announcer(broadcast::Sender<Notice>);

impl Announcer {
    /// Without any watch yet.
    pub fn new() -> Self {
        Self(broadcast::Sender::new(BACKLOG))
    }

    /// Whether anybody hears it.
    pub fn is_heard(&self) -> bool {
        self.0.receiver_count() > 0
    }

    /// Tells all watches.
    pub fn tell(&self, notice: Notice) {
        // Where nobody hears it, nobody misses it.
        drop(self.0.send(notice));
    }

    /// Tells all watches that the entry under `key` was changed.
    pub fn tell_changed(&self, key: &Key) {
        self.tell(Notice::Changed(KeyBytes::from(key.as_bytes())));
    }

    /// Another watch.
    pub fn watch(&self) -> Watch {
        Watch {
            notices: self.0.subscribe(),
        }
    }
}

impl Default for Announcer {
    fn default() -> Self {
        Self::new()
    }
}
