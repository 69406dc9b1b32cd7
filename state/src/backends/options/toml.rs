//! Configurations in TOML. The library's own errors quote the line they are in, which may hold a password, so that
//! only their words and their place are passed on.

use ::toml::Spanned;
use ::toml::de::{DeTable, DeValue};

use super::draft::Draft;
use super::form::Form;
use super::names::{named, names, shown_name, unknown};
use super::row::Kind;

impl<D: Draft> Form<D> {
    /// Reads a document.
    pub(crate) fn read_toml(&mut self, document: &str) {
        match parse(document) {
            Ok(table) => self.read_table(document, &table),
            Err(mistake) => self.mistake(mistake),
        }
    }

    /// Reads a table of a document.
    pub(crate) fn read_table(&mut self, document: &str, table: &DeTable<'_>) {
        let mut entries: Vec<_> = table.iter().collect();
        entries.sort_by_key(|(key, _)| key.span().start);
        for (key, value) in entries {
            let line = line_of(document, key.span().start);
            self.read_entry(line, key.get_ref(), value.get_ref());
        }
    }

    fn read_entry(&mut self, line: usize, name: &str, value: &DeValue<'_>) {
        let Some(row) = named::<D>(name) else {
            let known = unknown(name, names::<D>(|_| true));
            let name = shown_name(name);
            return self.mistake(format!("`{name}` in line {line} is no option; {known}"));
        };
        let label = format!("`{}` in line {line}", row.name);
        match text_of(row.kind, value) {
            Some(text) => self.read(&label, row, &text),
            None => self.mistake(format!(
                "{label} must be {}, {}",
                row.expects,
                written(row.kind)
            )),
        }
    }
}

/// The document's table.
///
/// # Errors
/// Says which line is no TOML, without quoting it.
pub(crate) fn parse(document: &str) -> Result<DeTable<'_>, String> {
    DeTable::parse(document)
        .map(Spanned::into_inner)
        .map_err(|error| {
            let line = line_of(document, error.span().map_or(0, |span| span.start));
            format!("line {line} is no TOML: {}", error.message())
        })
}

/// The value as the option reads it; `None` where it has the wrong type.
fn text_of(kind: Kind, value: &DeValue<'_>) -> Option<String> {
    match (kind, value) {
        (Kind::Text | Kind::Number | Kind::Fraction | Kind::Flag, DeValue::String(text)) => {
            Some(text.to_string())
        }
        (Kind::Number | Kind::Fraction, DeValue::Integer(number)) => Some(number.to_string()),
        (Kind::Fraction, DeValue::Float(number)) => Some(number.to_string()),
        (Kind::Flag, DeValue::Boolean(flag)) => Some(flag.to_string()),
        (Kind::List, DeValue::Array(array)) => {
            let texts: Option<Vec<&str>> = array.iter().map(|one| one.get_ref().as_str()).collect();
            texts.map(|texts| texts.join(","))
        }
        _ => None,
    }
}

/// How TOML writes an option.
const fn written(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "in quotes",
        Kind::Number | Kind::Fraction => "as a number or in quotes",
        Kind::Flag => "as a boolean",
        Kind::List => "as an array of strings",
    }
}

/// The number of the line, from one, that a byte stands in.
pub(crate) fn line_of(document: &str, position: usize) -> usize {
    let before = document.as_bytes().iter().take(position);
    1 + before.filter(|byte| **byte == b'\n').count()
}
