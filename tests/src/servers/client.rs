use std::path::Path;
use std::time::Duration;

use redis::{
    AsyncConnectionConfig, Client, ConnectionAddr, IntoConnectionInfo as _, RedisConnectionInfo,
    Value,
};
use typed_state::testing::TestResult;

/// The user, and its password, by which the tests and the servers of a set reach each server, whatever becomes of
/// the passwords that a test is about.
pub(super) const CONTROL: &str = "control";

const PATIENCE: Duration = Duration::from_secs(5);

/// Sends one command on a connection of its own. No connection is kept: it would die with the runtime that made it.
pub(super) async fn send<A: AsRef<[u8]> + Sync>(
    socket: &Path,
    arguments: &[A],
) -> TestResult<Value> {
    let user = RedisConnectionInfo::default()
        .set_username(CONTROL)
        .set_password(CONTROL)
        .set_skip_set_lib_name();
    let address = ConnectionAddr::Unix(socket.to_path_buf());
    let info = address.into_connection_info()?.set_redis_settings(user);
    let config = AsyncConnectionConfig::new()
        .set_connection_timeout(Some(PATIENCE))
        .set_response_timeout(Some(PATIENCE));
    let mut connection = Client::open(info)?
        .get_multiplexed_async_connection_with_config(&config)
        .await?;
    let mut command = redis::Cmd::new();
    for argument in arguments {
        command.arg(argument.as_ref());
    }
    Ok(command.query_async(&mut connection).await?)
}
