//! Against servers that run.

mod cluster;
mod faults;
mod replicas;
mod secrets;
mod sentinel;
mod server;
mod standalone;
mod transport;

use std::time::Duration;

use bytes::Bytes;
use redis::{Cmd, Value};
use secrecy::SecretString;

use super::failure::Sent;
use super::*;
use crate::backend::Deadline;
use crate::error::Error;

/// Adds one to a counter and says the deadline that it was given and the time by the server's clock.
static COUNT: Script = Script::new(
    "local now = redis.call('TIME')
     redis.call('INCR', KEYS[1])
     return {ARGV[1], now[1] * 1000 + math.floor(now[2] / 1000), ARGV[2]}",
);
/// Refuses what comes too late, with an error of its own.
static LATE: Script = Script::new("return redis.error_reply('PASTDEADLINE too late')");
static SCRIPTS: [&Script; 2] = [&COUNT, &LATE];

fn settings(mode: Mode) -> Settings {
    Settings {
        mode,
        credentials: Credentials::default(),
        database: 0,
        client_name: "typed-state".into(),
        tls: None,
        tcp: Tcp {
            reach: Arc::default(),
            keepalive: Some(Duration::from_secs(5)),
            user_timeout: Some(Duration::from_secs(3)),
        },
        connect_timeout: Duration::from_secs(2),
        command_timeout: Duration::from_secs(5),
        connections: 1,
        pool: PoolSettings {
            min: 1,
            max: 4,
            timeout: Duration::from_millis(500),
        },
        pipeline_batch_size: 100,
        durable: None,
    }
}

fn standalone(server: &server::Server) -> Settings {
    settings(Mode::Standalone {
        server: server.address(),
    })
}

fn password(text: &str) -> Credentials {
    Credentials {
        username: None,
        password: Some(SecretString::from(text)),
    }
}

async fn open(settings: Settings) -> Link {
    Link::open(settings, &SCRIPTS).await.unwrap()
}

async fn refused(settings: Settings) -> Error {
    match Link::open(settings, &SCRIPTS).await {
        Ok(_) => panic!("opened"),
        Err(error) => error,
    }
}

fn within(millis: u64) -> Context {
    Context::new().with_deadline(Deadline::after(Duration::from_millis(millis)).unwrap())
}

fn command(words: &[&str]) -> Cmd {
    let mut command = Cmd::new();
    for word in words {
        command.arg(*word);
    }
    command
}

/// A command about the key that is its second word.
fn plain(effect: Effect, words: &[&str]) -> Call {
    Call {
        slot: words.get(1).map_or(0, |key| slot_of(tag(key).as_bytes())),
        command: Command::Plain(command(words)),
        effect,
        target: Target::Primary,
    }
}

fn read(words: &[&str]) -> Call {
    plain(Effect::Read, words)
}

fn write(words: &[&str]) -> Call {
    plain(Effect::Write, words)
}

fn count(key: &'static str) -> Call {
    Call {
        slot: slot_of(tag(key).as_bytes()),
        command: Command::Script {
            script: &COUNT,
            keys: vec![Bytes::from_static(key.as_bytes())],
            arguments: vec![Bytes::from_static(b"x")],
        },
        effect: Effect::Write,
        target: Target::Primary,
    }
}

fn tag(key: &str) -> &str {
    let inner = key
        .split_once('{')
        .and_then(|(_, rest)| rest.split_once('}'));
    inner.map_or(key, |(tag, _)| tag)
}

fn bulk(text: &str) -> Value {
    Value::BulkString(text.into())
}
