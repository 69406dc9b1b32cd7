use super::bench::Bench;
use super::peers::ScanAll;
use crate::data::KEYS;
use crate::harness::{Contest, Figure};
use crate::workers::Step;
use crate::{Error, Result};

/// Reads all entries.
struct Scan<P>(P);

impl<P: ScanAll> Step for Scan<P> {
    async fn step(&mut self) -> Result<()> {
        // Entries may come twice, but none is missed.
        if self.0.scan_all().await?.len() >= KEYS {
            Ok(())
        } else {
            Err(Error::from("the scan is not whole"))
        }
    }
}

pub(super) fn figure(bench: &Bench) -> Result<Figure> {
    let Bench { workers, ours, .. } = bench;
    let theirs = &bench.multiplexed;
    Contest::new(
        "redis/scan",
        "redis-rs, SCAN 1000 with MGET, pipelined",
        0.9,
    )
    .in_batches_of(KEYS as u64)
    .hold(
        &bench.budget,
        &mut |scans| workers.share(1, scans, |_| Scan(ours.clone())),
        &mut |scans| workers.share(1, scans, |_| Scan(theirs.clone())),
    )
}
