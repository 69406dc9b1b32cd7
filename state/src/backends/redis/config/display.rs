use std::fmt;

use super::address::{Address, HostPort};
use super::draft::Draft;
use super::mode::Mode;
use super::options::Options;
use super::redis_config::RedisConfig;
use crate::backends::options::Parameters;
use crate::backends::options::percent::EncodedUser;

impl fmt::Display for RedisConfig {
    /// As a URL without passwords, for logs: what is at its default is left out, as is a CA given as PEM. Read back
    /// and given its passwords, it says the same.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let options = &self.options;
        let tls = if options.tls.on { "rediss" } else { "redis" };
        let user = User(options.username.as_deref());
        match &self.mode {
            Mode::Standalone {
                server: server @ Address::Unix(_),
            } => {
                write!(f, "redis+unix://{user}{server}")?;
            }
            Mode::Standalone { server } => {
                write!(f, "{tls}://{user}{server}{}", Database(options))?;
            }
            Mode::Sentinel { sentinels, service } => {
                let sentinels = List(sentinels);
                let database = Database(options);
                write!(f, "{tls}+sentinel://{user}{sentinels}/{service}{database}")?;
            }
            Mode::Cluster { nodes } => {
                write!(f, "{tls}+cluster://{user}{}", List(nodes))?;
            }
        }
        let mut parameters = Parameters::of(f);
        let on_socket = matches!(
            self.mode,
            Mode::Standalone {
                server: Address::Unix(_)
            }
        );
        if on_socket && options.database != 0 {
            parameters.write("db", &options.database.to_string())?;
        }
        parameters.write_changed::<Draft>(options)
    }
}

struct User<'a>(Option<&'a str>);

impl fmt::Display for User<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(name) => write!(f, "{}@", EncodedUser(name)),
            None => Ok(()),
        }
    }
}

struct Database<'a>(&'a Options);

impl fmt::Display for Database<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.database {
            0 => Ok(()),
            number => write!(f, "/{number}"),
        }
    }
}

struct List<'a>(&'a [HostPort]);

impl fmt::Display for List<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, address) in self.0.iter().enumerate() {
            if position > 0 {
                f.write_str(",")?;
            }
            write!(f, "{address}")?;
        }
        Ok(())
    }
}
