//! Configurations as environment variables.

use std::collections::BTreeMap;
use std::ffi::OsStr;

use super::builder::RedisConfigBuilder;
use super::located::MODE;
use super::row::shown_name;
use super::rows::{self, ROWS};
use super::url;

const PREFIX: &str = "STATE_REDIS_";
const URL: &str = "URL";

/// Reads variables into a builder, the URL first.
pub(super) fn read<K: AsRef<OsStr>, V: AsRef<OsStr>>(
    builder: &mut RedisConfigBuilder,
    variables: impl IntoIterator<Item = (K, V)>,
) {
    let mut ours = BTreeMap::new();
    for (name, value) in variables {
        let Some(option) = name
            .as_ref()
            .to_str()
            .and_then(|name| name.strip_prefix(PREFIX))
        else {
            continue;
        };
        if is_of_kubernetes(option) {
            continue;
        }
        match value.as_ref().to_str() {
            Some(value) => {
                ours.insert(option.to_owned(), value.to_owned());
            }
            None => builder.mistake(format!("`{PREFIX}{}` is not UTF-8", shown_name(option))),
        }
    }
    let url = ours.remove(URL);
    if let Some(url) = &url {
        url::read(builder, &format!("`{PREFIX}{URL}`"), url);
    }
    if url.is_none() && !ours.contains_key(&variable(MODE.name)) {
        builder.mistake(format!(
            "`{PREFIX}{URL}` is not set: set it to a URL such as `redis://localhost:6379`"
        ));
    }
    for row in ROWS {
        let name = variable(row.name);
        if let Some(value) = ours.remove(&name) {
            builder.read(&format!("`{PREFIX}{name}`"), row, &value);
        }
    }
    for unknown in ours.keys() {
        let unknown = shown_name(unknown);
        let known = rows::names(|_| true).to_ascii_uppercase();
        builder.mistake(format!(
            "`{PREFIX}{unknown}` is no variable of it: there are `{URL}`, {known} after `{PREFIX}`"
        ));
    }
}

fn variable(option: &str) -> String {
    option.to_ascii_uppercase()
}

/// Whether Kubernetes sets it in every pod beside a service called `state-redis`.
fn is_of_kubernetes(option: &str) -> bool {
    ["SERVICE_HOST", "SERVICE_PORT", "PORT"].contains(&option)
        || option.starts_with("SERVICE_PORT_")
        || option.starts_with("PORT_")
}
