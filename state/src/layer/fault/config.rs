use std::time::Duration;

use super::backend::Fault;
use super::draw::Draw;
use crate::backend::Backend;
use crate::error::ErrorKind;
use crate::layer::Layer;

/// An operation that can fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FaultPoint {
    /// `get`, and the reading of metadata.
    Get,
    /// `commit`, and each commit of `commit_many`.
    Commit,
    /// `write`, and a put with metadata.
    Write,
    /// A page of a range.
    Range,
    /// A page of a scan, and a search by metadata.
    Scan,
    /// The opening of a snapshot.
    Snapshot,
    /// `health`.
    Health,
}

impl FaultPoint {
    pub(super) const ALL: [Self; 7] = [
        Self::Get,
        Self::Commit,
        Self::Write,
        Self::Range,
        Self::Scan,
        Self::Snapshot,
        Self::Health,
    ];
}

/// How an operation fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// It begins later, by a time drawn up to this.
    Delay(Duration),
    /// It fails with this kind, and nothing is applied.
    Refuse(ErrorKind),
    /// It happens, and its answer is lost: what writes fails with [`ErrorKind::OutcomeUnknown`], what reads with
    /// [`ErrorKind::Unavailable`].
    LoseAnswer,
    /// It fails at once as in [`LoseAnswer`](Self::LoseAnswer), and happens later, after a time drawn up to this: unless the
    /// backend finds then that its deadline has passed. What reads does nothing later.
    Ghost(Duration),
}

/// Which operations fail, how and how often.
///
/// The same seed gives the same fates: the n-th call of an operation meets the same one in every run.
///
/// ```
/// use typed_state::backends::Memory;
/// use typed_state::layer::{FaultKind, FaultLayer, FaultPoint, Layer as _, RetryLayer};
/// use typed_state::{ErrorKind, Store};
///
/// let faults = FaultLayer::new(7)
///     .inject(FaultPoint::Commit, FaultKind::LoseAnswer, 0.1)
///     .inject(FaultPoint::Get, FaultKind::Refuse(ErrorKind::Unavailable), 0.1);
/// let store = Store::new(RetryLayer::new().over(faults.over(Memory::new())));
/// # let _ = store;
/// ```
#[derive(Debug, Clone)]
pub struct FaultLayer {
    seed: u64,
    rules: Vec<Rule>,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Rule {
    pub(super) point: FaultPoint,
    pub(super) kind: FaultKind,
    pub(super) probability: f64,
}

impl FaultLayer {
    /// No faults yet.
    pub const fn new(seed: u64) -> Self {
        Self {
            seed,
            rules: Vec::new(),
        }
    }

    /// Lets this share of an operation's calls fail so. The shares of one operation add up; what is past 1.0 is left out.
    #[must_use]
    pub fn inject(mut self, point: FaultPoint, kind: FaultKind, probability: f64) -> Self {
        self.rules.push(Rule {
            point,
            kind,
            probability,
        });
        self
    }

    /// The same for every operation.
    #[must_use]
    pub fn inject_everywhere(self, kind: FaultKind, probability: f64) -> Self {
        FaultPoint::ALL
            .into_iter()
            .fold(self, |layer, point| layer.inject(point, kind, probability))
    }
}

impl<B: Backend> Layer<B> for FaultLayer {
    type Backend = Fault<B>;

    fn over(self, inner: B) -> Fault<B> {
        Fault::new(inner, Draw::new(self.seed, self.rules))
    }
}
