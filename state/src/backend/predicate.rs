use std::fmt;

use super::JsonObject;

/// What metadata must be like to be found. An entry without metadata is never found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Predicate {
    /// It holds this object: every field of it with the same value, where an object holds another that it has every field
    /// of, and a list one that it has every element of (`@>` of PostgreSQL's `jsonb`).
    Contains(JsonObject),
    /// The field at `path` is of the bound's type, and compares to it so.
    Compare {
        /// The names of fields, one inside the other; never none.
        path: Vec<String>,
        /// How it compares.
        comparison: Comparison,
        /// To what.
        bound: Bound,
    },
    /// There is a field at this path, be it null. The names of fields are one inside the other; never none.
    Exists(Vec<String>),
    /// All of these hold.
    All(Vec<Self>),
    /// One of these holds.
    Any(Vec<Self>),
    /// This does not hold, for instance because a field is missing.
    Not(Box<Self>),
}

/// How a field compares to a bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Comparison {
    /// It is more.
    Above,
    /// It is as much, or more.
    AtLeast,
    /// It is as much, or less.
    AtMost,
    /// It is less.
    Below,
}

/// What a field is compared to. Its `Debug` shows the type alone.
#[derive(Clone, PartialEq, Eq)]
pub enum Bound {
    /// A number, as JSON writes it: compared exactly, as a decimal.
    Number(String),
    /// Text: compared character by character, by code point.
    Text(String),
}

impl fmt::Debug for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Number(_) => "Number(_)",
            Self::Text(_) => "Text(_)",
        })
    }
}
