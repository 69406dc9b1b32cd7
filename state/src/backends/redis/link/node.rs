use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use super::address::Address;
use super::connection::Connection;
use super::connector::{Connector, Purpose};
use super::failure::Failure;
use super::lane::Lane;
use super::pool::Exclusives;
use super::settings::PoolSettings;

/// One server and the connections to it.
pub(super) struct Node {
    pub(super) address: Address,
    primary: Box<[Lane<Connection>]>,
    replica: Box<[Lane<Connection>]>,
    next: AtomicUsize,
    pub(super) exclusives: Exclusives,
}

impl Node {
    pub(super) fn new(
        connector: &Arc<Connector>,
        address: Address,
        connections: usize,
        pool: PoolSettings,
    ) -> Result<Self, Failure> {
        let lanes = |purpose| {
            (0..connections)
                .map(|_| lane(connector, &address, purpose))
                .collect()
        };
        Ok(Self {
            primary: lanes(Purpose::Primary),
            replica: lanes(Purpose::Replica),
            next: AtomicUsize::new(0),
            exclusives: Exclusives::new(Arc::clone(connector), address.clone(), pool)?,
            address,
        })
    }

    /// The next of the shared connections to it as a primary, if it stands.
    pub(super) fn standing(&self) -> Option<Arc<Connection>> {
        self.primary.get(self.turn(self.primary.len()))?.current()
    }

    /// The next of the shared connections, made where there is none.
    pub(super) async fn connection(
        &self,
        purpose: Purpose,
        deadline: Instant,
    ) -> Result<Arc<Connection>, Failure> {
        let lanes = self.lanes(purpose);
        match lanes.get(self.turn(lanes.len())) {
            Some(lane) => lane
                .get(deadline)
                .await
                .map_err(|failure| failure.at(&self.address)),
            None => Err(Failure::late("no connection is configured")),
        }
    }

    fn turn(&self, lanes: usize) -> usize {
        match lanes {
            0 | 1 => 0,
            lanes => self.next.fetch_add(1, Ordering::Relaxed) % lanes,
        }
    }

    /// No new request goes over the connections that there are to the node as a primary.
    pub(super) fn retire(&self) {
        for connection in self.primary.iter().filter_map(Lane::current) {
            connection.wire().retire();
        }
    }

    /// Ends all connections to the node as a primary.
    pub(super) fn demote(&self) {
        self.primary.iter().for_each(Lane::reset);
        self.exclusives.reset();
    }

    /// Ends all connections for good.
    pub(super) fn close(&self) {
        self.primary
            .iter()
            .chain(&self.replica)
            .for_each(Lane::close);
        self.exclusives.close();
    }

    /// How many of the shared connections stand, and how many there should be.
    pub(super) fn count(&self) -> (usize, usize) {
        let open = self.primary.iter().filter_map(Lane::current).count();
        (open, self.primary.len())
    }

    fn lanes(&self, purpose: Purpose) -> &[Lane<Connection>] {
        match purpose {
            Purpose::Primary => &self.primary,
            Purpose::Replica => &self.replica,
        }
    }
}

fn lane(connector: &Arc<Connector>, address: &Address, purpose: Purpose) -> Lane<Connection> {
    let (connector, address) = (Arc::clone(connector), address.clone());
    Lane::new(Box::new(move || {
        let (connector, address) = (Arc::clone(&connector), address.clone());
        Box::pin(async move { connector.connect(&address, purpose).await })
    }))
}
