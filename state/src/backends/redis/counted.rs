//! Commits that put an entry where there is none and add to another, in one short script: each grant of a lock is one.

use bytes::Bytes;

use super::Redis;
use super::commit::{Scripted, expiry_text, text};
use super::layout::Place;
use super::link::Command;
use super::record::{self, Header};
use super::script::COUNTED;
use crate::backend::{Commit, Condition, Key, Mutation};
use crate::error::Result;

impl Redis {
    /// The commit as the script reads it; `None` where it is another.
    pub(super) fn counted(&self, commit: &Commit, place: Place) -> Result<Option<Scripted>> {
        let [Condition::Absent(absent)] = commit.conditions() else {
            return Ok(None);
        };
        let [
            Mutation::Put { key, value, expiry },
            Mutation::Add {
                key: counter,
                delta,
                expiry: of_new,
            },
        ] = commit.mutations()
        else {
            return Ok(None);
        };
        if absent != key || counter == key || key.is_indexed() || counter.is_indexed() {
            return Ok(None);
        }
        let revision = commit.revision();
        let name = |key: &Key| self.layout.entry(place, key.as_bytes());
        Ok(Some(Scripted {
            command: Command::Script {
                script: &COUNTED,
                keys: vec![name(key), name(counter)],
                arguments: vec![
                    record::encode(key, revision, value)?,
                    expiry_text(*expiry),
                    Bytes::copy_from_slice(&Header::of(counter, revision).encode()),
                    text(&(delta >> 32)),
                    text(&(delta & 0xFFFF_FFFF)),
                    expiry_text(*of_new),
                ],
            },
            keys: vec![key.clone(), counter.clone()],
        }))
    }
}
