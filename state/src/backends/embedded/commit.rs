use bytes::Bytes;
use smallvec::SmallVec;

use super::Embedded;
use super::group::Group;
use super::record::{MAX_VALUE_LEN, Record};
use super::request::{Request, reply};
use crate::backend::{
    Commit, Condition, Conflict, Context, Effect, Expiry, FailedCondition, Key, Mutation, Outcome,
    Revision, WriteBatch, Written, add_to_counter, encode_counter,
};
use crate::clock::Timestamp;
use crate::error::{Error, ErrorKind, Result};

impl Embedded {
    pub(super) async fn send_commit(&self, cx: &Context, commit: Commit) -> Result<Outcome> {
        check_sizes(&commit)?;
        let context = *cx;
        self.ask(cx, |reply| Request::Commit(context, commit, reply))
            .await
    }

    /// Sends all as one request, so that they are one synchronisation of the file.
    pub(super) async fn send_commits(
        &self,
        cx: &Context,
        commits: Vec<Commit>,
    ) -> Vec<Result<Outcome>> {
        let mut asked = Vec::with_capacity(commits.len());
        let mut answers = Vec::with_capacity(commits.len());
        for commit in commits {
            let checked = cx.check().and_then(|()| check_sizes(&commit));
            answers.push(checked.map(|()| {
                let (reply, answer) = reply(cx);
                asked.push((commit, reply));
                answer
            }));
        }
        if !asked.is_empty() {
            // Where the writer is gone, the replies say so as they are dropped.
            self.tell(Request::Commits(*cx, asked));
        }
        let mut outcomes = Vec::with_capacity(answers.len());
        for answer in answers {
            outcomes.push(match answer {
                Ok(answer) => answer.wait().await,
                Err(refused) => Err(refused),
            });
        }
        outcomes
    }

    pub(super) async fn send_batch(&self, cx: &Context, batch: WriteBatch) -> Result<Written> {
        batch.refuse_metadata()?;
        for write in &batch.writes {
            if let Some(value) = write.value() {
                check_size(write.key(), value)?;
            }
        }
        let context = *cx;
        self.ask(cx, |reply| Request::Write(context, batch, reply))
            .await
    }
}

fn check_sizes(commit: &Commit) -> Result<()> {
    for mutation in commit.mutations() {
        if let Mutation::Put { key, value, .. } = mutation {
            check_size(key, value)?;
        }
    }
    Ok(())
}

fn check_size(key: &Key, value: &Bytes) -> Result<()> {
    if value.len() <= MAX_VALUE_LEN {
        return Ok(());
    }
    let message = format!(
        "the value has {} bytes, and {MAX_VALUE_LEN} is the limit; nothing was written",
        value.len()
    );
    Err(Error::new(ErrorKind::TooLarge, message).at_key(key))
}

/// Decides a commit and adds its changes to the group.
pub(super) fn decide(group: &mut Group<'_>, commit: Commit) -> Result<Outcome> {
    let now = group.now();
    let failed = failed_conditions(group, commit.conditions(), now)?;
    if !failed.is_empty() {
        return Ok(Outcome::Conflict(Conflict { failed }));
    }
    let revision = commit.revision();
    let effects: Result<SmallVec<[Effect; 1]>> = commit
        .into_mutations()
        .map(|mutation| mutate(group, mutation, revision, now))
        .collect();
    effects.map(Outcome::Applied)
}

/// Adds the changes of a batch to the group.
pub(super) fn decide_batch(group: &mut Group<'_>, batch: WriteBatch) -> Result<Written> {
    let now = group.now();
    let WriteBatch { revision, writes } = batch;
    let mut deleted = 0;
    for write in writes {
        let effect = mutate(group, write.into_mutation()?, revision, now)?;
        deleted += u64::from(effect == Effect::Deleted(true));
    }
    Ok(Written { deleted })
}

fn failed_conditions(
    group: &mut Group<'_>,
    conditions: &[Condition],
    now: Timestamp,
) -> Result<Vec<FailedCondition>> {
    let mut failed = Vec::new();
    for (index, condition) in conditions.iter().enumerate() {
        let key = condition.key();
        let current = group.live(key, now)?.map(|record| record.revision);
        if !condition.holds(current) {
            failed.push(FailedCondition {
                index,
                key: key.clone(),
                current,
            });
        }
    }
    Ok(failed)
}

fn mutate(
    group: &mut Group<'_>,
    mutation: Mutation,
    revision: Revision,
    now: Timestamp,
) -> Result<Effect> {
    match mutation {
        Mutation::Put { key, value, expiry } => {
            // The entry before it is looked up only where that matters.
            let earlier = match expiry {
                Expiry::Keep => group.live(&key, now)?.and_then(|record| record.expires),
                Expiry::Never | Expiry::After(_) => None,
            };
            let record = Record {
                value,
                revision,
                expires: expiry.resolve(now, earlier),
            };
            group.set(key, Some(record));
            Ok(Effect::Put)
        }
        Mutation::Delete { key } => {
            let (stored, existed) = match group.stored(&key) {
                Ok(Some(record)) => (true, record.is_live(now)),
                Ok(None) => (false, false),
                // A damaged entry is there, and deleting it is how to be rid of it.
                Err(error) if error.kind() == ErrorKind::Corrupt => (true, true),
                Err(error) => return Err(error),
            };
            if stored {
                group.set(key, None);
            }
            Ok(Effect::Deleted(existed))
        }
        Mutation::Touch { key, expiry } => {
            let Some(record) = group.live(&key, now)? else {
                return Ok(Effect::Touched(false));
            };
            let expires = expiry.resolve(now, record.expires);
            if expires != record.expires {
                group.set(key, Some(Record { expires, ..record }));
            }
            Ok(Effect::Touched(true))
        }
        Mutation::Add { key, delta, expiry } => {
            let earlier = group.live(&key, now)?;
            let value = earlier.as_ref().map(|record| record.value.as_ref());
            let sum = add_to_counter(value, delta).map_err(|error| error.at_key(&key))?;
            let record = Record {
                value: Bytes::copy_from_slice(&encode_counter(sum)),
                revision,
                expires: match earlier {
                    Some(record) => record.expires,
                    None => expiry.resolve(now, None),
                },
            };
            group.set(key, Some(record));
            Ok(Effect::Added(sum))
        }
    }
}
