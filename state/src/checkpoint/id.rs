use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::error::{Error, ErrorKind, Result};

/// The name of a checkpoint: when it was taken, in UTC, and eight random digits. Names sort as checkpoints were taken: one is named a
/// millisecond after the newest of its target where its clock is not past that.
///
/// ```text
/// 20261122T021530.123Z-9f3a2c1b
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CheckpointId(String);

/// `20261122T021530.123Z-9f3a2c1b`, with `0` for a digit and `f` for a hexadecimal one.
const SHAPE: &[u8] = b"00000000T000000.000Z-ffffffff";

impl CheckpointId {
    /// Of what was taken then.
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) where the year is not one of 0 to 9999.
    pub(super) fn new(taken_at: Timestamp, random: u64) -> Result<Self> {
        let time = jiff::Timestamp::from_millisecond(taken_at.as_millis());
        let time = time.map_err(|error| wrong("a time").with_source(error))?;
        let id = format!(
            "{}-{:08x}",
            time.strftime("%Y%m%dT%H%M%S.%3fZ"),
            random & 0xffff_ffff
        );
        id.parse()
    }

    /// Of what was taken then, and after `newest`: a millisecond later than that, where clocks would have it otherwise.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub(super) fn following(
        newest: Option<&Self>,
        taken_at: Timestamp,
        random: u64,
    ) -> Result<Self> {
        let later = newest
            .and_then(Self::time)
            .map(|time| time.saturating_add(1));
        Self::new(later.map_or(taken_at, |later| later.max(taken_at)), random)
    }

    fn time(&self) -> Option<Timestamp> {
        let (time, _) = self.0.split_once('-')?;
        let time: jiff::Timestamp = time.parse().ok()?;
        Some(Timestamp::from_millis(time.as_millisecond()))
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for CheckpointId {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let fits = |(shape, byte): (&u8, &u8)| match shape {
            b'0' => byte.is_ascii_digit(),
            b'f' => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
            literal => byte == literal,
        };
        if text.len() == SHAPE.len() && SHAPE.iter().zip(text.as_bytes()).all(fits) {
            return Ok(Self(text.to_owned()));
        }
        Err(wrong("the name of a checkpoint"))
    }
}

impl TryFrom<String> for CheckpointId {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        text.parse()
    }
}

impl From<CheckpointId> for String {
    fn from(id: CheckpointId) -> Self {
        id.0
    }
}

fn wrong(what: &'static str) -> Error {
    Error::new(
        ErrorKind::InvalidInput,
        format!("that is not {what}; a checkpoint is called like `20261122T021530.123Z-9f3a2c1b`"),
    )
}

impl fmt::Display for CheckpointId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
