use std::time::Duration;

use typed_state::Result;
use typed_state::backend::{Announcer, Commit, Context, Key, Mutation, Notify, Watch, WriteBatch};

use super::{Flaw, Flawed};

/// Tells of what a request changes, sooner or later, as the flaw has it.
pub(super) struct Telling<'a> {
    announcer: &'a Announcer,
    keys: Vec<Key>,
}

impl Flawed {
    pub(super) async fn telling_of_commit(&self, commit: &Commit) -> Telling<'_> {
        let told = |mutation: &&Mutation| {
            !(self.has(Flaw::TellsNoTouch) && matches!(mutation, Mutation::Touch { .. }))
        };
        let mutations = commit.mutations().iter().filter(told);
        self.telling(mutations.map(|it| it.key().clone()).collect())
            .await
    }

    pub(super) async fn telling_of_batch(&self, batch: &WriteBatch) -> Telling<'_> {
        let told = if self.has(Flaw::TellsHalfABatch) {
            2
        } else {
            1
        };
        let writes = batch.writes.iter().step_by(told);
        self.telling(writes.map(|it| it.key().clone()).collect())
            .await
    }

    async fn telling(&self, keys: Vec<Key>) -> Telling<'_> {
        let telling = Telling {
            announcer: &self.announcer,
            keys,
        };
        if !self.has(Flaw::TellsTooEarly) {
            return telling;
        }
        drop(telling);
        tokio::time::sleep(Duration::from_millis(2)).await;
        Telling {
            announcer: &self.announcer,
            keys: Vec::new(),
        }
    }
}

impl Drop for Telling<'_> {
    fn drop(&mut self) {
        self.keys
            .iter()
            .for_each(|key| self.announcer.tell_changed(key));
    }
}

impl Notify for Flawed {
    async fn watch(&self, _: &Context) -> Result<Watch> {
        Ok(self.announcer.watch())
    }
}
