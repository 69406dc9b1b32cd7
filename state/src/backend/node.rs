use std::fmt;
use std::sync::Arc;

/// A part of a store that may fail while the others serve: in a Cluster, the server that has a partition.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Node(Option<Arc<str>>);

impl Node {
    /// The one of a backend that has no parts.
    pub const ONLY: Self = Self(None);

    /// One of several, by its address.
    pub fn named(name: impl Into<Arc<str>>) -> Self {
        Self(Some(name.into()))
    }

    /// Its address; empty for [`ONLY`](Self::ONLY).
    pub fn name(&self) -> &str {
        self.0.as_deref().unwrap_or_default()
    }

    /// Whether it is [`ONLY`](Self::ONLY).
    #[inline]
    pub const fn is_only(&self) -> bool {
        self.0.is_none()
    }
}

impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Node").field(&self.name()).finish()
    }
}
