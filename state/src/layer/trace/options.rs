use std::time::Duration;

use super::backend::Trace;
use super::slow::SlowLog;
use super::watch::Watch;
use crate::backend::Backend;
use crate::layer::Layer;

/// The options of [`Trace`].
///
/// ```
/// use std::time::Duration;
/// use typed_state::layer::{Layer, TraceLayer};
/// use typed_state::{Store, backends::Memory};
///
/// let traced = TraceLayer::new().slow_after(Duration::from_millis(20));
/// let store = Store::new(traced.over(Memory::new()));
/// # let _ = store;
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct TraceLayer {
    slow_after: Option<Duration>,
}

impl Default for TraceLayer {
    fn default() -> Self {
        Self {
            slow_after: Some(Duration::from_millis(100)),
        }
    }
}

impl TraceLayer {
    /// Spans, and warnings after 100 ms.
    pub fn new() -> Self {
        Self::default()
    }

    /// How long a request may take without a warning; `None` for no warnings. Default: 100 ms.
    pub fn slow_after(mut self, threshold: impl Into<Option<Duration>>) -> Self {
        self.slow_after = threshold.into();
        self
    }
}

impl<B: Backend> Layer<B> for TraceLayer {
    type Backend = Trace<B>;

    fn over(self, inner: B) -> Trace<B> {
        let backend = inner.capabilities().backend;
        Trace::new(
            inner,
            Watch::new(backend, self.slow_after.map(SlowLog::new)),
        )
    }
}
