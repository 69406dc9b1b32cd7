use serde::{Deserialize, Serialize};
use typed_state::{StateKey, StateValue};

/// A value that names no compression.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, StateValue)]
#[state(name = "text")]
pub struct Text(pub String);

/// The key of a text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, StateKey)]
#[state(namespace = "text", value = Text)]
pub struct TextKey {
    /// Which of them.
    pub number: u64,
}
