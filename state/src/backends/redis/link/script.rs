use std::sync::OnceLock;

use bytes::Bytes;
use redis::Cmd;

use super::call::command;

/// The length of a digest in hexadecimal.
const DIGEST_LEN: usize = 40;
/// How many digits the number of keys and the deadline have, at the most that matters.
const NUMBERS_LEN: usize = 16;
/// How much less than it is a script gets the deadline: a second, in milliseconds.
const LESS: i64 = 1000;

/// A Lua script, known to a server by the digest of its source.
///
/// The first server that loads it says the digest, and every other must say the same.
pub(in crate::backends::redis) struct Script {
    source: &'static str,
    digest: OnceLock<Box<str>>,
}

impl Script {
    /// A script of constant text; what varies is in its keys and arguments.
    pub(in crate::backends::redis) const fn new(source: &'static str) -> Self {
        Self {
            source,
            digest: OnceLock::new(),
        }
    }

    /// The command that makes the script known to a server.
    pub(super) fn load(&self) -> Cmd {
        let mut command = redis::cmd("SCRIPT");
        command.arg("LOAD").arg(self.source);
        command
    }

    /// Takes note of the digest that a server said; `false` where it is not that of this script.
    pub(super) fn loaded(&self, digest: &[u8]) -> bool {
        let Ok(text) = std::str::from_utf8(digest) else {
            return false;
        };
        text.len() == DIGEST_LEN
            && text.bytes().all(|byte| byte.is_ascii_hexdigit())
            && **self.digest.get_or_init(|| text.into()) == *text
    }

    /// The command that runs it; with its source where no server has said its digest yet.
    pub(super) fn command(&self, keys: &[Bytes], deadline: i64, arguments: &[Bytes]) -> Cmd {
        let (verb, script) = match self.digest.get() {
            Some(digest) => ("EVALSHA", &**digest),
            None => ("EVAL", self.source),
        };
        let given = keys.iter().chain(arguments);
        let bytes = given.map(Bytes::len).sum::<usize>() + script.len() + NUMBERS_LEN;
        let mut command = command(verb, 3 + keys.len() + arguments.len(), bytes);
        command.arg(script).arg(keys.len());
        for key in keys {
            command.arg(&**key);
        }
        command.arg(deadline - LESS);
        for argument in arguments {
            command.arg(&**argument);
        }
        command
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_digest_that_came_first_is_believed() {
        let script = Script::new("return 1");
        for digest in [&b""[..], b"abc", &[0xFF; 40], &[b'z'; 40]] {
            assert!(!script.loaded(digest), "{digest:?}");
        }
        assert!(script.loaded(&[b'a'; 40]));
        assert!(script.loaded(&[b'a'; 40]));
        assert!(!script.loaded(&[b'b'; 40]));
    }

    #[test]
    fn the_deadline_is_the_first_argument() {
        let script = Script::new("return 1");
        let keys = [Bytes::from_static(b"k")];
        let packed = |script: &Script| script.command(&keys, 1017, &keys).get_packed_command();
        assert_eq!(
            packed(&script),
            b"*6\r\n$4\r\nEVAL\r\n$8\r\nreturn 1\r\n$1\r\n1\r\n$1\r\nk\r\n$2\r\n17\r\n$1\r\nk\r\n"
        );
        assert!(script.loaded(&[b'a'; 40]));
        assert!(packed(&script).starts_with(b"*6\r\n$7\r\nEVALSHA\r\n$40\r\naaaa"));
    }
}
