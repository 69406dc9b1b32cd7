//! Moves an application's state from one backend to another: from Redis to PostgreSQL, say, with everything that is in it: values,
//! counters, times to live, windows and how far their sources were taken.
//!
//! ```text
//! cargo run --release --example migrate -- --from redis://localhost:6379 --to postgres://localhost/app
//! cargo run --release --example migrate -- --from redis://localhost:6379 --to postgres://localhost/app --checkpoints /var/backups/app
//! ```
//!
//! It takes a checkpoint of the one, restores it into the other, which must be empty, and then proves that it is all there, by comparing
//! checkpoints of both. The application may go on meanwhile, and is told so where it did: stop it then and run the same again with
//! `--replace`. Started on the new store it goes on where it stood. A move that was interrupted is finished by running it again.
//!
//! What is moved is in `migrate/moving.rs`, what is shown in `migrate/shown.rs`.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use clap::Parser;
use typed_state::{AnyBackend, Store};
use typed_state_examples::ended;

mod migrate {
    pub(crate) mod moving;
    pub(crate) mod shown;
}

/// Moves all state from one backend to another, and proves that it is there.
#[derive(Debug, Parser)]
#[command(name = "migrate")]
struct Arguments {
    /// Where the state is, as `redis://`, `redis+sentinel://`, `redis+cluster://`, `postgres://` or `file://`
    #[arg(long, value_name = "URL")]
    from: String,

    /// Where it is to be
    #[arg(long, value_name = "URL")]
    to: String,

    /// The directory that checkpoints are kept in; without it they are removed in the end
    #[arg(long, value_name = "DIR")]
    checkpoints: Option<PathBuf>,

    /// Replace what is in the new store
    #[arg(long)]
    replace: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    ended(run(&Arguments::parse()).await)
}

async fn run(arguments: &Arguments) -> Result<()> {
    let from = open(&arguments.from).await.context("of `--from`")?;
    let to = open(&arguments.to).await.context("of `--to`")?;
    let directory = match &arguments.checkpoints {
        Some(directory) => directory.clone(),
        None => std::env::temp_dir().join(format!("migrate-{}", uuid::Uuid::new_v4())),
    };
    let moved = migrate::moving::run(&from, &to, &directory, arguments.replace).await;
    if arguments.checkpoints.is_none() {
        // What was not made cannot be removed.
        let _ = std::fs::remove_dir_all(&directory);
    }
    println!("{}", moved?);
    Ok(())
}

async fn open(url: &str) -> Result<Store<AnyBackend>> {
    let backend = AnyBackend::connect(url).await;
    Ok(Store::new(backend.context("cannot open the store")?))
}
