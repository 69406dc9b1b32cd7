//! The canary's words, and how a store on Redis is opened and refused.

use typed_state::backends::{Redis, RedisConfig, RedisConfigBuilder};
use typed_state::testing::TestResult;
use typed_state::{ErrorKind, Store};

pub(crate) use crate::canary::*;

/// The configuration for one server, with short times.
#[allow(
    clippy::needless_pass_by_value,
    reason = "an address reads better without a reference"
)]
pub(crate) fn to(address: impl ToString) -> RedisConfigBuilder {
    hasty(RedisConfig::standalone(address.to_string()))
}

pub(crate) fn hasty(config: RedisConfigBuilder) -> RedisConfigBuilder {
    config.connect_timeout(CONNECT).command_timeout(COMMAND)
}

pub(crate) async fn open(config: RedisConfigBuilder) -> TestResult<Store<Redis>> {
    listen();
    Ok(Store::new(Redis::open(&config.build()?).await?))
}

/// Panics unless opening fails so, and in time.
pub(crate) async fn refuses(config: RedisConfigBuilder, kind: ErrorKind, words: &[&str]) {
    listen();
    let config = config.build().unwrap();
    let shown = format!("{config} {config:?}");
    assert!(!shown.contains(PASSWORD), "{shown}");
    is_refused(Redis::open(&config), kind, words).await;
}
