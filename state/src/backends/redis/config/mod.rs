//! Where the Redis backend finds its servers, and how it treats them.
//!
//! Every option is one [`Row`](row::Row) of one table, [`rows::ROWS`]: its name, what it may be, how its text is
//! read and shown. The builder, URLs, TOML and environment variables all go through it.

pub(super) mod address;
mod builder;
mod checks;
mod display;
mod draft;
mod duration;
mod env;
mod located;
pub(super) mod mode;
mod number;
pub(super) mod options;
mod percent;
mod redis_config;
mod row;
mod rows;
mod rules;
pub(super) mod tls;
mod toml;
mod url;

#[cfg(test)]
mod tests;

pub use self::builder::RedisConfigBuilder;
pub use self::redis_config::RedisConfig;
pub use self::tls::TlsVerify;
