//! The backends, one folder each.

#[cfg(feature = "embedded")]
mod embedded;
#[cfg(any(feature = "redis", feature = "postgres"))]
mod listener;
#[cfg(feature = "memory")]
mod memory;
#[cfg(any(feature = "redis", feature = "postgres"))]
mod options;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "redis")]
mod redis;

#[cfg(feature = "embedded")]
pub use self::embedded::{Durability, Embedded, EmbeddedBuilder};
#[cfg(feature = "memory")]
pub use self::memory::{Memory, MemoryBuilder};
#[cfg(feature = "postgres")]
pub use self::postgres::{
    Postgres, PostgresConfig, PostgresConfigBuilder, PostgresHost, PostgresPool, PostgresServer,
    SslMode, TableStats,
};
#[cfg(feature = "redis")]
pub use self::redis::{
    MemoryInfo, PoolState, Redis, RedisConfig, RedisConfigBuilder, ReplicaInfo, ServerInfo,
    TlsVerify,
};
