use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::sync::watch::Sender;
use tokio::task::JoinSet;
use typed_state::testing::TestResult;

use super::relay;
use super::shared::Shared;
use crate::servers::port::Port;

/// Listens on a port of its own, which stays its own while it does not listen.
pub(super) async fn listen() -> TestResult<(Port, TcpListener)> {
    let mut attempts = 5;
    loop {
        let port = Port::reserve()?;
        match TcpListener::bind(port.address()).await {
            Ok(listener) => return Ok((port, listener)),
            Err(_) if attempts > 1 => attempts -= 1,
            Err(error) => return Err(error.into()),
        }
    }
}

/// Accepts until connections are refused, and again after that; tells each time whether it listens. Ends where it cannot
/// listen again.
pub(super) async fn run(
    listener: TcpListener,
    address: SocketAddr,
    shared: Arc<Shared>,
    listens: Sender<bool>,
) {
    let mut mode = shared.mode.subscribe();
    let mut connections = JoinSet::new();
    let mut listener = Some(listener);
    loop {
        if mode.borrow_and_update().refuses() {
            drop(listener.take());
            listens.send_replace(false);
            if mode.changed().await.is_err() {
                return;
            }
            continue;
        }
        let open = match listener.take() {
            Some(open) => open,
            None => match TcpListener::bind(address).await {
                Ok(bound) => bound,
                Err(_) => return,
            },
        };
        listens.send_replace(true);
        tokio::select! {
            changed = mode.changed() => if changed.is_err() {
                return;
            },
            accepted = open.accept() => if let Ok((client, _)) = accepted {
                let cuts = shared.cuts.subscribe();
                connections.spawn(relay::run(client, shared.opened(), Arc::clone(&shared), cuts));
            },
            Some(_) = connections.join_next() => {}
        }
        listener = Some(open);
    }
}
