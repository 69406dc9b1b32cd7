use super::circuit::{CircuitState, Verdict, since};
use super::window::Window;
use crate::clock::Timestamp;

/// Where a circuit stands, and what it remembers there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Phase {
    Closed {
        window: Window,
    },
    Open {
        /// When it opened.
        at: Timestamp,
    },
    HalfOpen {
        /// The probes under way: their number, and when they began. Never more than may be under way at once.
        probes: Vec<(u64, Timestamp)>,
        successes: u32,
    },
}

/// How a call passed a circuit that was not closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Probe {
    /// The circuit was closed meanwhile.
    Closed,
    /// As the probe of this number.
    Numbered(u64),
    /// As no probe.
    Forced,
}

impl Phase {
    pub(super) fn closed() -> Self {
        Self::Closed {
            window: Window::default(),
        }
    }

    pub(super) const fn open(now: Timestamp) -> Self {
        Self::Open { at: now }
    }

    pub(super) const fn state(&self) -> CircuitState {
        match self {
            Self::Closed { .. } => CircuitState::Closed,
            Self::Open { .. } => CircuitState::Open,
            Self::HalfOpen { .. } => CircuitState::HalfOpen,
        }
    }

    /// Lets a call pass as the probe of this number, or says after how many milliseconds the next may.
    pub(super) fn admit(
        &mut self,
        now: Timestamp,
        open_for: i64,
        limit: u32,
        number: u64,
    ) -> Result<Probe, i64> {
        if let Self::Open { at } = self {
            // A clock that was set back must not keep it open.
            *at = now.min(*at);
            let open = since(*at, now);
            if open < open_for {
                return Err(open_for - open);
            }
            *self = Self::HalfOpen {
                probes: Vec::new(),
                successes: 0,
            };
        }
        let Self::HalfOpen { probes, .. } = self else {
            return Ok(Probe::Closed);
        };
        for (_, began) in &mut *probes {
            *began = now.min(*began);
        }
        probes.retain(|&(_, began)| since(began, now) < open_for);
        if probes.len() >= usize::try_from(limit).unwrap_or(usize::MAX) {
            let oldest = probes.first().map_or(0, |&(_, began)| since(began, now));
            return Err(open_for - oldest);
        }
        probes.push((number, now));
        Ok(Probe::Numbered(number))
    }

    /// A call that had passed has ended.
    pub(super) fn probed(&mut self, probe: Probe, verdict: Verdict, now: Timestamp, limit: u32) {
        match self {
            Self::Closed { .. } => {}
            Self::Open { .. } => {
                if (probe, verdict) == (Probe::Forced, Verdict::Success) {
                    *self = Self::after_successes(1, Vec::new(), limit);
                }
            }
            Self::HalfOpen { probes, successes } => {
                if let Probe::Numbered(number) = probe {
                    let under_way = probes.len();
                    probes.retain(|&(other, _)| other != number);
                    // It took so long that it counts no more.
                    if probes.len() == under_way {
                        return;
                    }
                }
                match verdict {
                    Verdict::Success => {
                        let successes = successes.saturating_add(1);
                        *self = Self::after_successes(successes, std::mem::take(probes), limit);
                    }
                    Verdict::Failure => *self = Self::open(now),
                    Verdict::Neither => {}
                }
            }
        }
    }

    fn after_successes(successes: u32, probes: Vec<(u64, Timestamp)>, limit: u32) -> Self {
        if successes >= limit {
            return Self::closed();
        }
        Self::HalfOpen { probes, successes }
    }
}
