use std::net::SocketAddr;
use std::sync::Arc;

use tokio::sync::watch;
use tokio::task::JoinHandle;
use typed_state::testing::TestResult;

use super::accept;
use super::mode::Mode;
use super::shared::Shared;
use super::trap::Trap;
use crate::servers::port::Port;

/// A proxy on a port of 127.0.0.1 that runs on the runtime it was started on. Dropping it closes everything.
#[derive(Debug)]
pub struct Proxy {
    shared: Arc<Shared>,
    listening: watch::Receiver<bool>,
    accepting: JoinHandle<()>,
    port: Port,
}

impl Proxy {
    /// Starts a proxy in front of a server, which need not be there yet.
    ///
    /// # Errors
    /// Where no port is free.
    ///
    /// Cancellation: without effect.
    pub async fn start(target: SocketAddr) -> TestResult<Self> {
        let (port, listener) = accept::listen().await?;
        let shared = Arc::new(Shared::new(target));
        let (listens, listening) = watch::channel(true);
        let accept = accept::run(listener, port.address(), Arc::clone(&shared), listens);
        Ok(Self {
            shared,
            listening,
            accepting: tokio::spawn(accept),
            port,
        })
    }

    /// Where the proxy listens.
    pub fn address(&self) -> SocketAddr {
        self.port.address()
    }

    /// Sets what happens to all connections from now on, open ones and new ones.
    ///
    /// # Errors
    /// Where connections were refused and the port could not be listened on again.
    ///
    /// Cancellation: the mode is set.
    pub async fn set(&self, mode: Mode) -> TestResult {
        self.shared.mode.send_replace(mode);
        let mut listening = self.listening.clone();
        // The mode may have been set again meanwhile.
        let settled = listening.wait_for(|&listens| listens != self.shared.mode.borrow().refuses());
        settled
            .await
            .map_err(|_| format!("the proxy cannot listen on {} again", self.address()))?;
        Ok(())
    }

    /// Leads to another server from the next connection on.
    pub fn lead_to(&self, target: SocketAddr) {
        self.shared.set_target(target);
    }

    /// Closes every connection that is open. What comes through one of them after this does not pass.
    pub fn cut(&self) {
        self.shared.cuts.send_modify(|cuts| *cuts += 1);
    }

    /// Once: lets so many bytes of requests pass, counted over all connections, and closes the connection of the
    /// last of them then, or with none that of the next request. No answer passes through it any more.
    pub fn cut_after(&self, bytes: usize) {
        self.shared.set_trap(Trap::AfterRequestBytes(bytes));
    }

    /// Once: lets the next request pass, whichever connection it comes on, and closes that connection instead
    /// of letting an answer pass. Requests that are on their way on the same connection lose their answers, too.
    pub fn cut_before_answer(&self) {
        self.shared.set_trap(Trap::BeforeAnswer);
    }

    /// Takes back a cut that has met no request yet.
    pub fn disarm(&self) {
        self.shared.set_trap(Trap::Unset);
    }

    /// How many connections there have been.
    pub fn connections(&self) -> u64 {
        self.shared.accepted()
    }

    /// How many connections are open.
    pub fn open_connections(&self) -> u64 {
        self.shared.open()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}
