use std::fmt;

/// How far a checkpoint or a restore has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// What is being done.
    pub step: Step,
    /// How many entries are done in this step.
    pub entries: u64,
    /// How many bytes their keys and values have.
    pub bytes: u64,
    /// How many chunks are done in this step.
    pub chunks: u64,
    /// How many of those were there already and were not written again.
    pub reused: u64,
    /// How many entries there are in all, where that is known.
    pub total: Option<u64>,
}

/// What a checkpoint or a restore is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Step {
    /// Reads the store and writes chunks.
    Create,
    /// Reads every chunk and checks it; the store is as it was.
    Verify,
    /// Writes entries to the store.
    Restore,
    /// Removes from the store what the checkpoint has not; entries are those removed.
    Remove,
}

impl Progress {
    pub(super) const fn new(step: Step, total: Option<u64>) -> Self {
        Self {
            step,
            entries: 0,
            bytes: 0,
            chunks: 0,
            reused: 0,
            total,
        }
    }
}

/// Who is told.
#[derive(Default)]
pub(super) struct Listener<'a>(Option<Box<dyn Fn(Progress) + Send + Sync + 'a>>);

impl<'a> Listener<'a> {
    pub(super) fn new(told: impl Fn(Progress) + Send + Sync + 'a) -> Self {
        Self(Some(Box::new(told)))
    }

    pub(super) fn tell(&self, progress: &Progress) {
        if let Some(told) = &self.0 {
            told(*progress);
        }
    }
}

impl fmt::Debug for Listener<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Listener")
    }
}
