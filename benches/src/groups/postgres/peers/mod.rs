//! The others, each as its own documentation advises.

mod pipelined;
mod pooled;
mod statements;

pub(in crate::groups) use self::pipelined::{AGAINST as PIPELINED, Pipelined};
pub(in crate::groups) use self::pooled::{AGAINST as POOLED, CONNECTIONS, Pooled};
