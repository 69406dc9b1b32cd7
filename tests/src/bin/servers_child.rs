//! Starts the shared server and one of its own that it pauses, prints their process numbers and a directory, and
//! waits to be killed.

use std::future;

use typed_state::testing::TestResult;
use typed_state_tests::servers::RedisServer;

#[tokio::main]
async fn main() -> TestResult {
    let shared = RedisServer::shared().await?;
    let paused = RedisServer::options().start().await?;
    paused.pause()?;
    let pid = |server: &RedisServer| server.pid().ok_or("it does not run");
    println!("{}", pid(shared)?);
    println!("{}", pid(&paused)?);
    println!("{}", shared.socket().display());
    future::pending().await
}
