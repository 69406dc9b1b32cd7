use std::fmt;
use std::str::FromStr;

use super::kind::{Kind, refused};
#[cfg(feature = "embedded")]
use crate::backends::EmbeddedConfig;
#[cfg(feature = "postgres")]
use crate::backends::PostgresConfig;
#[cfg(feature = "redis")]
use crate::backends::RedisConfig;
use crate::backends::{MemoryConfig, Sources};
use crate::error::{Error, Result};

/// Which backend, and how it is configured, as somebody says who runs the program.
///
/// As a **URL**, by which it is shown, too:
///
/// | URL | backend |
/// | --- | --- |
/// | `memory:` | an empty store in this process |
/// | `file:///var/lib/app/state` | embedded, in this directory |
/// | `redis://`, `rediss://`, `redis+unix://`, `redis+sentinel://`, `redis+cluster://` … | as [`RedisConfig`](crate::backends::RedisConfig) says |
/// | `postgres://`, `postgresql://` | as [`PostgresConfig`](crate::backends::PostgresConfig) says |
///
/// The parameters are the backend's options: of memory `sweep_every` (`none` or a duration), of embedded beside it
/// `durability` (`synced`, or the interval of [`Durability::Relaxed`](crate::backends::Durability::Relaxed)), `cache_size`,
/// `page_cache_size` (bytes) and `verify`.
///
/// In **TOML**, by `url`, or by the name of the `backend` with its options in the table of that name. Tables of other
/// backends may stand there and are passed over, so that one word changes the backend:
///
/// ```toml
/// backend = "embedded"
///
/// [embedded]
/// directory = "/var/lib/app/state"
/// durability = "50ms"
///
/// [redis]
/// mode = "standalone"
/// server = "localhost:6379"
/// ```
///
/// In the **environment**, by `STATE_URL`, or by the name of the backend as `STATE_BACKEND`; over it each option as
/// `STATE_REDIS_POOL_MAX`. Variables of other backends are passed over.
///
/// No password is ever in its `Display`, its `Debug` or an error.
#[derive(Debug, Clone)]
pub struct AnyConfig(pub(super) Choice);

/// The backend and its configuration.
#[derive(Debug, Clone)]
pub(super) enum Choice {
    Memory(MemoryConfig),
    #[cfg(feature = "embedded")]
    Embedded(EmbeddedConfig),
    #[cfg(feature = "redis")]
    Redis(Box<RedisConfig>),
    #[cfg(feature = "postgres")]
    Postgres(Box<PostgresConfig>),
}

impl AnyConfig {
    /// What the sources say of a backend.
    pub(super) fn of_sources(kind: Kind, sources: &Sources<'_>) -> Result<Self> {
        let choice = match kind {
            Kind::Memory => Choice::Memory(MemoryConfig::of_sources(sources)?),
            #[cfg(feature = "embedded")]
            Kind::Embedded => Choice::Embedded(EmbeddedConfig::of_sources(sources)?),
            #[cfg(feature = "redis")]
            Kind::Redis => Choice::Redis(Box::new(RedisConfig::of_sources(sources)?)),
            #[cfg(feature = "postgres")]
            Kind::Postgres => Choice::Postgres(Box::new(PostgresConfig::of_sources(sources)?)),
            #[allow(unreachable_patterns, reason = "all backends may be compiled in")]
            other => return Err(refused(&[format!("`{}` is not compiled in", other.name())])),
        };
        Ok(Self(choice))
    }
}

impl FromStr for AnyConfig {
    type Err = Error;

    fn from_str(url: &str) -> Result<Self> {
        const LABEL: &str = "the URL";
        let kind = Kind::of_url(LABEL, url).map_err(|mistake| refused(&[mistake]))?;
        Self::of_sources(
            kind,
            &Sources {
                url: Some((LABEL, url)),
                ..Sources::default()
            },
        )
    }
}

impl TryFrom<&str> for AnyConfig {
    type Error = Error;

    fn try_from(url: &str) -> Result<Self> {
        url.parse()
    }
}

impl fmt::Display for AnyConfig {
    /// As a URL without passwords.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Choice::Memory(config) => config.fmt(f),
            #[cfg(feature = "embedded")]
            Choice::Embedded(config) => config.fmt(f),
            #[cfg(feature = "redis")]
            Choice::Redis(config) => config.fmt(f),
            #[cfg(feature = "postgres")]
            Choice::Postgres(config) => config.fmt(f),
        }
    }
}

#[cfg(feature = "redis")]
impl From<RedisConfig> for AnyConfig {
    fn from(config: RedisConfig) -> Self {
        Self(Choice::Redis(Box::new(config)))
    }
}

#[cfg(feature = "postgres")]
impl From<PostgresConfig> for AnyConfig {
    fn from(config: PostgresConfig) -> Self {
        Self(Choice::Postgres(Box::new(config)))
    }
}
