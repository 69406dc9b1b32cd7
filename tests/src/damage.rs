//! A store whose file is damaged on purpose: what it holds, and what reading all of it shows.
#![allow(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::num::NonZeroUsize;

use typed_state::Error;
use typed_state::backend::{
    Backend as _, Commit, Condition, Context, Direction, Key, KeyBytes, Mutation, Outcome,
    Projection, Range, Revision, Scope,
};
use typed_state::backends::Embedded;

/// How many entries it holds.
pub const ENTRIES_WRITTEN: usize = 600;

/// The key of an entry.
pub fn key(number: usize) -> Key {
    let bytes = format!("damage\0{number:05}");
    Key::new(bytes.as_bytes(), 7).unwrap()
}

/// The value of an entry.
pub fn value(number: usize) -> Vec<u8> {
    format!("the value of {number:05}, {}", "x".repeat(number % 50)).into_bytes()
}

/// All of it.
pub fn all(projection: Projection) -> Range {
    Range {
        start: KeyBytes::from(b"damage\0".as_slice()),
        end: KeyBytes::from(b"damage\x01".as_slice()),
        partition_end: None,
        direction: Direction::Forward,
        projection,
        limit: NonZeroUsize::MAX,
        cursor: None,
    }
}

/// Reads an entry.
///
/// # Errors
/// Where the store says that it is damaged.
pub async fn get(store: &Embedded, number: usize) -> Result<Option<Vec<u8>>, Error> {
    let entries = store.get(&Context::new(), &[key(number)]).await?;
    Ok(entries[0].as_ref().map(|entry| entry.value.to_vec()))
}

/// Commits under a condition.
///
/// # Errors
/// Where the store says that it is damaged.
pub async fn commit(
    store: &Embedded,
    condition: Option<Condition>,
    mutation: Option<Mutation>,
) -> Result<Outcome, Error> {
    let mut commit = Commit::new(Revision::from_bits(2), Scope::Partition);
    if let Some(condition) = condition {
        commit.require(condition).unwrap();
    }
    if let Some(mutation) = mutation {
        commit.apply(mutation).unwrap();
    }
    store.commit(&Context::new(), commit).await
}

/// What reading everything showed.
#[derive(Debug, Default)]
pub struct Reading {
    /// How many reads failed.
    pub errors: usize,
    /// Entries that were written and are not found, without an error.
    pub hidden: usize,
}

/// Reads every entry, one by one and as a range; what is found is what was written.
pub async fn read_all(store: &Embedded) -> Reading {
    let mut reading = Reading::default();
    for number in 0..ENTRIES_WRITTEN {
        match get(store, number).await {
            Ok(Some(found)) => assert_eq!(found, value(number), "a get of {number}"),
            Ok(None) => reading.hidden += 1,
            Err(_) => reading.errors += 1,
        }
    }
    match store.range(&Context::new(), all(Projection::Entries)).await {
        Ok(page) => {
            for item in &page.items {
                let number = std::str::from_utf8(item.key.fields()).unwrap();
                let number: usize = number.parse().unwrap();
                assert_eq!(item.entry.value, value(number), "a range at {number}");
            }
            reading.hidden += ENTRIES_WRITTEN - page.items.len().min(ENTRIES_WRITTEN);
            assert!(page.items.is_sorted_by(|a, b| a.key < b.key));
        }
        Err(_) => reading.errors += 1,
    }
    reading
}
