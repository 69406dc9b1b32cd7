//! Trying again, and settling what became of commits whose answer was lost, so that none applies twice.
//!
//! What is tried again depends on what the store did, not on what was asked. Where nothing was applied, anything is sent
//! again. Where an answer was lost, a commit is sent again only in a form in which it cannot apply twice, also
//! where an earlier attempt is still on its way:
//!
//! | the commit | how a second attempt knows of the first |
//! | --- | --- |
//! | one put, delete or touch without condition | it need not: doing it again changes nothing, unless somebody wrote in between |
//! | puts, with a [`Condition::Revision`](crate::backend::Condition::Revision) on a key that it puts | that condition cannot hold twice, and the revision that stands there then is the commit's own |
//! | everything else | by a receipt: an entry that the commit writes with the rest, and requires to be absent |
//!
//! Receipts are entries of the namespace `~receipt`, which no key type can have. They expire, and this layer leaves
//! them out of snapshots of the whole store; what reads the store without this layer sees them.

mod attempt;
mod backend;
mod backoff;
mod budget;
mod config;
mod pledge;
mod rebuild;
mod receipt;
mod retries;
mod settle;
mod snapshot;

pub use self::backend::Retry;
pub use self::config::RetryLayer;
pub use self::retries::Retries;
