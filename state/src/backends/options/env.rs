//! Configurations as environment variables.

use std::collections::BTreeMap;
use std::ffi::OsStr;

use super::draft::Draft;
use super::form::Form;
use super::names::{names, shown_name, unknown};

const URL: &str = "URL";

impl<D: Draft> Form<D> {
    /// Reads variables, the URL first.
    pub(crate) fn read_variables<K: AsRef<OsStr>, V: AsRef<OsStr>>(
        &mut self,
        variables: impl IntoIterator<Item = (K, V)>,
    ) {
        let prefix = D::VARIABLES;
        let mut ours = self.own_variables(variables);
        if D::TAKES_URL
            && let Some(url) = ours.remove(URL)
        {
            D::read_url(self, &format!("`{prefix}{URL}`"), &url);
        } else if D::IN_PLACE_OF_URL.is_some_and(|option| !ours.contains_key(&variable(option))) {
            let example = D::EXAMPLE;
            self.mistake(format!(
                "`{prefix}{URL}` is not set: set it to a URL such as `{example}`"
            ));
        }
        self.read_own(ours);
    }

    /// The same where the URL has been read from elsewhere. `label` is what messages call it.
    #[cfg(feature = "any")]
    pub(crate) fn read_variables_over_url<K: AsRef<OsStr>, V: AsRef<OsStr>>(
        &mut self,
        label: &str,
        variables: impl IntoIterator<Item = (K, V)>,
    ) {
        let mut ours = self.own_variables(variables);
        if ours.remove(URL).is_some() {
            let prefix = D::VARIABLES;
            self.mistake(format!(
                "{label} and `{prefix}{URL}` are both set: leave one of them out"
            ));
        }
        self.read_own(ours);
    }

    fn read_own(&mut self, mut ours: BTreeMap<String, String>) {
        let prefix = D::VARIABLES;
        for row in D::rows() {
            let name = variable(row.name);
            if let Some(value) = ours.remove(&name) {
                self.read(&format!("`{prefix}{name}`"), row, &value);
            }
        }
        let known: Vec<String> = names::<D>(|_| true).map(variable).collect();
        for name in ours.keys() {
            let known = unknown(
                name,
                known
                    .iter()
                    .map(String::as_str)
                    .chain(D::TAKES_URL.then_some(URL)),
            );
            let name = shown_name(name);
            self.mistake(format!(
                "`{prefix}{name}` is no variable of it: after `{prefix}` {known}"
            ));
        }
    }

    /// Those that begin as ours do, without that.
    fn own_variables<K: AsRef<OsStr>, V: AsRef<OsStr>>(
        &mut self,
        variables: impl IntoIterator<Item = (K, V)>,
    ) -> BTreeMap<String, String> {
        let prefix = D::VARIABLES;
        let mut ours = BTreeMap::new();
        for (name, value) in variables {
            let name = name.as_ref().to_str();
            let Some(option) = name.and_then(|name| name.strip_prefix(prefix)) else {
                continue;
            };
            if is_of_kubernetes(option) {
                continue;
            }
            match value.as_ref().to_str() {
                Some(value) => {
                    ours.insert(option.to_owned(), value.to_owned());
                }
                None => self.mistake(format!("`{prefix}{}` is not UTF-8", shown_name(option))),
            }
        }
        ours
    }
}

fn variable(option: &str) -> String {
    option.to_ascii_uppercase()
}

/// Whether Kubernetes sets it in every pod beside a service whose name makes these variables, such as `state-redis`.
fn is_of_kubernetes(option: &str) -> bool {
    ["SERVICE_HOST", "SERVICE_PORT", "PORT"].contains(&option)
        || option.starts_with("SERVICE_PORT_")
        || option.starts_with("PORT_")
}
