//! What configurations tell: why they are refused, and no secret.

use std::error::Error as _;
use std::fmt::{Debug, Display};

use typed_state::{ErrorKind, Result};

/// A secret that is told nowhere.
pub const CANARY: &str = "canary-7f3a";

/// The message of a refusal.
///
/// # Panics
/// Where there is none.
#[allow(
    clippy::panic,
    reason = "it is a part of tests, which fail by panicking"
)]
pub fn refused<T: Display>(result: Result<T>) -> String {
    let error = match result {
        Ok(config) => panic!("{config} was not refused"),
        Err(error) => error,
    };
    assert_eq!(error.kind(), ErrorKind::Configuration);
    error.to_string()
}

/// All that an outcome tells anyone.
pub fn told<T: Display + Debug>(result: &Result<T>) -> String {
    let error = match result {
        Ok(config) => return format!("{config} {config:?} {config:#?}"),
        Err(error) => error,
    };
    let mut told = format!("{error} {error:?} {error:#?}");
    let mut source = error.source();
    while let Some(cause) = source {
        told.extend([format!(" {cause}"), format!(" {cause:?}")]);
        source = cause.source();
    }
    told
}

/// Shows that nothing tells the canary.
///
/// # Panics
/// Where something does.
pub fn keeps_secret<T: Display + Debug>(said: &str, result: &Result<T>) {
    let told = told(result);
    // Not even the larger part of it.
    assert!(
        !told.contains("canary") && !told.contains("7f3a"),
        "{said:?} tells {told}"
    );
}
