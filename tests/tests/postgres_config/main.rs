//! The configuration of the PostgreSQL backend, as its users say it and as its messages read. No password is ever in
//! any of them.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod builder;
mod env;
mod round_trip;
mod secrets;
mod toml;
mod urls;

use std::error::Error as StdError;
use std::fmt::Write as _;

use typed_state::backends::PostgresConfig;
use typed_state::{ErrorKind, Result};

const CANARY: &str = "canary-7f3a";

fn read(url: &str) -> Result<PostgresConfig> {
    url.parse()
}

/// The message of a refusal.
fn refused(result: Result<PostgresConfig>) -> String {
    let error = match result {
        Ok(config) => panic!("{config} was not refused"),
        Err(error) => error,
    };
    assert_eq!(error.kind(), ErrorKind::Configuration);
    error.to_string()
}

/// All that an outcome tells anyone.
fn told(result: &Result<PostgresConfig>) -> String {
    let error = match result {
        Ok(config) => return format!("{config} {config:?} {config:#?}"),
        Err(error) => error,
    };
    let mut told = format!("{error} {error:?} {error:#?}");
    let mut source = error.source();
    while let Some(cause) = source {
        write!(told, " {cause} {cause:?}").unwrap();
        source = cause.source();
    }
    told
}

fn keeps_secret(said: &str, result: &Result<PostgresConfig>) {
    let told = told(result);
    // Not even the larger part of it.
    assert!(
        !told.contains("canary") && !told.contains("7f3a"),
        "{said:?} tells {told}"
    );
}
