//! A whole store in environment variables.

use std::ffi::OsStr;

use super::config::StoreConfig;
use crate::any::AnyConfig;
use crate::any::variables::owned;
use crate::backends::Sources;
use crate::error::Result;

impl StoreConfig {
    /// What this process' environment says.
    ///
    /// # Errors
    /// [`Configuration`](crate::ErrorKind::Configuration) with every mistake, a variable that names no option of the
    /// store or the chosen backend among them. What Kubernetes sets for a service called `state-store` and the like is
    /// passed over.
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
        let variables = owned(variables);
        let sources = Sources {
            variables: Some(&variables),
            ..Sources::default()
        };
        Self::of(AnyConfig::of_variables(&variables), &sources)
    }
}
