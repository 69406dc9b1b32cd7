//! PostgreSQL's advisory locks.

mod grant;
mod ledger;
mod lock;
mod number;

pub use self::lock::AdvisoryLock;
pub use crate::backends::AdvisoryForm;
