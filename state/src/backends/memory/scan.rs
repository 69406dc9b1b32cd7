use super::Memory;
use crate::backend::{Direction, KeyBytes, Page, Range, Scan};

impl Memory {
    /// A scan is a range over the namespace.
    pub(super) fn read_scan(&self, scan: Scan) -> Page {
        self.read_range(&Range {
            start: KeyBytes::from(&namespace_start(&scan.namespace)[..]),
            end: KeyBytes::from(&namespace_end(&scan.namespace)[..]),
            partition_end: None,
            direction: Direction::Forward,
            projection: scan.projection,
            limit: scan.limit,
            cursor: scan.cursor,
        })
    }
}

/// The bytes that all keys of a namespace begin with.
pub(super) fn namespace_start(namespace: &str) -> Vec<u8> {
    [namespace.as_bytes(), &[0]].concat()
}

/// The first bytes past all keys of a namespace.
pub(super) fn namespace_end(namespace: &str) -> Vec<u8> {
    [namespace.as_bytes(), &[1]].concat()
}
