use std::fmt;
use std::path::Path as FilePath;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::TryStreamExt as _;
use object_store::local::LocalFileSystem;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt as _, PutMode};

use super::{Object, Target, staged};
use crate::clock::Timestamp;
use crate::error::{Error, ErrorKind, Result};

/// Checkpoints in an object store, or in a directory: whatever the crate `object_store` knows.
///
/// The store must be able to create an object only where there is none (`PutMode::Create`), and show it at once to whoever lists.
#[derive(Clone)]
pub struct Objects {
    store: Arc<dyn ObjectStore>,
    prefix: Path,
}

impl Objects {
    /// In an object store, under names that begin with `prefix`; an empty one is no prefix.
    pub fn new(store: Arc<dyn ObjectStore>, prefix: &str) -> Self {
        Self {
            store,
            prefix: Path::from(prefix),
        }
    }

    /// In a directory of this machine, which is made where it is not there. What was written has reached the disk. What processes that
    /// died left half-written is removed when it is a day old.
    ///
    /// # Errors
    /// [`Configuration`](ErrorKind::Configuration) where the directory cannot be made or opened.
    pub fn local(directory: impl AsRef<FilePath>) -> Result<Self> {
        let directory = directory.as_ref();
        let wrong = || {
            let shown = directory.display();
            Error::new(
                ErrorKind::Configuration,
                format!(
                    "the directory {shown} cannot hold checkpoints; is it one that can be written?"
                ),
            )
        };
        std::fs::create_dir_all(directory).map_err(|error| wrong().with_source(error))?;
        let store = LocalFileSystem::new_with_prefix(directory)
            .map_err(|error| wrong().with_source(error))?
            .with_fsync(true);
        staged::remove_dead(directory).map_err(|error| wrong().with_source(error))?;
        Ok(Self::new(Arc::new(store), ""))
    }

    /// In the memory of this process, for tests.
    pub fn memory() -> Self {
        Self::new(Arc::new(InMemory::new()), "")
    }

    fn path(&self, name: &str) -> Path {
        let name = Path::from(name);
        self.prefix.parts().chain(name.parts()).collect()
    }
}

impl Target for Objects {
    async fn create(&self, name: &str, bytes: Bytes) -> Result<bool> {
        let created = self
            .store
            .put_opts(&self.path(name), bytes.into(), PutMode::Create.into())
            .await;
        match created {
            Ok(_) => Ok(true),
            Err(object_store::Error::AlreadyExists { .. }) => Ok(false),
            Err(error) => Err(failed("created", name, error)),
        }
    }

    async fn read(&self, name: &str) -> Result<Option<Bytes>> {
        let read = async { self.store.get(&self.path(name)).await?.bytes().await };
        match read.await {
            Ok(bytes) => Ok(Some(bytes)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(failed("read", name, error)),
        }
    }

    async fn list(&self, folder: &str) -> Result<Vec<Object>> {
        let found = self.store.list(Some(&self.path(folder)));
        let objects = found.map_ok(|meta| Object {
            name: format!("{folder}/{}", meta.location.filename().unwrap_or_default()),
            len: meta.size,
            created: Timestamp::from_millis(meta.last_modified.timestamp_millis()),
        });
        match objects.try_collect().await {
            // A directory that was never written to.
            Err(object_store::Error::NotFound { .. }) => Ok(Vec::new()),
            listed => listed.map_err(|error| failed("listed", folder, error)),
        }
    }

    async fn delete(&self, name: &str) -> Result<()> {
        match self.store.delete(&self.path(name)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(failed("deleted", name, error)),
        }
    }
}

fn failed(what: &str, name: &str, error: object_store::Error) -> Error {
    let kind = match error {
        object_store::Error::NotImplemented { .. } | object_store::Error::NotSupported { .. } => {
            ErrorKind::Unsupported
        }
        object_store::Error::PermissionDenied { .. }
        | object_store::Error::Unauthenticated { .. } => ErrorKind::Configuration,
        _ => ErrorKind::Unavailable,
    };
    let wrong = format!("`{name}` cannot be {what} where the checkpoints are");
    Error::new(kind, wrong).with_source(error)
}

impl fmt::Debug for Objects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Objects({}, {:?})", self.store, self.prefix.as_ref())
    }
}
