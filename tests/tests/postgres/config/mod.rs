//! The configuration of the PostgreSQL backend, as its users say it and as its messages read. No password is ever in
//! any of them.

mod builder;
mod env;
mod round_trip;
mod secrets;
mod toml;
mod urls;

use typed_state::Result;
use typed_state::backends::PostgresConfig;
use typed_state_tests::configuration::{CANARY, keeps_secret, refused, told};

fn read(url: &str) -> Result<PostgresConfig> {
    url.parse()
}
