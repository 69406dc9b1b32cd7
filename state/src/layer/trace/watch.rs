use std::future::Future;
use std::time::Instant;

use tracing::level_filters::LevelFilter;
use tracing::{Instrument as _, Level, Span, field};

use super::slow::SlowLog;
use crate::backend::{Context, MAX_NAMESPACE_LEN};
use crate::layer::traffic::{Ending, Load, Yield};

/// What those who listen are told by.
const SLOW: &str = "typed_state::slow";

/// What watches the requests of one backend.
#[derive(Debug)]
pub(super) struct Watch {
    backend: &'static str,
    slow: Option<SlowLog>,
}

/// A namespace, kept without an allocation.
#[derive(Clone, Copy)]
pub(super) struct Namespace {
    bytes: [u8; MAX_NAMESPACE_LEN],
    len: usize,
}

impl Namespace {
    pub(super) fn of(namespace: &[u8]) -> Self {
        let mut bytes = [0; MAX_NAMESPACE_LEN];
        let len = match bytes.get_mut(..namespace.len()) {
            Some(place) => {
                place.copy_from_slice(namespace);
                namespace.len()
            }
            None => 0,
        };
        Self { bytes, len }
    }

    /// Of the first bytes of a range.
    pub(super) fn of_start(start: &[u8]) -> Self {
        Self::of(start.split(|byte| *byte == 0).next().unwrap_or_default())
    }

    fn as_str(&self) -> &str {
        let bytes = self.bytes.get(..self.len).unwrap_or_default();
        // What is no text is no namespace of this program's.
        std::str::from_utf8(bytes).unwrap_or("(not UTF-8)")
    }
}

impl Watch {
    pub(super) const fn new(backend: &'static str, slow: Option<SlowLog>) -> Self {
        Self { backend, slow }
    }

    /// A request begins; `None` where nobody listens.
    #[inline]
    pub(super) fn begin(
        &self,
        cx: &Context,
        request: impl FnOnce() -> (Namespace, Load),
    ) -> Option<Watched<'_>> {
        // Whether somebody hears of this target is asked once something is slow: the answer takes longer than this one.
        let warns = LevelFilter::current() >= LevelFilter::WARN;
        let slow = self.slow.as_ref().filter(|_| warns);
        let has_span = tracing::span_enabled!(target: "typed_state", Level::DEBUG);
        if slow.is_none() && !has_span {
            return None;
        }
        let (namespace, load) = request();
        let span = if has_span {
            tracing::debug_span!(
                target: "typed_state",
                "typed_state.operation",
                operation = cx.operation,
                namespace = namespace.as_str(),
                backend = self.backend,
                keys = load.keys,
                outcome = field::Empty,
            )
        } else {
            Span::none()
        };
        Some(Watched {
            backend: self.backend,
            operation: cx.operation,
            namespace,
            load,
            span,
            slow: slow.map(|slow| (slow, Instant::now())),
            has_ended: false,
        })
    }
}

/// A request that somebody listens to. Dropped before its end it was cancelled.
pub(super) struct Watched<'w> {
    backend: &'static str,
    operation: &'static str,
    namespace: Namespace,
    load: Load,
    span: Span,
    slow: Option<(&'w SlowLog, Instant)>,
    has_ended: bool,
}

impl Watched<'_> {
    /// Waits within the span.
    pub(super) async fn follow<F: Future + Send>(&self, request: F) -> F::Output {
        request.instrument(self.span.clone()).await
    }

    /// The answer has come.
    pub(super) fn end(mut self, ending: Ending, seen: Yield) {
        self.has_ended = true;
        self.tell(ending.as_str(), seen);
    }

    fn tell(&self, outcome: &'static str, seen: Yield) {
        self.span.record("outcome", outcome);
        let Some((slow, begun)) = self.slow else {
            return;
        };
        let now = Instant::now();
        let took = now.saturating_duration_since(begun);
        if took < slow.threshold || !tracing::event_enabled!(target: SLOW, Level::WARN) {
            return;
        }
        let Some(left_out) = slow.admit(now) else {
            return;
        };
        tracing::warn!(
            target: SLOW,
            operation = self.operation,
            namespace = self.namespace.as_str(),
            backend = self.backend,
            outcome,
            keys = self.load.keys,
            bytes_written = self.load.bytes,
            bytes_read = seen.bytes,
            milliseconds = u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            left_out,
            "a request to the store was slow"
        );
    }
}

impl Drop for Watched<'_> {
    fn drop(&mut self) {
        if !self.has_ended {
            self.tell("cancelled", Yield::default());
        }
    }
}
