//! Puts of several entries as one native command: a server spends more on each command than on each entry of one.

use ::redis::Cmd;

use super::Redis;
use super::layout::Place;
use super::link::{Call, Command, Effect as Sent, Target, arg_of, command};
use super::record;
use crate::backend::{Expiry, Mutation, Revision};
use crate::error::Result;

/// How many bytes an entry has with its name, as far as room is made for it beforehand.
const USUAL_LEN: usize = 160;

/// From how many bytes on one takes no more: a server does nothing else while it reads one.
const FULL: usize = 1 << 20;

/// An `MSET` to which puts are added.
#[derive(Default)]
pub(super) struct Puts {
    command: Option<Cmd>,
    count: usize,
    bytes: usize,
}

impl Redis {
    /// Adds a put that one command with others can be; `false` where it cannot, and nothing was added.
    pub(super) fn gather(
        &self,
        puts: &mut Puts,
        mutation: &Mutation,
        revision: Revision,
        place: Place,
    ) -> Result<bool> {
        let Mutation::Put {
            key,
            value,
            expiry: Expiry::Never,
        } = mutation
        else {
            return Ok(false);
        };
        // An index is written by a script, and the slots of a cluster each have commands of their own.
        if key.is_indexed() || self.link.is_cluster() {
            return Ok(false);
        }
        let header = record::header(key, revision, value)?;
        let room = self.batch_size;
        let mset = || command("MSET", 2 * room, room * USUAL_LEN);
        let command = puts.command.get_or_insert_with(mset);
        arg_of(command, &self.layout.parts(&place, key.as_bytes()));
        arg_of(command, &[&header, value]);
        puts.count += 1;
        puts.bytes += key.as_bytes().len() + value.len();
        Ok(true)
    }
}

impl Puts {
    /// Whether it is as large as a command may be, of so many entries at the most.
    pub(super) fn is_full(&self, most: usize) -> bool {
        self.count >= most || self.bytes >= FULL
    }

    /// What is sent for those that were added, if any were; none are there then.
    pub(super) fn take(&mut self) -> Option<Call> {
        (self.count, self.bytes) = (0, 0);
        self.command.take().map(|command| Call {
            slot: 0,
            command: Command::Plain(command),
            effect: Sent::Idempotent,
            target: Target::Primary,
        })
    }
}
