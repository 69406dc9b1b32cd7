use std::ffi::OsString;

use ::toml::de::DeTable;

use super::draft::Draft;
use super::form::Form;

/// What a configuration is read from where the backend itself was chosen by it; each says over the one before.
#[derive(Default)]
pub(crate) struct Sources<'a> {
    /// A URL, after what messages call it.
    pub(crate) url: Option<(&'a str, &'a str)>,
    /// A table of a TOML document, after the document.
    pub(crate) table: Option<(&'a str, &'a DeTable<'a>)>,
    /// Environment variables, others among them.
    pub(crate) variables: Option<&'a [(OsString, OsString)]>,
}

impl<D: Draft> Form<D> {
    /// What the sources say.
    pub(crate) fn of_sources(sources: &Sources<'_>) -> Self {
        let mut form = Self::default();
        if let Some((label, url)) = sources.url {
            D::read_url(&mut form, label, url);
        }
        if let Some((document, table)) = sources.table {
            form.read_table(document, table);
        }
        if let Some(variables) = sources.variables {
            let variables = variables.iter().map(|(name, value)| (name, value));
            match sources.url {
                Some((label, _)) => form.read_variables_over_url(label, variables),
                None => form.read_variables(variables),
            }
        }
        form
    }
}
