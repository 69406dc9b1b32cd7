use super::failure::{Failure, Kind, Sent};
use crate::error::{Error, ErrorKind};

/// What a request does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::backends::postgres) enum Effect {
    /// It changes nothing.
    Read,
    /// It changes something.
    Write,
}

impl Failure {
    /// The error for the caller of a request with `effect`: what happened, where, and what to do.
    pub(in crate::backends::postgres) fn into_error(self, effect: Effect) -> Error {
        if self.sent == Sent::Unknown && effect == Effect::Write {
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

    /// `PgBouncer` has one code for all that it says.
    fn is_a_poolers_refusal(&self) -> bool {
        let says = |text| self.message().contains(text);
        self.code() == "08P01"
            && ["authentication failed", "no such user", "no such database"].map(says) != [false; 3]
    }

    pub(super) fn advice(&self) -> (ErrorKind, &'static str) {
        match self.kind {
            Kind::Server if self.is_a_poolers_refusal() => (
                ErrorKind::Configuration,
                "check the user name, the password and the database, and that the pooler knows them",
            ),
            Kind::Server => advice_on(self.code()),
            Kind::Timeout => (
                ErrorKind::Timeout,
                "nothing was applied: try again with more time",
            ),
            Kind::Unserved => (
                ErrorKind::Unavailable,
                "nothing was applied: name the primary among the hosts, or try again after the failover",
            ),
            Kind::Lost | Kind::Unreachable => (
                ErrorKind::Unavailable,
                "nothing was applied: try again when the server is back",
            ),
            // Its message says what to do.
            Kind::Tls => (ErrorKind::Configuration, ""),
            Kind::Protocol => (
                match self.sent {
                    Sent::Never => ErrorKind::Configuration,
                    Sent::Refused | Sent::Unknown => ErrorKind::Backend,
                },
                "check that the address is that of a PostgreSQL server",
            ),
            Kind::Pool => (
                ErrorKind::Unavailable,
                "nothing was applied: raise `pool_max`, or send fewer requests at once",
            ),
            Kind::Closed => (ErrorKind::Unavailable, "open the store anew"),
        }
    }
}

/// What an error of the server is to the caller, by its SQLSTATE, and what to do.
fn advice_on(code: &str) -> (ErrorKind, &'static str) {
    use ErrorKind::{Backend, Configuration, Timeout, Unavailable};
    match code {
        "TS001" | "55P03" | "57014" => (Timeout, "nothing was applied: try again with more time"),
        "28P01" | "28000" => (
            Configuration,
            "check user name, password and `ssl_cert`, and what pg_hba.conf permits this user from here with this \
             `ssl_mode`",
        ),
        "3D000" => (
            Configuration,
            "create the database (`createdb NAME`), or name another",
        ),
        "42501" => (
            Configuration,
            "grant the user what is missing: `GRANT USAGE ON SCHEMA …`, `GRANT SELECT, INSERT, UPDATE, DELETE ON …`, \
             and to the one who makes the table `GRANT CREATE ON SCHEMA …`, or `ON DATABASE …` for a new schema",
        ),
        "42P01" | "42703" | "42883" | "3F000" => (
            Configuration,
            "the table or its functions are not there: open the store once with `migrate`, or run what \
             `PostgresConfig::migration_sql` gives",
        ),
        "42P05" | "26000" => (
            Configuration,
            "a pooler gives transactions of this connection to different servers: set `statement_cache=false`",
        ),
        "53100" => (
            Unavailable,
            "nothing was applied: the server's disk is full, so free space",
        ),
        "53200" => (
            Unavailable,
            "nothing was applied: the server is out of memory",
        ),
        "53300" => (
            Unavailable,
            "the server has no free connection: lower `pool_max`, or raise its max_connections",
        ),
        "25006" => (
            Unavailable,
            "nothing was applied: the server is read-only, so name its primary, or try again after the failover",
        ),
        "57P01" | "57P02" | "57P03" | "57P05" => (
            Unavailable,
            "nothing was applied: try again when the server is back",
        ),
        "40001" | "40P01" | "0A000" => (Unavailable, "nothing was applied: try again"),
        code if code.starts_with("08") => (
            Unavailable,
            "nothing was applied: try again when the server is back",
        ),
        code if code.starts_with("53") => (
            Unavailable,
            "nothing was applied: the server lacks resources",
        ),
        _ => (Backend, ""),
    }
}
