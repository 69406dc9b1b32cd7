//! The others, each as its own documentation advises.

mod pipelined;
mod pooled;
mod statements;

pub(super) use self::pipelined::{AGAINST as PIPELINED, Pipelined};
pub(super) use self::pooled::{AGAINST as POOLED, CONNECTIONS, Pooled};
