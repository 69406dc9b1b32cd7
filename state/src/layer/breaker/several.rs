//! Commits that go together.

use std::pin::pin;

use super::backend::{CircuitBreaker, blame_of_all};
use super::circuits::Nodes;
use super::observed::{Began, Observed};
use crate::backend::{Backend, Commit, Context, Node, Outcome};
use crate::error::Result;
use crate::layer::traffic::first_key;

impl<B: Backend> CircuitBreaker<B> {
    /// Of a backend of one node: all or none.
    pub(super) async fn commit_whole(
        &self,
        cx: &Context,
        commits: Vec<Commit>,
    ) -> Vec<Result<Outcome>> {
        let asked = match self.circuits().admit(Nodes::Only, cx.forced) {
            Ok(asked) => asked,
            Err(refusal) => {
                let refused = |_: &Commit| Err(refusal.clone().into());
                return commits.iter().map(refused).collect();
            }
        };
        let mut began = Began::Unseen;
        let answers = Observed {
            cx,
            call: pin!(self.inner().commit_many(cx, commits)),
            began: &mut began,
        }
        .await;
        let was_late = answers.iter().any(Result::is_err) && began.late(cx);
        asked.end(&blame_of_all(&answers, was_late));
        answers
    }

    /// What the circuits of its nodes let pass is sent together; the rest is refused.
    pub(super) async fn commit_by_nodes(
        &self,
        cx: &Context,
        commits: Vec<Commit>,
    ) -> Vec<Result<Outcome>> {
        let node_of = |commit: &Commit| {
            first_key(commit).map_or(Node::ONLY, |key| self.inner().node_of(key.partition()))
        };
        let nodes: Vec<Node> = commits.iter().map(node_of).collect();
        let mut passing = Vec::new();
        let mut refused = Vec::new();
        for node in &nodes {
            let is_known = passing.iter().any(|(known, _)| known == node)
                || refused.iter().any(|(known, _)| known == node);
            if is_known {
                continue;
            }
            match self.circuits().admit(Nodes::of([node.clone()]), cx.forced) {
                Ok(asked) => passing.push((node.clone(), asked)),
                Err(refusal) => refused.push((node.clone(), refusal)),
            }
        }
        let refusal_of = |node: &Node| {
            let refused = refused.iter().find(|(known, _)| known == node);
            refused.map(|(_, refusal)| refusal.clone())
        };
        let mut sent = Vec::with_capacity(commits.len());
        let mut senders = Vec::with_capacity(commits.len());
        for (commit, node) in commits.into_iter().zip(&nodes) {
            if refusal_of(node).is_none() {
                sent.push(commit);
                senders.push(node);
            }
        }
        let mut answers = Vec::new().into_iter();
        if !sent.is_empty() {
            let mut began = Began::Unseen;
            let answered = Observed {
                cx,
                call: pin!(self.inner().commit_many(cx, sent)),
                began: &mut began,
            }
            .await;
            let was_late = began.late(cx);
            for (node, asked) in passing {
                let of_node = senders.iter().zip(&answered);
                let of_node = of_node.filter(|(sender, _)| **sender == &node);
                asked.end(&blame_of_all(of_node.map(|(_, answer)| answer), was_late));
            }
            answers = answered.into_iter();
        }
        let answer = |node| match refusal_of(node) {
            Some(refusal) => Some(Err(refusal.into())),
            None => answers.next(),
        };
        nodes.iter().filter_map(answer).collect()
    }
}
