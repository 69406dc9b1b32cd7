use bytes::Bytes;

use super::now::Now;
use crate::backend::{Entry, Projection, Revision, Ttl};
use crate::clock::Timestamp;

/// One version of an entry.
#[derive(Debug, Clone)]
pub(super) struct Stored {
    pub(super) value: Bytes,
    pub(super) revision: Revision,
    pub(super) expires: Option<Timestamp>,
    /// The sequence number of the change that made this version.
    pub(super) since: u64,
}

impl Stored {
    pub(super) fn is_live(&self, now: &Now<'_>) -> bool {
        self.expires.is_none_or(|expires| now.get() < expires)
    }

    /// The live entry as a reader gets it; `None` where it has expired.
    pub(super) fn read(&self, projection: Projection, now: &Now<'_>) -> Option<Entry> {
        let ttl = match self.expires {
            Some(expires) => Some(left(expires, now.get())?),
            None => None,
        };
        Some(self.entry(projection, ttl))
    }

    /// The same for a reader who stands at `now`.
    pub(super) fn read_at(&self, now: Timestamp) -> Option<Entry> {
        let ttl = match self.expires {
            Some(expires) => Some(left(expires, now)?),
            None => None,
        };
        Some(self.entry(Projection::Entries, ttl))
    }

    fn entry(&self, projection: Projection, ttl: Option<Ttl>) -> Entry {
        Entry {
            value: match projection {
                Projection::Entries => self.value.clone(),
                Projection::Keys => Bytes::new(),
            },
            revision: self.revision,
            ttl,
        }
    }
}

/// The time left; `None` where there is none.
fn left(expires: Timestamp, now: Timestamp) -> Option<Ttl> {
    Ttl::from_millis(expires.as_millis().saturating_sub(now.as_millis()))
}
