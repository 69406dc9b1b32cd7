//! The backends, one folder each.

#[cfg(feature = "embedded")]
mod embedded;
#[cfg(any(feature = "redis", feature = "postgres"))]
mod listener;
#[cfg(feature = "memory")]
mod memory;
#[cfg(any(feature = "redis", feature = "postgres", feature = "any"))]
#[cfg_attr(
    not(all(feature = "redis", feature = "postgres", feature = "any")),
    allow(
        dead_code,
        unused_imports,
        unused_macros,
        reason = "each configuration uses a part of it"
    )
)]
pub(crate) mod options;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "redis")]
mod redis;

#[cfg(all(feature = "any", feature = "embedded"))]
pub(crate) use self::embedded::EmbeddedConfig;
#[cfg(feature = "embedded")]
pub use self::embedded::{Durability, Embedded, EmbeddedBuilder};
#[cfg(feature = "any")]
pub(crate) use self::memory::MemoryConfig;
#[cfg(feature = "memory")]
pub use self::memory::{Memory, MemoryBuilder};
#[cfg(feature = "any")]
pub(crate) use self::options::{Sources, line_of, parse as parse_toml};
#[cfg(feature = "postgres")]
pub(crate) use self::postgres::AdvisorySession;
#[cfg(feature = "postgres")]
pub use self::postgres::{
    AdvisoryForm, Postgres, PostgresConfig, PostgresConfigBuilder, PostgresHost, PostgresPool,
    PostgresServer, SslMode, TableStats,
};
#[cfg(all(feature = "postgres", feature = "checkpoints"))]
pub(crate) use self::postgres::{ObjectRow, ObjectTable};
#[cfg(feature = "redis")]
pub use self::redis::{
    MemoryInfo, PoolState, Redis, RedisConfig, RedisConfigBuilder, ReplicaInfo, ServerInfo,
    TlsVerify,
};
