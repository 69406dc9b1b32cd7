use super::circuit::Verdict;
use super::permit::Permit;
use crate::backend::Node;

/// What a call has passed: the circuit of each node that it asks.
#[derive(Debug)]
#[must_use = "what is dropped at once watches no call"]
pub(super) enum Asked<'c> {
    Only(Permit<'c>),
    Named(Vec<(Node, Permit<'c>)>),
}

/// What an answer says of the store, and of which node where it blames one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Blame {
    pub(super) verdict: Verdict,
    pub(super) node: Node,
}

impl Blame {
    pub(super) const fn nobody(verdict: Verdict) -> Self {
        Self {
            verdict,
            node: Node::ONLY,
        }
    }
}

impl Asked<'_> {
    /// The call has ended. A failure counts against the node that is named; where none is, against the one that was asked.
    /// Which of several is at fault nobody knows then, so it counts against none.
    pub(super) fn end(self, blame: &Blame) {
        match self {
            Self::Only(permit) => permit.end(blame.verdict),
            Self::Named(permits) => end_named(permits, blame),
        }
    }
}

fn end_named(permits: Vec<(Node, Permit<'_>)>, blame: &Blame) {
    let alone = permits.len() == 1;
    for (node, permit) in permits {
        let is_at_fault = blame.node == node || blame.node.is_only() && alone;
        let verdict = match blame.verdict {
            Verdict::Failure if !is_at_fault => Verdict::Neither,
            verdict => verdict,
        };
        permit.end(verdict);
    }
}
