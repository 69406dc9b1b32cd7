use std::borrow::Cow;
use std::io::Write as _;

use bytes::Bytes;
use redis::{Cmd, RedisWrite as _};

use super::script::Script;

/// One request to the node that owns a slot.
pub(in crate::backends::redis) struct Call {
    pub(in crate::backends::redis) slot: u16,
    pub(in crate::backends::redis) command: Command,
    pub(in crate::backends::redis) effect: Effect,
    pub(in crate::backends::redis) target: Target,
}

/// What is sent.
pub(in crate::backends::redis) enum Command {
    Plain(Cmd),
    /// Sent as `EVALSHA sha numkeys keys… deadline arguments…`; the deadline is that of the call less a second, in
    /// milliseconds of Unix time by the clock of the server.
    Script {
        script: &'static Script,
        keys: Vec<Bytes>,
        arguments: Vec<Bytes>,
    },
}

/// A command to add arguments to, with room for so many, of so many bytes together.
pub(in crate::backends::redis) fn command(verb: &str, arguments: usize, bytes: usize) -> Cmd {
    let mut command = Cmd::with_capacity(1 + arguments, verb.len() + bytes);
    command.arg(verb);
    command
}

/// Adds an argument that is made of parts.
pub(in crate::backends::redis) fn arg_of(command: &mut Cmd, parts: &[&[u8]]) {
    let mut argument = command.writer_for_next_arg();
    for part in parts {
        // Writing to a command does not fail.
        let _ = argument.write_all(part);
    }
}

/// What a request does, and so whether it may be sent again when its answer was lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::backends::redis) enum Effect {
    /// Changes nothing: sent again on a new connection.
    Read,
    /// Changes the same when it is applied twice. Its unknown outcome is reported.
    Idempotent,
    /// Its unknown outcome is reported.
    Write,
}

/// Which node of a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::backends::redis) enum Target {
    Primary,
    /// Any replica, which may be behind; the primary where none can answer.
    Replica,
}

impl Command {
    /// The command with `deadline` by the clock of the server that it goes to.
    pub(super) fn with_deadline(&self, deadline: impl FnOnce() -> i64) -> Cow<'_, Cmd> {
        match self {
            Self::Plain(command) => Cow::Borrowed(command),
            Self::Script {
                script,
                keys,
                arguments,
            } => Cow::Owned(script.command(keys, deadline(), arguments)),
        }
    }
}
