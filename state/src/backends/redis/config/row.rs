use std::fmt;

use super::draft::Draft;
use super::options::Options;
use super::tls::PEM;

/// An option: everything that is known of it.
pub(super) struct Row {
    /// Its name in TOML and URLs; in capitals after `STATE_REDIS_`, that of its variable.
    pub(super) name: &'static str,
    /// What it may be, as messages say it.
    pub(super) expects: &'static str,
    /// What it may be in TOML, beside a string.
    pub(super) kind: Kind,
    /// Where it stands in a URL.
    pub(super) place: Place,
    /// Whether messages leave its value out.
    pub(super) hidden: bool,
    /// Reads it; `false` where the text makes no sense.
    pub(super) set: fn(&mut Draft, &str) -> bool,
    /// Whether it lies in its range.
    pub(super) allowed: fn(&Options) -> bool,
    /// As `set` reads it; `None` where it is not set, or is shown elsewhere or never.
    pub(super) show: fn(&Options) -> Option<String>,
}

/// How TOML may write an option.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// As a string.
    Text,
    /// As a number, too.
    Number,
    /// As a boolean, too.
    Flag,
    /// As an array of strings and no other way.
    List,
}

/// Where an option stands in a URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// Among the parameters.
    Query,
    /// In the part of this name.
    In(&'static str),
}

/// The most of a value that a message shows, in bytes.
const SHOWN: usize = 64;

impl Row {
    /// What most options are: text among the parameters of a URL, anything allowed, not set.
    pub(super) const TEXT: Self = Self {
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
    pub(super) fn refusal(&self, label: &dyn fmt::Display, value: &str) -> String {
        let expects = self.expects;
        if self.hidden || !is_harmless(value) {
            return format!("{label} must be {expects}");
        }
        format!("{label} is `{value}`, but must be {expects}")
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

/// The name of what is no option, where it looks like one and cannot be a misplaced secret.
pub(super) fn shown_name(name: &str) -> &str {
    let looks = !name.is_empty()
        && name.len() <= 32
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphabetic() || byte == b'_');
    if looks { name } else { "(not shown)" }
}
