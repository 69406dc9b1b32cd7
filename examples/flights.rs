//! Counts flight departures in windows: a stream, and state that outlives the process.
//!
//! The windows and the number of rows counted change in the same commits. So the process may be killed or
//! interrupted at any moment; the next one goes on after the last row that was committed, and the answer is
//! the same as if nothing had happened.
//!
//! There are three jobs on the same stream, each with its own kind of windows; all can have their state in one place.
//!
//! ```text
//! cargo run --release --example flights              a table for people
//! cargo run --release --example flights -- --json    a line for each window
//! cargo run --release --example flights -- --job aircraft    sessions of each aircraft
//! cargo run --release --example flights -- --job carriers    each airline, over three hours, every hour
//! cargo run --release --example flights -- --store redis://localhost:6379    the state in Redis
//! cargo run --release --example flights -- --store postgres://localhost/flights    or in PostgreSQL
//! ```
//!
//! The jobs are in `flights/kind.rs`, the keys and values in `flights/state.rs`, their use in `flights/job.rs`.

use std::io::{self, BufWriter, Write as _};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use clap::Parser;
use indicatif::{HumanCount, ProgressBar, ProgressStyle};
use typed_state::backend::Backend;
use typed_state::backends::Embedded;
use typed_state::window::Windowing;
use typed_state::{AnyBackend, Store};
use typed_state_examples::ended;

use self::flights::input::Input;
use self::flights::job::Job;
use self::flights::kind::{self, Kind};
use self::flights::report;
use self::flights::source::Source;
use self::flights::state::Count;
use self::flights::table;

mod flights {
    pub(crate) mod departure;
    pub(crate) mod input;
    pub(crate) mod job;
    pub(crate) mod kind;
    pub(crate) mod report;
    pub(crate) mod source;
    pub(crate) mod state;
    pub(crate) mod table;
}

const JANUARY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/data/flights-2013-01.csv.gz");

/// Counts flight departures in windows and keeps the state on disk, in Redis or in PostgreSQL.
#[derive(Debug, Parser)]
#[command(name = "flights")]
struct Arguments {
    /// The departures, as CSV, plain or gzip; default: New York's in January 2013
    #[arg(long, value_name = "FILE", default_value = JANUARY, hide_default_value = true)]
    input: PathBuf,

    /// What is counted
    #[arg(long, value_name = "JOB", value_enum, default_value_t = Kind::Delays)]
    job: Kind,

    /// Where the state lives; default: `typed-state-flights` in the system's temporary directory
    #[arg(long, value_name = "DIR")]
    state: Option<PathBuf>,

    /// The server that the state lives in instead, as `redis://`, `redis+sentinel://`, `redis+cluster://` or `postgres://`
    #[arg(long, value_name = "URL", conflicts_with = "state")]
    store: Option<String>,

    /// Print a JSON object for each window, then the totals
    #[arg(long)]
    json: bool,

    /// How many rows are counted at once
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
    let store = Store::new(backend);
    match arguments.job {
        Kind::Delays => answer_in(arguments, store, kind::hours()?).await,
        Kind::Aircraft => answer_in(arguments, store, kind::sessions()?).await,
        Kind::Carriers => answer_in(arguments, store, kind::three_hours()?).await,
    }
}

/// Counts in these windows.
async fn answer_in<B: Backend>(
    arguments: &Arguments,
    store: Store<B>,
    windowing: impl Windowing<Count>,
) -> Result<()> {
    let job = Job::open(store, arguments.job, windowing).await?;

    count(arguments, &job).await?;

    let windows = job.windows().await?;
    let counted = job.counted().await?;
    let mut out = BufWriter::new(io::stdout());
    if arguments.json {
        report::json(&mut out, job.kind, &windows, counted)?;
    } else {
        table::table(&mut out, job.kind, &windows, counted)?;
    }
    out.flush()?;
    Ok(())
}

/// Counts what has not been counted yet.
async fn count<B: Backend>(
    arguments: &Arguments,
    job: &Job<B, impl Windowing<Count>>,
) -> Result<()> {
    let source = Source::of(&arguments.input)
        .with_context(|| format!("cannot read {}", arguments.input.display()))?;
    let begun = job.begun().await?;
    if source.is_some() && source == begun.finished {
        return Ok(());
    }

    let bar = progress_bar(source.as_ref())?;
    let mut input = Input::open(&arguments.input, job.kind, &bar)?;
    if begun.rows > 0 {
        let counted = job.position().await?;
        let rest = input.go_on(counted, &begun)?;
        if counted > 0 {
            let counted = HumanCount(counted);
            bar.suspend(|| eprintln!("going on after the {counted} departures that are counted"));
        }
        if !rest.departures.is_empty() {
            job.count(rest).await?;
        }
    }
    loop {
        let batch = input.next_batch(arguments.batch.get())?;
        if batch.departures.is_empty() {
            break;
        }
        bar.set_message(format!("{} departures", HumanCount(batch.rows())));
        job.count(batch).await?;
    }
    job.keep_results().await?;
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
