use std::num::NonZeroU32;
use std::sync::Arc;

use bytes::Bytes;

use super::assign::Assigner;
use super::bytes::{Reader, begin, put_bytes, put_u64};
use super::numbers::Numbers;
use super::rules::Rules;
use super::{names, wrong};
use crate::backend::{Backend, Commit, Condition, Expiry, Mutation, Outcome, Scope};
use crate::clock::Clock;
use crate::error::{Error, ErrorKind, Result};
use crate::store::Store;

/// What windows are, for all of their shards.
#[derive(Debug)]
pub(super) struct Definition<B, W> {
    pub(super) store: Store<B>,
    pub(super) name: String,
    pub(super) shards: NonZeroU32,
    pub(super) windowing: W,
    pub(super) rules: Rules,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) numbers: Numbers,
}

/// What is stored of it, so that nobody goes on with another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stored {
    pub(super) shards: NonZeroU32,
    windowing: String,
    accumulator: String,
}

impl Stored {
    fn encode(&self) -> Bytes {
        let mut out = begin();
        put_u64(&mut out, self.shards.get().into());
        put_bytes(&mut out, self.windowing.as_bytes());
        put_bytes(&mut out, self.accumulator.as_bytes());
        out.into()
    }

    pub(super) fn decode(bytes: &Bytes) -> Result<Self> {
        let mut reader = Reader::begin("definition of windows", bytes)?;
        let shards = u32::try_from(reader.u64()?).ok().and_then(NonZeroU32::new);
        let stored = Self {
            shards: shards.ok_or_else(|| reader.corrupt())?,
            windowing: reader.text()?,
            accumulator: reader.text()?,
        };
        reader.end()?;
        Ok(stored)
    }

    /// What is stored under a name, where there is nothing what is asked for; another than that is refused.
    pub(super) async fn open<B: Backend>(
        store: &Store<B>,
        name: &str,
        shards: Option<NonZeroU32>,
        windowing: &impl Assigner,
        accumulator: &str,
    ) -> Result<Self> {
        let key = names::definition(name)?;
        let wanted = Self {
            shards: shards.unwrap_or(NonZeroU32::MIN),
            windowing: windowing.describe(),
            accumulator: accumulator.to_owned(),
        };
        let cx = store.context("windows");
        loop {
            let entries = store.backend().get(&cx, std::slice::from_ref(&key)).await?;
            if let Some(entry) = entries.into_iter().next().flatten() {
                let stored = Self::decode(&entry.value).map_err(|error| error.at_key(&key))?;
                stored.check(name, shards, &wanted)?;
                return Ok(stored);
            }
            let mut commit = Commit::new(store.new_revision(), Scope::Partition);
            commit.require(Condition::Absent(key.clone()))?;
            commit.apply(Mutation::Put {
                key: key.clone(),
                value: wanted.encode(),
                expiry: Expiry::Never,
            })?;
            if let Outcome::Applied(_) = store.backend().commit(&cx, commit).await? {
                return Ok(wanted);
            }
        }
    }

    fn check(&self, name: &str, shards: Option<NonZeroU32>, wanted: &Self) -> Result<()> {
        let differs = |what: &str,
                       stored: &dyn std::fmt::Display,
                       asked: &dyn std::fmt::Display| {
            wrong(format!(
                "the windows `{name}` were made with {what} {stored}, and are opened with {asked}; what is stored cannot be \
                 carried over: open them as they were made, or under another name"
            ))
        };
        if let Some(asked) = shards.filter(|asked| *asked != self.shards) {
            return Err(differs("a number of shards of", &self.shards, &asked));
        }
        if self.windowing != wanted.windowing {
            return Err(differs(
                "windows that are",
                &self.windowing,
                &wanted.windowing,
            ));
        }
        if self.accumulator != wanted.accumulator {
            return Err(differs(
                "the accumulator",
                &self.accumulator,
                &wanted.accumulator,
            ));
        }
        Ok(())
    }
}

/// Refuses a name that could not be that of a key type.
pub(super) fn check_name(name: &str) -> Result<()> {
    let mut bytes = name.bytes();
    let begins = bytes.next().is_some_and(|byte| byte.is_ascii_lowercase());
    let goes_on = bytes
        .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_.-".contains(&byte));
    if begins && goes_on && name.len() <= crate::backend::MAX_NAMESPACE_LEN {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::Configuration,
        format!(
            "`{name}` is no name of windows: 1 to 64 of a-z, 0-9, `_`, `.`, `-`, beginning with a letter"
        ),
    ))
}
