//! The examples of typed-state. Each is a program beside this folder: `cargo run --example NAME`.

use std::process::ExitCode;

/// What a program ends with; an error is told in one line.
pub fn ended(result: anyhow::Result<()>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
