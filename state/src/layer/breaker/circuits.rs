use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use super::asked::Asked;
use super::circuit::{Circuit, CircuitState, Refusal};
use super::config::CircuitBreakerLayer;
use super::permit::{Held, Permit};
use crate::backend::Node;

/// So many nodes have a circuit of their own; more than a Cluster may have.
const MOST: usize = 1_024;

/// The circuits of a backend: one where it has one node, else one for each node that has been asked.
#[derive(Debug)]
pub(super) struct Circuits {
    pub(super) only: Circuit,
    named: RwLock<BTreeMap<Node, Arc<Circuit>>>,
    options: CircuitBreakerLayer,
}

/// Whom a call asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Nodes {
    /// The one that there is.
    Only,
    /// These.
    Some(Vec<Node>),
    /// All that there are.
    All,
}

impl Nodes {
    pub(super) fn of(nodes: impl IntoIterator<Item = Node>) -> Self {
        let mut several = Vec::new();
        for node in nodes {
            if node.is_only() {
                return Self::Only;
            }
            if !several.contains(&node) {
                several.push(node);
            }
        }
        if several.is_empty() {
            return Self::Only;
        }
        Self::Some(several)
    }
}

impl Circuits {
    pub(super) fn new(options: CircuitBreakerLayer) -> Self {
        Self {
            only: Circuit::new(options.clone()),
            named: RwLock::default(),
            options,
        }
    }

    /// Lets a call pass that asks these nodes, or not.
    pub(super) fn admit(&self, nodes: Nodes, forced: bool) -> Result<Asked<'_>, Refusal> {
        match nodes {
            Nodes::Only => self.only.admit(forced).map(|pass| {
                let circuit = Held::Own(&self.only);
                Asked::Only(Permit { circuit, pass })
            }),
            Nodes::Some(nodes) => self.admit_named(nodes, forced),
            Nodes::All => self.admit_all(forced),
        }
    }

    fn admit_all(&self, forced: bool) -> Result<Asked<'_>, Refusal> {
        let named = self.named.read().unwrap_or_else(PoisonError::into_inner);
        let nodes: Vec<Node> = named.keys().cloned().collect();
        drop(named);
        if nodes.is_empty() {
            return self.admit(Nodes::Only, forced);
        }
        self.admit_named(nodes, forced)
    }

    fn admit_named(&self, nodes: Vec<Node>, forced: bool) -> Result<Asked<'_>, Refusal> {
        let permits = nodes.into_iter().map(|node| {
            let circuit = self.of(&node);
            let pass = circuit
                .admit(forced)
                .map_err(|refusal| refusal.of(node.clone()))?;
            let circuit = Held::Shared(circuit);
            Ok((node, Permit { circuit, pass }))
        });
        // Where one may not pass, the others are dropped and count for nothing.
        permits.collect::<Result<_, _>>().map(Asked::Named)
    }

    fn of(&self, node: &Node) -> Arc<Circuit> {
        let known = self.named.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(circuit) = known.get(node) {
            return Arc::clone(circuit);
        }
        drop(known);
        let mut known = self.named.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST {
            known.clear();
        }
        let new = || Arc::new(Circuit::new(self.options.clone()));
        Arc::clone(known.entry(node.clone()).or_insert_with(new))
    }

    /// Where each circuit stands.
    pub(super) fn states(&self) -> Vec<(Node, CircuitState)> {
        let named = self.named.read().unwrap_or_else(PoisonError::into_inner);
        if named.is_empty() {
            return vec![(Node::ONLY, self.only.state())];
        }
        let states = named.iter();
        states
            .map(|(node, circuit)| (node.clone(), circuit.state()))
            .collect()
    }
}
