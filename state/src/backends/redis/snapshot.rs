use std::num::NonZeroUsize;
use std::pin::Pin;

use ::redis::{Value, cmd};

use super::Redis;
use super::link::{Call, Command, Effect as Sent, Target};
use super::reply;
use super::scan::Everything;
use crate::backend::{Consistency, Context, Item, Snapshot, SnapshotReader, namespace_bounds};
use crate::clock::Timestamp;
use crate::error::Result;

impl Redis {
    /// A scan of everything: each entry as it stands when it is read.
    pub(super) async fn take_snapshot(
        &self,
        cx: &Context,
        namespace: Option<String>,
    ) -> Result<Snapshot> {
        cx.check()?;
        if let Some(namespace) = &namespace {
            namespace_bounds(namespace)?;
        }
        let taken_at = self.server_time(cx).await?;
        let everything = Everything::of(self, namespace, taken_at);
        let reader = Reader {
            store: self.clone(),
            everything,
            buffered: Vec::new().into_iter(),
        };
        Ok(Snapshot::new(taken_at, Consistency::Fuzzy, reader))
    }

    /// What time it is, by the clock of the server of slot 0.
    async fn server_time(&self, cx: &Context) -> Result<Timestamp> {
        let call = Call {
            slot: 0,
            command: Command::Plain(cmd("TIME")),
            effect: Sent::Read,
            target: Target::Primary,
        };
        let answer = self.link.call(cx, call).await;
        let answer = answer.map_err(|failure| failure.into_error(Sent::Read))?;
        let parts = reply::array(answer, Some(2))?
            .into_iter()
            .map(|part: Value| {
                let text = reply::bytes(part)?.unwrap_or_default();
                let number = std::str::from_utf8(&text)
                    .ok()
                    .and_then(|text| text.parse().ok());
                number.ok_or_else(|| reply::unexpected("a time"))
            })
            .collect::<Result<Vec<i64>>>()?;
        let (seconds, micros) = match parts.as_slice() {
            [seconds, micros] => (*seconds, *micros),
            _ => (0, 0),
        };
        Ok(Timestamp::from_millis(
            seconds.saturating_mul(1_000).saturating_add(micros / 1_000),
        ))
    }
}

struct Reader {
    store: Redis,
    everything: Everything,
    /// What a step of the scan found beyond what was asked for.
    buffered: std::vec::IntoIter<Item>,
}

impl SnapshotReader for Reader {
    fn next<'a>(
        &'a mut self,
        limit: NonZeroUsize,
    ) -> Pin<Box<dyn Future<Output = Result<Vec<Item>>> + Send + 'a>> {
        Box::pin(async move {
            if self.buffered.len() == 0 {
                let cx = Context::new().with_lifetimes();
                let items = self.everything.next(&self.store, &cx, limit.get()).await?;
                self.buffered = items.into_iter();
            }
            Ok(self.buffered.by_ref().take(limit.get()).collect())
        })
    }
}
