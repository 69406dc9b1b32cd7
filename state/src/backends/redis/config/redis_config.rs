use std::path::Path;
use std::str::FromStr;

use super::builder::RedisConfigBuilder;
use super::draft::Draft;
use super::located::{NODES, SENTINELS, SERVER, SERVICE};
use super::mode::{Mode, ModeName};
use super::options::Options;
use crate::backend::Ttl;
#[cfg(feature = "any")]
use crate::backends::options::Sources;
use crate::backends::options::{Draft as _, Form, joined};
use crate::error::{Error, Result};

#[doc = include_str!("options.md")]
#[derive(Debug, Clone)]
pub struct RedisConfig {
    pub(in crate::backends::redis) mode: Mode,
    pub(in crate::backends::redis) options: Options,
}

impl RedisConfig {
    /// One server, at `host`, `host:port` or `[v6]:port`. The default port is 6379.
    pub fn standalone(server: impl AsRef<str>) -> RedisConfigBuilder {
        RedisConfigBuilder::of(ModeName::Standalone).with(&SERVER, server.as_ref())
    }

    /// One server, at the Unix socket of this absolute path.
    pub fn unix(path: impl AsRef<Path>) -> RedisConfigBuilder {
        RedisConfigBuilder::of(ModeName::Standalone).with_socket(path.as_ref())
    }

    /// The master of a service and its replicas, as the sentinels name them. The default port of a
    /// sentinel is 26379.
    pub fn sentinel<A: AsRef<str>>(
        sentinels: impl IntoIterator<Item = A>,
        service: impl AsRef<str>,
    ) -> RedisConfigBuilder {
        RedisConfigBuilder::of(ModeName::Sentinel)
            .with(&SENTINELS, &joined(sentinels))
            .with(&SERVICE, service.as_ref())
    }

    /// A Redis Cluster, of which some nodes are named. The default port is 6379.
    pub fn cluster<A: AsRef<str>>(nodes: impl IntoIterator<Item = A>) -> RedisConfigBuilder {
        RedisConfigBuilder::of(ModeName::Cluster).with(&NODES, &joined(nodes))
    }

    /// What a URL says, to be added to: a password from elsewhere, say. [`FromStr`] reads one that says all.
    pub fn url(url: impl AsRef<str>) -> RedisConfigBuilder {
        let mut form = Form::default();
        Draft::read_url(&mut form, "the URL", url.as_ref());
        RedisConfigBuilder { form }
    }

    /// What a TOML document says: the options by their names, no tables.
    ///
    /// # Errors
    /// [`Configuration`](crate::ErrorKind::Configuration) with every mistake and its line, or the first error of
    /// the TOML itself. No line of the document is quoted.
    pub fn from_toml(document: &str) -> Result<Self> {
        let mut form = Form::default();
        form.read_toml(document);
        RedisConfigBuilder { form }.build()
    }

    /// What this process' environment says: `STATE_REDIS_URL`, and over it each option by its name in capitals
    /// after `STATE_REDIS_`, such as `STATE_REDIS_POOL_MAX`.
    ///
    /// # Errors
    /// [`Configuration`](crate::ErrorKind::Configuration) with every mistake, a variable among them that begins
    /// so and names no option. What Kubernetes sets for a service called `state-redis` is passed over.
    pub fn from_env() -> Result<Self> {
        Self::from_vars(std::env::vars_os())
    }

    /// As [`from_env`](Self::from_env), from these variables and their values.
    ///
    /// # Errors
    /// As [`from_env`](Self::from_env).
    pub fn from_vars<K, V>(variables: impl IntoIterator<Item = (K, V)>) -> Result<Self>
    where
        K: AsRef<std::ffi::OsStr>,
        V: AsRef<std::ffi::OsStr>,
    {
        let mut form = Form::default();
        form.read_variables(variables);
        RedisConfigBuilder { form }.build()
    }

    /// What these say.
    #[cfg(feature = "any")]
    pub(crate) fn of_sources(sources: &Sources<'_>) -> Result<Self> {
        let form = Form::of_sources(sources);
        RedisConfigBuilder { form }.build()
    }

    /// The time to live that stores on this backend give to values whose type names none.
    pub const fn default_ttl(&self) -> Option<Ttl> {
        self.options.default_ttl
    }
}

impl FromStr for RedisConfig {
    type Err = Error;

    fn from_str(url: &str) -> Result<Self> {
        Self::url(url).build()
    }
}

impl TryFrom<&str> for RedisConfig {
    type Error = Error;

    fn try_from(url: &str) -> Result<Self> {
        url.parse()
    }
}
