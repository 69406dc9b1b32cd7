//! Where the PostgreSQL backend finds its servers, and how it treats them.

pub(super) mod options;

use self::options::{Host, Options};

/// Where the servers are, and how they are treated.
#[derive(Debug, Clone)]
pub struct PostgresConfig {
    pub(in crate::backends::postgres) options: Options,
}

impl PostgresConfig {
    /// Stands in for the configuration until it is there.
    #[doc(hidden)]
    pub fn stand_in(
        hosts: &[(String, u16)],
        (username, password): (&str, &str),
        table: &str,
        statement_cache: bool,
        partitions: u32,
    ) -> Self {
        let hosts = hosts.iter().cloned();
        let options = Options {
            hosts: hosts.map(|(host, port)| Host::Tcp { host, port }).collect(),
            username: Some(username.to_owned()),
            password: Some(password.into()),
            database: Some("postgres".to_owned()),
            table: table.to_owned(),
            statement_cache,
            partitions,
            pool_min: 1,
            pool_max: 16,
            ..Options::default()
        };
        Self { options }
    }
}
