//! Many entries at once: how they are written, and what is read of those that expire and those that do not.

use std::num::NonZeroUsize;
use std::time::Duration;

use bytes::Bytes;
use typed_state::Ttl;
use typed_state::backend::{Backend as _, Context, Expiry, Key, Revision, Write, WriteBatch};
use typed_state::backends::{Redis, RedisConfig};
use typed_state::testing::TestResult;
use typed_state_tests::servers::RedisServer;

/// More than one command reads, and more than one `MSET` has here.
const ENTRIES: usize = 2_500;
const BATCH: u32 = 2_400;
/// As it is unless it is said.
const USUAL: u32 = 100;

fn key(number: usize) -> Key {
    let bytes = format!("bulk\0{number:05}");
    Key::new(bytes.as_bytes(), bytes.len()).unwrap()
}

fn value(number: usize) -> Bytes {
    format!("value {number}").into()
}

/// Puts all, of which every `brief`th expires.
async fn put_all(redis: &Redis, brief: Option<usize>) -> TestResult {
    let ttl = Ttl::new(Duration::from_mins(1))?;
    let put = |number| Write::Put {
        key: key(number),
        value: value(number),
        expiry: match brief {
            Some(brief) if number % brief == 0 => Expiry::After(ttl),
            _ => Expiry::Never,
        },
    };
    let batch = WriteBatch {
        revision: Revision::from_bits(7),
        writes: (0..ENTRIES).map(put).collect(),
    };
    redis.write(&Context::new(), batch).await?;
    Ok(())
}

/// By both ways that tell times to live: keys that are named, of which the last is not there, and a snapshot.
async fn check_all(redis: &Redis, brief: Option<usize>) -> TestResult {
    let cx = Context::new().with_lifetimes();
    let keys: Vec<Key> = (0..=ENTRIES).map(key).collect();
    let mut named = redis.get(&cx, &keys).await?;
    assert_eq!(named.pop().unwrap(), None);
    let mut snapshot = redis.snapshot(&cx, None).await?;
    let mut seen = Vec::new();
    loop {
        let page = snapshot.next(NonZeroUsize::new(1_000).unwrap()).await?;
        if page.is_empty() {
            break;
        }
        seen.extend(page);
    }
    seen.sort_by(|a, b| a.key.cmp(&b.key));
    assert_eq!(seen.len(), ENTRIES);
    let seen = seen.into_iter().map(|item| item.entry);
    for (number, (named, seen)) in named.into_iter().zip(seen).enumerate() {
        let expires = brief.is_some_and(|brief| number % brief == 0);
        for entry in [named.unwrap(), seen] {
            assert_eq!(entry.value, value(number));
            assert_eq!(entry.revision, Revision::from_bits(7));
            assert_eq!(entry.ttl.is_some(), expires, "{number}");
            assert!(entry.ttl.is_none_or(|ttl| ttl.as_millis() <= 60_000));
        }
    }
    Ok(())
}

async fn open(server: &RedisServer, batch: u32) -> TestResult<Redis> {
    let config = RedisConfig::url(&server.url()?).pipeline_batch_size(batch);
    Ok(Redis::open(&config.build()?).await?)
}

#[tokio::test]
async fn entries_without_an_expiry_are_one_command() -> TestResult {
    let server = RedisServer::options().start().await?;
    let redis = open(&server, BATCH).await?;
    put_all(&redis, None).await?;
    assert_eq!(server.calls_of("mset").await?, 2);
    assert_eq!(server.calls_of("set").await?, 0);
    check_all(&redis, None).await?;
    // Nobody asks for times where there are none.
    assert_eq!(server.calls_of("pttl").await?, 0);
    assert_eq!(server.calls_of("pexpiretime").await?, 0);
    // One that expires under another name is enough to ask all.
    server.command(&["SET", "other", "x", "EX", "60"]).await?;
    check_all(&redis, None).await?;
    assert!(server.calls_of("pttl").await? >= ENTRIES as u64);
    Ok(())
}

#[tokio::test]
async fn among_many_entries_each_has_its_own_expiry() -> TestResult {
    let server = RedisServer::options().start().await?;
    let redis = open(&server, BATCH).await?;
    put_all(&redis, Some(7)).await?;
    check_all(&redis, Some(7)).await?;
    // What was put without one before.
    put_all(&redis, None).await?;
    check_all(&redis, None).await?;
    Ok(())
}

/// Who may not ask whether anything expires asks every entry.
#[tokio::test]
async fn times_to_live_need_no_right_to_ask_for_all() -> TestResult {
    let server = RedisServer::options().start().await?;
    let rules = ["ACL", "SETUSER", "default", "-info"];
    let redis = open(&server, USUAL).await?;
    server.command(&rules).await?;
    for brief in [None, Some(3)] {
        put_all(&redis, brief).await?;
        check_all(&redis, brief).await?;
    }
    Ok(())
}

/// Of writes to one key the last counts, wherever it is among many.
#[tokio::test]
async fn a_key_that_is_put_twice_has_what_came_last() -> TestResult {
    let server = RedisServer::options().start().await?;
    let redis = open(&server, USUAL).await?;
    let put = |number: usize, text: &'static str| Write::Put {
        key: key(number),
        value: Bytes::from_static(text.as_bytes()),
        expiry: Expiry::Never,
    };
    let mut writes: Vec<Write> = (0..300).map(|number| put(number, "first")).collect();
    writes.extend([put(5, "second"), put(7, "second"), put(5, "third")]);
    writes.push(Write::Delete { key: key(9) });
    let revision = Revision::from_bits(1);
    let batch = WriteBatch { revision, writes };
    assert_eq!(redis.write(&Context::new(), batch).await?.deleted, 1);
    let keys = [4, 5, 7, 9].map(key);
    let found = redis.get(&Context::new(), &keys).await?;
    let found: Vec<_> = found
        .iter()
        .map(|entry| entry.as_ref().map(|entry| &entry.value[..]))
        .collect();
    assert_eq!(
        found,
        [Some(&b"first"[..]), Some(b"third"), Some(b"second"), None]
    );
    Ok(())
}
