use std::fmt;

use super::address::{Address, HostPort};
use super::mode::Mode;
use super::options::Options;
use super::percent::{Encoded, EncodedUser};
use super::redis_config::RedisConfig;
use super::row::{Place, Row};
use super::rows::ROWS;

impl fmt::Display for RedisConfig {
    /// As a URL without passwords, for logs: what is at its default is left out, as is a CA given as PEM. Read back
    /// and given its passwords, it says the same.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let options = &self.options;
        let tls = if options.tls.on { "rediss" } else { "redis" };
        let user = User(options.username.as_deref());
        let mut parameters = Parameters { f, is_first: true };
        match &self.mode {
            Mode::Standalone {
                server: server @ Address::Unix(_),
            } => {
                write!(parameters.f, "redis+unix://{user}{server}")?;
                if options.database != 0 {
                    parameters.write("db", &options.database)?;
                }
            }
            Mode::Standalone { server } => {
                write!(parameters.f, "{tls}://{user}{server}{}", Database(options))?;
            }
            Mode::Sentinel { sentinels, service } => {
                let sentinels = List(sentinels);
                let database = Database(options);
                write!(
                    parameters.f,
                    "{tls}+sentinel://{user}{sentinels}/{service}{database}"
                )?;
            }
            Mode::Cluster { nodes } => {
                write!(parameters.f, "{tls}+cluster://{user}{}", List(nodes))?;
            }
        }
        let default = Options::default();
        for row in ROWS {
            if let Some(value) = changed(row, options, &default) {
                parameters.write(row.name, &Encoded(&value))?;
            }
        }
        Ok(())
    }
}

/// The value of a parameter that is not at its default.
fn changed(row: &Row, options: &Options, default: &Options) -> Option<String> {
    if row.place != Place::Query {
        return None;
    }
    (row.show)(options).filter(|value| (row.show)(default).as_ref() != Some(value))
}

struct Parameters<'a, 'b> {
    f: &'a mut fmt::Formatter<'b>,
    is_first: bool,
}

impl Parameters<'_, '_> {
    fn write(&mut self, name: &str, value: &dyn fmt::Display) -> fmt::Result {
        let mark = if self.is_first { '?' } else { '&' };
        self.is_first = false;
        write!(self.f, "{mark}{name}={value}")
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
