//! The example `flights` as a process of its own.

mod input;
mod kill;
mod naive;
mod rows;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use tempfile::TempDir;

pub(crate) use self::input::{first_rows, gzipped, january_csv};
pub(crate) use self::kill::kill_at_random;
pub(crate) use self::naive::{naive_answer, parsed};
pub(crate) use self::rows::rows;

/// A directory for a state and for inputs, and the example that works in it.
pub(crate) struct Run {
    directory: TempDir,
    pub(crate) input: PathBuf,
    /// The URL of the servers that the state is in, where it is not in the directory.
    store: Option<String>,
    /// Where it is not the default.
    job: Option<String>,
}

/// How a process ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    /// Over the month that comes with the example.
    pub(crate) fn over_january() -> Self {
        Self {
            directory: TempDir::new().unwrap(),
            input: input::january(),
            store: None,
            job: None,
        }
    }

    /// Over a file of these bytes.
    pub(crate) fn over(bytes: impl AsRef<[u8]>) -> Self {
        let directory = TempDir::new().unwrap();
        let input = directory.path().join("input.csv");
        fs::write(&input, bytes).unwrap();
        Self {
            directory,
            input,
            store: None,
            job: None,
        }
    }

    /// The same with the state in servers.
    pub(crate) fn on(mut self, store: &str) -> Self {
        self.store = Some(store.to_owned());
        self
    }

    /// The same for a job.
    pub(crate) fn job(mut self, job: &str) -> Self {
        self.job = Some(job.to_owned());
        self
    }

    pub(crate) fn state(&self) -> PathBuf {
        self.directory.path().join("state")
    }

    /// Replaces the file's bytes.
    pub(crate) fn rewrite(&self, bytes: impl AsRef<[u8]>) {
        fs::write(&self.input, bytes).unwrap();
    }

    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(example());
        match &self.store {
            Some(url) => command.arg("--store").arg(url),
            None => command.arg("--state").arg(self.state()),
        };
        command.arg("--input").arg(&self.input);
        if let Some(job) = &self.job {
            command.arg("--job").arg(job);
        }
        command
    }

    pub(crate) fn with(&self, arguments: &[&str]) -> Ended {
        let output = self.command().args(arguments).output().unwrap();
        Ended {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    pub(crate) fn json(&self) -> Ended {
        self.with(&["--json"])
    }

    /// What it prints where all is well.
    pub(crate) fn answer(&self) -> String {
        let ended = self.json();
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        ended.stdout
    }
}

/// The example's program, built if it is not.
fn example() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| typed_state_tests::example("flights"))
}
