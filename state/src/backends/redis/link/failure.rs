use std::borrow::Cow;
use std::fmt;

use redis::ServerError;

use super::address::Address;
use crate::backend::Node;
use crate::error::ErrorKind;

/// The most bytes of a server's message that an error shows.
const MAX_DETAIL_LEN: usize = 200;

/// A request that brought no answer, or an error for an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::backends::redis) struct Failure {
    pub(in crate::backends::redis) kind: Kind,
    pub(in crate::backends::redis) sent: Sent,
    code: Option<Box<str>>,
    message: Cow<'static, str>,
    address: Option<Address>,
}

/// What went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::backends::redis) enum Kind {
    /// The server said an error, which has a code.
    Server,
    /// The deadline passed.
    Timeout,
    /// The connection ended.
    Lost,
    /// No connection could be made.
    Unreachable,
    /// No node is known to serve the slot, or the node is not what it should be.
    Unserved,
    /// The bytes that came are not Redis's protocol.
    Protocol,
    /// Password, certificate, database, version or mode are wrong.
    Configuration,
    /// No connection of the pool became free.
    Pool,
    /// Too few replicas have the write; the primary has it.
    Replicas,
    /// The link was closed.
    Closed,
}

/// How far a request came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::backends::redis) enum Sent {
    /// No byte of it went out.
    Never,
    /// The server said an error. It executed nothing, unless a script had written before it failed.
    Refused,
    /// It may have been executed, or may be yet.
    Unknown,
}

impl Failure {
    pub(super) fn new(kind: Kind, sent: Sent, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            kind,
            sent,
            code: None,
            message: message.into(),
            address: None,
        }
    }

    /// Nothing was sent.
    pub(super) fn not_sent(kind: Kind, message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(kind, Sent::Never, message)
    }

    /// The deadline passed before anything was sent.
    pub(super) fn late(message: &'static str) -> Self {
        Self::not_sent(Kind::Timeout, message)
    }

    /// Whether it tells more of what is to be done than `other`.
    pub(super) fn tells_more_than(&self, other: &Self) -> bool {
        let rank = |failure: &Self| match failure.advice().0 {
            ErrorKind::Configuration => 2,
            ErrorKind::Timeout => 0,
            _ => 1,
        };
        rank(self) > rank(other)
    }

    /// The server said `error`.
    pub(in crate::backends::redis) fn refused(error: &ServerError) -> Self {
        let code = match error.code() {
            "ERR" if is_forbidden_to_script(error) => "NOPERM",
            code => code,
        };
        Self {
            kind: Kind::Server,
            sent: Sent::Refused,
            code: Some(readable(code, 32).into()),
            message: readable(error.details().unwrap_or_default(), MAX_DETAIL_LEN).into(),
            address: None,
        }
    }

    /// The same, of a request that may have gone out.
    #[must_use]
    pub(super) fn after_sending(mut self) -> Self {
        self.sent = Sent::Unknown;
        self
    }

    /// Names the node, unless one is already named.
    #[must_use]
    pub(in crate::backends::redis) fn at(mut self, address: &Address) -> Self {
        self.address.get_or_insert_with(|| address.clone());
        self
    }

    /// The address of the node that is at fault.
    pub(super) const fn address(&self) -> Option<&Address> {
        self.address.as_ref()
    }

    /// The node that is at fault.
    pub(super) fn node(&self) -> Node {
        let address = self.address.as_ref();
        address.map_or(Node::ONLY, |address| Node::named(address.to_string()))
    }

    /// The same, said of a connection that never came to be: the request was not sent.
    #[must_use]
    pub(super) fn before_sending(mut self) -> Self {
        self.sent = Sent::Never;
        self
    }

    /// The first word of what the server said, such as `OVERFLOW`.
    pub(in crate::backends::redis) fn code(&self) -> Option<&str> {
        self.code.as_deref()
    }

    /// The rest of what the server said, or our own words.
    pub(in crate::backends::redis) fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(address) = &self.address {
            write!(f, "Redis at {address}: ")?;
        } else {
            f.write_str("Redis: ")?;
        }
        match &self.code {
            Some(code) if self.message.is_empty() => write!(f, "the server said {code}"),
            Some(code) => write!(f, "the server said {code} {}", self.message),
            None => f.write_str(&self.message),
        }
    }
}

impl std::error::Error for Failure {}

/// Whether the access control list refused a command inside a script, which Redis 7.0 says without a code of its own.
fn is_forbidden_to_script(error: &ServerError) -> bool {
    let details = error.details().unwrap_or_default();
    details.starts_with("The user executing the script can't")
}

/// `text` of a server as an error may show it: printable, short, and without the arguments of a command,
/// which the server repeats where it does not know the command.
fn readable(text: &str, limit: usize) -> String {
    let told = text.split(", with args beginning with").next();
    let mut short = String::new();
    for c in told.unwrap_or_default().chars() {
        if short.len() >= limit {
            short.push('…');
            break;
        }
        short.extend(c.escape_debug());
    }
    short
}
