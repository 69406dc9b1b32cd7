use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use redis::{Cmd, Pipeline, Value};
use rustls::ClientConfig;

use super::address::Address;
use super::connection::Wire;
use super::failure::Failure;
use super::greeting::connect_scout;
use super::lane::Lane;
use super::settings::{Credentials, Tcp};

/// How many connections are kept for questions about the topology.
const KEPT: usize = 8;

/// Connections on which servers are asked about each other: apart from those with data, which may be long in answering.
pub(super) struct Scouts {
    pub(super) credentials: Credentials,
    pub(super) tls: Option<Arc<ClientConfig>>,
    pub(super) tcp: Tcp,
    pub(super) timeout: Duration,
    /// The last used comes last.
    pub(super) kept: Mutex<VecDeque<(Address, Arc<Lane<Wire>>)>>,
}

impl Scouts {
    /// Asks one server, and gives back its answers.
    pub(super) async fn ask(
        &self,
        address: &Address,
        questions: Vec<Cmd>,
        deadline: Instant,
    ) -> Result<Vec<Value>, Failure> {
        let wire = self.lane(address).get(deadline).await?;
        let mut commands = Pipeline::new();
        for question in questions {
            commands.add_command(question);
        }
        wire.send_all(&commands, deadline).await
    }

    /// Ends all connections.
    pub(super) fn close(&self) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        for (_, lane) in kept.drain(..) {
            lane.close();
        }
    }

    fn lane(&self, address: &Address) -> Arc<Lane<Wire>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let place = kept.iter().position(|(known, _)| known == address);
        let lane = place
            .and_then(|place| kept.remove(place))
            .map_or_else(|| Arc::new(self.new_lane(address)), |(_, lane)| lane);
        kept.push_back((address.clone(), Arc::clone(&lane)));
        if kept.len() > KEPT
            && let Some((_, oldest)) = kept.pop_front()
        {
            oldest.close();
        }
        lane
    }

    fn new_lane(&self, address: &Address) -> Lane<Wire> {
        let (address, tls) = (address.clone(), self.tls.clone());
        let (credentials, tcp, timeout) =
            (self.credentials.clone(), self.tcp.clone(), self.timeout);
        Lane::new(Box::new(move || {
            let (address, tls, credentials, tcp) = (
                address.clone(),
                tls.clone(),
                credentials.clone(),
                tcp.clone(),
            );
            Box::pin(async move {
                connect_scout(&address, &tcp, tls.as_ref(), &credentials, timeout).await
            })
        }))
    }
}
