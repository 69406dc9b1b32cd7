//! Where the Redis backend finds its servers, and how it treats them.
//!
//! The options are the table [`rows::ROWS`], which the builder, URLs, TOML and environment variables all go through.

pub(super) mod address;
mod builder;
mod checks;
mod display;
mod draft;
mod located;
pub(super) mod mode;
pub(super) mod options;
mod redis_config;
mod rows;
mod rules;
pub(super) mod tls;
mod url;

#[cfg(test)]
mod tests;

pub use self::builder::RedisConfigBuilder;
pub use self::redis_config::RedisConfig;
pub use self::tls::TlsVerify;
