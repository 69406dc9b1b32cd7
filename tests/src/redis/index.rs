//! The order indexes as they lie in the server, against the entries that do.

use std::collections::BTreeSet;

use redis::Value;
use typed_state::testing::TestResult;

use crate::servers::RedisServer;

/// How a prefix and a tag begin the name of every key: `<prefix>{<4 letters>}`.
const TAG: usize = 6;

/// What is wrong with the order indexes of a store on these servers: members without an entry, and entries of indexed
/// namespaces without a member.
///
/// # Errors
/// Where a server cannot be asked.
pub async fn index_errors(servers: &[&RedisServer], prefix: &str) -> TestResult<Vec<String>> {
    let mut wrong = Vec::new();
    for server in servers {
        let names = names(server, prefix).await?;
        let mut expected = BTreeSet::new();
        let mut found = BTreeSet::new();
        for name in &names {
            let (tag, rest) = name
                .split_at_checked(prefix.len() + TAG)
                .ok_or("a short name")?;
            if let Some(partitioned) = rest.strip_prefix(b"\0i") {
                for member in strings(server.command(&[b"ZRANGE", &name[..], b"0", b"-1"]).await?)?
                {
                    found.insert([tag, partitioned, &member].concat());
                }
            } else if !rest.starts_with(b"\0") {
                let head = server
                    .command(&[b"GETRANGE", &name[..], b"0", b"0"])
                    .await?;
                if strings(Value::Array(vec![head]))?.concat() == [0x11] {
                    expected.insert(name.clone());
                }
            }
        }
        let show = |name: &[u8]| name.escape_ascii().to_string();
        let dead = found
            .difference(&expected)
            .map(|name| format!("no entry {}", show(name)));
        let lost = expected
            .difference(&found)
            .map(|name| format!("no member {}", show(name)));
        wrong.extend(dead.chain(lost));
    }
    Ok(wrong)
}

/// How many keys there are of entries, and how many of indexes.
///
/// # Errors
/// Where a server cannot be asked.
pub async fn index_sizes(server: &RedisServer, prefix: &str) -> TestResult<(usize, usize)> {
    let names = names(server, prefix).await?;
    let of_indexes = names
        .iter()
        .filter(|name| name.get(prefix.len() + TAG) == Some(&0))
        .count();
    Ok((names.len() - of_indexes, of_indexes))
}

/// The names of all keys of a store that are alive.
async fn names(server: &RedisServer, prefix: &str) -> TestResult<Vec<Vec<u8>>> {
    let pattern = format!("{prefix}*");
    strings(server.command(&["KEYS", pattern.as_str()]).await?)
}

fn strings(value: Value) -> TestResult<Vec<Vec<u8>>> {
    let Value::Array(values) = value else {
        return Err(format!("{value:?} is no list").into());
    };
    values
        .into_iter()
        .map(|value| match value {
            Value::BulkString(bytes) => Ok(bytes),
            Value::Nil => Ok(Vec::new()),
            other => Err(format!("{other:?} is no string").into()),
        })
        .collect()
}
