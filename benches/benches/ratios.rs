//! Side by side with peers: `cargo bench -p typed-state-benches --bench ratios -- GROUP… [--quick]`.

use std::process::ExitCode;

fn main() -> ExitCode {
    match typed_state_benches::ratios::run(std::env::args().skip(1)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
