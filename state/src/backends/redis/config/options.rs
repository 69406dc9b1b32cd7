use std::time::Duration;

use secrecy::SecretString;

use super::address::HostPort;
use super::tls::Tls;
use crate::backend::Ttl;

/// Fewest connections of a pool that names no number, if it may have as many.
const POOL_MIN: u32 = 10;

/// What holds in every mode. The documentation of the builder's methods says what each is.
#[derive(Debug, Clone)]
pub(in crate::backends::redis) struct Options {
    pub(in crate::backends::redis) username: Option<String>,
    pub(in crate::backends::redis) password: Option<SecretString>,
    pub(in crate::backends::redis) database: u32,
    pub(in crate::backends::redis) sentinel_username: Option<String>,
    pub(in crate::backends::redis) sentinel_password: Option<SecretString>,
    /// As given; [`Options::sentinel_tls`] is what holds.
    pub(super) sentinel_tls: Option<bool>,
    pub(in crate::backends::redis) tls: Tls,
    /// Where servers are reached that announce another address.
    pub(in crate::backends::redis) reach: Vec<(HostPort, HostPort)>,
    pub(in crate::backends::redis) client_name: String,
    pub(in crate::backends::redis) key_prefix: String,
    pub(in crate::backends::redis) default_ttl: Option<Ttl>,
    /// As given; [`Options::pool_min`] is what holds.
    pub(super) pool_min: Option<u32>,
    pub(in crate::backends::redis) pool_max: u32,
    pub(in crate::backends::redis) pool_timeout: Duration,
    pub(in crate::backends::redis) connections: u32,
    pub(in crate::backends::redis) connect_timeout: Duration,
    pub(in crate::backends::redis) command_timeout: Duration,
    pub(in crate::backends::redis) pipeline_batch_size: u32,
    pub(in crate::backends::redis) wait_replicas: Option<u32>,
    pub(in crate::backends::redis) wait_timeout: Duration,
    pub(in crate::backends::redis) keepalive: Duration,
    pub(in crate::backends::redis) user_timeout: Duration,
}

impl Options {
    /// Fewest connections of a pool.
    pub(in crate::backends::redis) fn pool_min(&self) -> u32 {
        self.pool_min.unwrap_or_else(|| POOL_MIN.min(self.pool_max))
    }

    /// Whether sentinels are spoken to over TLS.
    pub(in crate::backends::redis) fn sentinel_tls(&self) -> bool {
        self.sentinel_tls.unwrap_or(self.tls.on)
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            username: None,
            password: None,
            database: 0,
            sentinel_username: None,
            sentinel_password: None,
            sentinel_tls: None,
            tls: Tls::default(),
            reach: Vec::new(),
            client_name: "typed-state".to_owned(),
            key_prefix: "state:".to_owned(),
            default_ttl: None,
            pool_min: None,
            pool_max: 100,
            pool_timeout: Duration::from_secs(30),
            connections: 1,
            connect_timeout: Duration::from_secs(5),
            command_timeout: Duration::from_secs(3),
            pipeline_batch_size: 100,
            wait_replicas: None,
            wait_timeout: Duration::from_secs(1),
            keepalive: Duration::from_secs(5),
            user_timeout: Duration::from_secs(3),
        }
    }
}
