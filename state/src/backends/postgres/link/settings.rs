use std::time::Duration;

use ::sqlx::ConnectOptions as _;
use ::sqlx::postgres::{PgConnectOptions, PgSslMode};
use secrecy::ExposeSecret as _;

use super::super::config::options::{Host, Options, Pem, SslMode};
use super::pem;
use crate::error::{Error, ErrorKind, Result};

/// What the driver takes from the environment and cannot be made to forget.
const INESCAPABLE: [&str; 3] = ["PGOPTIONS", "PGSSLCERT", "PGSSLKEY"];
/// How many statements a connection keeps prepared: more than there are.
const STATEMENTS: usize = 64;

/// The setting of a session by which it is known again.
pub(in crate::backends::postgres) const MARK: &str = "typed_state.session";

/// How connections are made and kept.
#[derive(Clone)]
pub(in crate::backends::postgres) struct Settings {
    pub(super) servers: Vec<Server>,
    pub(super) pool_min: usize,
    pub(super) pool_max: usize,
    pub(super) pool_timeout: Duration,
    pub(super) connect_timeout: Duration,
    pub(super) command_timeout: Duration,
    pub(super) idle_timeout: Duration,
    pub(super) max_lifetime: Duration,
    /// Whether a connection is one session of one server, which may keep settings and prepared statements.
    pub(super) session: bool,
    pub(super) max_replica_lag: Duration,
}

/// One of the servers, and how the driver connects to it.
#[derive(Clone)]
pub(super) struct Server {
    /// Where it is, for messages.
    pub(super) name: String,
    /// Its `Debug` shows the password.
    pub(super) options: PgConnectOptions,
}

impl Settings {
    /// # Errors
    /// [`ErrorKind::Configuration`] where the environment would change what the driver does, and where a file of
    /// certificates is of no use.
    pub(in crate::backends::postgres) fn of(options: &Options) -> Result<Self> {
        check_environment(options)?;
        pem::check(options)?;
        Ok(Self {
            servers: options
                .hosts
                .iter()
                .map(|host| server(host, options))
                .collect(),
            pool_min: count(options.pool_min.min(options.pool_max)),
            pool_max: count(options.pool_max),
            pool_timeout: options.pool_timeout,
            connect_timeout: options.connect_timeout,
            command_timeout: options.command_timeout,
            idle_timeout: options.idle_timeout,
            max_lifetime: options.max_lifetime,
            session: options.statement_cache,
            max_replica_lag: options.max_replica_lag,
        })
    }
}

impl Settings {
    /// The same for connections whose session is told `mark` when it begins.
    pub(super) fn marked(&self, mark: &str) -> Self {
        let mut settings = self.clone();
        for server in &mut settings.servers {
            server.options = server.options.clone().options([(MARK, mark)]);
        }
        settings
    }
}

fn check_environment(options: &Options) -> Result<()> {
    let overridden = |name: &str| {
        let unused = options.ssl_mode == SslMode::Disable || options.ssl_cert.is_some();
        name != "PGOPTIONS" && unused
    };
    for name in INESCAPABLE {
        if std::env::var_os(name).is_some() && !overridden(name) {
            return Err(Error::new(
                ErrorKind::Configuration,
                format!(
                    "the environment variable {name} is set, and the driver would obey it; unset it, and say what it \
                     says in the configuration"
                ),
            ));
        }
    }
    Ok(())
}

/// Every field is set: what is left out the driver takes from the environment.
fn server(host: &Host, options: &Options) -> Server {
    let username = options.username.as_deref().unwrap_or("postgres");
    let password = options.password.as_ref();
    let mut connect = PgConnectOptions::new_without_pgpass()
        .username(username)
        .password(password.map_or("", |password| password.expose_secret()))
        .database(options.database.as_deref().unwrap_or(username))
        .application_name(&options.application_name)
        .extra_float_digits(None)
        .statement_cache_capacity(if options.statement_cache {
            STATEMENTS
        } else {
            0
        })
        .ssl_mode(ssl_mode(options.ssl_mode))
        .disable_statement_logging();
    connect = match &options.ssl_root_cert {
        Some(Pem::File(path)) => connect.ssl_root_cert(path),
        Some(Pem::Text(pem)) => {
            connect.ssl_root_cert_from_pem(pem.expose_secret().as_bytes().to_vec())
        }
        // No authority beside those of the system.
        None => connect.ssl_root_cert_from_pem(Vec::new()),
    };
    connect = match &options.ssl_cert {
        Some(Pem::File(path)) => connect.ssl_client_cert(path),
        Some(Pem::Text(pem)) => connect.ssl_client_cert_from_pem(pem.expose_secret()),
        None => connect,
    };
    connect = match &options.ssl_key {
        Some(Pem::File(path)) => connect.ssl_client_key(path),
        Some(Pem::Text(pem)) => connect.ssl_client_key_from_pem(pem.expose_secret()),
        None => connect,
    };
    let (name, options) = match host {
        Host::Tcp { host, port } => (address(host, *port), connect.host(host).port(*port)),
        Host::Unix { folder, port } => (
            folder
                .join(format!(".s.PGSQL.{port}"))
                .display()
                .to_string(),
            // TLS is not spoken on a Unix socket.
            connect
                .host("localhost")
                .port(*port)
                .socket(folder)
                .ssl_mode(PgSslMode::Disable),
        ),
    };
    Server { name, options }
}

fn address(host: &str, port: u16) -> String {
    if host.contains(':') {
        format!("[{host}]:{port}")
    } else {
        format!("{host}:{port}")
    }
}

const fn ssl_mode(mode: SslMode) -> PgSslMode {
    match mode {
        SslMode::Disable => PgSslMode::Disable,
        SslMode::Prefer => PgSslMode::Prefer,
        SslMode::Require => PgSslMode::Require,
        SslMode::VerifyCa => PgSslMode::VerifyCa,
        SslMode::VerifyFull => PgSslMode::VerifyFull,
    }
}

fn count(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
