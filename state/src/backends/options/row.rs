use std::fmt;

use super::draft::Draft;
use super::pem::PEM;

/// An option: everything that is known of it.
pub(crate) struct Row<D: Draft> {
    /// Its name in TOML and URLs; in capitals after [`Draft::VARIABLES`], that of its variable.
    pub(crate) name: &'static str,
    /// What it may be, as messages say it.
    pub(crate) expects: &'static str,
    /// What it may be in TOML, beside a string.
    pub(crate) kind: Kind,
    /// Where it stands in a URL.
    pub(crate) place: Place,
    /// Whether messages leave its value out.
    pub(crate) hidden: bool,
    /// Reads it; `false` where the text makes no sense.
    pub(crate) set: fn(&mut D, &str) -> bool,
    /// Whether it lies in its range.
    pub(crate) allowed: fn(&D::Options) -> bool,
    /// As `set` reads it; `None` where it is not set, or is shown elsewhere or never.
    pub(crate) show: fn(&D::Options) -> Option<String>,
}

/// How TOML may write an option.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// As a string.
    Text,
    /// As a number, too.
    Number,
    /// As a number that may have a fraction, too.
    Fraction,
    /// As a boolean, too.
    Flag,
    /// As an array of strings and no other way.
    List,
}

/// Where an option stands in a URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// Among the parameters.
    Query,
    /// In the part of this name.
    In(&'static str),
}

/// The most of a value that a message shows, in bytes.
const SHOWN: usize = 64;

impl<D: Draft> Row<D> {
    /// What most options are: text among the parameters of a URL, anything allowed, not set.
    pub(crate) const TEXT: Self = Self {
        name: "",
        expects: "",
        kind: Kind::Text,
        place: Place::Query,
        hidden: false,
        set: |_, _| false,
        allowed: |_| true,
        show: |_| None,
    };

    /// That a value is none of those permitted. `label` says where it stands.
    pub(crate) fn refusal(&self, label: &dyn fmt::Display, value: &str) -> String {
        let expects = self.expects;
        if self.hidden || !is_harmless(value) {
            return format!("{label} must be {expects}");
        }
        format!("{label} is `{value}`, but must be {expects}")
    }

    /// Its name, as a label where it stands nowhere.
    pub(crate) fn label(&self) -> String {
        format!("`{}`", self.name)
    }
}

/// Whether a value may be shown. A URL, other parameters or a key that strayed into it may not.
fn is_harmless(value: &str) -> bool {
    value.len() <= SHOWN
        && !["@", "=", "&", ";", "://", PEM]
            .iter()
            .any(|sign| value.contains(sign))
        && !value.contains(char::is_control)
}
