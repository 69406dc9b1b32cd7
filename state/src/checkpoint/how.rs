//! How a checkpoint is put back, whichever it is.

/// What is asked for beside the checkpoint and the store.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct How {
    pub(super) replaces: bool,
    pub(super) shifts: bool,
    pub(super) drops_metadata: bool,
}

/// The methods that set the field `how`.
macro_rules! how {
    () => {
        /// Into a store that has entries: they are replaced, and those that the checkpoint has not are removed at the end.
        pub fn replace(mut self) -> Self {
            self.how.replaces = true;
            self
        }

        /// Gives entries the time to live that they had left when the checkpoint was taken. Else they expire when they would have, and
        /// what has expired since is passed over.
        pub fn shift_ttls(mut self) -> Self {
            self.how.shifts = true;
            self
        }

        /// Leaves out the metadata that stands beside values, for a store that keeps none. Else one that keeps none refuses a checkpoint
        /// that has some.
        pub fn without_metadata(mut self) -> Self {
            self.how.drops_metadata = true;
            self
        }
    };
}
pub(super) use how;
