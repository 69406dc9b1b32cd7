use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arc_swap::ArcSwap;

use super::address::Address;
use super::connector::Connector;
use super::failure::{Failure, Kind};
use super::node::Node;
use super::settings::PoolSettings;
use super::topology::Topology;

/// The nodes, and which of them serves which slot.
pub(super) struct Map {
    connector: Arc<Connector>,
    connections: usize,
    pool: PoolSettings,
    current: ArcSwap<Routes>,
    /// All nodes that there are connections to. Who holds the lock may change `current`.
    nodes: Mutex<BTreeMap<Address, Arc<Node>>>,
}

/// A topology with its nodes.
pub(super) struct Routes {
    pub(super) topology: Arc<Topology>,
    /// As the shards of the topology: the primary and the replicas.
    shards: Vec<(Arc<Node>, Vec<Arc<Node>>)>,
}

impl Routes {
    pub(super) fn primary(&self, slot: u16) -> Option<&Arc<Node>> {
        Some(&self.shard(slot)?.0)
    }

    pub(super) fn replicas(&self, slot: u16) -> &[Arc<Node>] {
        self.shard(slot).map_or(&[], |(_, replicas)| replicas)
    }

    pub(super) fn primaries(&self) -> impl Iterator<Item = &Arc<Node>> {
        self.shards.iter().map(|(primary, _)| primary)
    }

    fn shard(&self, slot: u16) -> Option<&(Arc<Node>, Vec<Arc<Node>>)> {
        self.shards.get(self.topology.shard_of(slot)?)
    }
}

impl Map {
    pub(super) const fn connector(&self) -> &Arc<Connector> {
        &self.connector
    }

    pub(super) fn new(
        connector: Connector,
        connections: usize,
        pool: PoolSettings,
        topology: Topology,
    ) -> Result<Self, Failure> {
        let empty = Routes {
            topology: Arc::new(Topology::of_ranges(Vec::new())),
            shards: Vec::new(),
        };
        let map = Self {
            connector: Arc::new(connector),
            connections,
            pool,
            current: ArcSwap::from_pointee(empty),
            nodes: Mutex::default(),
        };
        map.update(topology)?;
        Ok(map)
    }

    pub(super) fn routes(&self) -> arc_swap::Guard<Arc<Routes>> {
        self.current.load()
    }

    /// Takes over what was found out. A node that is gone, or is no primary any more, loses its connections at once.
    pub(super) fn update(&self, topology: Topology) -> Result<(), Failure> {
        let mut nodes = self.lock();
        let before = self.current.load_full();
        if *before.topology == topology {
            return Ok(());
        }
        let after = Arc::new(self.routes_of(&mut nodes, topology)?);
        // First the new routes, then the end of old connections: what fails with them finds its way.
        self.current.store(Arc::clone(&after));
        let was = |address: &Address| before.topology.is_primary(address);
        let is = |address: &Address| after.topology.is_primary(address);
        for shard in after.topology.shards() {
            if !was(&shard.primary) {
                tracing::info!(address = %shard.primary, "a primary of Redis");
            }
        }
        let listed: Vec<&Address> = after.topology.nodes().collect();
        nodes.retain(|address, node| {
            let known = listed.contains(&address);
            if was(address) && !is(address) {
                tracing::warn!(%address, "a primary of Redis no longer");
                node.demote();
            }
            if !known {
                node.close();
            }
            known
        });
        Ok(())
    }

    /// Takes a node's word for where `slot` is, until more is found out.
    pub(super) fn learn(&self, slot: u16, primary: &Address) -> Result<(), Failure> {
        let mut nodes = self.lock();
        let before = self.current.load_full();
        if before.topology.owner(slot) == Some(primary) {
            return Ok(());
        }
        let after = self.routes_of(&mut nodes, before.topology.with_moved(slot, primary))?;
        self.current.store(Arc::new(after));
        Ok(())
    }

    /// The node at `address`, which need not be part of the topology (yet).
    pub(super) fn node(&self, address: &Address) -> Result<Arc<Node>, Failure> {
        self.node_among(&mut self.lock(), address)
    }

    /// The node at `address`, where it is part of the topology.
    pub(super) fn known(&self, address: &Address) -> Result<Arc<Node>, Failure> {
        self.lock().get(address).cloned().ok_or_else(|| {
            let message = "the node is no longer part of the store";
            Failure::not_sent(Kind::Unserved, message).at(address)
        })
    }

    /// Ends all connections for good.
    pub(super) fn close(&self) {
        self.lock().values().for_each(|node| node.close());
    }

    fn routes_of(
        &self,
        nodes: &mut BTreeMap<Address, Arc<Node>>,
        topology: Topology,
    ) -> Result<Routes, Failure> {
        let mut shards = Vec::with_capacity(topology.shards().len());
        for shard in topology.shards() {
            let primary = self.node_among(nodes, &shard.primary)?;
            let replicas = shard.replicas.iter().map(|it| self.node_among(nodes, it));
            shards.push((primary, replicas.collect::<Result<_, _>>()?));
        }
        Ok(Routes {
            topology: Arc::new(topology),
            shards,
        })
    }

    fn node_among(
        &self,
        nodes: &mut BTreeMap<Address, Arc<Node>>,
        address: &Address,
    ) -> Result<Arc<Node>, Failure> {
        if let Some(node) = nodes.get(address) {
            return Ok(Arc::clone(node));
        }
        let node = Node::new(
            &self.connector,
            address.clone(),
            self.connections,
            self.pool,
        )?;
        let node = Arc::new(node);
        nodes.insert(address.clone(), Arc::clone(&node));
        Ok(node)
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Address, Arc<Node>>> {
        self.nodes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
