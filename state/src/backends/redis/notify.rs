//! Hearing of changes through Redis's publish and subscribe.
//!
//! A script that changes entries publishes their names as it applies them, where the request asks for that. One connection
//! of its own subscribes to the primary, of a Cluster to one of them, which hears what is published at any.

use std::sync::Arc;
use std::time::Instant;

use ::redis::aio::PubSub;
use bytes::Bytes;
use futures_util::StreamExt as _;
use tokio::time::{timeout, timeout_at};

use super::Redis;
use super::config::RedisConfig;
use super::layout::Layout;
use super::link::{Address, Failure, Link};
use crate::backend::{Context, Deadline, Notify, Watch};
use crate::backends::listener::{AGAIN_AFTER, Ear, PROBE_EVERY, PROBE_WITHIN};
use crate::error::Result;

/// Subscriptions know no databases, so the channel names its own.
pub(super) fn channel(config: &RedisConfig) -> Bytes {
    let options = &config.options;
    Bytes::from(format!(
        "{}changes:{}",
        options.key_prefix, options.database
    ))
}

impl Notify for Redis {
    async fn watch(&self, cx: &Context) -> Result<Watch> {
        cx.check()?;
        let limit = Instant::now() + self.command_timeout;
        let deadline = cx.deadline.map_or(limit, Deadline::instant);
        let (link, layout) = (Arc::clone(&self.link), Arc::clone(&self.layout));
        let channel = self.changes.clone();
        let listen = |ear| tokio::spawn(listen(ear, link, layout, channel));
        self.listener.watch(deadline, listen).await
    }
}

async fn listen(ear: Ear, link: Arc<Link>, layout: Arc<Layout>, channel: Bytes) {
    let mut tries = 0;
    loop {
        let topology = link.topology();
        let count = topology.primaries().count().max(1);
        if let Some(primary) = topology.primaries().nth(tries % count).cloned() {
            match link.subscribe(&primary, &channel).await {
                Ok(subscription) => {
                    ear.hears();
                    tries = 0;
                    hear(&ear, &link, &layout, &primary, subscription).await;
                    ear.is_deaf();
                    tracing::warn!(address = %primary, "changes in Redis are not heard of for now");
                }
                Err(failure) => report(&failure, tries),
            }
        }
        tries += 1;
        tokio::time::sleep(AGAIN_AFTER).await;
    }
}

fn report(failure: &Failure, tries: usize) {
    if tries == 0 {
        tracing::warn!(%failure, "Redis cannot be listened to");
    }
}

/// Hears until the connection ends, is silent, or the server is no primary any more.
async fn hear(ear: &Ear, link: &Link, layout: &Layout, primary: &Address, subscription: PubSub) {
    let (mut sink, mut messages) = subscription.split();
    let mut due = Instant::now();
    loop {
        if due <= Instant::now() {
            due += PROBE_EVERY;
            let is_primary = link.topology().primaries().any(|it| it == primary);
            // While it answers no message is lost: those that came before wait in their order.
            let answered = timeout(PROBE_WITHIN, sink.ping::<::redis::Value>()).await;
            if !is_primary || !matches!(answered, Ok(Ok(_))) {
                return;
            }
        }
        match timeout_at(due.into(), messages.next()).await {
            Ok(Some(message)) => {
                if let Some((_, key)) = layout.split(message.get_payload_bytes()) {
                    ear.heard(key);
                }
            }
            Ok(None) => return,
            Err(_) => {}
        }
    }
}
