//! PostgreSQL: one server, and a primary with a replica.

mod control;
mod disk;
mod launch;
mod options;
mod pair;
mod server;
mod settings;
mod template;

pub(super) use self::control::{ask, reach};
pub use self::disk::Disk;
pub use self::options::PostgresOptions;
pub use self::pair::PostgresPair;
pub use self::server::PostgresServer;
pub(super) use self::server::url;

/// The user that may do everything, and the database that is always there.
pub(super) const POSTGRES: &str = "postgres";
