//! A service that keeps sessions and a rate limit in shared state, so that any number of its processes serve the same users.
//!
//! ```text
//! cargo run --release --example sessions                                       state in memory, on port 8080
//! cargo run --release --example sessions -- --store redis://localhost:6379     shared by all that are started so
//! cargo run --release --example sessions -- --store postgres://localhost/app
//! cargo run --release --example sessions -- --config sessions.toml             backend, layers and limits as a file says
//!
//! curl -X POST localhost:8080/sessions -H 'content-type: application/json' -d '{"user":"ada"}'
//! curl localhost:8080/session -H 'authorization: Bearer TOKEN'
//! curl -X DELETE localhost:8080/session -H 'authorization: Bearer TOKEN'
//! curl localhost:8080/health
//! curl localhost:8080/metrics
//! ```
//!
//! The keys and values are in `sessions/state.rs`, and what is answered to whom in `sessions/http.rs`. Ctrl-C, or `SIGTERM`, ends it once every request under way has its answer.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use clap::Parser;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use typed_state::{AnyBackend, Store, StoreConfig};
use typed_state_examples::ended;

use self::sessions::http::{App, routes};

mod sessions {
    pub(crate) mod http;
    pub(crate) mod state;
}

/// Serves sessions over HTTP.
#[derive(Debug, Parser)]
#[command(name = "sessions")]
struct Arguments {
    /// Where to listen; port 0 is any that is free
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,

    /// Where the state lives: `memory:`, `file:///DIR`, `redis://…` or `postgres://…`
    #[arg(long, value_name = "URL", default_value = "memory:")]
    store: String,

    /// A TOML file that says so, and how the store behaves, in place of `--store`
    #[arg(long, value_name = "FILE", conflicts_with = "store")]
    config: Option<PathBuf>,

    /// How many requests a minute a client may make
    #[arg(long, value_name = "REQUESTS", default_value = "600")]
    rate: i64,
}

#[tokio::main]
async fn main() -> ExitCode {
    ended(run(&Arguments::parse()).await)
}

async fn run(arguments: &Arguments) -> Result<()> {
    let store = open(arguments)
        .await
        .context("cannot open the state that `--store` or `--config` names")?;
    let registry = prometheus::Registry::new();
    store.register_metrics(&registry, "sessions")?;
    let app = App {
        store,
        registry,
        rate: arguments.rate,
    };
    let listener = TcpListener::bind(arguments.listen)
        .await
        .with_context(|| format!("cannot listen on {}", arguments.listen))?;
    let service = routes(app).into_make_service_with_connect_info::<SocketAddr>();
    let mut terminated = signal(SignalKind::terminate())?;
    println!("listening on http://{}", listener.local_addr()?);
    axum::serve(listener, service)
        .with_graceful_shutdown(async move {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminated.recv() => {}
            }
        })
        .await?;
    println!("every request has its answer; good-bye");
    Ok(())
}

async fn open(arguments: &Arguments) -> Result<Store<AnyBackend>> {
    let config = match &arguments.config {
        Some(file) => {
            let document = tokio::fs::read_to_string(file).await;
            StoreConfig::from_toml(&document.with_context(|| file.display().to_string())?)?
        }
        // A user waits so long at the most, and every request changes its session, so there is no cache.
        None => StoreConfig::try_from(&arguments.store[..])?
            .set("deadline", "2s")?
            .set("retry_attempt_timeout", "500ms")?
            .set("circuit_breaker_open_for", "5s")?,
    };
    Ok(config.open().await?)
}
