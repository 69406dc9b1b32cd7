//! What the cases use: a key type of each kind, and a backend without a total order.
#![allow(dead_code, unused_imports, reason = "each case uses a part")]

mod sharded;

pub use self::sharded::Sharded;

use serde::{Deserialize, Serialize};
use typed_state::primitive::{Aggregate, Aggregated, List, Map};
use typed_state::{Counter, StateKey, StateValue};

#[derive(Debug, Clone, Serialize, Deserialize, StateValue)]
#[state(name = "order")]
pub struct Order {
    pub total: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, StateKey)]
#[state(namespace = "orders", value = Order, ordered)]
pub struct OrderKey {
    #[state(partition)]
    pub tenant: String,
    #[state(partition)]
    pub shop: String,
    pub id: u64,
}

impl OrderKey {
    pub fn sample() -> Self {
        Self {
            tenant: "acme".to_owned(),
            shop: "north".to_owned(),
            id: 7,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, StateKey)]
#[state(namespace = "sessions", value = String)]
pub struct SessionKey {
    pub user: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, StateKey)]
#[state(namespace = "visits", value = Counter)]
pub struct VisitsKey {
    pub page: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, StateKey)]
#[state(namespace = "carts", value = Map<String, u32>)]
pub struct CartKey {
    pub customer: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, StateKey)]
#[state(namespace = "history", value = List<String>)]
pub struct HistoryKey {
    pub user: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, StateKey)]
#[state(namespace = "latest", value = Aggregated<Latest>)]
pub struct LatestKey {
    pub sensor: u64,
}

/// An aggregate whose states cannot be merged.
pub enum Latest {}

impl Aggregate for Latest {
    type Input = u64;
    type Accumulator = u64;
    type Output = u64;

    fn empty() -> u64 {
        0
    }

    fn add(latest: &mut u64, input: &u64) {
        *latest = *input;
    }

    fn output(latest: &u64) -> u64 {
        *latest
    }
}
