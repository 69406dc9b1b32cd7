//! What a process that died left half-written in a directory.
//!
//! `object_store` writes a file under the object's name, `#` and a number, gives it the object's name when it is whole, and shows
//! nobody the first.

use std::ffi::OsStr;
use std::fs::{self, DirEntry};
use std::io;
use std::path::Path;
use std::time::Duration;

/// How old it is at the least: nobody writes one object for so long.
const DEAD_AFTER: Duration = Duration::from_hours(24);

/// Removes it from the folders of a directory.
pub(super) fn remove_dead(directory: &Path) -> io::Result<()> {
    for folder in fs::read_dir(directory)? {
        let folder = folder?;
        if !folder.file_type()?.is_dir() {
            continue;
        }
        for file in fs::read_dir(folder.path())? {
            let file = file?;
            if is_staged(&file.file_name()) && is_dead(&file) {
                remove(&file)?;
            }
        }
    }
    Ok(())
}

fn is_staged(name: &OsStr) -> bool {
    let number = name.to_str().and_then(|name| name.rsplit_once('#'));
    number
        .is_some_and(|(_, number)| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()))
}

/// One that is gone by now is not.
fn is_dead(file: &DirEntry) -> bool {
    let written = file.metadata().and_then(|meta| meta.modified());
    let age = written.ok().and_then(|written| written.elapsed().ok());
    age.is_some_and(|age| age > DEAD_AFTER)
}

fn remove(file: &DirEntry) -> io::Result<()> {
    match fs::remove_file(file.path()) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}
