//! Where the PostgreSQL backend finds its servers, and how it treats them.
//!
//! The options are the table [`rows::ROWS`], which the builder, URLs, TOML and environment variables all go through.

mod builder;
mod checks;
mod display;
mod draft;
mod host;
mod libpq;
mod located;
pub(super) mod options;
mod postgres_config;
mod rows;
mod rules;
mod ssl;
mod url;

#[cfg(test)]
mod tests;

pub use self::builder::PostgresConfigBuilder;
pub use self::options::SslMode;
pub use self::postgres_config::PostgresConfig;
