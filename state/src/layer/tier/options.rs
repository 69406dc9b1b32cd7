use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::Tiered;
use crate::backend::{Backend, Context, Ttl};
use crate::clock::{Entropy, SystemEntropy};
use crate::layer::Layer;

/// How long after its deadline a write is still taken to be under way.
const MARGIN: Duration = Duration::from_secs(5);

/// Keeps copies of entries in a faster store that processes share, such as Redis before PostgreSQL, and answers plain reads from
/// there; see [`Tiered`].
///
/// Every process that writes to the store must have the layer, with the same upper store: see the table in [`Tiered`]'s
/// documentation. The upper store belongs to the tier of one store alone (give it a key prefix of its own).
///
/// Where the upper store may fail, put a breaker around it, so that it is not waited for each time:
///
/// ```
/// use std::time::Duration;
/// use typed_state::{Store, backends::Memory};
/// use typed_state::layer::{CircuitBreakerLayer, Layer as _, TierLayer};
///
/// let upper = CircuitBreakerLayer::new().over(Memory::new());
/// let tier = TierLayer::new(upper).ttl(Duration::from_secs(30));
/// let store = Store::builder(Memory::new()).tier(tier).build();
/// # drop(store);
/// ```
#[derive(Clone)]
#[must_use]
pub struct TierLayer<U> {
    upper: U,
    options: Options,
}

#[derive(Clone)]
pub(super) struct Options {
    pub(super) ttl: Duration,
    pub(super) negative_ttl: Duration,
    pub(super) lease: Duration,
    pub(super) write_time: Duration,
    pub(super) patience: Duration,
    pub(super) strict: bool,
    pub(super) entropy: Arc<dyn Entropy>,
}

impl<U> TierLayer<U> {
    /// Copies in `upper` for a minute, the absence of an entry for 10 s, leases of 2 s; where the upper store cannot be told of a
    /// write, the write goes on.
    pub fn new(upper: U) -> Self {
        Self {
            upper,
            options: Options {
                ttl: Duration::from_mins(1),
                negative_ttl: Duration::from_secs(10),
                lease: Duration::from_secs(2),
                write_time: Duration::from_mins(1),
                patience: Duration::from_millis(250),
                strict: false,
                entropy: Arc::new(SystemEntropy),
            },
        }
    }

    /// How long a copy is kept at the most. Default 1 min. Nothing is kept where it is zero.
    pub const fn ttl(mut self, ttl: Duration) -> Self {
        self.options.ttl = ttl;
        self
    }

    /// How long it is kept at the most that there is no entry. Default 10 s; zero keeps none of that.
    pub const fn negative_ttl(mut self, ttl: Duration) -> Self {
        self.options.negative_ttl = ttl;
        self
    }

    /// How long a read of the store may take for its answer to be kept. Default 2 s. By so much a copy ends before its entry
    /// expires, so entries that live no longer are not kept.
    pub const fn lease(mut self, lease: Duration) -> Self {
        self.options.lease = lease;
        self
    }

    /// How long a write without a deadline may take. Default 1 min. Where such a write takes longer, copies of what it changes may be
    /// made before it ends. So long nothing is kept of a key whose writer died.
    pub const fn write_time(mut self, time: Duration) -> Self {
        self.options.write_time = time;
        self
    }

    /// How long the upper store is waited for, where the caller's deadline does not come before. Default 250 ms.
    pub const fn patience(mut self, patience: Duration) -> Self {
        self.options.patience = patience;
        self
    }

    /// Refuses a write with [`Unavailable`](crate::ErrorKind::Unavailable), before the store has heard of it, where the upper store cannot
    /// be told of it. Else it goes on, and what it changed may be read as it was until the time of the copies is over.
    pub const fn strict(mut self) -> Self {
        self.options.strict = true;
        self
    }

    /// Where names of writers and revisions of copies are drawn from. Default the system's. Two clients of one upper store must not
    /// draw alike.
    pub fn entropy(mut self, entropy: impl Entropy) -> Self {
        self.options.entropy = Arc::new(entropy);
        self
    }
}

impl Options {
    /// How long a write of this context may be under way.
    pub(super) fn longest_write(&self, cx: &Context) -> Ttl {
        let longest = match cx.deadline {
            Some(deadline) => deadline.remaining().saturating_add(MARGIN),
            None => self.write_time,
        };
        Ttl::new(longest).unwrap_or(Ttl::MAX)
    }
}

impl<U: Backend, B: Backend> Layer<B> for TierLayer<U> {
    type Backend = Tiered<U, B>;

    fn over(self, inner: B) -> Tiered<U, B> {
        Tiered::new(self.upper, inner, self.options)
    }
}

impl<U: fmt::Debug> fmt::Debug for TierLayer<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TierLayer")
            .field("upper", &self.upper)
            .field("options", &self.options)
            .finish()
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("ttl", &self.ttl)
            .field("negative_ttl", &self.negative_ttl)
            .field("lease", &self.lease)
            .field("write_time", &self.write_time)
            .field("patience", &self.patience)
            .field("strict", &self.strict)
            .finish_non_exhaustive()
    }
}
