//! The choice of a backend in environment variables.

use std::ffi::{OsStr, OsString};

use super::config::AnyConfig;
use super::kind::{Kind, refused};
use crate::backends::Sources;
use crate::error::Result;

const URL: &str = "STATE_URL";
const BACKEND: &str = "STATE_BACKEND";

impl AnyConfig {
    /// What this process' environment says.
    ///
    /// # Errors
    /// [`Configuration`](crate::ErrorKind::Configuration) with every mistake, a variable of the chosen backend
    /// among them that names no option. What Kubernetes sets for a service called `state-redis` and the like is passed over.
    pub fn from_env() -> Result<Self> {
        Self::from_vars(std::env::vars_os())
    }

    /// As [`from_env`](Self::from_env), from these variables and their values.
    ///
    /// # Errors
    /// As [`from_env`](Self::from_env).
    pub fn from_vars<K, V>(variables: impl IntoIterator<Item = (K, V)>) -> Result<Self>
    where
        K: AsRef<OsStr>,
        V: AsRef<OsStr>,
    {
        Self::of_variables(&owned(variables))
    }

    /// The same.
    pub(super) fn of_variables(variables: &[(OsString, OsString)]) -> Result<Self> {
        let (url, kind) = choice(variables).map_err(|mistake| refused(&[mistake]))?;
        Self::of_sources(
            kind,
            &Sources {
                url: url.map(|url| ("`STATE_URL`", url)),
                variables: Some(variables),
                ..Sources::default()
            },
        )
    }
}

/// Variables and their values, to be looked at more than once.
pub(super) fn owned<K: AsRef<OsStr>, V: AsRef<OsStr>>(
    variables: impl IntoIterator<Item = (K, V)>,
) -> Vec<(OsString, OsString)> {
    let pairs = variables.into_iter();
    pairs
        .map(|(name, value)| (name.as_ref().to_owned(), value.as_ref().to_owned()))
        .collect()
}

/// The URL, where there is one, and the backend.
fn choice(variables: &[(OsString, OsString)]) -> Result<(Option<&str>, Kind), String> {
    let text = |name: &str| {
        let (_, value) = variables.iter().rfind(|(given, _)| given == name)?;
        Some(
            value
                .to_str()
                .ok_or_else(|| format!("`{name}` is not UTF-8")),
        )
    };
    match (text(URL).transpose()?, text(BACKEND).transpose()?) {
        (Some(url), None) => Ok((Some(url), Kind::of_url("`STATE_URL`", url)?)),
        (None, Some(name)) => Ok((None, Kind::named("`STATE_BACKEND`", name)?)),
        (Some(_), Some(_)) => Err(format!(
            "`{URL}` and `{BACKEND}` are both set: leave one of them out"
        )),
        (None, None) => Err(format!(
            "neither `{URL}` nor `{BACKEND}` is set: set `{URL}` to a URL such as `redis://localhost:6379`"
        )),
    }
}
