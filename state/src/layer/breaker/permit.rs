use std::ops::Deref;
use std::sync::Arc;

use super::circuit::{Circuit, Era, Verdict};
use super::phase::Probe;

/// A call that passes a circuit. Dropped without an end, it counts for nothing and makes room.
#[derive(Debug)]
#[must_use = "a permit that is dropped at once watches no call"]
pub(super) struct Permit<'c> {
    pub(super) circuit: Held<'c>,
    pub(super) pass: Pass,
}

/// A circuit, for as long as a call takes.
#[derive(Debug)]
pub(super) enum Held<'c> {
    Own(&'c Circuit),
    Shared(Arc<Circuit>),
}

/// How a call passed.
#[derive(Debug)]
pub(super) enum Pass {
    Closed(Era),
    Probe(Probe),
    Ended,
}

impl Permit<'_> {
    #[inline]
    pub(super) fn end(mut self, verdict: Verdict) {
        match std::mem::replace(&mut self.pass, Pass::Ended) {
            Pass::Closed(era) => self.circuit.ended(era, verdict),
            Pass::Probe(probe) => self.circuit.probed(probe, verdict),
            Pass::Ended => {}
        }
    }
}

impl Drop for Permit<'_> {
    #[inline]
    fn drop(&mut self) {
        if let Pass::Probe(probe) = self.pass {
            self.circuit.probed(probe, Verdict::Neither);
        }
    }
}

impl Deref for Held<'_> {
    type Target = Circuit;

    #[inline]
    fn deref(&self) -> &Circuit {
        match self {
            Self::Own(circuit) => circuit,
            Self::Shared(circuit) => circuit,
        }
    }
}
