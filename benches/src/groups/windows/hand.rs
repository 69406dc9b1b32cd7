//! The loop by hand: no replay that changes nothing, no watermark, no outbox.

use std::future::Future;

use redis::AsyncCommands as _;
use typed_state::backend::Backend;
use typed_state::{StateKey, Store};

use super::stream::Event;
use crate::Result;
use crate::groups::redis::peers::Multiplexed;

pub(super) trait Hand {
    /// What the table says that it is.
    const NAME: &'static str;

    /// One get and one put.
    fn add(&self, event: &Event) -> impl Future<Output = Result<()>>;

    /// One get, one put and one delete.
    fn close(&self, key: u64, window: i64) -> impl Future<Output = Result<()>>;
}

/// The sum of a window.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, StateKey)]
#[state(namespace = "sum", value = i64)]
struct SumKey {
    key: u64,
    window: i64,
}

/// What came of a window.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, StateKey)]
#[state(namespace = "result", value = i64)]
struct ResultKey {
    key: u64,
    window: i64,
}

/// On the same store, which gathers the writes of many tasks.
pub(super) struct OnStore<B>(pub(super) Store<B>);

impl<B: Backend> Hand for OnStore<B> {
    const NAME: &'static str = "a get and a put each";

    async fn add(&self, event: &Event) -> Result<()> {
        let key = SumKey {
            key: event.key,
            window: event.window(),
        };
        let sum = self.0.get(&key).await?.unwrap_or(0);
        self.0.put(&key, &(sum + event.amount)).await?;
        Ok(())
    }

    async fn close(&self, key: u64, window: i64) -> Result<()> {
        let from = SumKey { key, window };
        let sum = self.0.get(&from).await?.unwrap_or(0);
        self.0.put(&ResultKey { key, window }, &sum).await?;
        self.0.delete(&from).await?;
        Ok(())
    }
}

/// On Redis, with redis-rs.
pub(super) struct OnRedis(pub(super) Multiplexed);

fn name(kind: &str, key: u64, window: i64) -> String {
    format!("{kind}:{key}:{window}")
}

impl Hand for OnRedis {
    const NAME: &'static str = "redis-rs, GET and SET each";

    async fn add(&self, event: &Event) -> Result<()> {
        let mut client = self.0.clone();
        let connection = client.connection();
        let name = name("sum", event.key, event.window());
        let sum: Option<i64> = connection.get(&name).await?;
        let sum = sum.unwrap_or(0) + event.amount;
        Ok(connection.set(&name, sum).await?)
    }

    async fn close(&self, key: u64, window: i64) -> Result<()> {
        let mut client = self.0.clone();
        let connection = client.connection();
        let from = name("sum", key, window);
        let sum: Option<i64> = connection.get(&from).await?;
        let to = name("result", key, window);
        let () = connection.set(&to, sum.unwrap_or(0)).await?;
        Ok(connection.del(&from).await?)
    }
}
