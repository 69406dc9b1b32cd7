use std::borrow::Cow;
use std::fmt;

use redis::ServerError;

use super::address::Address;
use super::call::Effect;
use crate::error::{Error, ErrorKind};

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

    /// The error for the caller of a request with `effect`: what happened, where, and what to do.
    pub(in crate::backends::redis) fn into_error(self, effect: Effect) -> Error {
        if self.sent == Sent::Unknown && effect != Effect::Read {
            let message =
                format!("{self}; the write may have been applied: read before sending it again");
            return Error::new(ErrorKind::OutcomeUnknown, message);
        }
        let (kind, advice) = self.advice();
        let message = match advice {
            "" => self.to_string(),
            advice => format!("{self}; {advice}"),
        };
        Error::new(kind, message)
    }

    fn advice(&self) -> (ErrorKind, &'static str) {
        match self.kind {
            Kind::Server => advice_on(self.code().unwrap_or_default()),
            Kind::Timeout => (
                ErrorKind::Timeout,
                "nothing was applied: try again with more time",
            ),
            Kind::Lost | Kind::Unreachable | Kind::Unserved => (
                ErrorKind::Unavailable,
                "nothing was applied: try again when the server is back",
            ),
            Kind::Protocol => (
                ErrorKind::Backend,
                "check that the address is that of a Redis server",
            ),
            Kind::Configuration => (ErrorKind::Configuration, ""),
            Kind::Pool => (
                ErrorKind::Unavailable,
                "raise `pool_max`, or send fewer writes at once",
            ),
            Kind::Replicas => (
                ErrorKind::Unavailable,
                "check the replicas, or lower `wait_replicas`",
            ),
            Kind::Closed => (ErrorKind::Unavailable, "open the store anew"),
        }
    }
}

/// What an error of the server is to the caller, by its code, and what to do.
fn advice_on(code: &str) -> (ErrorKind, &'static str) {
    match code {
        "WRONGPASS" | "NOAUTH" => (
            ErrorKind::Configuration,
            "check the user name and the password",
        ),
        "NOPERM" => (
            ErrorKind::Configuration,
            "grant the user the commands and keys that the store needs",
        ),
        "DENIED" => (
            ErrorKind::Configuration,
            "set a password at the server, or turn off its protected mode",
        ),
        "PASTDEADLINE" => (
            ErrorKind::Timeout,
            "nothing was applied: try again with more time",
        ),
        "OOM" => (
            ErrorKind::Unavailable,
            "the server is out of memory: raise maxmemory, or free space",
        ),
        "BUSY" => (
            ErrorKind::Unavailable,
            "a script runs too long at the server: try again, or stop it with SCRIPT KILL",
        ),
        "NOREPLICAS" => (
            ErrorKind::Unavailable,
            "too few replicas are connected: check them, or lower min-replicas-to-write",
        ),
        "MISCONF" => (
            ErrorKind::Unavailable,
            "the server cannot write to its disk: look at its log",
        ),
        "READONLY" => (
            ErrorKind::Unavailable,
            "nothing was applied: the server is a replica, so connect to its primary, or try again after a failover",
        ),
        "CLUSTERDOWN" => (
            ErrorKind::Unavailable,
            "nothing was applied: check the nodes of the Cluster, and try again",
        ),
        "MOVED" | "ASK" | "TRYAGAIN" | "LOADING" | "MASTERDOWN" | "NOSCRIPT" => {
            (ErrorKind::Unavailable, "nothing was applied: try again")
        }
        _ => (ErrorKind::Backend, ""),
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

#[cfg(test)]
mod tests {
    use super::*;

    fn said(line: &str) -> Failure {
        let value = redis::parse_redis_value(format!("-{line}\r\n").as_bytes()).unwrap();
        let redis::Value::ServerError(error) = value else {
            panic!("{value:?}");
        };
        Failure::refused(&error).at(&Address::tcp("db", 6379))
    }

    #[test]
    fn what_the_server_says_becomes_an_error_that_says_what_to_do() {
        for (line, kind) in [
            (
                "WRONGPASS invalid username-password pair",
                ErrorKind::Configuration,
            ),
            ("NOAUTH Authentication required.", ErrorKind::Configuration),
            (
                "NOPERM this user has no permissions",
                ErrorKind::Configuration,
            ),
            (
                "ERR The user executing the script can't run this command or subcommand script: 1",
                ErrorKind::Configuration,
            ),
            (
                "DENIED Redis is running in protected mode",
                ErrorKind::Configuration,
            ),
            (
                "READONLY You can't write against a read only replica.",
                ErrorKind::Unavailable,
            ),
            (
                "LOADING Redis is loading the dataset in memory",
                ErrorKind::Unavailable,
            ),
            ("CLUSTERDOWN The cluster is down", ErrorKind::Unavailable),
            (
                "MASTERDOWN Link with MASTER is down",
                ErrorKind::Unavailable,
            ),
            ("TRYAGAIN Multiple keys request", ErrorKind::Unavailable),
            (
                "NOREPLICAS Not enough good replicas to write.",
                ErrorKind::Unavailable,
            ),
            ("OOM command not allowed", ErrorKind::Unavailable),
            (
                "BUSY Redis is busy running a script.",
                ErrorKind::Unavailable,
            ),
            (
                "MISCONF Redis is configured to save",
                ErrorKind::Unavailable,
            ),
            ("MOVED 1 db:1", ErrorKind::Unavailable),
            ("PASTDEADLINE the deadline has passed", ErrorKind::Timeout),
            ("WRONGTYPE Operation against a key", ErrorKind::Backend),
            ("CROSSSLOT Keys in request don't hash", ErrorKind::Backend),
            ("ERR syntax error", ErrorKind::Backend),
            ("OVERFLOW", ErrorKind::Backend),
            ("", ErrorKind::Backend),
        ] {
            for effect in [Effect::Read, Effect::Idempotent, Effect::Write] {
                let failure = said(line);
                let by_script = line.contains("executing the script");
                let code = if by_script {
                    Some("NOPERM")
                } else {
                    line.split(' ').next()
                };
                assert_eq!(failure.code(), code);
                assert_eq!(failure.sent, Sent::Refused);
                let error = failure.into_error(effect);
                assert_eq!(error.kind(), kind, "{line}");
                assert!(error.to_string().contains("Redis at db:6379: "), "{error}");
            }
        }
    }

    #[test]
    fn only_a_read_may_forget_that_its_outcome_is_unknown() {
        for (kind, for_reads) in [
            (Kind::Timeout, ErrorKind::Timeout),
            (Kind::Lost, ErrorKind::Unavailable),
            (Kind::Replicas, ErrorKind::Unavailable),
            (Kind::Closed, ErrorKind::Unavailable),
            (Kind::Protocol, ErrorKind::Backend),
        ] {
            let failure = Failure::new(kind, Sent::Unknown, "gone");
            assert_eq!(failure.clone().into_error(Effect::Read).kind(), for_reads);
            for effect in [Effect::Idempotent, Effect::Write] {
                let error = failure.clone().into_error(effect);
                assert_eq!(error.kind(), ErrorKind::OutcomeUnknown);
            }
        }
    }

    #[test]
    fn an_error_shows_neither_arguments_nor_control_characters() {
        let text = said("ERR unknown command 'SETX', with args beginning with: 'key' 'canary'")
            .into_error(Effect::Write)
            .to_string();
        assert!(text.contains("SETX") && !text.contains("canary"), "{text}");
        let text = said(&format!("ERR \u{1b}[2J{}", "x".repeat(5000))).to_string();
        assert!(text.len() < 300 && !text.contains('\u{1b}'), "{text}");
    }
}
