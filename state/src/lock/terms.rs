//! What a holder asks for, whoever grants it.

use super::record;
use crate::backend::Ttl;

/// The time to live of a grant unless it is told otherwise.
const DEFAULT_TTL: Ttl = match Ttl::from_millis(10_000) {
    Some(ttl) => ttl,
    None => Ttl::MIN,
};

/// How a lock is held once it is granted.
#[derive(Debug)]
pub(super) struct Terms {
    pub(super) ttl: Ttl,
    /// Whether it is renewed by itself.
    pub(super) renews: bool,
    /// What the holder is called.
    pub(super) holder: String,
}

impl Default for Terms {
    fn default() -> Self {
        Self {
            ttl: DEFAULT_TTL,
            renews: true,
            holder: record::this_process(),
        }
    }
}

/// The methods that set the field `terms`, under what each kind of lock says of them.
macro_rules! terms {
    ($($(#[$doc:meta])* $method:ident;)*) => { $(terms!(@$method $(#[$doc])*);)* };
    (@ttl $(#[$doc:meta])*) => {
        $(#[$doc])*
        pub const fn ttl(mut self, ttl: Ttl) -> Self {
            self.terms.ttl = ttl;
            self
        }
    };
    (@renewed $(#[$doc:meta])*) => {
        $(#[$doc])*
        pub const fn renewed(mut self, renewed: bool) -> Self {
            self.terms.renews = renewed;
            self
        }
    };
    (@holder $(#[$doc:meta])*) => {
        $(#[$doc])*
        pub fn holder(mut self, name: impl Into<String>) -> Self {
            self.terms.holder = name.into();
            self
        }
    };
}
pub(super) use terms;
