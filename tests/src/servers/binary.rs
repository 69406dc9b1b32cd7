use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::{env, fs};

use typed_state::testing::TestResult;

/// Where Debian keeps what comes with each version of PostgreSQL, and what it keeps from users' paths.
const VERSIONS: &str = "/usr/lib/postgresql";
const FOR_ROOT: &str = "/usr/sbin";

/// Where a binary is: of PostgreSQL, in the folder of the newest version, or else on the path.
///
/// # Errors
/// Where it is not installed, with the line that installs it.
pub(super) fn find(name: &str) -> TestResult<PathBuf> {
    let newest = newest(Path::new(VERSIONS));
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = newest.into_iter().chain(env::split_paths(&path));
    find_in(folders.chain([FOR_ROOT.into()]), name)
}

fn find_in(folders: impl Iterator<Item = PathBuf>, name: &str) -> TestResult<PathBuf> {
    let mut paths = folders.map(|folder| folder.join(name));
    let found = paths.find(|path| path.is_file());
    found.ok_or_else(|| {
        let packages = packages(name);
        format!("`{name}` is not installed; `apt-get install -y {packages}` installs it").into()
    })
}

fn packages(name: &str) -> &'static str {
    match name {
        "redis-server" | "redis-sentinel" => "redis-server redis-sentinel",
        "pgbouncer" => "pgbouncer",
        _ => "postgresql",
    }
}

/// The binaries of the highest version, each of which has a folder.
fn newest(versions: &Path) -> Option<PathBuf> {
    let folders = fs::read_dir(versions).ok()?.flatten();
    let numbered = folders.filter_map(|folder| Some((number(&folder.file_name())?, folder.path())));
    let (_, newest) = numbered.max()?;
    Some(newest.join("bin"))
}

fn number(folder: &OsStr) -> Option<u32> {
    folder.to_str()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::iter;

    use super::{find_in, newest};

    #[test]
    fn a_missing_binary_says_what_installs_it() {
        for (name, packages) in [
            ("redis-server", "redis-server redis-sentinel"),
            ("initdb", "postgresql"),
            ("pgbouncer", "pgbouncer"),
        ] {
            let error = find_in(iter::once("/nowhere".into()), name).unwrap_err();
            assert_eq!(
                error.to_string(),
                format!("`{name}` is not installed; `apt-get install -y {packages}` installs it")
            );
        }
    }

    #[test]
    fn versions_are_compared_as_numbers() {
        let versions = tempfile::tempdir().unwrap();
        for version in ["9", "15", "common"] {
            fs::create_dir(versions.path().join(version)).unwrap();
        }
        let newest = newest(versions.path());
        assert_eq!(newest, Some(versions.path().join("15/bin")));
    }
}
