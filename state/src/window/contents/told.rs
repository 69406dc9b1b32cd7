use bytes::Bytes;

use super::super::bytes::{Reader, put_bytes, put_option, put_u64};
use super::super::emission::{Telling, Timing};
use super::super::rules::Updates;
use super::super::span::Window;
use super::{Coder, Turn};
use crate::error::Result;
use crate::value::StateValue;

/// What a window has told so far.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Told {
    /// How many results.
    pub(in crate::window) times: u64,
    /// Whether it has told the one of its close.
    pub(in crate::window) closed: bool,
    /// Whether it has changed since the last.
    pub(in crate::window) changed: bool,
    /// The last one's output, where it may have to be taken back.
    pub(in crate::window) last: Option<Bytes>,
}

impl Told {
    /// Tells a result.
    pub(in crate::window) fn tell<O: StateValue>(
        &mut self,
        window: Window,
        timing: Timing,
        output: &O,
        turn: &mut Turn<'_, impl Coder>,
    ) -> Result<()> {
        let output = turn.coder.encode(output)?;
        if let Some(last) = self.last.take() {
            turn.out.push(Telling::Retraction {
                window,
                output: Some(last),
            });
        }
        if turn.rules.updates == Updates::Retract {
            self.last = Some(output.clone());
        }
        turn.out.push(Telling::Result {
            window,
            timing,
            number: self.times,
            output,
        });
        self.times += 1;
        self.changed = false;
        Ok(())
    }

    /// Takes back what it told: there is no such window any more.
    pub(in crate::window) fn take_back(self, window: Window, turn: &mut Turn<'_, impl Coder>) {
        if self.times > 0 && turn.rules.updates != Updates::Discard {
            turn.out.push(Telling::Retraction {
                window,
                output: self.last,
            });
        }
    }

    pub(in crate::window) fn encode(&self, out: &mut Vec<u8>) {
        put_u64(out, self.times);
        out.push(u8::from(self.closed) | u8::from(self.changed) << 1);
        put_option(out, self.last.as_ref(), |out, last| put_bytes(out, last));
    }

    pub(in crate::window) fn decode(reader: &mut Reader) -> Result<Self> {
        let times = reader.u64()?;
        let flags = reader.byte()?;
        if flags > 3 {
            return Err(reader.corrupt());
        }
        Ok(Self {
            times,
            closed: flags & 1 == 1,
            changed: flags & 2 == 2,
            last: reader.option(Reader::bytes)?,
        })
    }
}
