//! A whole store in TOML.

use super::config::StoreConfig;
use crate::any::AnyConfig;
use crate::any::kind::refused;
use crate::backends::{Sources, line_of, parse_toml};
use crate::error::Result;

const STORE: &str = "store";

impl StoreConfig {
    /// What a TOML document says.
    ///
    /// # Errors
    /// [`Configuration`](crate::ErrorKind::Configuration) with every mistake and its line. No line is quoted.
    pub fn from_toml(document: &str) -> Result<Self> {
        let mut root = parse_toml(document).map_err(|mistake| refused(&[mistake]))?;
        let store = root.remove_entry(STORE);
        let table = store.as_ref().map(|(name, value)| {
            let line = line_of(document, name.span().start);
            let mistake = || refused(&[format!("`{STORE}` in line {line} must be a table")]);
            value.get_ref().as_table().ok_or_else(mistake)
        });
        let backend = AnyConfig::of_root(document, &root);
        let (table, backend) = match table.transpose() {
            Ok(table) => (table, backend),
            Err(mistake) => (None, backend.and(Err(mistake))),
        };
        let sources = Sources {
            table: table.map(|table| (document, table)),
            ..Sources::default()
        };
        Self::of(backend, &sources)
    }
}
