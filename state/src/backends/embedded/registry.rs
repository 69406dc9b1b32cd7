//! The stores that this process has open.
//!
//! The file's lock keeps others out. This keeps apart a store that is in use, which is an error at once, and one
//! whose last handle was dropped and that is about to close, which opening it again waits for.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The longest wait for a store to close: what it has queued is bounded, so this is a sick disk.
const PATIENCE: Duration = Duration::from_secs(30);

static STORES: LazyLock<Mutex<HashMap<PathBuf, Arc<AtomicBool>>>> = LazyLock::new(Mutex::default);
static ENDED: Condvar = Condvar::new();

/// One open store; dropping it says that the store has ended.
pub(super) struct Registered {
    directory: PathBuf,
    ending: Arc<AtomicBool>,
}

/// Told when the last handle of a store is gone.
pub(super) struct Ending(Arc<AtomicBool>);

/// Waits while a store of this directory is about to close. Blocks.
pub(super) fn await_end(directory: &Path) {
    let is_ending = |stores: &mut HashMap<PathBuf, Arc<AtomicBool>>| {
        let store = stores.get(directory);
        store.is_some_and(|ending| ending.load(Ordering::SeqCst))
    };
    // Past its patience, the file's lock gives the error.
    drop(ENDED.wait_timeout_while(stores(), PATIENCE, is_ending));
}

/// Enters a store that has just been opened.
pub(super) fn register(directory: PathBuf) -> (Registered, Ending) {
    let ending = Arc::new(AtomicBool::new(false));
    stores().insert(directory.clone(), Arc::clone(&ending));
    let registered = Registered {
        directory,
        ending: Arc::clone(&ending),
    };
    (registered, Ending(ending))
}

impl Drop for Registered {
    fn drop(&mut self) {
        let mut stores = stores();
        let mine = stores
            .get(&self.directory)
            .is_some_and(|ending| Arc::ptr_eq(ending, &self.ending));
        if mine {
            stores.remove(&self.directory);
        }
        drop(stores);
        ENDED.notify_all();
    }
}

impl Ending {
    pub(super) fn announce(&self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

fn stores() -> MutexGuard<'static, HashMap<PathBuf, Arc<AtomicBool>>> {
    STORES.lock().unwrap_or_else(PoisonError::into_inner)
}
