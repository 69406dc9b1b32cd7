use super::backend::{STEP, Shared};
use crate::backend::{Entry, Key, Projection};

impl Shared {
    pub(super) fn get(&self, keys: &[Key]) -> Vec<Option<Entry>> {
        let now = self.now();
        let mut answers = Vec::with_capacity(keys.len());
        for keys in keys.chunks(STEP) {
            let map = self.read();
            answers.extend(keys.iter().map(|key| {
                let stored = map.entries.get(key)?;
                stored.read(Projection::Entries, &now)
            }));
        }
        answers
    }
}
