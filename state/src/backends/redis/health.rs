use std::time::Instant;

use ::redis::{Value, cmd};

use super::Redis;
use super::link::{Effect as Sent, Failure};
use super::reply;
use crate::backend::{Context, Health};
use crate::error::Result;

impl Redis {
    /// Asks every primary.
    pub(super) async fn probe(&self, cx: &Context) -> Result<Health> {
        cx.check()?;
        let begun = Instant::now();
        let topology = self.link.topology();
        let probes = topology.primaries().map(|address| async move {
            let answer = self.link.call_at(cx, address, vec![cmd("PING")]).await;
            let (_, answers) = answer.map_err(|failure| failure.into_error(Sent::Read))?;
            match answers.as_slice() {
                [Value::SimpleString(pong)] if pong == "PONG" => Ok(()),
                [Value::ServerError(error)] => {
                    Err(Failure::refused(error).at(address).into_error(Sent::Read))
                }
                _ => Err(reply::unexpected("PONG")),
            }
        });
        futures_util::future::try_join_all(probes).await?;
        Ok(Health::new(begun.elapsed()))
    }
}
