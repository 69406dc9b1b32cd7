use std::panic::{AssertUnwindSafe, catch_unwind};

use tokio::runtime::Handle;

use crate::backend::{Context, Deadline};
use crate::error::{Error, ErrorKind, Result};

/// Does `work` on a blocking thread of the runtime, or in place where there is none.
///
/// Cancellation: `work` may still be done.
pub(super) async fn blocking<T: Send + 'static>(
    cx: &Context,
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    cx.check()?;
    let Ok(runtime) = Handle::try_current() else {
        return guarded(work);
    };
    let context = *cx;
    let task = runtime.spawn_blocking(move || {
        context.check()?;
        guarded(work)
    });
    let done = match cx.deadline {
        Some(deadline) => until(deadline, task).await.ok_or_else(late)?,
        None => task.await,
    };
    // A panic of `work` is caught within, so the runtime did not start it.
    done.unwrap_or_else(|_| Err(shutting_down()))
}

/// What `future` gives before the deadline; `None` when that has passed first.
pub(super) async fn until<F: Future>(deadline: Deadline, future: F) -> Option<F::Output> {
    tokio::time::timeout_at(deadline.instant().into(), future)
        .await
        .ok()
}

/// Does `work`; a panic of the engine over a damaged file becomes an error.
pub(super) fn guarded<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    // What a panic left half done is thrown away: read transactions, and write transactions before their commit.
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| {
        Err(Error::new(
            ErrorKind::Corrupt,
            "the engine gave up, which it does over a damaged file; open the store with `verify(true)`, \
             and restore a backup or a checkpoint",
        ))
    })
}

fn late() -> Error {
    Error::new(
        ErrorKind::Timeout,
        "the deadline passed before the disk answered; nothing was applied",
    )
}

fn shutting_down() -> Error {
    Error::new(
        ErrorKind::Unavailable,
        "the runtime is shutting down; nothing was applied",
    )
}
