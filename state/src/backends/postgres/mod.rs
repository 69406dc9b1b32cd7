//! The backend on PostgreSQL.

mod config;

pub use self::config::{PostgresConfig, PostgresConfigBuilder, SslMode};
