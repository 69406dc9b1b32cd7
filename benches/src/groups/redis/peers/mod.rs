//! We and the others, each as its own documentation advises.

mod fred;
mod multiplexed;
mod pooled;

use std::future::Future;

use typed_state::backends::Redis;

pub(in crate::groups) use self::fred::{AGAINST as FRED, Fred};
pub(in crate::groups) use self::multiplexed::{AGAINST as MULTIPLEXED, Multiplexed};
pub(in crate::groups) use self::pooled::{AGAINST as POOLED, Pooled};
use crate::Result;
use crate::data::items::Item;
use crate::data::keys::EventKey;
use crate::work::{Ours, Peer};

pub(super) trait ScanAll: Peer {
    fn scan_all(&mut self) -> impl Future<Output = Result<Vec<(EventKey, Item)>>> + Send;
}

impl ScanAll for Ours<Redis> {
    async fn scan_all(&mut self) -> Result<Vec<(EventKey, Item)>> {
        Ok(self.0.scan::<EventKey>().collect().await?)
    }
}
