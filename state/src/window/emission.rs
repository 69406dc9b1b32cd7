use bytes::Bytes;

use super::bytes::{Reader, begin, put_bytes, put_i64, put_option, put_u64};
use super::contents::Coder;
use super::span::Window;
use crate::clock::Timestamp;
use crate::error::Result;
use crate::key::{KeyField, KeyReader};
use crate::value::StateValue;

/// When a window told a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Timing {
    /// While it was open.
    Early,
    /// When it closed.
    OnTime,
    /// After it had closed, for an input that came late.
    Late,
}

/// Which clock a timer follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TimeDomain {
    /// The watermark.
    Event,
    /// The clock on the wall.
    Processing,
}

/// What comes out of windows: it stays in the outbox until it is acknowledged.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Emission<K, O> {
    /// What a window says.
    Result {
        /// Of which key.
        key: K,
        /// Of which window.
        window: Window,
        /// When.
        timing: Timing,
        /// How many results this window told before.
        number: u64,
        /// What it says.
        output: O,
    },
    /// A result that was told does not stand any more: another follows, or its window became part of a larger one.
    Retraction {
        /// Of which key.
        key: K,
        /// Of which window.
        window: Window,
        /// What it said, where the rule is [`Updates::Retract`](super::Updates::Retract).
        output: Option<O>,
    },
    /// A timer fired.
    Timer {
        /// Of which key.
        key: K,
        /// What it was set to.
        time: Timestamp,
        /// Which clock it followed.
        domain: TimeDomain,
    },
}

/// The same of a key that is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Telling {
    Result {
        window: Window,
        timing: Timing,
        number: u64,
        output: Bytes,
    },
    Retraction {
        window: Window,
        output: Option<Bytes>,
    },
    Timer {
        time: i64,
        domain: TimeDomain,
    },
}

const RESULT: u8 = 0;
const RETRACTION: u8 = 1;
const TIMER: u8 = 2;

impl Telling {
    /// The bytes in the outbox.
    pub(super) fn encode(&self, key: &[u8]) -> Bytes {
        let mut out = begin();
        put_bytes(&mut out, key);
        match self {
            Self::Result {
                window,
                timing,
                number,
                output,
            } => {
                out.push(RESULT);
                put_i64(&mut out, window.start);
                put_i64(&mut out, window.end);
                out.push(*timing as u8);
                put_u64(&mut out, *number);
                put_bytes(&mut out, output);
            }
            Self::Retraction { window, output } => {
                out.push(RETRACTION);
                put_i64(&mut out, window.start);
                put_i64(&mut out, window.end);
                put_option(&mut out, output.as_ref(), |out, last| put_bytes(out, last));
            }
            Self::Timer { time, domain } => {
                out.push(TIMER);
                put_i64(&mut out, *time);
                out.push(*domain as u8);
            }
        }
        out.into()
    }
}

impl<K: KeyField, O: StateValue> Emission<K, O> {
    pub(super) fn decode(bytes: &Bytes, coder: &impl Coder) -> Result<Self> {
        let mut reader = Reader::begin("result of windows", bytes)?;
        let key = read_key(&reader.bytes()?).ok_or_else(|| reader.corrupt())?;
        let emission = match reader.byte()? {
            RESULT => Self::Result {
                key,
                window: Window::new(reader.i64()?, reader.i64()?),
                timing: match reader.byte()? {
                    0 => Timing::Early,
                    1 => Timing::OnTime,
                    2 => Timing::Late,
                    _ => return Err(reader.corrupt()),
                },
                number: reader.u64()?,
                output: coder.decode(&reader.bytes()?)?,
            },
            RETRACTION => Self::Retraction {
                key,
                window: Window::new(reader.i64()?, reader.i64()?),
                output: reader
                    .option(Reader::bytes)?
                    .map(|output| coder.decode(&output))
                    .transpose()?,
            },
            TIMER => Self::Timer {
                key,
                time: Timestamp::from_millis(reader.i64()?),
                domain: match reader.byte()? {
                    0 => TimeDomain::Event,
                    1 => TimeDomain::Processing,
                    _ => return Err(reader.corrupt()),
                },
            },
            _ => return Err(reader.corrupt()),
        };
        reader.end()?;
        Ok(emission)
    }

    /// The key that it is of.
    pub const fn key(&self) -> &K {
        match self {
            Self::Result { key, .. } | Self::Retraction { key, .. } | Self::Timer { key, .. } => {
                key
            }
        }
    }
}

/// A key, of all of the bytes.
pub(super) fn read_key<K: KeyField>(bytes: &[u8]) -> Option<K> {
    let mut reader = KeyReader::new(bytes);
    let key = K::decode_field(&mut reader).ok()?;
    reader.finish().ok()?;
    Some(key)
}
