//! The task that hears of changes from a server, from the first watch on.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::watch;
use tokio::task::{AbortHandle, JoinHandle};
use tokio::time::timeout_at;

use crate::backend::{Announcer, KeyBytes, Notice, Watch};
use crate::error::{Error, ErrorKind, Result};

/// How long to wait before the server is listened to again.
pub(in crate::backends) const AGAIN_AFTER: Duration = Duration::from_millis(100);
/// How often a server that says nothing is asked whether it is there.
pub(in crate::backends) const PROBE_EVERY: Duration = Duration::from_secs(1);
/// How long it has to answer that.
pub(in crate::backends) const PROBE_WITHIN: Duration = Duration::from_secs(2);

/// One task hears for all watches of a store. Dropping this ends it.
pub(in crate::backends) struct Listener {
    announcer: Announcer,
    task: Mutex<Option<Task>>,
}

struct Task {
    handle: AbortHandle,
    hears: watch::Receiver<bool>,
}

/// How the task tells what it hears.
pub(in crate::backends) struct Ear {
    announcer: Announcer,
    hears: watch::Sender<bool>,
}

impl Listener {
    pub(in crate::backends) fn new() -> Self {
        Self {
            announcer: Announcer::new(),
            task: Mutex::default(),
        }
    }

    /// A watch, once the server is listened to. `listen` begins the task where none runs.
    pub(in crate::backends) async fn watch(
        &self,
        deadline: Instant,
        listen: impl FnOnce(Ear) -> JoinHandle<()>,
    ) -> Result<Watch> {
        let watch = self.announcer.watch();
        let mut hears = self.running(listen);
        match timeout_at(deadline.into(), hears.wait_for(|hears| *hears)).await {
            Ok(Ok(_)) => Ok(watch),
            _ => Err(Error::new(
                ErrorKind::Timeout,
                "the server could not be listened to in time; the log says why",
            )),
        }
    }

    fn running(&self, listen: impl FnOnce(Ear) -> JoinHandle<()>) -> watch::Receiver<bool> {
        let mut task = self.task.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(task) = task.as_ref().filter(|task| !task.handle.is_finished()) {
            return task.hears.clone();
        }
        let (sender, hears) = watch::channel(false);
        let ear = Ear {
            announcer: self.announcer.clone(),
            hears: sender,
        };
        let handle = listen(ear).abort_handle();
        *task = Some(Task {
            handle,
            hears: hears.clone(),
        });
        hears
    }

    pub(in crate::backends) fn stop(&self) {
        let task = self.task.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(task) = task.as_ref() {
            task.handle.abort();
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Ear {
    /// From here on every change is heard.
    pub(in crate::backends) fn hears(&self) {
        self.hears.send_replace(true);
        self.announcer.tell(Notice::Missed);
    }

    pub(in crate::backends) fn heard(&self, key: &[u8]) {
        self.announcer.tell(Notice::Changed(KeyBytes::from(key)));
    }

    /// From here on nothing is heard.
    pub(in crate::backends) fn is_deaf(&self) {
        if self.hears.send_replace(false) {
            self.announcer.tell(Notice::Silent);
        }
    }
}

impl Drop for Ear {
    fn drop(&mut self) {
        self.is_deaf();
    }
}
