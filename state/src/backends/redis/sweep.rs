use ::redis::{Value, cmd};

use super::Redis;
use super::link::{Address, Call, Command, Effect as Sent, Failure, Target};
use super::range::tidied;
use super::reply;
use super::script::TIDY;
use crate::backend::Context;
use crate::error::Result;

/// How many keys the server looks at in one step.
const STEP: usize = 1_000;

impl Redis {
    /// Removes from the order indexes what has expired, and says how many members that were.
    ///
    /// Entries expire in Redis itself, and every read leaves out what has; every write of a partition
    /// removes up to 100 members that are due, and an index in which everything expires goes by itself. What is left is
    /// an index that keeps some entries for ever and that nobody writes to: call this now and then where there are such.
    /// Several may run at once.
    ///
    /// Cancellation: a dropped future leaves some of it done.
    pub async fn sweep(&self) -> Result<u64> {
        let cx = Context::new();
        let topology = self.link.refresh(&cx).await;
        let topology = topology.map_err(|failure| failure.into_error(Sent::Read))?;
        let mut removed = 0;
        for address in topology.primaries() {
            removed += self.sweep_server(&cx, address).await?;
        }
        Ok(removed)
    }

    async fn sweep_server(&self, cx: &Context, address: &Address) -> Result<u64> {
        let mut removed = 0;
        let mut cursor = 0_u64;
        loop {
            let mut scan = cmd("SCAN");
            scan.arg(cursor)
                .arg("MATCH")
                .arg(self.layout.all_expiries())
                .arg("COUNT")
                .arg(STEP);
            let answer = self.link.call_at(cx, address, vec![scan]).await;
            let (_, answers) = answer.map_err(|failure| failure.into_error(Sent::Read))?;
            let answer = answers.into_iter().next().unwrap_or(Value::Nil);
            if let Value::ServerError(error) = answer {
                return Err(Failure::refused(&error).into_error(Sent::Read));
            }
            let mut parts = reply::array(answer, Some(2))?.into_iter();
            let next = parts.next().map(reply::bytes).transpose()?.flatten();
            let next = next.and_then(|text| std::str::from_utf8(&text).ok()?.parse().ok());
            cursor = next.ok_or_else(|| reply::unexpected("a cursor"))?;
            for name in reply::array(parts.next().unwrap_or(Value::Nil), None)? {
                let name = reply::bytes(name)?.unwrap_or_default();
                removed += self.sweep_index(cx, name).await?;
            }
            if cursor == 0 {
                return Ok(removed);
            }
        }
    }

    async fn sweep_index(&self, cx: &Context, expiries: bytes::Bytes) -> Result<u64> {
        let Some((place, order)) = self.layout.order_beside(&expiries) else {
            return Ok(0);
        };
        let mut removed = 0;
        loop {
            let call = Call {
                slot: place.slot(),
                command: Command::Script {
                    script: &TIDY,
                    keys: vec![order.clone(), expiries.clone()],
                    arguments: Vec::new(),
                },
                effect: Sent::Read,
                target: Target::Primary,
            };
            let answer = self.link.call(cx, call).await;
            let answer = answer.map_err(|failure| failure.into_error(Sent::Read))?;
            let (some, more) = tidied(answer)?;
            removed += some;
            if !more {
                return Ok(removed);
            }
        }
    }
}
