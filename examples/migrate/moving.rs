//! The move: out, in, and the proof.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use typed_state::checkpoint::target::Objects;
use typed_state::checkpoint::{CheckpointId, Checkpoints};
use typed_state::{AnyBackend, Store};

use super::shown::{Bar, Differing, Moved};

/// By how much the clocks of two servers may differ.
const CLOCKS: Duration = Duration::from_secs(30);

/// Moves everything and compares; what became of it.
pub(crate) async fn run(
    from: &Store<AnyBackend>,
    to: &Store<AnyBackend>,
    directory: &Path,
    replace: bool,
) -> Result<Moved> {
    let began = Instant::now();
    let checkpoints = Checkpoints::new(Objects::local(directory)?);
    let source = checkpoint(&checkpoints, from, "reading ").await?;

    let bar = Bar::new("writing ");
    let restore = checkpoints
        .restore(to, &source)
        .progress(|now| bar.show(&now));
    let restored = if replace {
        restore.replace().await
    } else {
        restore.await
    };
    bar.end();
    let restored = restored.context(
        "the state was not moved; run the same again to finish a move that was interrupted, or with `--replace` to have what is there replaced",
    )?;

    let copy = checkpoint(&checkpoints, to, "checking").await?;
    let compared = checkpoints.diff(&source, &copy).await?;
    let lost = Differing(compared.expiry_within(CLOCKS).counts().await?);
    if !lost.is_none() {
        bail!("the new store is not what the old one was: {lost}\nrun this again with `--replace`");
    }
    let again = checkpoint(&checkpoints, from, "looking again").await?;
    let written = checkpoints.diff(&source, &again).await?.counts().await?;
    let manifest = checkpoints.read(&source).await?.manifest().clone();
    Ok(Moved {
        from: from.capabilities().backend,
        to: to.capabilities().backend,
        manifest,
        expired: restored.expired,
        written: Differing(written),
        took: began.elapsed(),
    })
}

async fn checkpoint(
    checkpoints: &Checkpoints<Objects>,
    store: &Store<AnyBackend>,
    what: &'static str,
) -> Result<CheckpointId> {
    let bar = Bar::new(what);
    let manifest = checkpoints
        .create(store)
        .progress(|now| bar.show(&now))
        .await;
    bar.end();
    Ok(manifest?.id)
}
