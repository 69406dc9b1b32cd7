//! The one error type: what happened, to which key, and what to do next.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;

use crate::backend::{Conflict, Key, Node};

/// The result of an operation on state.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong, coarse enough to act on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A condition did not hold and nothing was applied: read again and decide anew.
    Conflict,
    /// The answer was lost: the write was applied, or was not, or will be.
    OutcomeUnknown,
    /// The store could not be reached and nothing was applied: try again.
    Unavailable,
    /// The deadline passed and nothing was applied: try again with more time.
    Timeout,
    /// The circuit breaker refused the operation: try again later.
    CircuitOpen,
    /// A key or value is larger than its limit; nothing was written.
    TooLarge,
    /// Stored bytes are damaged or foreign.
    Corrupt,
    /// Stored bytes were written under a schema that this program does not know.
    IncompatibleSchema,
    /// The lock is not held any more and nothing was written: acquire it again.
    LockLost,
    /// A counter would leave the range of `i64`; it is unchanged.
    Overflow,
    /// The caller's arguments make no sense: a program's mistake.
    InvalidInput,
    /// This backend cannot do that.
    Unsupported,
    /// The configuration is wrong, or another process holds what it names.
    Configuration,
    /// The backend failed in a way that has no kind of its own.
    Backend,
}

impl ErrorKind {
    /// Whether the same operation may be sent again as it is: nothing was applied, and time may heal it.
    pub const fn is_retryable(self) -> bool {
        matches!(self, Self::Unavailable | Self::Timeout | Self::CircuitOpen)
    }

    const fn as_str(self) -> &'static str {
        match self {
            Self::Conflict => "conflict",
            Self::OutcomeUnknown => "outcome unknown",
            Self::Unavailable => "unavailable",
            Self::Timeout => "timeout",
            Self::CircuitOpen => "circuit open",
            Self::TooLarge => "too large",
            Self::Corrupt => "corrupt",
            Self::IncompatibleSchema => "incompatible schema",
            Self::LockLost => "lock lost",
            Self::Overflow => "overflow",
            Self::InvalidInput => "invalid input",
            Self::Unsupported => "unsupported",
            Self::Configuration => "configuration",
            Self::Backend => "backend failure",
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An error of an operation on state.
///
/// It names the operation and the key. It never holds value bytes, secrets or URLs with passwords.
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    message: Cow<'static, str>,
    operation: Option<&'static str>,
    key: Option<String>,
    conflict: Option<Conflict>,
    node: Node,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl Error {
    /// An error of `kind`; the message says what happened and what to do.
    pub fn new(kind: ErrorKind, message: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Inner {
            kind,
            message: message.into(),
            operation: None,
            key: None,
            conflict: None,
            node: Node::ONLY,
            source: None,
        }))
    }

    /// The error of conditions that did not hold.
    pub fn from_conflict(conflict: Conflict) -> Self {
        let mut error = Self::new(ErrorKind::Conflict, conflict.to_string());
        error.0.conflict = Some(conflict);
        error
    }

    /// The error of a holder that lost its lock.
    pub(crate) fn lock_lost() -> Self {
        Self::new(
            ErrorKind::LockLost,
            "the lock is not held any more, so nothing was written; acquire it again",
        )
    }

    /// Names the operation, unless one is already named.
    #[must_use]
    pub fn in_operation(mut self, operation: &'static str) -> Self {
        self.0.operation.get_or_insert(operation);
        self
    }

    /// Names the key, unless one is already named.
    #[must_use]
    pub fn at_key(mut self, key: &Key) -> Self {
        self.0.key.get_or_insert_with(|| key.to_string());
        self
    }

    /// Says which node of the backend failed.
    #[must_use]
    pub fn at_node(mut self, node: Node) -> Self {
        self.0.node = node;
        self
    }

    /// Adds the cause.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// The same error for another caller of what failed; of its cause it has the words.
    pub(crate) fn copied(&self) -> Self {
        let inner = &*self.0;
        let source = inner.source.as_ref().map(ToString::to_string);
        Self(Box::new(Inner {
            kind: inner.kind,
            message: inner.message.clone(),
            operation: inner.operation,
            key: inner.key.clone(),
            conflict: inner.conflict.clone(),
            node: inner.node.clone(),
            source: source.map(Into::into),
        }))
    }

    /// What went wrong.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Whether the same operation may be sent again as it is: nothing was applied, and time may heal it.
    pub fn is_retryable(&self) -> bool {
        self.0.kind.is_retryable()
    }

    #[cfg(any(feature = "json", feature = "any", feature = "checkpoints"))]
    pub(crate) fn message(&self) -> &str {
        &self.0.message
    }

    /// The operation that failed, such as `"get"`.
    pub fn operation(&self) -> Option<&'static str> {
        self.0.operation
    }

    /// The key at fault, with its bytes escaped for people.
    pub fn key(&self) -> Option<&str> {
        self.0.key.as_deref()
    }

    /// The node of the backend that failed; [`Node::ONLY`] where none is named.
    pub fn node(&self) -> &Node {
        &self.0.node
    }

    /// The conditions that did not hold, where the kind is [`ErrorKind::Conflict`].
    pub fn conflict(&self) -> Option<&Conflict> {
        self.0.conflict.as_ref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.kind)?;
        if let Some(operation) = self.0.operation {
            write!(f, " in {operation}")?;
        }
        if let Some(key) = &self.0.key {
            write!(f, " at `{key}`")?;
        }
        write!(f, ": {}", self.0.message)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")?;
        if let Some(source) = &self.0.source {
            write!(f, " (caused by: {source})")?;
        }
        Ok(())
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0
            .source
            .as_deref()
            .map(|source| source as &(dyn StdError + 'static))
    }
}
