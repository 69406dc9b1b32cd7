//! Workers that read, change and write one value under a lock, while some of them are killed and paused, and what must be there
//! in the end.
//!
//! The value is the list of the fences of all sections that wrote it. A section reads the list, appends its own fence and
//! writes the list, without any condition on what it has read.

mod crew;
mod cuts;
mod event;
mod log;
mod tasks;
mod worker;

use serde::{Deserialize, Serialize};
use typed_state::{StateKey, StateValue, Ttl};

pub use self::crew::Crew;
pub use self::cuts::Cuts;
pub use self::event::Event;
pub use self::log::{Log, Outcome};
pub use self::tasks::Tasks;
pub use self::worker::{Moves, Way, Worker};

/// What all workers change. Several of them lie in several partitions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, StateKey)]
#[state(namespace = "sections", value = Fences)]
pub struct Sections(pub u64);

/// The fences of the sections that wrote it, in their order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, StateValue)]
#[state(name = "fences")]
pub struct Fences(pub Vec<u64>);

/// How long a grant lives in milliseconds.
const TTL_MILLIS: i64 = 400;
/// The same.
pub const TTL: Ttl = match Ttl::from_millis(TTL_MILLIS) {
    Some(ttl) => ttl,
    None => Ttl::MIN,
};

/// How many sections each worker does: `TYPED_STATE_LOCK_SECTIONS`, or 40 where that is not set.
pub fn sections() -> usize {
    let given = std::env::var("TYPED_STATE_LOCK_SECTIONS").ok();
    given
        .and_then(|sections| sections.parse().ok())
        .unwrap_or(40)
}
