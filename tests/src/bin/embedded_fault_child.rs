//! Serves commands from its standard input on an embedded store, one line an answer:
//! `embedded_fault_child DIRECTORY`, then lines of `write NUMBER`, `read NUMBER`, `count`, `close`.

use std::io::BufRead as _;
use std::num::NonZeroUsize;

use bytes::Bytes;
use typed_state::backend::{
    Backend as _, Commit, Context, Expiry, Key, Mutation, Outcome, Projection, Scan, Scope,
};
use typed_state::backends::Embedded;
use typed_state::testing::TestResult;
use typed_state::{Result, Revision};

/// Large enough that a few dozen of them do not fit into the file as it is created.
const VALUE: usize = 64 << 10;

#[tokio::main]
async fn main() -> TestResult {
    let directory = std::env::args().nth(1).ok_or("a directory is missing")?;
    let store = Embedded::open(directory).await?;
    println!("ready");
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let mut words = line.split(' ');
        let command = words.next().unwrap_or_default();
        let number = words.next().map(str::parse).transpose()?.unwrap_or(0_u64);
        let answer = match command {
            "write" => write(&store, number).await,
            "read" => read(&store, number).await,
            "count" => count(&store).await,
            "close" => store.close().await.map(|()| "closed".to_owned()),
            _ => return Err(format!("what is {line:?}?").into()),
        };
        println!(
            "{}",
            answer.unwrap_or_else(|error| format!("error {}", error.kind()))
        );
    }
    Ok(())
}

fn key(number: u64, name: &[u8]) -> Result<Key> {
    let bytes = [b"fault\0", number.to_be_bytes().as_slice(), name].concat();
    Key::new(bytes.as_slice(), 14)
}

/// Two keys in one commit.
async fn write(store: &Embedded, number: u64) -> Result<String> {
    let mut commit = Commit::new(Revision::from_bits(number), Scope::Partition);
    for name in [b"a", b"b"] {
        commit.apply(Mutation::Put {
            key: key(number, name)?,
            value: Bytes::from(vec![number.to_be_bytes()[7]; VALUE]),
            expiry: Expiry::Never,
        })?;
    }
    match store.commit(&Context::new(), commit).await? {
        Outcome::Applied(_) => Ok("written".to_owned()),
        Outcome::Conflict(_) => Ok("conflict".to_owned()),
    }
}

async fn read(store: &Embedded, number: u64) -> Result<String> {
    let keys = [key(number, b"a")?, key(number, b"b")?];
    let entries = store.get(&Context::new(), &keys).await?;
    let whole = |value: &Bytes| {
        value.len() == VALUE && value.iter().all(|byte| *byte == number.to_be_bytes()[7])
    };
    Ok(match entries.as_slice() {
        [None, None] => "absent",
        [Some(a), Some(b)] if whole(&a.value) && whole(&b.value) => "whole",
        _ => "torn",
    }
    .to_owned())
}

async fn count(store: &Embedded) -> Result<String> {
    let mut count = 0;
    let mut cursor = None;
    loop {
        let scan = Scan {
            namespace: "fault".to_owned(),
            projection: Projection::Entries,
            limit: NonZeroUsize::MAX,
            cursor,
        };
        let page = store.scan(&Context::new(), scan).await?;
        count += page.items.len();
        cursor = page.next;
        if cursor.is_none() {
            return Ok(count.to_string());
        }
    }
}
