use std::fmt;
use std::path::Path;

use super::draft::Draft;
#[cfg(feature = "any")]
use super::names::{named, names, shown_name, unknown};
use super::row::Row;
use crate::error::{Error, ErrorKind, Result};

/// A draft and the mistakes that were made in it, which are kept until it is finished.
#[derive(Clone, Default)]
pub(crate) struct Form<D> {
    pub(crate) draft: D,
    mistakes: Vec<String>,
}

impl<D: Draft> Form<D> {
    /// Reads an option from text. A value that is refused leaves a mistake and nothing else.
    pub(crate) fn read(&mut self, label: &dyn fmt::Display, row: &Row<D>, text: &str) {
        let mut changed = self.draft.clone();
        if (row.set)(&mut changed, text) && (row.allowed)(changed.options()) {
            self.draft = changed;
            return;
        }
        self.mistakes.push(row.refusal(label, text));
    }

    /// Reads an option that a builder's method was given.
    pub(crate) fn set(&mut self, row: &Row<D>, text: &str) {
        self.read(&row.label(), row, text);
    }

    /// The same where it may be a path.
    pub(crate) fn set_path(&mut self, row: &Row<D>, path: &Path) {
        // No path is empty, so that what is not UTF-8 is refused.
        self.set(row, path.to_str().unwrap_or_default());
    }

    /// A form that begins with a draft.
    #[cfg(feature = "any")]
    pub(crate) const fn of(draft: D) -> Self {
        Self {
            draft,
            mistakes: Vec::new(),
        }
    }

    /// Reads an option by its name.
    #[cfg(feature = "any")]
    pub(crate) fn read_named(&mut self, name: &str, text: &str) {
        if let Some(row) = named::<D>(name) {
            return self.set(row, text);
        }
        let known = unknown(name, names::<D>(|_| true));
        self.mistake(format!("`{}` is no option; {known}", shown_name(name)));
    }

    /// Keeps a mistake.
    pub(crate) fn mistake(&mut self, message: impl Into<String>) {
        self.mistakes.push(message.into());
    }

    /// The mistakes so far.
    pub(crate) fn mistakes(&self) -> &[String] {
        &self.mistakes
    }

    /// The draft, in which every option is by itself as it may be.
    ///
    /// # Errors
    /// [`Configuration`](ErrorKind::Configuration) with every mistake.
    pub(crate) fn finish(self) -> Result<D> {
        let Self {
            draft,
            mut mistakes,
        } = self;
        let options = draft.options();
        let outside = D::rows().iter().filter(|row| !(row.allowed)(options));
        mistakes.extend(outside.map(|row| {
            let value = (row.show)(options).unwrap_or_default();
            row.refusal(&row.label(), &value)
        }));
        // What is missing or contradicts itself may only follow from these mistakes.
        if !mistakes.is_empty() {
            return Err(refused::<D>(&mistakes));
        }
        Ok(draft)
    }
}

/// The error that says these mistakes.
pub(crate) fn refused<D: Draft>(mistakes: &[String]) -> Error {
    let message = format!("of the {}: {}", D::OF, mistakes.join("; "));
    Error::new(ErrorKind::Configuration, message)
}
