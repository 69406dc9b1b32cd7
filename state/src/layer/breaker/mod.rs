//! A circuit breaker: a store that fails again and again is left alone for a while.
//!
//! Closed, all calls pass. After so many failures in a row, or so many among the last calls, it opens, and refuses calls without asking the store. When it
//! has been open for its time, a few calls pass as probes (half-open): as many successes close it, one failure
//! opens it again.
//!
//! Where a backend has several nodes each has a circuit of its own, so that one that is down leaves the others in use. A call
//! passes where the circuits of all its nodes let it.

mod asked;
mod backend;
mod circuit;
mod circuits;
mod config;
mod observed;
mod permit;
mod phase;
mod several;
mod window;

pub use self::backend::CircuitBreaker;
pub use self::circuit::CircuitState;
pub use self::config::CircuitBreakerLayer;
