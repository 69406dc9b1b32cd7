use std::fmt;
use std::sync::Arc;

use redis::Value;

/// The oldest version of the server that the store works with.
pub(super) const OLDEST: (u32, u32) = (7, 0);
/// The length of a run's name.
const RUN_ID_LEN: usize = 40;

/// One run of one server process: another after every restart.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(in crate::backends::redis) struct RunId(Arc<str>);

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Who a server says it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::backends::redis) struct Identity {
    pub(in crate::backends::redis) run_id: RunId,
    /// Major and minor.
    pub(in crate::backends::redis) version: (u32, u32),
    pub(super) cluster: bool,
    pub(super) sentinel: bool,
}

impl Identity {
    /// From the answer to `INFO server`.
    pub(super) fn read(answer: &Value) -> Option<Self> {
        let bytes = match answer {
            Value::BulkString(bytes) => bytes.as_slice(),
            Value::VerbatimString { text, .. } => text.as_bytes(),
            _ => return None,
        };
        let text = std::str::from_utf8(bytes).ok()?;
        let field = |name: &str| {
            text.lines()
                .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
                .map(str::trim_end)
        };
        let run_id = field("run_id").filter(|id| id.len() == RUN_ID_LEN)?;
        let mut numbers = field("redis_version")?.split('.');
        let mut number = || numbers.next()?.parse().ok();
        Some(Self {
            run_id: RunId(run_id.into()),
            version: (number()?, number()?),
            cluster: field("redis_mode") == Some("cluster"),
            sentinel: field("redis_mode") == Some("sentinel"),
        })
    }

    /// Whether the server is older than what the store works with.
    pub(super) fn is_too_old(&self) -> bool {
        self.version < OLDEST
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<Identity> {
        Identity::read(&Value::BulkString(text.into()))
    }

    #[test]
    fn a_server_says_who_it_is() {
        let run_id = "a".repeat(40);
        let text = format!(
            "# Server\r\nredis_version:6.0.16\r\nredis_mode:cluster\r\nrun_id:{run_id}\r\n"
        );
        let identity = read(&text).unwrap();
        assert_eq!(identity.version, (6, 0));
        assert!(identity.is_too_old() && identity.cluster);
        assert_eq!(&*identity.run_id.0, run_id);

        let newer = read(&text.replace("6.0.16", "7.0.0-rc1")).unwrap();
        assert!(!newer.is_too_old());
    }

    #[test]
    fn what_says_nothing_is_refused() {
        let run_id = "a".repeat(40);
        for text in [
            String::new(),
            format!("run_id:{run_id}\r\n"),
            format!("redis_version:x\r\nrun_id:{run_id}\r\n"),
            format!("redis_version:7\r\nrun_id:{run_id}\r\n"),
            "redis_version:7.0.15\r\nrun_id:short\r\n".to_owned(),
        ] {
            assert_eq!(read(&text), None, "{text:?}");
        }
        assert_eq!(Identity::read(&Value::Nil), None);
        assert_eq!(Identity::read(&Value::BulkString(vec![0xFF])), None);
    }
}
