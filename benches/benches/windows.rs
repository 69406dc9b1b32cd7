//! How windows grow: `cargo bench -p typed-state-benches --bench windows -- [--quick] [FILE.svg]`.

use std::process::ExitCode;

fn main() -> ExitCode {
    match typed_state_benches::groups::windows::growth(std::env::args().skip(1)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
