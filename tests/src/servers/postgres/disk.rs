use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;
use typed_state::testing::TestResult;

use crate::servers::account::Account;
use crate::servers::guard;

/// A disk for the tables of one server that is full when a test says so. It needs no rights: a library between the server
/// and the system refuses to let files grow.
#[derive(Debug)]
pub struct Disk {
    directory: TempDir,
}

impl Disk {
    /// A disk with room.
    ///
    /// # Errors
    /// Where there is no C compiler.
    pub fn new() -> TestResult<Self> {
        let directory = guard::directory()?;
        Account::of_servers()?.own(directory.path())?;
        let disk = Self { directory };
        let source = disk.directory.path().join("disk.c");
        fs::write(&source, include_str!("disk.c"))?;
        let compiled = Command::new("cc")
            .args(["-shared", "-fPIC", "-O1", "-Wall", "-Werror"])
            .arg(format!("-DFULL=\"{}\"", disk.full().display()))
            .arg("-o")
            .arg(disk.library())
            .arg(&source)
            .arg("-ldl")
            .output()?;
        if compiled.status.success() {
            return Ok(disk);
        }
        Err(format!("cc: {}", String::from_utf8_lossy(&compiled.stderr)).into())
    }

    /// From now on it has no room.
    pub fn fill(&self) -> TestResult {
        Ok(fs::write(self.full(), "")?)
    }

    /// From now on it has room.
    pub fn free(&self) -> TestResult {
        match fs::remove_file(self.full()) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }

    pub(super) fn library(&self) -> PathBuf {
        self.directory.path().join("disk.so")
    }

    fn full(&self) -> PathBuf {
        self.directory.path().join("full")
    }
}
