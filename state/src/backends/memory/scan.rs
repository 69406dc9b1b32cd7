use super::backend::Shared;
use super::range::{PageRequest, bounds_of};
use crate::backend::{Direction, Page, Scan};
use crate::error::Result;

impl Shared {
    /// In the order of the keys, as it happens.
    pub(super) fn scan(&self, scan: &Scan) -> Result<Page> {
        let (start, end) = bounds_of(&scan.namespace)?;
        self.page(&PageRequest {
            start: &start,
            end: &end,
            direction: Direction::Forward,
            projection: scan.projection,
            limit: scan.limit,
            cursor: scan.cursor.as_ref(),
        })
    }
}
