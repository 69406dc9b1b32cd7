//! Starts a shared server and one of its own that it pauses, prints their process numbers and a directory, and
//! waits to be killed.

use std::path::Path;
use std::{env, future};

use typed_state::testing::TestResult;
use typed_state_tests::servers::{Daemon, PostgresServer, RedisServer};

#[tokio::main]
async fn main() -> TestResult {
    if env::args().any(|argument| argument == "postgres") {
        let shared = PostgresServer::shared().await?;
        let paused = PostgresServer::options().without_fsync().start().await?;
        tell(shared, &paused, shared.socket_folder())?;
        return future::pending().await;
    }
    let shared = RedisServer::shared().await?;
    let paused = RedisServer::options().start().await?;
    tell(shared, &paused, &shared.socket())?;
    future::pending().await
}

fn tell(shared: &Daemon, paused: &Daemon, file: &Path) -> TestResult {
    paused.pause()?;
    for server in [shared, paused] {
        println!("{}", server.pid().ok_or("it does not run")?);
    }
    println!("{}", file.display());
    Ok(())
}
