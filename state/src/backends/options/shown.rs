//! How a configuration shows itself as a URL: the parameters.

use std::fmt;

use super::draft::Draft;
use super::percent::Encoded;
use super::row::{Place, Row};

/// Writes the parameters of a URL.
pub(crate) struct Parameters<'a, 'b> {
    f: &'a mut fmt::Formatter<'b>,
    is_first: bool,
}

impl<'a, 'b> Parameters<'a, 'b> {
    /// After what is written already.
    pub(crate) fn of(f: &'a mut fmt::Formatter<'b>) -> Self {
        Self { f, is_first: true }
    }

    pub(crate) fn write(&mut self, name: &str, value: &str) -> fmt::Result {
        let mark = if self.is_first { '?' } else { '&' };
        self.is_first = false;
        write!(self.f, "{mark}{name}={}", Encoded(value))
    }

    /// Writes all that are not at their defaults.
    pub(crate) fn write_changed<D: Draft>(&mut self, options: &D::Options) -> fmt::Result {
        let default = D::default();
        for row in D::rows() {
            if let Some(value) = changed(row, options, default.options()) {
                self.write(row.name, &value)?;
            }
        }
        Ok(())
    }
}

/// The value of a parameter that is not at its default.
fn changed<D: Draft>(row: &Row<D>, options: &D::Options, default: &D::Options) -> Option<String> {
    if row.place != Place::Query {
        return None;
    }
    (row.show)(options).filter(|value| (row.show)(default).as_ref() != Some(value))
}
