//! How a URL's parts are read into a form.

use super::draft::Draft;
use super::form::Form;
use super::names::{named, names, shown_name, unknown};
use super::percent;
use super::row::{Place, Row};
use super::url::MARKS;

/// A form that a URL is read into.
pub(crate) struct Reader<'a, D> {
    pub(crate) form: &'a mut Form<D>,
    /// What messages call the URL.
    pub(crate) label: &'a str,
}

impl<D: Draft> Reader<'_, D> {
    /// Reads `name`, `name:password` or `:password`.
    pub(crate) fn user(&mut self, user: &str, name: &Row<D>, password: &Row<D>) {
        let (given, secret) = match user.split_once(':') {
            Some((given, secret)) => (given, Some(secret)),
            None => (user, None),
        };
        if given.is_empty() && secret.is_none() {
            self.mistake("has an empty user before `@`: name one, or leave the `@` out");
        }
        if !given.is_empty() {
            self.encoded(name, given);
        }
        if let Some(secret) = secret {
            self.encoded(password, secret);
        }
    }

    /// The parameters, names and values as they stand there. Names that `same` maps to one are one.
    pub(crate) fn parameters<'q>(
        &mut self,
        query: &'q str,
        same: impl Fn(&'q str) -> &'q str,
    ) -> Vec<(&'q str, &'q str)> {
        let mut parameters: Vec<(&str, &str)> = Vec::new();
        for parameter in query.split('&') {
            let Some((name, value)) = parameter.split_once('=') else {
                let name = shown_name(parameter);
                self.mistake(&format!("has a parameter `{name}` without `=`"));
                continue;
            };
            let shown = shown_name(name);
            let name = same(name);
            if parameters.iter().any(|(given, _)| *given == name) {
                self.mistake(&format!(
                    "gives the parameter `{shown}` twice: leave one out"
                ));
                continue;
            }
            parameters.push((name, value));
        }
        parameters.retain(|(name, value)| {
            let is_sound = !value.contains(MARKS);
            if !is_sound {
                let name = shown_name(name);
                self.mistake(&format!(
                    "holds `=` or `;` in the value of `{name}`: part parameters with `&`, or percent-encode it"
                ));
            }
            is_sound
        });
        parameters
    }

    /// Reads a parameter that is an option of its own name.
    pub(crate) fn parameter(&mut self, name: &str, value: &str) {
        match named::<D>(name) {
            Some(row) if row.place == Place::Query => self.encoded(row, value),
            Some(Row {
                place: Place::In(part),
                name,
                ..
            }) => {
                self.mistake(&format!(
                    "gives `{name}` as a parameter: it stands in the {part}"
                ));
            }
            _ => {
                let known = unknown(name, names::<D>(|row| row.place == Place::Query));
                let name = shown_name(name);
                self.mistake(&format!("has an unknown parameter `{name}`; {known}"));
            }
        }
    }

    /// Reads an option from a part that may be percent-encoded.
    pub(crate) fn encoded(&mut self, row: &Row<D>, text: &str) {
        match percent::decode(text) {
            Some(text) => self.option(row, &text),
            None => self.mistake(&format!(
                "holds a broken percent-encoding in `{}`",
                row.name
            )),
        }
    }

    /// Reads an option from text.
    pub(crate) fn option(&mut self, row: &Row<D>, text: &str) {
        let label = format!("`{}` in {}", row.name, self.label);
        self.form.read(&label, row, text);
    }

    /// Keeps a mistake, which says what is wrong with the URL.
    pub(crate) fn mistake(&mut self, message: &str) {
        self.form.mistake(format!("{} {message}", self.label));
    }
}
