use std::collections::BTreeMap;

use super::address::Address;
use super::slot::SLOTS;

/// Which node serves which slots. A server without a Cluster serves all of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::backends::redis) struct Topology {
    shards: Vec<Shard>,
    /// For each slot the index of its shard.
    owners: Box<[Option<u16>]>,
}

/// A primary and those that follow it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::backends::redis) struct Shard {
    pub(in crate::backends::redis) primary: Address,
    pub(in crate::backends::redis) replicas: Vec<Address>,
}

impl Topology {
    /// One primary for all slots.
    pub(super) fn single(primary: Address, replicas: Vec<Address>) -> Self {
        let shard = Shard { primary, replicas };
        Self {
            shards: vec![shard],
            owners: vec![Some(0); usize::from(SLOTS)].into(),
        }
    }

    /// From ranges of slots, both ends included, with the primary and the replicas of each.
    pub(super) fn of_ranges(ranges: Vec<(u16, u16, Address, Vec<Address>)>) -> Self {
        let mut owners = vec![None; usize::from(SLOTS)];
        let mut primaries = BTreeMap::new();
        for (_, _, primary, replicas) in &ranges {
            let known: &mut Vec<Address> = primaries.entry(primary.clone()).or_default();
            known.extend(replicas.iter().cloned());
        }
        let shards: Vec<Shard> = primaries
            .into_iter()
            .map(|(primary, mut replicas)| {
                replicas.sort();
                replicas.dedup();
                Shard { primary, replicas }
            })
            .collect();
        for (from, to, primary, _) in ranges {
            let shard = shards.binary_search_by(|shard| shard.primary.cmp(&primary));
            let owner = shard.ok().and_then(|shard| u16::try_from(shard).ok());
            if let Some(slots) = owners.get_mut(usize::from(from)..=usize::from(to)) {
                slots.fill(owner);
            }
        }
        Self {
            shards,
            owners: owners.into(),
        }
    }

    /// The same with `slot` at `primary`, which had it from no one who knows all of it.
    pub(super) fn with_moved(&self, slot: u16, primary: &Address) -> Self {
        let mut moved = self.clone();
        let known = moved
            .shards
            .iter()
            .position(|shard| shard.primary == *primary);
        let shard = known.unwrap_or_else(|| {
            moved.shards.push(Shard {
                primary: primary.clone(),
                replicas: Vec::new(),
            });
            moved.shards.len() - 1
        });
        if let Some(owner) = moved.owners.get_mut(usize::from(slot)) {
            *owner = u16::try_from(shard).ok();
        }
        moved
    }

    /// The number of the shard that serves `slot`, as in [`shards`](Self::shards).
    pub(super) fn shard_of(&self, slot: u16) -> Option<usize> {
        self.owners.get(usize::from(slot))?.map(usize::from)
    }

    pub(in crate::backends::redis) fn shards(&self) -> &[Shard] {
        &self.shards
    }

    /// The node that serves `slot`.
    pub(in crate::backends::redis) fn owner(&self, slot: u16) -> Option<&Address> {
        Some(&self.shards.get(self.shard_of(slot)?)?.primary)
    }

    /// Whether every slot is served.
    #[cfg(test)]
    pub(super) fn is_complete(&self) -> bool {
        self.owners.iter().all(Option::is_some)
    }

    pub(in crate::backends::redis) fn primaries(&self) -> impl Iterator<Item = &Address> {
        self.shards.iter().map(|shard| &shard.primary)
    }

    /// Whether `address` owns the slot.
    pub(in crate::backends::redis) fn owns(&self, address: &Address, slot: u16) -> bool {
        self.owner(slot) == Some(address)
    }

    pub(super) fn is_primary(&self, address: &Address) -> bool {
        self.shards.iter().any(|shard| shard.primary == *address)
    }

    /// Whether `address` is known as a replica, and as no primary.
    pub(super) fn is_replica(&self, address: &Address) -> bool {
        let mut shards = self.shards.iter();
        !self.is_primary(address) && shards.any(|shard| shard.replicas.contains(address))
    }

    /// All nodes.
    pub(super) fn nodes(&self) -> impl Iterator<Item = &Address> {
        self.shards
            .iter()
            .flat_map(|shard| std::iter::once(&shard.primary).chain(&shard.replicas))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(port: u16) -> Address {
        Address::tcp("n", port)
    }

    #[test]
    fn slots_are_found_whatever_the_order_of_the_ranges() {
        let first = (0, 99, node(2), vec![node(5), node(4)]);
        let second = (100, 16_383, node(1), vec![]);
        let third = (200, 200, node(2), vec![node(4)]);
        let one = Topology::of_ranges(vec![first.clone(), second.clone(), third.clone()]);
        assert_eq!(one.owner(0), Some(&node(2)));
        assert_eq!(one.owner(100), Some(&node(1)));
        assert_eq!(one.owner(200), Some(&node(2)));
        assert_eq!(one.owner(16_384), None);
        assert!(one.is_complete() && one.is_replica(&node(4)) && !one.is_replica(&node(1)));
        let other = Topology::of_ranges(vec![second, first, third]);
        assert_eq!(one, other);
    }

    #[test]
    fn a_slot_moves_to_a_node_that_was_not_known() {
        let before = Topology::of_ranges(vec![(0, 9, node(1), vec![])]);
        assert!(!before.is_complete());
        let after = before.with_moved(5, &node(9)).with_moved(6, &node(9));
        assert_eq!(after.owner(4), Some(&node(1)));
        assert_eq!(after.owner(5), Some(&node(9)));
        assert_eq!(after.owner(6), Some(&node(9)));
        assert_eq!(after.shards().len(), 2);
    }
}
