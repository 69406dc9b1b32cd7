//! Runs that are killed, and started again until they end.

use std::process::Stdio;
use std::thread;
use std::time::Instant;

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use typed_state_tests::seed;

use super::Run;

/// Kills runs that each have a fresh state until they end by themselves, and compares what they say then. A kill falls
/// into this first part of a run.
pub(crate) fn kill_at_random(rounds: usize, part: f64, last_line: &str, fresh: impl Fn() -> Run) {
    let mut random = StdRng::seed_from_u64(seed());

    let arguments = ["--json", "--batch", "100"];
    let whole = fresh();
    // Whoever is first has the program built, which is no part of a run.
    drop(whole.command());
    let started = Instant::now();
    let expected = whole.with(&arguments);
    let one_run = started.elapsed();
    assert_eq!(expected.stdout.lines().last(), Some(last_line));

    let (mut killed, mut went_on) = (0, 0);
    while killed < rounds {
        let run = fresh();
        loop {
            let mut child = run
                .command()
                .args(arguments)
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap();
            // The moment of the kill is what varies, so here time itself is the subject.
            let moment = one_run.mul_f64(random.random_range(0.0..part));
            if killed < rounds {
                thread::sleep(moment);
                child.kill().unwrap();
            }
            let output = child.wait_with_output().unwrap();
            let stderr = String::from_utf8(output.stderr).unwrap();
            went_on += u64::from(stderr.contains("going on after"));
            match output.status.code() {
                None => killed += 1,
                Some(code) => {
                    assert_eq!(code, 0, "{stderr}");
                    assert_eq!(String::from_utf8(output.stdout).unwrap(), expected.stdout);
                    break;
                }
            }
        }
    }
    assert!(
        went_on > 0,
        "no kill fell between the first commit and the last: {killed} kills prove nothing"
    );
}
