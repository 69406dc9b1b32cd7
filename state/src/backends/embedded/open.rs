use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{self, Sender};

use super::blocking::blocking;
use super::cache::Cache;
use super::config::EmbeddedBuilder;
use super::engine::Engine;
use super::registry::{self, Ending};
use super::request::{Reply, Request, closed, reply};
use super::writer::Writer;
use super::{Embedded, Shared};
use crate::backend::{Announcer, Context};
use crate::error::{Error, ErrorKind, Result};

/// What the clones of an [`Embedded`] share. With the last of them the way to the writer is gone, which
/// tells it to finish and close.
pub(super) struct Handle {
    shared: Arc<Shared>,
    requests: Sender<Request>,
    ending: Ending,
}

impl Handle {
    pub(super) const fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.ending.announce();
    }
}

impl Embedded {
    /// Opens the store in `directory` with the default options; creates both where they are not there.
    ///
    /// # Errors
    /// As [`EmbeddedBuilder::open`].
    ///
    /// Cancellation: the store may still be opened, and is closed again then.
    pub async fn open(directory: impl AsRef<Path>) -> Result<Self> {
        Self::builder(directory).open().await
    }

    /// A store in `directory` with options.
    pub fn builder(directory: impl AsRef<Path>) -> EmbeddedBuilder {
        EmbeddedBuilder::new(directory.as_ref())
    }

    /// Finishes what has been sent, makes all of it durable, and closes the store for all its clones and snapshots.
    ///
    /// # Errors
    /// [`Unavailable`](ErrorKind::Unavailable) where it is closed already. Where the disk fails, what was
    /// acknowledged and not yet durable ([`Durability::Relaxed`](super::Durability::Relaxed)) may be lost;
    /// the store is closed all the same.
    ///
    /// Cancellation: the store closes all the same.
    pub async fn close(&self) -> Result<()> {
        self.ask(&Context::new(), Request::Close).await
    }

    pub(super) async fn open_with(builder: EmbeddedBuilder) -> Result<Self> {
        blocking(&Context::new(), || open(builder)).await
    }

    /// Sends a request to the writer and waits for its answer.
    pub(super) async fn ask<T>(
        &self,
        cx: &Context,
        request: impl FnOnce(Reply<T>) -> Request,
    ) -> Result<T> {
        cx.check()?;
        let (reply, answer) = reply(cx);
        self.0.requests.send(request(reply)).map_err(|_| closed())?;
        answer.wait().await
    }

    /// Sends a request to the writer; where he is gone it is dropped.
    pub(super) fn tell(&self, request: Request) {
        drop(self.0.requests.send(request));
    }
}

fn open(builder: EmbeddedBuilder) -> Result<Embedded> {
    let EmbeddedBuilder {
        directory,
        durability,
        clock,
        cache_size,
        page_cache_size,
        sweep_every,
        verify,
    } = builder;
    // Another spelling of the same directory is the same store.
    let canonical = std::path::absolute(&directory).unwrap_or_else(|_| directory.clone());
    let canonical = canonical.canonicalize().unwrap_or(canonical);
    registry::await_end(&canonical);
    let engine = Engine::open(&directory, page_cache_size, verify)?;
    let canonical = directory.canonicalize().unwrap_or(canonical);
    let (registered, ending) = registry::register(canonical);
    let shared = Arc::new(Shared {
        engine,
        cache: Cache::new(cache_size),
        clock,
        announcer: Announcer::new(),
    });
    let (requests, queue) = mpsc::channel();
    let writer = Writer::new(Arc::clone(&shared), queue, durability, sweep_every);
    let spawned = std::thread::Builder::new()
        .name("typed-state-writer".to_owned())
        .spawn(move || {
            writer.run();
            drop(registered);
        });
    spawned.map_err(|error| {
        let message = "the system refused the store's writer thread";
        Error::new(ErrorKind::Configuration, message).with_source(error)
    })?;
    Ok(Embedded(Arc::new(Handle {
        shared,
        requests,
        ending,
    })))
}
