use std::num::NonZeroU64;
use std::time::Duration;

use super::span::millis;
use crate::error::Result;

/// How results of one window that follow each other are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Updates {
    /// Each result is of all inputs so far and stands for those before it.
    #[default]
    Accumulate,
    /// As `Accumulate`, and each result that is superseded is taken back before, with its output: for consumers that add up.
    Retract,
    /// Each result is of the inputs since the one before.
    Discard,
}

/// When windows tell results, and for how long they take what comes late.
///
/// A window that closes always tells its result; so does one that had closed and takes a late input.
///
/// ```
/// # use std::time::Duration;
/// # use typed_state::window::{Emit, Updates};
/// let emit = Emit::on_close()
///     .early_each(1_000)
///     .allowed_lateness(Duration::from_mins(5))
///     .updates(Updates::Retract);
/// # let _ = emit;
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[must_use]
pub struct Emit {
    lateness: Duration,
    each: Option<u64>,
    every: Option<Duration>,
    updates: Updates,
}

impl Emit {
    /// When the watermark reaches the window's last moment, and at no other time.
    pub fn on_close() -> Self {
        Self::default()
    }

    /// For how long after its close, in event time, a window takes inputs, each of which tells its result again. Default 0:
    /// who waits for late inputs keeps every window for as long.
    pub const fn allowed_lateness(mut self, lateness: Duration) -> Self {
        self.lateness = lateness;
        self
    }

    /// Also with each so many inputs of a window that is open.
    pub const fn early_each(mut self, inputs: u64) -> Self {
        self.each = Some(inputs);
        self
    }

    /// Also so long, in processing time, after an open window has changed; repeated while it changes.
    pub const fn early_every(mut self, period: Duration) -> Self {
        self.every = Some(period);
        self
    }

    /// How results that follow each other are meant. Default [`Updates::Accumulate`].
    pub const fn updates(mut self, updates: Updates) -> Self {
        self.updates = updates;
        self
    }
}

/// The same, checked, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    pub(super) lateness: i64,
    pub(super) each: Option<NonZeroU64>,
    pub(super) every: Option<i64>,
    pub(super) updates: Updates,
}

impl Rules {
    pub(super) fn of(emit: &Emit) -> Result<Self> {
        let each = match emit.each {
            None => None,
            Some(inputs) => Some(NonZeroU64::new(inputs).ok_or_else(|| {
                super::wrong("`early_each` is 0, and a result with each 0 inputs has no sense")
            })?),
        };
        Ok(Self {
            lateness: millis("allowed_lateness", emit.lateness, 0)?,
            each,
            every: emit
                .every
                .map(|period| millis("early_every", period, 1))
                .transpose()?,
            updates: emit.updates,
        })
    }

    /// Whether windows tell anything before they close.
    pub(super) const fn has_early(&self) -> bool {
        self.each.is_some() || self.every.is_some()
    }
}
