//! Counts flight departures in hourly windows: a stream, and state that outlives the process.
//!
//! The windows and the number of rows counted change in one transaction, a batch of rows at a time.
//! So the process may be killed or interrupted at any moment; the next one goes on after the last
//! batch that was committed, and the answer is the same as if nothing had happened.
//!
//! ```text
//! cargo run --release --example flights              a table for people
//! cargo run --release --example flights -- --json    a line for each window
//! cargo run --release --example flights -- --store redis://localhost:6379    the state in Redis
//! cargo run --release --example flights -- --store postgres://localhost/flights    or in PostgreSQL
//! ```
//!
//! The keys and values are in `flights/window.rs`, their use in `flights/job.rs`.

use std::io::{self, BufWriter, Write as _};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use clap::Parser;
use indicatif::{HumanCount, ProgressBar, ProgressStyle};
use typed_state::backend::Backend;
use typed_state::backends::Embedded;
use typed_state::{AnyBackend, Store};
use typed_state_examples::ended;

use self::flights::input::Input;
use self::flights::job::Job;
use self::flights::report;
use self::flights::source::Source;

mod flights {
    pub(crate) mod departure;
    pub(crate) mod input;
    pub(crate) mod job;
    pub(crate) mod report;
    pub(crate) mod source;
    pub(crate) mod window;
}

const JANUARY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/data/flights-2013-01.csv.gz");

/// Counts flight departures in hourly windows and keeps the state on disk, in Redis or in PostgreSQL.
#[derive(Debug, Parser)]
#[command(name = "flights")]
struct Arguments {
    /// The departures, as CSV, plain or gzip; default: New York's in January 2013
    #[arg(long, value_name = "FILE", default_value = JANUARY, hide_default_value = true)]
    input: PathBuf,

    /// Where the state lives; default: `typed-state-flights` in the system's temporary directory
    #[arg(long, value_name = "DIR")]
    state: Option<PathBuf>,

    /// The server that the state lives in instead, as `redis://`, `redis+sentinel://`, `redis+cluster://` or `postgres://`
    #[arg(long, value_name = "URL", conflicts_with = "state")]
    store: Option<String>,

    /// Print a JSON object for each window, then the totals
    #[arg(long)]
    json: bool,

    /// How many rows a transaction counts
    #[arg(long, value_name = "ROWS", default_value = "1000", hide = true)]
    batch: NonZeroUsize,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(&Arguments::parse()).await {
        Err(error) if report::is_broken_pipe(&error) => ExitCode::SUCCESS,
        result => ended(result),
    }
}

async fn run(arguments: &Arguments) -> Result<()> {
    if let Some(url) = &arguments.store {
        return answer_on(arguments, url).await;
    }
    let directory = arguments
        .state
        .clone()
        .unwrap_or_else(|| std::env::temp_dir().join("typed-state-flights"));
    let backend = Embedded::open(&directory)
        .await
        .with_context(|| format!("cannot open the state in {}", directory.display()))?;
    answer(arguments, backend.clone()).await?;
    backend.close().await?;
    Ok(())
}

/// Counts with the state on a server.
async fn answer_on(arguments: &Arguments, url: &str) -> Result<()> {
    let backend = AnyBackend::connect(url)
        .await
        .context("cannot open the state that `--store` names")?;
    answer(arguments, backend).await
}

/// Counts, with the state on any backend, and prints the answer.
async fn answer(arguments: &Arguments, backend: impl Backend) -> Result<()> {
    let job = Job::new(Store::new(backend));

    count(arguments, &job).await?;

    let windows = job.windows().await?;
    let progress = job.progress().await?;
    let mut out = BufWriter::new(io::stdout());
    if arguments.json {
        report::json(&mut out, &windows, &progress)?;
    } else {
        report::table(&mut out, &windows, &progress)?;
    }
    out.flush()?;
    Ok(())
}

/// Counts what has not been counted yet.
async fn count<B: Backend>(arguments: &Arguments, job: &Job<B>) -> Result<()> {
    let source = Source::of(&arguments.input)
        .with_context(|| format!("cannot read {}", arguments.input.display()))?;
    let mut progress = job.progress().await?;
    if source.is_some() && source == progress.finished {
        return Ok(());
    }

    let bar = progress_bar(source.as_ref())?;
    let mut input = Input::open(&arguments.input, &bar)?;
    if progress.events > 0 {
        input.skip_counted(&progress)?;
        let counted = HumanCount(progress.events);
        bar.suspend(|| eprintln!("going on after the {counted} departures that are counted"));
    }
    loop {
        let batch = input.next_batch(arguments.batch.get())?;
        if batch.departures.is_empty() {
            break;
        }
        progress = job.count(&batch).await?;
        bar.set_message(format!("{} departures", HumanCount(progress.events)));
    }
    job.finish(source).await?;
    bar.finish_and_clear();
    Ok(())
}

/// Follows the bytes of the file, on a terminal; elsewhere it shows nothing.
fn progress_bar(source: Option<&Source>) -> Result<ProgressBar> {
    let bar = match source {
        Some(source) => ProgressBar::new(source.bytes()),
        None => ProgressBar::no_length(),
    };
    let style = ProgressStyle::with_template("{bar:40} {percent:>3}%  {msg}")?;
    Ok(bar.with_style(style))
}
