use std::sync::Arc;

use super::Redis;
use super::config::address::{Address as Server, HostPort};
use super::config::mode::Mode as Servers;
use super::config::options::Options;
use super::config::tls::Ca;
use super::config::{RedisConfig, TlsVerify};
use super::layout::Layout;
use super::link::{
    Address, Authority, Credentials, Link, Mode, PoolSettings, Replicas, Settings, Tcp, TlsFiles,
    Verification,
};
use super::notify;
use super::script;
use crate::backends::listener::Listener;
use crate::error::Result;

impl Redis {
    /// Connects to the servers that a URL names; [`RedisConfig`] says how it is written.
    ///
    /// ```no_run
    /// # async fn connect() -> typed_state::Result<()> {
    /// use typed_state::{Store, backends::Redis};
    ///
    /// let store = Store::new(Redis::connect("redis://:secret@db.example/0?key_prefix=app:").await?);
    /// # drop(store);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`open`](Self::open), and where the URL is wrong.
    ///
    /// Cancellation: nothing is left behind.
    pub async fn connect(url: &str) -> Result<Self> {
        Self::open(&url.parse()?).await
    }

    /// Connects to the servers that the configuration names.
    ///
    /// It lives on the tokio runtime that it was opened on.
    ///
    /// # Errors
    /// [`Configuration`](crate::ErrorKind::Configuration) where a password, a certificate, the database or the mode is
    /// wrong, or the servers are too old; [`Unavailable`](crate::ErrorKind::Unavailable) and
    /// [`Timeout`](crate::ErrorKind::Timeout) where none can be reached.
    ///
    /// Cancellation: nothing is left behind.
    pub async fn open(config: &RedisConfig) -> Result<Self> {
        let settings = settings(config)?;
        let (batch_size, command_timeout) =
            (settings.pipeline_batch_size, settings.command_timeout);
        Ok(Self {
            link: Arc::new(Link::open(settings, script::ALL).await?),
            layout: Arc::new(Layout::new(&config.options.key_prefix)),
            batch_size,
            command_timeout,
            default_ttl: config.options.default_ttl,
            changes: notify::channel(config),
            listener: Arc::new(Listener::new()),
        })
    }

    /// Ends all connections of all clones. What is on its way fails at once, as every later operation does.
    pub fn close(&self) {
        self.listener.stop();
        self.link.close();
    }
}

fn settings(config: &RedisConfig) -> Result<Settings> {
    let options = &config.options;
    let files = TlsFiles {
        authority: match &options.tls.ca {
            None => Authority::System,
            Some(Ca::File(path)) => Authority::File(path),
            Some(Ca::Pem(pem)) => Authority::Pem(pem),
        },
        identity: options
            .tls
            .client_cert
            .as_deref()
            .zip(options.tls.client_key.as_deref()),
        verification: match options.tls.verify {
            TlsVerify::Full => Verification::Full,
            TlsVerify::Ca => Verification::Authority,
        },
    };
    let tls = (options.tls.on || options.sentinel_tls())
        .then(|| files.read())
        .transpose()?;
    Ok(Settings {
        mode: match &config.mode {
            Servers::Standalone { server } => Mode::Standalone {
                server: server_address(server),
            },
            Servers::Sentinel { sentinels, service } => Mode::Sentinel {
                sentinels: sentinels.iter().map(address).collect(),
                service: service.clone(),
                credentials: Credentials {
                    username: options.sentinel_username.clone(),
                    password: options.sentinel_password.clone(),
                },
                tls: tls.clone().filter(|_| options.sentinel_tls()),
            },
            Servers::Cluster { nodes } => Mode::Cluster {
                nodes: nodes.iter().map(address).collect(),
            },
        },
        credentials: Credentials {
            username: options.username.clone(),
            password: options.password.clone(),
        },
        database: options.database,
        client_name: options.client_name.clone(),
        tls: tls.filter(|_| options.tls.on),
        tcp: Tcp {
            reach: Arc::new(
                options
                    .reach
                    .iter()
                    .map(|(announced, reached)| (address(announced), address(reached)))
                    .collect(),
            ),
            keepalive: Some(options.keepalive),
            user_timeout: Some(options.user_timeout),
        },
        connect_timeout: options.connect_timeout,
        command_timeout: options.command_timeout,
        connections: count(options.connections),
        pool: pool(options),
        pipeline_batch_size: count(options.pipeline_batch_size),
        durable: options.wait_replicas.map(|count| Replicas {
            count,
            timeout: options.wait_timeout,
        }),
    })
}

fn pool(options: &Options) -> PoolSettings {
    PoolSettings {
        min: count(options.pool_min()),
        max: count(options.pool_max),
        timeout: options.pool_timeout,
    }
}

fn server_address(server: &Server) -> Address {
    match server {
        Server::Tcp(at) => address(at),
        Server::Unix(path) => Address::Unix(path.as_path().into()),
    }
}

fn address(at: &HostPort) -> Address {
    Address::tcp(at.host.as_str(), at.port)
}

fn count(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
