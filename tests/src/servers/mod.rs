//! Real servers for the tests: each is a child of the test process on a free port, with a directory of its own, and
//! goes when the process does, however that ends.

mod account;
mod binary;
mod client;
mod cluster;
mod daemon;
mod family;
mod guard;
mod kind;
mod launch;
mod options;
mod pgbouncer;
pub(crate) mod port;
mod postgres;
mod process;
mod sentinel;
mod server;
mod tls;
mod wait;

pub use self::cluster::RedisCluster;
pub use self::daemon::Daemon;
pub use self::options::RedisOptions;
pub use self::pgbouncer::PgBouncer;
pub use self::postgres::{Disk, PostgresOptions, PostgresPair, PostgresServer};
pub use self::sentinel::{SentinelOptions, SentinelSet};
pub use self::server::RedisServer;
pub use self::tls::{Certificates, Pair, ServerTls};
