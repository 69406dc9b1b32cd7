use std::time::Duration;

use crate::backend::Ttl;

/// The time to live of what a worker holds unless it is told otherwise.
const DEFAULT_TTL: Duration = Duration::from_secs(10);

/// How a worker takes part in sharing the shards of windows.
///
/// ```
/// # use typed_state::Ttl;
/// # use typed_state::window::Membership;
/// let membership = Membership::named("host-7").ttl(Ttl::from_millis(5_000).unwrap());
/// # let _ = membership;
/// ```
#[derive(Debug, Clone)]
#[must_use = "nobody takes part before `join`"]
pub struct Membership {
    pub(super) name: String,
    pub(super) ttl: Ttl,
}

impl Membership {
    /// A worker that people know by this name, such as its host: at most 256 bytes. Two of one name are two workers.
    pub fn named(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            ttl: Ttl::try_from(DEFAULT_TTL).unwrap_or(Ttl::MIN),
        }
    }

    /// How long its membership and its locks live from when they were last renewed, which happens each third of it. Default
    /// 10 s.
    ///
    /// So long do others wait for a worker that died. One that is paused for longer loses its shards.
    pub const fn ttl(mut self, ttl: Ttl) -> Self {
        self.ttl = ttl;
        self
    }
}
