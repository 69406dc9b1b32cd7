//! Where checkpoints are kept.

mod objects;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "s3")]
mod s3;
mod staged;

use std::fmt;
use std::future::Future;

use bytes::Bytes;

pub use self::objects::Objects;
#[cfg(feature = "postgres")]
pub use self::postgres::PostgresTable;
use crate::clock::Timestamp;
use crate::error::Result;

/// A place for checkpoints: objects under names, each written once and never changed.
///
/// Names are relative paths of two parts, `folder/name`, of ASCII letters, digits, `-`, `.` and `_`.
///
/// What is read is checked above this line, so a target need not. What it must do: show what was created to whoever looks afterwards, wholly or not
/// at all, also where the process dies while it is written; and give a name to one creator alone.
pub trait Target: fmt::Debug + Send + Sync + 'static {
    /// Writes an object that is not there yet, durably; `false` where there is one of that name, which stays as it is.
    ///
    /// Cancellation: the object is there wholly or not at all.
    fn create(&self, name: &str, bytes: Bytes) -> impl Future<Output = Result<bool>> + Send;

    /// Reads an object; `None` where there is none.
    fn read(&self, name: &str) -> impl Future<Output = Result<Option<Bytes>>> + Send;

    /// The objects of a folder, in any order.
    fn list(&self, folder: &str) -> impl Future<Output = Result<Vec<Object>>> + Send;

    /// Removes an object, if it is there.
    fn delete(&self, name: &str) -> impl Future<Output = Result<()>> + Send;
}

/// What is known of an object without reading it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// `folder/name`.
    pub name: String,
    /// How many bytes it has.
    pub len: u64,
    /// When it was created, by the target's clock.
    pub created: Timestamp,
}

impl<T: Target> Target for std::sync::Arc<T> {
    async fn create(&self, name: &str, bytes: Bytes) -> Result<bool> {
        (**self).create(name, bytes).await
    }

    async fn read(&self, name: &str) -> Result<Option<Bytes>> {
        (**self).read(name).await
    }

    async fn list(&self, folder: &str) -> Result<Vec<Object>> {
        (**self).list(folder).await
    }

    async fn delete(&self, name: &str) -> Result<()> {
        (**self).delete(name).await
    }
}
