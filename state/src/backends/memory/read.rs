use super::Memory;
use crate::backend::{Entry, Key};

impl Memory {
    pub(super) fn read_entries(&self, keys: &[Key]) -> Vec<Option<Entry>> {
        let now = || self.now();
        let versions = self.read();
        keys.iter()
            .map(|key| versions.get(key)?.to_entry(now))
            .collect()
    }
}
