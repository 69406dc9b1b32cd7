//! Options as text says them, without those of any backend.
//!
//! What is configured describes every option by one [`Row`] of one table: its name, what it may be, how its text is read and shown.
//! Builders, URLs, TOML and environment variables all go through that table, by a [`Form`] of its [`Draft`].

mod address;
pub(crate) mod checks;
mod draft;
pub(crate) mod duration;
mod env;
mod form;
mod kinds;
mod names;
pub(crate) mod number;
pub(crate) mod pem;
pub(crate) mod percent;
mod reader;
mod row;
mod shown;
#[cfg(feature = "any")]
mod sources;
mod toml;
mod url;

#[cfg(test)]
mod tests;

pub(crate) use self::address::{HostPort, joined};
pub(crate) use self::draft::Draft;
pub(crate) use self::form::{Form, refused};
#[cfg(any(feature = "any", feature = "postgres"))]
pub(crate) use self::kinds::flag;
#[cfg(feature = "any")]
pub(crate) use self::kinds::fraction;
pub(crate) use self::kinds::{duration, duration_or_none, number, ttl_or_none};
pub(crate) use self::reader::Reader;
pub(crate) use self::row::{Kind, Place, Row};
pub(crate) use self::shown::Parameters;
#[cfg(feature = "any")]
pub(crate) use self::sources::Sources;
#[cfg(feature = "any")]
pub(crate) use self::toml::{line_of, parse};
pub(crate) use self::url::Url;
