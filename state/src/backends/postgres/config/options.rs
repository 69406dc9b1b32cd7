use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;

use crate::backend::Ttl;

/// Where a server listens.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(in crate::backends::postgres) enum Host {
    Tcp {
        host: String,
        port: u16,
    },
    /// The folder of the Unix socket, and the port that its name has.
    Unix {
        folder: PathBuf,
        port: u16,
    },
}

/// How connections are secured: PostgreSQL's own `sslmode`, without its `allow`.
///
/// Only [`VerifyFull`](Self::VerifyFull) keeps off whoever can come between program and server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SslMode {
    /// Never encrypted.
    Disable,
    /// Encrypted if the server offers it, and else not: protects from nobody who can alter what is sent.
    Prefer,
    /// Encrypted, or there is no connection. Any certificate is taken, so the server may be anybody.
    Require,
    /// As [`Require`](Self::Require), and an authority that is trusted has signed the server's certificate. It may be
    /// that of another host.
    VerifyCa,
    /// As [`VerifyCa`](Self::VerifyCa), and the certificate is for the host that was asked for.
    VerifyFull,
}

/// Certificates or a key in PEM.
#[derive(Clone)]
pub(in crate::backends::postgres) enum Pem {
    /// The file that holds it.
    File(PathBuf),
    /// It itself.
    Text(SecretString),
}

/// All that a configuration says. The documentation of the builder's methods says what each is.
#[derive(Debug, Clone)]
pub(in crate::backends::postgres) struct Options {
    /// At least one; which of them is the primary is asked.
    pub(in crate::backends::postgres) hosts: Vec<Host>,
    /// Always there in a configuration that was built.
    pub(in crate::backends::postgres) username: Option<String>,
    pub(in crate::backends::postgres) password: Option<SecretString>,
    pub(in crate::backends::postgres) database: Option<String>,
    pub(in crate::backends::postgres) schema: String,
    pub(in crate::backends::postgres) table: String,
    pub(in crate::backends::postgres) ssl_mode: SslMode,
    pub(in crate::backends::postgres) ssl_root_cert: Option<Pem>,
    pub(in crate::backends::postgres) ssl_cert: Option<Pem>,
    pub(in crate::backends::postgres) ssl_key: Option<Pem>,
    pub(in crate::backends::postgres) application_name: String,
    pub(in crate::backends::postgres) pool_min: u32,
    pub(in crate::backends::postgres) pool_max: u32,
    /// How long an operation waits for a connection.
    pub(in crate::backends::postgres) pool_timeout: Duration,
    pub(in crate::backends::postgres) connect_timeout: Duration,
    /// How long an operation takes at the most that has no deadline of its own.
    pub(in crate::backends::postgres) command_timeout: Duration,
    pub(in crate::backends::postgres) idle_timeout: Duration,
    pub(in crate::backends::postgres) max_lifetime: Duration,
    /// Off for `PgBouncer` in transaction mode.
    pub(in crate::backends::postgres) statement_cache: bool,
    pub(in crate::backends::postgres) default_ttl: Option<Ttl>,
    /// How many rows one statement reads or writes.
    pub(in crate::backends::postgres) batch_size: u32,
    /// Whether the table is made and brought up to date when the store is opened.
    pub(in crate::backends::postgres) migrate: bool,
    /// Into how many hash partitions a new table is divided; zero: not at all.
    pub(in crate::backends::postgres) partitions: u32,
    /// How often what has expired is deleted; zero: never by itself.
    pub(in crate::backends::postgres) cleanup_interval: Duration,
    /// How many rows one step of the cleaning deletes.
    pub(in crate::backends::postgres) cleanup_batch_size: u32,
    /// How far behind a replica may be that answers reads.
    pub(in crate::backends::postgres) max_replica_lag: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            hosts: Vec::new(),
            username: None,
            password: None,
            database: None,
            schema: "public".to_owned(),
            table: "state".to_owned(),
            ssl_mode: SslMode::Prefer,
            ssl_root_cert: None,
            ssl_cert: None,
            ssl_key: None,
            application_name: "typed-state".to_owned(),
            pool_min: 10,
            pool_max: 50,
            pool_timeout: Duration::from_secs(30),
            connect_timeout: Duration::from_secs(5),
            command_timeout: Duration::from_secs(3),
            idle_timeout: Duration::from_mins(10),
            max_lifetime: Duration::from_mins(30),
            statement_cache: true,
            default_ttl: None,
            batch_size: 1000,
            migrate: true,
            partitions: 0,
            cleanup_interval: Duration::from_mins(1),
            cleanup_batch_size: 1000,
            max_replica_lag: Duration::from_secs(10),
        }
    }
}
