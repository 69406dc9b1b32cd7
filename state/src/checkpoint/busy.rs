//! Who is at work in a target, so that no chunk is deleted that somebody is about to name.
//!
//! Who creates and who sweeps say so before they look at who else does: so of two that begin together one sees the other
//! at least. Creating gives way, and sweeping leaves the chunks.

use std::time::Duration;

use bytes::Bytes;
use tokio::time::Instant;

use super::id::CheckpointId;
use super::target::{Object, Target};
use crate::error::{Error, ErrorKind, Result};

const FOLDER: &str = "busy";

/// What somebody does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Work {
    Create,
    Sweep,
}

impl Work {
    const fn prefix(self) -> &'static str {
        match self {
            Self::Create => "busy/create-",
            Self::Sweep => "busy/sweep-",
        }
    }

    /// How old what somebody said may be, by the target's clock, until he is taken for dead.
    const fn life(self) -> Duration {
        match self {
            Self::Create => Duration::from_hours(24),
            // Nobody can create meanwhile, so the dead must not keep them for long.
            Self::Sweep => Duration::from_mins(15),
        }
    }
}

/// That this process is at work: an object, replaced by another before it is old.
#[derive(Debug)]
pub(super) struct Busy<'t, T> {
    target: &'t T,
    work: Work,
    id: CheckpointId,
    turn: u32,
    said: Instant,
}

impl<'t, T: Target> Busy<'t, T> {
    /// Says it.
    pub(super) async fn say(target: &'t T, work: Work, id: CheckpointId) -> Result<Self> {
        let mut busy = Self {
            target,
            work,
            id,
            turn: 0,
            said: Instant::now(),
        };
        busy.put().await?;
        Ok(busy)
    }

    fn name(&self) -> String {
        format!("{}{}.{}", self.work.prefix(), self.id, self.turn)
    }

    async fn put(&mut self) -> Result<()> {
        let asked = Instant::now();
        // An object of that name is ours: an answer was lost on the way.
        self.target.create(&self.name(), Bytes::new()).await?;
        self.said = asked;
        Ok(())
    }

    /// The objects of others who do this and are not taken for dead; removes those of the dead.
    pub(super) async fn others(&self, work: Work) -> Result<Vec<Object>> {
        let objects = self.target.list(FOLDER).await?;
        let own = self.name();
        let now = objects.iter().find(|object| object.name == own);
        let Some(now) = now.map(|own| own.created.as_millis()) else {
            return Err(gone(&own));
        };
        let mut alive = Vec::new();
        for object in objects {
            if object.name == own || !object.name.starts_with(work.prefix()) {
                continue;
            }
            let age = now.saturating_sub(object.created.as_millis());
            if u128::try_from(age).is_ok_and(|age| age >= work.life().as_millis()) {
                self.target.delete(&object.name).await?;
            } else {
                alive.push(object);
            }
        }
        Ok(alive)
    }

    /// Says it again where it is time to; to be called all along.
    ///
    /// # Errors
    /// [`ErrorKind::Unavailable`] where nothing was said for so long that others may take this one for dead.
    pub(super) async fn still(&mut self) -> Result<()> {
        let silent = self.said.elapsed();
        if silent >= self.work.life() / 2 {
            return Err(gone(&self.name()));
        }
        if silent >= self.work.life() / 15 {
            let old = self.name();
            self.turn += 1;
            self.put().await?;
            self.target.delete(&old).await?;
        }
        Ok(())
    }

    /// Takes it back.
    pub(super) async fn done(self) -> Result<()> {
        self.target.delete(&self.name()).await
    }
}

fn gone(name: &str) -> Error {
    Error::new(
        ErrorKind::Unavailable,
        format!(
            "this process was silent for so long that others may have taken it for dead (`{name}`), so it stopped; try again"
        ),
    )
}
