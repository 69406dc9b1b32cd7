use super::circuit::{Circuit, Era, Verdict};
use super::phase::Probe;

/// A call that passes. Dropped without an end, it counts for nothing and makes room.
#[derive(Debug)]
#[must_use = "a permit that is dropped at once watches no call"]
pub(super) struct Permit<'c> {
    circuit: &'c Circuit,
    pass: Pass,
}

#[derive(Debug)]
enum Pass {
    Closed(Era),
    Probe(Probe),
    Ended,
}

impl<'c> Permit<'c> {
    pub(super) const fn closed(circuit: &'c Circuit, era: Era) -> Self {
        Self {
            circuit,
            pass: Pass::Closed(era),
        }
    }

    pub(super) const fn probe(circuit: &'c Circuit, probe: Probe) -> Self {
        Self {
            circuit,
            pass: Pass::Probe(probe),
        }
    }

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
