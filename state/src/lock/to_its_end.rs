use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::runtime::Handle;

/// A future that is polled to its end where it is awaited, or, from when that future is dropped, in the background.
///
/// What is awaited to its end costs no task.
pub(super) struct ToItsEnd<T: Send + 'static> {
    future: Option<Pin<Box<dyn Future<Output = T> + Send>>>,
    runtime: Handle,
    begun: bool,
}

impl<T: Send + 'static> ToItsEnd<T> {
    pub(super) fn new(future: impl Future<Output = T> + Send + 'static, runtime: Handle) -> Self {
        Self {
            future: Some(Box::pin(future)),
            runtime,
            begun: false,
        }
    }
}

impl<T: Send + 'static> Future for ToItsEnd<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        self.begun = true;
        let Some(future) = &mut self.future else {
            return Poll::Pending;
        };
        let polled = future.as_mut().poll(cx);
        if polled.is_ready() {
            self.future = None;
        }
        polled
    }
}

impl<T: Send + 'static> Drop for ToItsEnd<T> {
    fn drop(&mut self) {
        // What was never begun has sent nothing.
        if self.begun
            && let Some(future) = self.future.take()
        {
            self.runtime.spawn(future);
        }
    }
}
