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
    let Bench { ground, ours, .. } = bench;
    let theirs = &bench.multiplexed;
    let against = "redis-rs, SCAN 1000 with MGET, pipelined";
    let contest = Contest::new("redis/scan", against, 0.9).in_batches_of(KEYS as u64);
    ground.hold(contest, 1, |_| Scan(ours.clone()), |_| Scan(theirs.clone()))
}
