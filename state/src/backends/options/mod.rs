//! Options of the backends on servers, without any backend's own.
//!
//! A backend describes every option by one [`Row`] of one table: its name, what it may be, how its text is read and shown.
//! Builders, URLs, TOML and environment variables all go through that table, by a [`Form`] of the backend's [`Draft`].

mod address;
pub(in crate::backends) mod checks;
mod draft;
pub(in crate::backends) mod duration;
mod env;
mod form;
mod kinds;
mod names;
pub(in crate::backends) mod number;
pub(in crate::backends) mod pem;
pub(in crate::backends) mod percent;
mod reader;
mod row;
mod shown;
#[cfg(feature = "any")]
mod sources;
mod toml;
mod url;

#[cfg(test)]
mod tests;

pub(in crate::backends) use self::address::{HostPort, joined};
pub(in crate::backends) use self::draft::Draft;
pub(in crate::backends) use self::form::{Form, refused};
pub(in crate::backends) use self::kinds::{duration, duration_or_none, number};
pub(in crate::backends) use self::reader::Reader;
pub(in crate::backends) use self::row::{Kind, Place, Row};
pub(in crate::backends) use self::shown::Parameters;
#[cfg(feature = "any")]
pub(crate) use self::sources::Sources;
#[cfg(feature = "any")]
pub(crate) use self::toml::{line_of, parse};
pub(in crate::backends) use self::url::Url;
