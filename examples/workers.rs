//! Several processes share work under locks while some of them are killed and others paused, and in the end it is proved that
//! nothing was done twice or lost.
//!
//! ```text
//! cargo run --release --example workers -- --store redis://localhost:6379
//! cargo run --release --example workers -- --store postgres://localhost/app --workers 8
//! ```
//!
//! Each worker takes the lock of an airline, adds up its flights of January 2013 day by day, and writes what it has come to through
//! the guard of the lock. One that is killed leaves its airline to another as soon as its lock has expired; one that is paused for
//! longer finds, when it goes on, that its next write is refused.
//!
//! What a worker does is in `workers/worker.rs`, who starts, kills and pauses them in `workers/crew.rs`, and the proof in
//! `workers/proof.rs`.

use std::num::NonZeroUsize;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use clap::Parser;
use typed_state::{AnyBackend, StateKey, Store};
use typed_state_examples::ended;

use self::workers::crew::{self, STORE};
use self::workers::flights::Flights;
use self::workers::{proof, worker};

mod workers {
    pub(crate) mod crew;
    pub(crate) mod flights;
    pub(crate) mod proof;
    pub(crate) mod tally;
    pub(crate) mod worker;
}

/// Shares work among processes, kills and pauses some of them, and proves that nothing was done twice or lost.
#[derive(Debug, Parser)]
#[command(name = "workers")]
struct Arguments {
    /// The server that the processes share, as `redis://`, `redis+sentinel://`, `redis+cluster://` or `postgres://`
    #[arg(long, value_name = "URL", required_unless_present = "worker")]
    store: Option<String>,

    /// How many processes work at a time
    #[arg(long, value_name = "WORKERS", default_value = "4")]
    workers: NonZeroUsize,

    /// Be the worker of this number, which the others start
    #[arg(long, hide = true)]
    worker: Option<usize>,
}

/// What is locked while a crew works, so that there is one at a time.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, StateKey)]
#[state(namespace = "workers.crew", value = u64)]
struct WholeJob;

#[tokio::main]
async fn main() -> ExitCode {
    ended(run(&Arguments::parse()).await)
}

async fn run(arguments: &Arguments) -> Result<()> {
    let flights = Flights::january()?;
    if arguments.worker.is_some() {
        let url = std::env::var(STORE).with_context(|| format!("`{STORE}` names no store"))?;
        return worker::work(&open(&url).await?, &flights).await;
    }
    let url = arguments.store.as_deref().context("no store is named")?;
    let store = open(url).await?;
    let lock = store.lock(&WholeJob);
    let whole = lock.acquire_within(Duration::from_secs(1)).await;
    let whole = whole.context("another crew seems to be at work")?;
    proof::forget(&store, &flights).await?;

    let crew = crew::run(url, arguments.workers.get(), &flights);
    whole.while_held(crew).await??;
    let proved = proof::prove(&store, &flights).await?;
    whole.release().await?;
    match proved {
        Ok(proof) => println!("{proof}"),
        Err(mistakes) => bail!("{}", mistakes.join("\n")),
    }
    Ok(())
}

async fn open(url: &str) -> Result<Store<AnyBackend>> {
    let backend = AnyBackend::connect(url).await;
    Ok(Store::new(backend.context("cannot open the store")?))
}
