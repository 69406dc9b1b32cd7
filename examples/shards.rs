//! Several processes share the windows over one stream while one of them is killed and another paused, and in the end what
//! came out is what comes out of a single run.
//!
//! ```text
//! cargo run --release --example shards -- --store redis://localhost:6379
//! cargo run --release --example shards -- --store postgres://localhost/app
//! ```
//!
//! The stream is the departures of January 2013, and the windows count those of each airport and airline by day. Each worker
//! reads the whole stream and applies what lies in its shards. The shards of one that is killed are taken over as soon as its
//! time to live is over; one that is paused for longer finds, when it goes on, that it owns nothing any more.
//!
//! Each run leaves its answer in the store, under a name of its own. What a worker does is in `shards/worker.rs`, who starts,
//! kills and pauses them in `shards/crew.rs`, the stream in `shards/stream.rs`, the windows in `shards/daily.rs`.

use std::process::ExitCode;

use anyhow::{Context as _, Result, ensure};
use clap::Parser;
use typed_state::backends::Memory;
use typed_state::{AnyBackend, Store};
use typed_state_examples::ended;

use self::shards::crew::{self, STORE};
use self::shards::daily::{Answer, daily};
use self::shards::stream::Stream;
use self::shards::worker;

mod shards {
    pub(crate) mod crew;
    pub(crate) mod daily;
    pub(crate) mod stream;
    pub(crate) mod worker;
}

/// Shares the windows over a stream among processes, kills one and pauses one, and compares the answer with that of a single run.
#[derive(Debug, Parser)]
#[command(name = "shards")]
struct Arguments {
    /// The server that the processes share, as `redis://`, `redis+sentinel://`, `redis+cluster://` or `postgres://`
    #[arg(long, value_name = "URL", required_unless_present = "worker")]
    store: Option<String>,

    /// Be the worker of this name, which the others start
    #[arg(long, hide = true, requires = "windows")]
    worker: Option<String>,

    /// The windows that a worker shares
    #[arg(long, hide = true)]
    windows: Option<String>,
}

#[tokio::main]
async fn main() -> ExitCode {
    ended(run(&Arguments::parse()).await)
}

async fn run(arguments: &Arguments) -> Result<()> {
    let stream = Stream::january()?;
    if let (Some(worker), Some(windows)) = (&arguments.worker, &arguments.windows) {
        let url = std::env::var(STORE).with_context(|| format!("`{STORE}` names no store"))?;
        return worker::work(&open(&url).await?, windows, worker, &stream).await;
    }
    let url = arguments.store.as_deref().context("no store is named")?;
    let run = uuid::Uuid::new_v4().simple().to_string();
    let windows = daily(&open(url).await?, &format!("daily.{run}")).await?;
    crew::run(url, &format!("daily.{run}"), &stream).await?;
    let answer = Answer::of(&windows).await?;

    let single = daily(&Store::new(Memory::new()), "single").await?;
    let applied = single.apply(stream.batch(0, stream.len())?).await?;
    let expected = Answer::of(&single).await?;
    println!("{answer}");
    ensure!(
        answer == expected && applied.late.len() as u64 == expected.totals.late,
        "the answer of a single run is another: {expected}"
    );
    println!("a single run comes to the same, result by result");
    Ok(())
}

async fn open(url: &str) -> Result<Store<AnyBackend>> {
    let backend = AnyBackend::connect(url).await;
    Ok(Store::new(backend.context("cannot open the store")?))
}
