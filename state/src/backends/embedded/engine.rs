use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock};

use redb::{
    Database, DatabaseError, ReadOnlyTable, ReadTransaction, ReadableDatabase as _,
    ReadableTable as _, StorageError, TableDefinition, TableError, WriteTransaction,
};

use super::record;
use crate::error::{Error, ErrorKind, Result};

/// Key bytes to record bytes.
pub(super) const ENTRIES: TableDefinition<'static, &[u8], &[u8]> = TableDefinition::new("entries");
/// Expiry and key bytes of each record that expires.
pub(super) const EXPIRIES: TableDefinition<'static, &[u8], ()> = TableDefinition::new("expiries");
const META: TableDefinition<'static, &str, &[u8]> = TableDefinition::new("meta");

pub(super) type Entries = ReadOnlyTable<&'static [u8], &'static [u8]>;

const FILE: &str = "state.redb";
/// Under which row of the meta table the version stands, as a big-endian `u32`.
const FORMAT: &str = "format";
const VERSION: u32 = 1;

/// The engine's file, open or closed.
///
/// The lock is held to begin a transaction and to open or close the file, never for the time of a transaction.
pub(super) struct Engine {
    directory: PathBuf,
    page_cache_size: usize,
    database: RwLock<Option<Database>>,
}

impl Engine {
    /// Opens or creates the file. Blocks.
    pub(super) fn open(directory: &Path, page_cache_size: usize, verify: bool) -> Result<Self> {
        create_directory(directory)?;
        let engine = Self {
            directory: directory.to_path_buf(),
            page_cache_size,
            database: RwLock::new(None),
        };
        engine.reopen_with(verify)?;
        Ok(engine)
    }

    pub(super) fn directory(&self) -> &Path {
        &self.directory
    }

    /// Opens the file again after [`close`](Self::close). Blocks.
    pub(super) fn reopen(&self) -> Result<()> {
        self.reopen_with(false)
    }

    fn reopen_with(&self, verify: bool) -> Result<()> {
        let mut builder = Database::builder();
        builder.set_cache_size(self.page_cache_size);
        let mut database = builder
            .create(self.directory.join(FILE))
            .map_err(|error| self.opening(error))?;
        // The file's own name must outlive a loss of power, too.
        sync_directory(&self.directory);
        if verify {
            self.verify_pages(&mut database)?;
        }
        self.check_version(&database)?;
        if verify {
            verify_records(&database)?;
        }
        *self
            .database
            .write()
            .unwrap_or_else(PoisonError::into_inner) = Some(database);
        Ok(())
    }

    pub(super) fn is_open(&self) -> bool {
        self.database
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .is_some()
    }

    /// Makes what is not yet durable so, as far as the disk lets it, and closes the file. Blocks.
    ///
    /// Read transactions that still live get errors from now on.
    pub(super) fn close(&self) {
        let database = self
            .database
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        drop(database);
    }

    pub(super) fn begin_read(&self) -> Result<ReadTransaction> {
        let database = self.database.read().unwrap_or_else(PoisonError::into_inner);
        let database = database.as_ref().ok_or_else(|| self.closed())?;
        Ok(database.begin_read().map_err(Fault::from)?)
    }

    pub(super) fn begin_write(&self) -> Result<WriteTransaction> {
        let database = self.database.read().unwrap_or_else(PoisonError::into_inner);
        let database = database.as_ref().ok_or_else(|| self.closed())?;
        Ok(database.begin_write().map_err(Fault::from)?)
    }

    /// All entries as they are now.
    pub(super) fn entries(&self) -> Result<Entries> {
        let transaction = self.begin_read()?;
        Ok(transaction.open_table(ENTRIES).map_err(Fault::from)?)
    }

    pub(super) fn check_open(&self) -> Result<()> {
        if self.is_open() {
            Ok(())
        } else {
            Err(self.closed())
        }
    }

    fn closed(&self) -> Error {
        Error::new(
            ErrorKind::Unavailable,
            format!(
                "the store in `{}` is closed, or is being reopened after its disk failed; nothing was applied",
                self.directory.display()
            ),
        )
    }

    fn opening(&self, error: DatabaseError) -> Error {
        let directory = self.directory.display();
        let (kind, message) = match &error {
            DatabaseError::DatabaseAlreadyOpen => (
                ErrorKind::Configuration,
                format!(
                    "the store in `{directory}` is open already, here or in another process; share one `Embedded` by \
                     cloning it, and give each process a directory of its own"
                ),
            ),
            DatabaseError::UpgradeRequired(version) => (
                ErrorKind::Configuration,
                format!(
                    "`{directory}/{FILE}` has the engine's format {version}, which this program does not read"
                ),
            ),
            DatabaseError::Storage(StorageError::Io(io)) => (
                ErrorKind::Configuration,
                format!("`{directory}/{FILE}` cannot be opened: {io}"),
            ),
            DatabaseError::Storage(StorageError::Corrupted(_)) | DatabaseError::RepairAborted => (
                ErrorKind::Corrupt,
                format!("`{directory}/{FILE}` is damaged; restore a backup or a checkpoint"),
            ),
            _ => (
                ErrorKind::Backend,
                format!("`{directory}/{FILE}` cannot be opened"),
            ),
        };
        Error::new(kind, message).with_source(error)
    }

    fn verify_pages(&self, database: &mut Database) -> Result<()> {
        match database.check_integrity() {
            Ok(true) => Ok(()),
            Ok(false) => Err(Error::new(
                ErrorKind::Corrupt,
                format!(
                    "`{}/{FILE}` was damaged, and the engine fell back to an older state of it; restore a backup or a \
                     checkpoint, or open it without verifying to keep what is left",
                    self.directory.display()
                ),
            )),
            Err(error) => Err(self.opening(error)),
        }
    }

    /// Refuses a file of another version or program, and makes a new one ours.
    fn check_version(&self, database: &Database) -> Result<()> {
        let read = database.begin_read().map_err(Fault::from)?;
        let empty = match read.open_table(META) {
            Ok(meta) => {
                let row = meta.get(FORMAT).map_err(Fault::from)?;
                let bytes = row.as_ref().map(redb::AccessGuard::value);
                return self.judge_version(bytes);
            }
            Err(TableError::TableDoesNotExist(_)) => {
                read.list_tables().map_err(Fault::from)?.next().is_none()
            }
            Err(TableError::Storage(error)) => return Err(Fault::from(error).into()),
            Err(_) => false,
        };
        if !empty {
            return self.judge_version(None);
        }
        let mut write = database.begin_write().map_err(Fault::from)?;
        write.set_quick_repair(true);
        write
            .open_table(META)
            .map_err(Fault::from)?
            .insert(FORMAT, &VERSION.to_be_bytes()[..])
            .map_err(Fault::from)?;
        write.open_table(ENTRIES).map_err(Fault::from)?;
        write.open_table(EXPIRIES).map_err(Fault::from)?;
        Ok(write
            .commit()
            .map_err(|error| Fault::from(redb::Error::from(error)))?)
    }

    fn judge_version(&self, bytes: Option<&[u8]>) -> Result<()> {
        let version = bytes.and_then(|bytes| Some(u32::from_be_bytes(bytes.try_into().ok()?)));
        if version == Some(VERSION) {
            return Ok(());
        }
        let directory = self.directory.display();
        let message = match version {
            Some(version) => format!(
                "`{directory}/{FILE}` has format {version}, and this program reads format {VERSION}; use the program \
                 that wrote it, or a newer one"
            ),
            None => {
                format!("`{directory}/{FILE}` was not written by this store; use another directory")
            }
        };
        Err(Error::new(ErrorKind::Configuration, message))
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine")
            .field("directory", &self.directory)
            .finish_non_exhaustive()
    }
}

/// What the engine says went wrong, before anything was applied.
pub(super) struct Fault(redb::Error);

impl<E: Into<redb::Error>> From<E> for Fault {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl From<Fault> for Error {
    fn from(Fault(error): Fault) -> Self {
        let (kind, message) = match &error {
            redb::Error::Corrupted(_) => (
                ErrorKind::Corrupt,
                "the engine found its file damaged; restore a backup or a checkpoint",
            ),
            redb::Error::DatabaseClosed | redb::Error::PreviousIo => (
                ErrorKind::Unavailable,
                "the store was closed, or is being reopened after its disk failed; nothing was applied",
            ),
            redb::Error::Io(_) => (
                ErrorKind::Unavailable,
                "the disk failed; nothing was applied",
            ),
            _ => (ErrorKind::Backend, "the engine failed; nothing was applied"),
        };
        Self::new(kind, message).with_source(error)
    }
}

fn verify_records(database: &Database) -> Result<()> {
    let read = database.begin_read().map_err(Fault::from)?;
    let entries = read.open_table(ENTRIES).map_err(Fault::from)?;
    for row in entries.iter().map_err(Fault::from)? {
        let (key, stored) = row.map_err(Fault::from)?;
        record::decode(key.value(), stored.value())?;
    }
    Ok(())
}

fn create_directory(directory: &Path) -> Result<()> {
    let there = directory.is_dir();
    std::fs::create_dir_all(directory).map_err(|error| {
        let message = format!("the directory `{}` cannot be created", directory.display());
        Error::new(ErrorKind::Configuration, message).with_source(error)
    })?;
    if !there && let Some(parent) = directory.parent() {
        sync_directory(parent);
    }
    Ok(())
}

/// Makes the names in a directory durable, where the system can do that.
fn sync_directory(directory: &Path) {
    let synced = std::fs::File::open(directory).and_then(|directory| directory.sync_all());
    if let Err(error) = synced {
        tracing::debug!(directory = %directory.display(), %error, "the directory could not be synchronised");
    }
}
