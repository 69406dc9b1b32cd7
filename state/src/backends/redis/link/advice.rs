use super::call::Effect;
use super::failure::{Failure, Kind, Sent};
use crate::error::{Error, ErrorKind};

impl Failure {
    /// The error for the caller of a request with `effect`: what happened, where, and what to do.
    pub(in crate::backends::redis) fn into_error(self, effect: Effect) -> Error {
        let node = self.node();
        self.explained(effect).at_node(node)
    }

    fn explained(self, effect: Effect) -> Error {
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

    pub(super) fn advice(&self) -> (ErrorKind, &'static str) {
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

#[cfg(test)]
mod tests {
    use super::super::address::Address;
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
