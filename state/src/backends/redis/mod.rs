//! The backend on Redis: standalone, behind Sentinel, or a Cluster.

mod config;
mod link;

pub use self::config::{RedisConfig, RedisConfigBuilder, TlsVerify};
