use crate::error::{Error, ErrorKind, Result};

/// Work that takes the processor for some milliseconds, on the runtime's threads for such work.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|error| {
        let wrong = "the work on a chunk was broken off; has the runtime ended?";
        Err(Error::new(ErrorKind::Unavailable, wrong).with_source(error))
    })
}
