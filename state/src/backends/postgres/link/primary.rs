use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio::time::timeout;

use super::connection::Connection;
use super::connector::{Greeted, Role};
use super::failure::{Failure, Kind};
use super::settings::Settings;
use crate::error::ErrorKind;

/// What stands for no server.
const NONE: usize = usize::MAX;
/// How long the server that was the primary has before the others are asked, too.
const HEAD_START: Duration = Duration::from_millis(200);
/// How long the others have to say that they are the primary, once one has said so.
const GRACE: Duration = Duration::from_millis(300);

/// Which of the servers is the primary, as far as it is known.
pub(super) struct Primary {
    settings: Settings,
    /// The place of the one that was the primary when last asked.
    known: AtomicUsize,
    /// Counts the doubts. Connections of an older epoch are not used any more.
    epoch: AtomicU64,
    /// The epoch in which the known one was found among all.
    settled: AtomicU64,
}

impl Primary {
    pub(super) fn new(settings: Settings) -> Self {
        Self {
            settings,
            known: AtomicUsize::new(NONE),
            epoch: AtomicU64::new(0),
            settled: AtomicU64::new(0),
        }
    }

    pub(super) const fn settings(&self) -> &Settings {
        &self.settings
    }

    pub(super) fn epoch(&self) -> u64 {
        self.epoch.load(Ordering::Acquire)
    }

    /// Where the primary is, as far as it is known.
    pub(super) fn known(&self) -> Option<usize> {
        let known = self.known.load(Ordering::Acquire);
        (known != NONE).then_some(known)
    }

    /// Has all connections of this epoch replaced; says whether this was the first to say so.
    pub(super) fn doubt(&self, epoch: u64) -> bool {
        self.epoch
            .compare_exchange(epoch, epoch + 1, Ordering::AcqRel, Ordering::Relaxed)
            .is_ok()
    }

    /// Connects to the server at this place, whatever it is.
    ///
    /// Cancellation: nothing is left behind.
    pub(super) async fn greet(&self, place: usize) -> Result<Greeted, Failure> {
        let epoch = self.epoch();
        match self.settings.servers.get(place) {
            Some(server) => self.settings.greet(server, epoch).await,
            None => Err(Failure::not_sent(Kind::Unserved, "no host is named")),
        }
    }

    /// Connects to the primary: to the one that is known, or, where that one is in doubt, slow, gone, or follows another
    /// now, to the one of all that says it is the primary, and was promoted last.
    ///
    /// Cancellation: nothing is left behind.
    pub(super) async fn connect(&self) -> Result<Connection, Failure> {
        let epoch = self.epoch();
        // One that came back may say that it is the primary, and another may have taken its place.
        let settled = self.settled.load(Ordering::Acquire) == epoch;
        let known = self.known().filter(|_| settled);
        let greet = |place: usize| async move { (place, self.greet(place).await) };
        let mut asked = FuturesUnordered::new();
        let mut found = Found::default();
        if let Some(known) = known {
            asked.push(greet(known));
            if let Ok(Some((place, greeted))) = timeout(HEAD_START, asked.next()).await {
                found.hear(place, greeted);
            }
        }
        if found.best.is_none() {
            let others = (0..self.settings.servers.len()).filter(|&place| Some(place) != known);
            others.for_each(|place| asked.push(greet(place)));
        }
        loop {
            let next = match &found.best {
                None => asked.next().await,
                // It was the primary, and still is.
                Some(best) if Some(best.place) == known => None,
                Some(_) => timeout(GRACE, asked.next()).await.unwrap_or(None),
            };
            match next {
                Some((place, greeted)) => found.hear(place, greeted),
                None => break,
            }
        }
        match found.best {
            Some(best) => {
                self.known.store(best.place, Ordering::Release);
                self.settled.store(epoch, Ordering::Release);
                Ok(best.connection)
            }
            None => Err(found.failure.unwrap_or_else(|| {
                Failure::not_sent(
                    Kind::Unserved,
                    "none of the hosts is a primary; all of them follow another",
                )
            })),
        }
    }
}

/// What the servers have answered.
#[derive(Default)]
struct Found {
    best: Option<Best>,
    /// The failure that tells most of what is to be done.
    failure: Option<Failure>,
}

struct Best {
    place: usize,
    timeline: u32,
    connection: Connection,
}

impl Found {
    fn hear(&mut self, place: usize, greeted: Result<Greeted, Failure>) {
        match greeted {
            Ok(Greeted {
                connection,
                role: Role::Primary { timeline },
            }) => {
                if self
                    .best
                    .as_ref()
                    .is_none_or(|best| best.timeline < timeline)
                {
                    self.best = Some(Best {
                        place,
                        timeline,
                        connection,
                    });
                }
            }
            Ok(_) => {}
            Err(failure) => {
                let is_mistake = |failure: &Failure| failure.advice().0 == ErrorKind::Configuration;
                if self.failure.is_none() || is_mistake(&failure) {
                    self.failure = Some(failure);
                }
            }
        }
    }
}
