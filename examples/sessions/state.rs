//! What is kept.

use serde::{Deserialize, Serialize};
use typed_state::{Counter, StateKey, StateValue};

/// Whoever has the token is logged in.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, StateKey)]
#[state(namespace = "session", value = Session)]
pub(crate) struct SessionKey {
    pub(crate) token: String,
}

/// A session ends half an hour after its last request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, StateValue)]
#[state(name = "session", version = 1, ttl = "30m")]
pub(crate) struct Session {
    pub(crate) user: String,
    /// How many requests it has had.
    pub(crate) requests: u64,
}

/// What a client has asked for in one minute.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, StateKey)]
#[state(namespace = "rate", value = Counter)]
pub(crate) struct RateKey {
    pub(crate) client: String,
    /// Minutes since 1970.
    pub(crate) minute: i64,
}
