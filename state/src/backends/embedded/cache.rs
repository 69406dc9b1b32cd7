//! Records in memory, in front of the engine, with reads as exact as the engine's own.
//!
//! # Why no read is stale
//!
//! A key is in one of four states here: *known* (its record, or that there is none), *in flight* (a commit is
//! changing it), *loading* (a reader reserved it and is asking the engine), or missing. Only the writer thread
//! changes the engine, one commit after the other, and it does so in this order:
//!
//! 1. [`mark`](Cache::mark) every key of the commit: in flight, over whatever stood there;
//! 2. the engine commits; from one moment on, which we call *the change*, every new read transaction sees it;
//! 3. [`store`](Cache::store) every key's new record, or absence;
//! 4. the callers are told.
//!
//! A reader that finds a key known answers from it. One that finds it in flight asks the engine and leaves the cache
//! alone. One that finds it missing reserves it (loading), *then* begins its read transaction, and puts what
//! it read there, which succeeds only if its own reservation still stands.
//!
//! - **What is known is what the engine has.** A record becomes known by 3, and then it is the engine's newest,
//!   or by a reader whose reservation still stands. Had a change of the key happened after his transaction began,
//!   then step 1 of that commit would have come after his reservation or before it. After: it replaced the reservation,
//!   and he cannot put anything. Before: the key was in flight, so there was nothing to reserve, until step 3 made it
//!   known, and that is after the change, so a reservation made after that reads it.
//! - **Old after new is impossible.** Let one reader see a new record, from the engine (a range, a snapshot, a key
//!   in flight) or from the cache. The change has happened, so step 1 has happened. Any read that begins later
//!   finds the key in flight, and asks the engine after the change; or known, put by step 3 of this commit or
//!   by something later; or missing, and then it asks the engine after the change.
//! - **An acknowledged write is seen.** Step 4 comes after step 3 for every key.
//! - **Eviction keeps all this**: it turns known into missing only. A mark weighs nothing, and the cache never
//!   evicts what weighs nothing. A reservation is no entry and is not evicted either.
//! - **A record too large to keep** replaces the mark by nothing (missing), which is always safe after the change.
//!   A reservation cannot stand at that moment, as the key is in flight.
//! - **When a commit fails** nobody knows which state the engine will have. The engine is closed first, so that
//!   no new read begins, then everything here is dropped, reservations included, and only then is the engine opened again.
//!
//! Waiting is left out on purpose: a reader that finds a key loading asks the engine too and puts nothing, so that no
//! reader depends on the progress of another.

use std::time::Duration;

use quick_cache::sync::{Cache as Entries, DefaultLifecycle, GuardResult, PlaceholderGuard};
use quick_cache::{DefaultHashBuilder, Weighter};

use super::record::Record;
use crate::backend::{Key, KeyBytes};

/// About what an entry takes in memory beside its key and its value.
const OVERHEAD: u64 = 192;

#[derive(Debug, Clone)]
enum State {
    InFlight,
    Known(Option<Record>),
}

#[derive(Debug, Clone, Copy)]
struct Weight;

impl Weighter<Key, State> for Weight {
    fn weight(&self, key: &Key, state: &State) -> u64 {
        match state {
            State::InFlight => 0,
            State::Known(record) => {
                let value = record.as_ref().map_or(0, |record| record.value.len());
                OVERHEAD + (key.as_bytes().len() + value) as u64
            }
        }
    }
}

/// See the module's text.
#[derive(Debug)]
pub(super) struct Cache(Entries<Key, State, Weight>);

/// The right to put what the engine says, for as long as nobody changes the key.
pub(super) struct Reservation<'a>(
    PlaceholderGuard<'a, Key, State, Weight, DefaultHashBuilder, DefaultLifecycle<Key, State>>,
);

/// The record under a key, or that there is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Known(pub(super) Option<Record>);

/// What a reader finds.
pub(super) enum Found<'a> {
    /// The record, or that there is none.
    Known(Option<Record>),
    /// Nothing: ask the engine, then fill.
    Reserved(Reservation<'a>),
    /// A change or another reader at work: ask the engine, and fill nothing.
    Busy,
}

impl Cache {
    /// A cache of about `bytes`.
    pub(super) fn new(bytes: usize) -> Self {
        let expected_entries = bytes / 512;
        Self(Entries::with_weighter(
            expected_entries,
            bytes as u64,
            Weight,
        ))
    }

    /// The record of a key if it is known, without a word about it otherwise.
    pub(super) fn get(&self, key: &Key) -> Option<Known> {
        match self.0.get(key)? {
            State::Known(record) => Some(Known(record)),
            State::InFlight => None,
        }
    }

    /// As [`get`](Self::get), without counting as a use of the key.
    pub(super) fn peek(&self, key: &Key) -> Option<Known> {
        match self.0.peek(key)? {
            State::Known(record) => Some(Known(record)),
            State::InFlight => None,
        }
    }

    /// The record of a key, or the right to fill it.
    pub(super) fn get_or_reserve(&self, key: &Key) -> Found<'_> {
        match self.0.get_value_or_guard(key, Some(Duration::ZERO)) {
            GuardResult::Value(State::Known(record)) => Found::Known(record),
            GuardResult::Value(State::InFlight) | GuardResult::Timeout => Found::Busy,
            GuardResult::Guard(guard) => Found::Reserved(Reservation(guard)),
        }
    }

    /// Step 1: the writer is about to change this key.
    pub(super) fn mark(&self, key: &Key) {
        self.0.insert(key.clone(), State::InFlight);
    }

    /// Step 3: the writer has changed this key.
    pub(super) fn store(&self, key: Key, record: Option<Record>) {
        self.0.insert(key, State::Known(record));
    }

    /// Forgets everything, reservations included; only while no read can begin.
    pub(super) fn clear(&self) {
        self.0.clear();
    }
}

impl Reservation<'_> {
    /// Puts what the engine said, unless the key was changed meanwhile.
    pub(super) fn fill(self, record: Option<Record>) {
        // The error gives back a record that is outdated, or too large.
        drop(self.0.insert(State::Known(record)));
    }
}

/// The key with bytes of its own: one that shares the buffer of a page would keep the whole page in memory.
pub(super) fn own(key: &Key) -> Key {
    Key::new(KeyBytes::from(key.as_bytes()), key.partition_end())
        .map_or_else(|_| key.clone(), |own| own.with_index(key.is_indexed()))
}
