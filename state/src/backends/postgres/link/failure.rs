use std::borrow::Cow;
use std::fmt;

use ::sqlx::postgres::{PgDatabaseError, PgSeverity};

use super::tls;

/// How much of what a server says is shown.
const MAX_DETAIL_LEN: usize = 300;

/// Why a request has no answer.
#[derive(Debug, Clone)]
pub(in crate::backends::postgres) struct Failure {
    pub(super) kind: Kind,
    pub(super) sent: Sent,
    /// The SQLSTATE of what the server said.
    code: Option<Box<str>>,
    message: Cow<'static, str>,
    host: Option<String>,
    /// Whether the connection is of no more use.
    pub(super) fatal: bool,
}

/// What kind of failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::backends::postgres) enum Kind {
    /// The server said an error, which has a code.
    Server,
    /// The deadline passed.
    Timeout,
    /// The connection ended.
    Lost,
    /// No connection could be made.
    Unreachable,
    /// None of the servers is a primary.
    Unserved,
    /// No secure connection could be made.
    Tls,
    /// The bytes that came are not PostgreSQL's protocol, or not of the types that were asked for.
    Protocol,
    /// No connection of the pool became free.
    Pool,
    /// The store was closed.
    Closed,
}

/// How far a request came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::backends::postgres) enum Sent {
    /// No byte of it went out.
    Never,
    /// The server said an error and undid what there was of it.
    Refused,
    /// It may have been applied.
    Unknown,
}

impl Failure {
    pub(super) fn new(kind: Kind, sent: Sent, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            kind,
            sent,
            code: None,
            message: message.into(),
            host: None,
            fatal: true,
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

    /// The server answered something else than what was asked for.
    pub(in crate::backends::postgres) fn unexpected(wanted: &str) -> Self {
        let message = format!("the server did not answer {wanted}");
        Self::new(Kind::Protocol, Sent::Unknown, message)
    }

    /// What the driver says of a request that was sent.
    pub(in crate::backends::postgres) fn of(error: &sqlx::Error) -> Self {
        match error {
            sqlx::Error::Database(error) => match error.try_downcast_ref::<PgDatabaseError>() {
                Some(error) => Self::said(error),
                None => Self::new(Kind::Protocol, Sent::Unknown, readable(error.message())),
            },
            sqlx::Error::Io(error) => match tls::refusal(error) {
                Some(refusal) => Self::new(Kind::Tls, Sent::Unknown, readable(&refusal)),
                None => Self::new(Kind::Lost, Sent::Unknown, readable(&error.to_string())),
            },
            sqlx::Error::Tls(error) | sqlx::Error::Configuration(error) => Self::new(
                Kind::Tls,
                Sent::Unknown,
                readable(&tls::mistake(error.as_ref())),
            ),
            error => Self::new(Kind::Protocol, Sent::Unknown, readable(&error.to_string())),
        }
    }

    fn said(error: &PgDatabaseError) -> Self {
        let code = error.code();
        // The server ends the connection, and may do so after it has committed and before it says so.
        let gone = matches!(code, "57P01" | "57P02" | "57P05" | "40003") || code.starts_with("08");
        Self {
            kind: Kind::Server,
            sent: if gone { Sent::Unknown } else { Sent::Refused },
            code: Some(readable(code).into()),
            message: readable(error.message()).into(),
            host: None,
            fatal: matches!(error.severity(), PgSeverity::Fatal | PgSeverity::Panic) || gone,
        }
    }

    /// Names the server, unless one is already named.
    #[must_use]
    pub(super) fn at(mut self, host: impl fmt::Display) -> Self {
        self.host.get_or_insert_with(|| host.to_string());
        self
    }

    /// The same, said of what was to go before the statement on a connection that stood: the statement was not sent.
    #[must_use]
    pub(super) fn before_statement(mut self) -> Self {
        self.sent = Sent::Never;
        self
    }

    /// The same, said of a connection that never came to be: the request was not sent.
    #[must_use]
    pub(super) fn before_sending(mut self) -> Self {
        self.sent = Sent::Never;
        // The driver reads the end of a connection as an answer to its first question.
        let ended = self.kind == Kind::Protocol && self.message.contains("SSLRequest: 0x00");
        if ended {
            self.message = "the connection ended before it began".into();
        }
        if self.kind == Kind::Lost || ended {
            self.kind = Kind::Unreachable;
        }
        self
    }

    /// The same, said of a transaction that was not committed.
    #[must_use]
    pub(super) fn undone(mut self) -> Self {
        if self.sent == Sent::Unknown {
            self.sent = Sent::Refused;
        }
        self
    }

    /// The SQLSTATE of what the server said; empty where it said nothing.
    pub(in crate::backends::postgres) fn code(&self) -> &str {
        self.code.as_deref().unwrap_or_default()
    }

    /// What the server said, or our own words.
    pub(in crate::backends::postgres) fn message(&self) -> &str {
        &self.message
    }

    /// Whether the connection had ended, or the server ended it.
    pub(super) fn ended(&self) -> bool {
        let by_server = matches!(self.code(), "57P01" | "57P02" | "57P05");
        self.kind == Kind::Lost || self.fatal && by_server
    }

    /// Whether the server, or the way to it, may not be what it was.
    pub(super) fn casts_doubt(&self) -> bool {
        match self.kind {
            Kind::Lost | Kind::Unreachable | Kind::Unserved => true,
            Kind::Server => matches!(self.code(), "25006" | "57P01" | "57P02" | "57P03" | "57P05"),
            _ => false,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.host {
            Some(host) => write!(f, "PostgreSQL at {host}: ")?,
            None => f.write_str("PostgreSQL: ")?,
        }
        match &self.code {
            Some(code) => write!(f, "the server said {code} {}", self.message),
            None => f.write_str(&self.message),
        }
    }
}

impl std::error::Error for Failure {}

/// `text` as an error may show it: printable and short.
fn readable(text: &str) -> String {
    let mut short = String::new();
    for c in text.chars() {
        if short.len() >= MAX_DETAIL_LEN {
            short.push('…');
            break;
        }
        match c {
            '\'' | '"' => short.push(c),
            c => short.extend(c.escape_debug()),
        }
    }
    short
}
