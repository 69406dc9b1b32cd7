//! The choice of a backend in TOML.

use ::toml::de::DeTable;

use super::config::AnyConfig;
use super::kind::{Kind, refused};
use crate::backends::{Sources, line_of, parse_toml};
use crate::error::Result;

impl AnyConfig {
    /// What a TOML document says.
    ///
    /// # Errors
    /// [`Configuration`](crate::ErrorKind::Configuration) with every mistake and its line. No line is quoted.
    pub fn from_toml(document: &str) -> Result<Self> {
        let root = parse_toml(document).map_err(|mistake| refused(&[mistake]))?;
        Self::of_root(document, &root)
    }

    /// What the table of a document says.
    pub(super) fn of_root(document: &str, root: &DeTable<'_>) -> Result<Self> {
        let mut mistakes = Vec::new();
        let mut url = None;
        let mut backend = None;
        for (key, value) in root {
            let (name, line) = (&key.get_ref()[..], line_of(document, key.span().start));
            let label = format!("`{name}` in line {line}");
            match (name, value.get_ref().as_str(), value.get_ref().as_table()) {
                ("url", Some(text), _) => url = Some((label, text)),
                ("backend", Some(text), _) => backend = Some((label, text)),
                ("url" | "backend", ..) => mistakes.push(format!("{label} must be in quotes")),
                (_, _, Some(_)) if Kind::is_name(name) => {}
                _ if Kind::is_name(name) => mistakes.push(format!("{label} must be a table")),
                _ => mistakes.push(format!(
                    "line {line} has a name that is none of `url`, `backend` and the tables of the backends"
                )),
            }
        }
        let kind = match (&url, &backend) {
            (Some((label, text)), None) => Kind::of_url(label, text),
            (None, Some((label, text))) => Kind::named(label, text),
            (None, None) => {
                Err("`url` is missing, or `backend` with a table of that name".to_owned())
            }
            (Some(_), Some(_)) => {
                Err("`url` and `backend` are both given: leave one of them out".to_owned())
            }
        };
        let kind = match kind {
            Ok(kind) if mistakes.is_empty() => kind,
            Ok(_) => return Err(refused(&mistakes)),
            Err(mistake) => {
                mistakes.push(mistake);
                return Err(refused(&mistakes));
            }
        };
        let table = root
            .get(kind.name())
            .and_then(|table| table.get_ref().as_table());
        Self::of_sources(
            kind,
            &Sources {
                url: url.as_ref().map(|(label, url)| (&label[..], *url)),
                table: table.map(|table| (document, table)),
                ..Sources::default()
            },
        )
    }
}
