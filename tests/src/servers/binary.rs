use std::env;
use std::ffi::OsStr;
use std::path::PathBuf;

use typed_state::testing::TestResult;

/// Where a binary of Redis is.
///
/// # Errors
/// Where it is not installed, with the line that installs it.
pub(super) fn find(name: &str) -> TestResult<PathBuf> {
    find_in(&env::var_os("PATH").unwrap_or_default(), name)
}

fn find_in(folders: &OsStr, name: &str) -> TestResult<PathBuf> {
    let found = env::split_paths(folders)
        .map(|folder| folder.join(name))
        .find(|path| path.is_file());
    found.ok_or_else(|| {
        format!("`{name}` is not installed; `apt-get install -y redis-server redis-sentinel` installs it").into()
    })
}

#[cfg(test)]
mod tests {
    use super::find_in;

    #[test]
    fn a_missing_binary_says_what_installs_it() {
        let error = find_in("/nowhere".as_ref(), "redis-server").unwrap_err();
        assert_eq!(
            error.to_string(),
            "`redis-server` is not installed; `apt-get install -y redis-server redis-sentinel` installs it"
        );
    }
}
