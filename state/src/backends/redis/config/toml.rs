//! Configurations in TOML. The library's own errors quote the line they are in, which may hold a password, so that
//! only their words and their place are passed on.

use ::toml::de::{DeTable, DeValue};

use super::builder::RedisConfigBuilder;
use super::row::{Kind, Row, shown_name};
use super::rows;

/// Reads a document into a builder.
pub(super) fn read(builder: &mut RedisConfigBuilder, document: &str) {
    let table = match DeTable::parse(document) {
        Ok(table) => table.into_inner(),
        Err(error) => {
            let line = line_of(document, error.span().map_or(0, |span| span.start));
            return builder.mistake(format!("line {line} is no TOML: {}", error.message()));
        }
    };
    let mut entries: Vec<_> = table.into_iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    for (key, value) in entries {
        let line = line_of(document, key.span().start);
        let Some(row) = rows::named(key.get_ref()) else {
            let name = shown_name(key.get_ref());
            let known = rows::names(|_| true);
            builder.mistake(format!(
                "`{name}` in line {line} is no option; there are {known}"
            ));
            continue;
        };
        let label = format!("`{}` in line {line}", row.name);
        match text_of(row.kind, value.get_ref()) {
            Some(text) => builder.read(&label, row, &text),
            None => builder.mistake(format!("{label} must be {}, {}", row.expects, form(row))),
        }
    }
}

/// The value as the option reads it; `None` where it has the wrong type.
fn text_of(kind: Kind, value: &DeValue<'_>) -> Option<String> {
    match (kind, value) {
        (Kind::Text | Kind::Number | Kind::Flag, DeValue::String(text)) => Some(text.to_string()),
        (Kind::Number, DeValue::Integer(number)) => Some(number.to_string()),
        (Kind::Flag, DeValue::Boolean(flag)) => Some(flag.to_string()),
        (Kind::List, DeValue::Array(array)) => {
            let texts: Option<Vec<&str>> = array.iter().map(|one| one.get_ref().as_str()).collect();
            texts.map(|texts| texts.join(","))
        }
        _ => None,
    }
}

/// How TOML writes an option.
const fn form(row: &Row) -> &'static str {
    match row.kind {
        Kind::Text => "in quotes",
        Kind::Number => "as a number or in quotes",
        Kind::Flag => "as a boolean",
        Kind::List => "as an array of strings",
    }
}

/// The number of the line, from one, that a byte stands in.
fn line_of(document: &str, position: usize) -> usize {
    let before = document.as_bytes().iter().take(position);
    1 + before.filter(|byte| **byte == b'\n').count()
}
