use std::time::Duration;

use crate::clock::Timestamp;
use crate::error::{Error, ErrorKind, Result};

/// A time to live: 1 ms to `i64::MAX` ms, whole milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ttl(i64);

impl Ttl {
    /// The shortest: 1 ms.
    pub const MIN: Self = Self(1);
    /// The longest: `i64::MAX` ms, some 292 million years.
    pub const MAX: Self = Self(i64::MAX);

    /// From a duration, rounded up to whole milliseconds.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`] where it is zero or longer than [`Ttl::MAX`].
    pub fn new(duration: Duration) -> Result<Self> {
        let millis = duration.as_nanos().div_ceil(1_000_000);
        match i64::try_from(millis) {
            Ok(0) => Err(Error::new(
                ErrorKind::InvalidInput,
                "a time to live of zero would expire at once; use `delete`, or at least 1 ms",
            )),
            Ok(millis) => Ok(Self(millis)),
            Err(_) => Err(Error::new(
                ErrorKind::InvalidInput,
                format!(
                    "a time to live of {duration:?} is longer than i64::MAX milliseconds; use no time to live"
                ),
            )),
        }
    }

    /// From milliseconds; `None` where they are not positive.
    pub const fn from_millis(millis: i64) -> Option<Self> {
        if millis > 0 { Some(Self(millis)) } else { None }
    }

    /// In milliseconds.
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// As a duration.
    pub const fn as_duration(self) -> Duration {
        Duration::from_millis(self.0.unsigned_abs())
    }
}

impl TryFrom<Duration> for Ttl {
    type Error = Error;

    fn try_from(duration: Duration) -> Result<Self> {
        Self::new(duration)
    }
}

/// When an entry that is being written expires.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Expiry {
    /// Never; an earlier expiry is cleared.
    #[default]
    Never,
    /// This long after the store applies the write, by the store's clock.
    After(Ttl),
    /// As the entry expires now; never, where there is no entry.
    Keep,
}

impl Expiry {
    /// The moment of expiry for a write applied at `now` over an entry that expires at `earlier`.
    pub fn resolve(self, now: Timestamp, earlier: Option<Timestamp>) -> Option<Timestamp> {
        match self {
            Self::Never => None,
            Self::After(ttl) => Some(now.saturating_add(ttl.as_millis())),
            Self::Keep => earlier,
        }
    }
}

impl From<Ttl> for Expiry {
    fn from(ttl: Ttl) -> Self {
        Self::After(ttl)
    }
}
