use std::collections::HashSet;

use typed_state::Store;
use typed_state::backend::Backend;
use typed_state::testing::TestResult;

use super::writer::Tally;
use super::{Head, Hits, Log, Step, Steps};

/// What became of what was written.
#[derive(Debug, Default)]
pub struct Audit {
    /// Steps that were acknowledged.
    pub acknowledged: u64,
    /// Steps whose outcome was unknown.
    pub unknown: u64,
    /// Attempts that were refused and may be made again.
    pub refused: u64,
    /// Attempts that met another state than they had seen.
    pub conflicts: u64,
    /// Acknowledged steps that are not there.
    pub lost: u64,
    /// Acknowledged additions that a counter lacks.
    pub lost_hits: u64,
    /// Reads that were answered.
    pub reads: u64,
    /// What must never be: holes, things that nobody wrote, things applied twice, errors of other kinds.
    pub wrong: Vec<String>,
}

impl Audit {
    pub(super) async fn add<B: Backend>(
        &mut self,
        store: &Store<B>,
        writer: u64,
        tally: &Tally,
    ) -> TestResult {
        let head = store.get(&Head { writer }).await?;
        let log = store.range(Log::prefix().writer(writer)).collect().await?;
        let steps = store.counter(&Steps { writer })?.get().await?;
        let hits = store
            .counter(&Hits { writer })?
            .get()
            .await?
            .cast_unsigned();
        let mut wrong = Vec::new();
        let mut before = 0;
        for (expected, (key, step)) in (1..).zip(&log) {
            let is_next = (key.number, step.number, step.after) == (expected, expected, before);
            if !is_next || !tally.attempted.contains(step) {
                wrong.push(format!("{step:?} as number {expected} after {before}"));
            }
            before = step.id;
        }
        let last = log.last().map(|(_, step)| *step);
        if head != last {
            wrong.push(format!("the head is {head:?}, the last step {last:?}"));
        }
        if usize::try_from(steps)? != log.len() {
            wrong.push(format!("{steps} counted, {} there", log.len()));
        }
        if hits > tally.hits + tally.unknown.1 {
            wrong.push(format!(
                "{hits} hits of {} and perhaps {}",
                tally.hits, tally.unknown.1
            ));
        }
        wrong.extend(tally.unexpected.iter().cloned());
        self.wrong
            .extend(wrong.into_iter().map(|what| format!("{writer}: {what}")));
        let there: HashSet<Step> = log.into_iter().map(|(_, step)| step).collect();
        let gone = tally
            .acknowledged
            .iter()
            .filter(|step| !there.contains(step));
        self.lost += u64::try_from(gone.count())?;
        self.lost_hits += tally.hits.saturating_sub(hits);
        self.acknowledged += u64::try_from(tally.acknowledged.len())?;
        self.unknown += tally.unknown.0;
        self.refused += tally.refused;
        self.conflicts += tally.conflicts;
        Ok(())
    }
}
