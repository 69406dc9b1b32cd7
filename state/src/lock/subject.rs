//! What a lock is on.

use std::sync::Arc;

use super::names::Names;
use crate::backend::Key;
use crate::error::{Error, Result};

/// What is known of a key that can be locked.
pub(super) trait Guards {
    fn guarded(&self) -> &Key;
}

impl Guards for Key {
    fn guarded(&self) -> &Key {
        self
    }
}

impl Guards for Arc<Names> {
    fn guarded(&self) -> &Key {
        &self.guarded
    }
}

/// What is locked, if it can be: who only asks for a lock is told of a bad key when it is acquired.
#[derive(Debug)]
pub(super) struct Subject<T> {
    found: Result<T>,
    /// What errors call what is done to it.
    operation: &'static str,
}

impl<T: Guards> Subject<T> {
    pub(super) const fn new(found: Result<T>, operation: &'static str) -> Self {
        Self { found, operation }
    }

    pub(super) fn get(&self) -> Result<&T> {
        let found = self.found.as_ref();
        found.map_err(|error| error.copied().in_operation(self.operation))
    }

    /// The same error, with what was done to which key.
    pub(super) fn located(&self, error: Error) -> Error {
        let error = error.in_operation(self.operation);
        match &self.found {
            Ok(found) => error.at_key(found.guarded()),
            Err(_) => error,
        }
    }

    #[cfg(all(feature = "postgres", feature = "testing"))]
    pub(super) fn map(self, change: impl FnOnce(T) -> T) -> Self {
        Self {
            found: self.found.map(change),
            ..self
        }
    }
}

impl Subject<Arc<Names>> {
    /// The lock of a key.
    pub(super) fn of(key: Result<Key>) -> Self {
        Self::new(key.and_then(Names::of).map(Arc::new), "lock")
    }
}
