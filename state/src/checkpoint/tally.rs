use std::collections::BTreeMap;

use super::manifest::{Manifest, Namespace};
use crate::backend::{Escaped, Key};
use crate::codec::Envelope;

/// What the rows of a checkpoint come to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) entries: u64,
    /// Of keys and values.
    pub(super) bytes: u64,
    pub(super) metadata: u64,
    pub(super) namespaces: BTreeMap<String, Namespace>,
}

impl Tally {
    pub(super) fn add(&mut self, key: &Key, value: &[u8], has_metadata: bool) {
        let name = key.namespace();
        let version = match name.first() {
            // What the library keeps for itself.
            Some(b'~') => 0,
            _ => Envelope::read(value).map_or(0, |envelope| envelope.version()),
        };
        self.entries += 1;
        self.metadata += u64::from(has_metadata);
        self.bytes += (key.as_bytes().len() + value.len()) as u64;
        let known = std::str::from_utf8(name).ok();
        let namespace = match known.and_then(|name| self.namespaces.get_mut(name)) {
            Some(namespace) => namespace,
            None => self
                .namespaces
                .entry(Escaped(name).to_string())
                .or_default(),
        };
        namespace.entries += 1;
        *namespace.versions.entry(version).or_default() += 1;
    }

    pub(super) fn merge(&mut self, other: Self) {
        self.entries += other.entries;
        self.bytes += other.bytes;
        self.metadata += other.metadata;
        for (name, added) in other.namespaces {
            let namespace = self.namespaces.entry(name).or_default();
            namespace.entries += added.entries;
            for (version, entries) in added.versions {
                *namespace.versions.entry(version).or_default() += entries;
            }
        }
    }

    /// Whether that is what the manifest says.
    pub(super) fn is_of(&self, manifest: &Manifest) -> bool {
        self.entries == manifest.entries
            && self.bytes == manifest.bytes
            && self.metadata == manifest.metadata
            && self.namespaces == manifest.namespaces
    }
}
