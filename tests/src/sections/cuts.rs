use std::net::SocketAddr;

use rand::SeedableRng as _;
use rand::rngs::StdRng;
use tokio::task::JoinHandle;
use typed_state::testing::TestResult;

use crate::proxy::Proxy;
use crate::redis::disturb;

/// A way to a server on which connections are cut, stalled and robbed of answers until it is dropped.
#[derive(Debug)]
pub struct Cuts {
    address: SocketAddr,
    faults: JoinHandle<()>,
}

impl Cuts {
    /// Starts one.
    ///
    /// # Errors
    /// Where no port is free.
    ///
    /// Cancellation: without effect.
    pub async fn start(server: SocketAddr, seed: u64) -> TestResult<Self> {
        let proxy = Proxy::start(server).await?;
        Ok(Self {
            address: proxy.address(),
            faults: tokio::spawn(async move {
                // A proxy that cannot be set is one that has ended.
                let _ = disturb(vec![proxy], StdRng::seed_from_u64(seed)).await;
            }),
        })
    }

    /// Where it begins.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Cuts {
    fn drop(&mut self) {
        self.faults.abort();
    }
}
