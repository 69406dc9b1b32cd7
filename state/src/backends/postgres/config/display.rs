use std::fmt;

use super::draft::Draft;
use super::postgres_config::PostgresConfig;
use crate::backends::options::Parameters;
use crate::backends::options::percent::EncodedUser;

impl fmt::Display for PostgresConfig {
    /// As a URL without password, for logs: what is at its default is left out, as is what was given as PEM. Read back
    /// and given those, it says the same.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let options = &self.options;
        f.write_str("postgres://")?;
        if let Some(name) = &options.username {
            write!(f, "{}@", EncodedUser(name))?;
        }
        for (position, host) in options.hosts.iter().enumerate() {
            let comma = if position > 0 { "," } else { "" };
            write!(f, "{comma}{host}")?;
        }
        if let Some(name) = &options.database {
            write!(f, "/{}", EncodedUser(name))?;
        }
        Parameters::of(f).write_changed::<Draft>(options)
    }
}
