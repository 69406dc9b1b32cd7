//! What the process that is killed writes, and what must be there afterwards.
//!
//! Task by task, round by round: a *pair* task writes the same number under two keys and a log entry, in one
//! commit of one partition. A *counted* task adds one to a counter that all of them share and writes a log
//! entry, in one commit over two partitions, and beside it an entry that soon expires.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;

use typed_state::backend::{
    Backend as _, Commit, Context, Effect, Expiry, Key, Mutation, Outcome, Projection, Scan, Scope,
    Ttl, decode_counter,
};
use typed_state::backends::Embedded;
use typed_state::testing::TestResult;
use typed_state::{Result, Revision};

/// Tasks from 0 on that write pairs.
pub const PAIR_TASKS: u64 = 3;
/// Tasks after them that count.
pub const COUNTED_TASKS: u64 = 3;
/// The partition of the counter.
const COUNTER: u64 = u64::MAX;

const NAMESPACE: &str = "crash";

/// What a store holds of the tasks' work.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// How many rounds of each task it holds.
    pub rounds: BTreeMap<u64, u64>,
    /// What the counter stands at.
    pub counter: u64,
}

impl Found {
    /// How many rounds of a task it holds.
    pub fn of(&self, task: u64) -> u64 {
        self.rounds.get(&task).copied().unwrap_or_default()
    }
}

fn key(task: u64, name: &[u8]) -> Result<Key> {
    let mut bytes = NAMESPACE.as_bytes().to_vec();
    bytes.push(0);
    bytes.extend_from_slice(&task.to_be_bytes());
    let partition_end = bytes.len();
    bytes.extend_from_slice(name);
    Key::new(bytes.as_slice(), partition_end)
}

fn log_key(task: u64, round: u64) -> Result<Key> {
    key(task, &[b"log", round.to_be_bytes().as_slice()].concat())
}

fn put(task: u64, name: &[u8], round: u64, expiry: Expiry) -> Result<Mutation> {
    Ok(Mutation::Put {
        key: key(task, name)?,
        value: round.to_be_bytes().to_vec().into(),
        expiry,
    })
}

/// The commit of a task's round.
fn commit(task: u64, round: u64) -> Result<Commit> {
    let revision = Revision::from_bits(task << 48 | round);
    let counted = task >= PAIR_TASKS;
    let scope = if counted {
        Scope::Store
    } else {
        Scope::Partition
    };
    let mut commit = Commit::new(revision, scope);
    if counted {
        commit.apply(Mutation::Add {
            key: key(COUNTER, b"counter")?,
            delta: 1,
            expiry: Expiry::Never,
        })?;
        let soon = Ttl::from_millis(i64::try_from(1 + round % 30).unwrap_or(1));
        let soon = soon.map_or(Expiry::Never, Expiry::After);
        let name = [b"brief", (round % 40).to_be_bytes().as_slice()].concat();
        commit.apply(put(task, &name, round, soon)?)?;
    } else {
        commit.apply(put(task, b"a", round, Expiry::Never)?)?;
        commit.apply(put(task, b"b", round, Expiry::Never)?)?;
    }
    commit.apply(Mutation::Put {
        key: log_key(task, round)?,
        value: round.to_be_bytes().to_vec().into(),
        expiry: Expiry::Never,
    })?;
    Ok(commit)
}

/// Commits a task's round; tells where the counter stands after it, for those who count.
pub async fn work(store: &Embedded, task: u64, round: u64) -> TestResult<Option<u64>> {
    match store.commit(&Context::new(), commit(task, round)?).await? {
        Outcome::Applied(effects) => match effects.first() {
            Some(Effect::Added(sum)) => Ok(Some(u64::try_from(*sum)?)),
            _ => Ok(None),
        },
        Outcome::Conflict(conflict) => Err(format!("without a condition: {conflict}").into()),
    }
}

/// Reads all that the store holds and checks that each commit is there wholly.
pub async fn inspect(store: &Embedded) -> TestResult<Found> {
    let mut numbers: BTreeMap<(u64, Vec<u8>), u64> = BTreeMap::new();
    let mut found = Found::default();
    let mut cursor = None;
    loop {
        let scan = Scan {
            namespace: NAMESPACE.to_owned(),
            projection: Projection::Entries,
            limit: NonZeroUsize::MIN.saturating_add(499),
            cursor,
        };
        let page = store.scan(&Context::new(), scan).await?;
        for item in page.items {
            let (task, name) = item.key.fields().split_at(8);
            let task = u64::from_be_bytes(task.try_into()?);
            if task == COUNTER {
                let sum = decode_counter(&item.entry.value).ok_or("it is no counter")?;
                found.counter = u64::try_from(sum)?;
                continue;
            }
            let number = u64::from_be_bytes(item.entry.value.as_ref().try_into()?);
            if let Some(round) = name.strip_prefix(b"log") {
                let round = u64::from_be_bytes(round.try_into()?);
                let expected = found.rounds.entry(task).or_default();
                if round != *expected || number != round {
                    let wrong = format!(
                        "task {task}: round {round} holds {number} where {expected} was expected"
                    );
                    return Err(wrong.into());
                }
                *expected += 1;
            } else if name.starts_with(b"brief") {
                if item.entry.ttl.is_none() {
                    return Err(format!("task {task}: {name:?} lost its time to live").into());
                }
            } else {
                numbers.insert((task, name.to_vec()), number);
            }
        }
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    whole(&found, &numbers)?;
    Ok(found)
}

fn whole(found: &Found, numbers: &BTreeMap<(u64, Vec<u8>), u64>) -> TestResult {
    for task in 0..PAIR_TASKS {
        let last = found.of(task).checked_sub(1);
        for name in [b"a", b"b"] {
            let number = numbers.get(&(task, name.to_vec())).copied();
            if number != last {
                let wrong =
                    format!("task {task}: the log ends with {last:?}, its pair holds {number:?}");
                return Err(wrong.into());
            }
        }
    }
    let counted: u64 = (PAIR_TASKS..PAIR_TASKS + COUNTED_TASKS)
        .map(|task| found.of(task))
        .sum();
    if counted != found.counter {
        let wrong = format!("{counted} rounds, and the counter says {}", found.counter);
        return Err(wrong.into());
    }
    Ok(())
}
