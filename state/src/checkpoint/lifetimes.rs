use tokio::time::Instant;

use super::chunk::Row;
use super::manifest::Manifest;
use crate::backend::{Expiry, Ttl};
use crate::clock::Timestamp;

/// How long restored entries live.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lifetimes {
    /// A time by the clock that the moments of expiry are of.
    then: Timestamp,
    /// When it was so, where it goes on; `None` where it stands.
    at: Option<Instant>,
}

impl Lifetimes {
    /// They expire when they would have: it was `then` by the store's clock, and not before `at`.
    pub(super) const fn absolute(then: Timestamp, at: Instant) -> Self {
        Self { then, at: Some(at) }
    }

    /// They have what they had left when the checkpoint was taken.
    pub(super) const fn shifted(manifest: &Manifest) -> Self {
        Self {
            then: Timestamp::from_millis(manifest.taken_at),
            at: None,
        }
    }

    /// When an entry that is written now expires; `None` where it has expired.
    pub(super) fn of(self, row: &Row) -> Option<Expiry> {
        let Some(expires) = row.expires else {
            return Some(Expiry::Never);
        };
        let passed = self.at.map_or(0, |at| at.elapsed().as_millis());
        let now = self
            .then
            .saturating_add(i64::try_from(passed).unwrap_or(i64::MAX));
        let left = expires.as_millis().saturating_sub(now.as_millis());
        Ttl::from_millis(left).map(Expiry::After)
    }
}
