//! Advisory locks of PostgreSQL: locks that the server holds for a connection, and no row stands for.
//!
//! They exclude everybody who takes the same number in the same database, in whatever program and language, and are gone at once
//! when the connection of their holder is. Each lock has a connection of its own, outside of the pool.
//!
//! # Session or transaction
//!
//! | | [`AdvisoryForm::Session`] | [`AdvisoryForm::Transaction`] |
//! | --- | --- | --- |
//! | the lock is bound to | a session of the server | a transaction that the guard holds open |
//! | a pooler in between | is refused, whatever its mode | takes part, and lends one of its connections to the server until the release |
//! | while it is held | an idle connection | a connection `idle in transaction`, which some supervisors report; it holds no snapshot, so vacuum is not held up |
//!
//! Take the session form where the server is reached directly, the transaction form behind `PgBouncer` and its like.
//!
//! # Losing it
//!
//! The holder tells the server each third of the time to live that it is there, and the server ends the connection of one who has not
//! for all of it (`idle_session_timeout`, `idle_in_transaction_session_timeout`). So a holder that is paused or cut off loses the
//! lock, and counts as having lost it no later than the server does. A connection that ended is noticed when it is
//! used next: within a third of the time to live. The lock is lost with it, for somebody else may have it already.
//!
//! # Numbers and fences
//!
//! The server knows locks by numbers of 64 bits. That of a key is the beginning of a SHA-256 of the table's name and the key. An
//! entry beside the state, which never expires, says whose number it is, and counts the grants: the
//! [fence](super::HeldLock::fence). A key whose number is another's is refused.
//!
//! # What it does not promise
//!
//! | | |
//! | --- | --- |
//! | failover | the locks of a server die with it and are not replicated. The new primary grants them at once, while a holder at the old one may not have noticed. A standby is refused, and one that became so |
//! | fences after a failover | rise as long as the failover loses no commit: replicate synchronously where they matter |
//! | a paused holder | it may go on until it next looks. What it changes has to compare fences |
//! | servers before version 14 | do not end silent sessions: there a lock of the session form ends with its connection, however long that takes |
//! | other databases | have advisory locks of their own |
//!
//! Where what is guarded is in the store, [`Store::lock`](crate::Store::lock) promises more: it outlives connections and failovers, and
//! refuses the writes of who lost it.

mod grant;
mod ledger;
mod lock;
mod number;

pub use self::lock::AdvisoryLock;
pub use crate::backends::AdvisoryForm;
