//! The linearizability test: what racing clients saw must have an order that explains it.
//!
//! Clients run random reads, writes, conditional commits and additions on a few keys of one partition, at
//! once, and each notes when it asked and when it was answered. The checker then looks for an order of
//! the operations, each at one moment between its question and its answer, in which a store that did one
//! thing at a time would have answered so. An operation whose answer was lost may stand anywhere after its
//! question, or nowhere.

mod call;
mod checker;
mod client;
mod contract;
mod history;
mod run;
mod show;
#[cfg(test)]
mod tests;

pub use self::history::Violation;
pub use self::run::{check, linearizability};
