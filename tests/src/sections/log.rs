use std::collections::BTreeMap;

use typed_state::backend::Backend;
use typed_state::testing::TestResult;
use typed_state::{Error, Store};

use super::{Event, Sections};

/// What all workers told of their sections.
#[derive(Debug, Default)]
pub struct Log {
    /// The last that was told of each fence.
    fates: BTreeMap<u64, Event>,
    /// Fences that were granted more than once.
    twice: Vec<u64>,
    /// What was done to the workers.
    pub kills: usize,
    /// The same.
    pub pauses: usize,
}

/// What became of all sections. `lost` and `wrong` are to be empty.
#[derive(Debug, Default)]
pub struct Outcome {
    /// How many writes were acknowledged.
    pub done: usize,
    /// How many may have been applied: nothing was told of them any more, or that nobody knows.
    pub unknown: usize,
    /// How many were refused, and so done by somebody else.
    pub refused: usize,
    /// Fences whose writes were acknowledged and are not there.
    pub lost: Vec<u64>,
    /// What else cannot be.
    pub wrong: Vec<String>,
}

impl Log {
    /// Takes down what a worker told.
    pub fn note(&mut self, event: Event) {
        let (Event::Begun(fence)
        | Event::Done(fence)
        | Event::Unknown(fence)
        | Event::Refused(fence)) = event;
        let before = self.fates.insert(fence, event);
        if matches!(event, Event::Begun(_)) && before.is_some() {
            self.twice.push(fence);
        }
    }

    /// Adds what others told.
    pub fn merge(&mut self, other: Self) {
        for (fence, event) in other.fates {
            if self.fates.insert(fence, event).is_some() {
                self.twice.push(fence);
            }
        }
        self.twice.extend(other.twice);
        self.kills += other.kills;
        self.pauses += other.pauses;
    }

    /// Compares what was told with what is there, once no worker writes any more.
    ///
    /// # Errors
    /// Where the store does not answer.
    ///
    /// Cancellation: without effect.
    pub async fn audit<B: Backend>(&self, store: &Store<B>, key: Sections) -> TestResult<Outcome> {
        let there = patient(store, key).await?;
        let mut outcome = Outcome::default();
        let mut wrong = |what: String| outcome.wrong.push(what);
        if !self.twice.is_empty() {
            wrong(format!("granted twice: {:?}", self.twice));
        }
        for (&before, &after) in there.iter().zip(there.iter().skip(1)) {
            if before >= after {
                wrong(format!("{after} wrote after {before}"));
            }
        }
        for fence in &there {
            match self.fates.get(fence) {
                Some(Event::Refused(_)) => wrong(format!("{fence} is there and was refused")),
                None => wrong(format!("{fence} is there and was granted to nobody")),
                Some(_) => {}
            }
        }
        for (fence, event) in &self.fates {
            match event {
                Event::Done(_) => outcome.done += 1,
                Event::Begun(_) | Event::Unknown(_) => outcome.unknown += 1,
                Event::Refused(_) => outcome.refused += 1,
            }
            if matches!(event, Event::Done(_)) && !there.contains(fence) {
                outcome.lost.push(*fence);
            }
        }
        Ok(outcome)
    }
}

impl Outcome {
    /// Fails where anything is lost or otherwise not as it must be.
    ///
    /// # Panics
    /// Then.
    pub fn check(&self) {
        assert_eq!(self.wrong, [""; 0], "{self:?}");
        assert_eq!(self.lost, [0; 0], "{self:?}");
    }
}

/// Reads while servers still come back.
async fn patient<B: Backend>(store: &Store<B>, key: Sections) -> Result<Vec<u64>, Error> {
    let mut tries = 0;
    loop {
        match store.get(&key).await {
            Ok(found) => return Ok(found.unwrap_or_default().0),
            Err(error) if error.is_retryable() && tries < 200 => tries += 1,
            Err(error) => return Err(error),
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}
