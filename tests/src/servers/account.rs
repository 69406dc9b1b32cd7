use std::fs;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;

use rustix::process::geteuid;
use typed_state::testing::TestResult;

/// The user whom PostgreSQL's packages make.
const NAME: &str = "postgres";

/// The user that servers run as which refuse to run as root: another one, where this process is root's.
#[derive(Debug, Clone, Copy)]
pub(super) struct Account(Option<(u32, u32)>);

impl Account {
    pub(super) fn of_servers() -> TestResult<Self> {
        if !geteuid().is_root() {
            return Ok(Self(None));
        }
        let users = fs::read_to_string("/etc/passwd")?;
        let ids = users.lines().find_map(ids).ok_or_else(|| {
            format!("there is no user `{NAME}`, as whom PostgreSQL runs where root starts it; `apt-get install -y postgresql` makes it")
        })?;
        Ok(Self(Some(ids)))
    }

    /// A command that runs as this user, and in none of root's groups, which the standard library sees to.
    pub(super) fn run(self, command: &mut Command) {
        if let Some((user, group)) = self.0 {
            command.uid(user).gid(group);
        }
    }

    pub(super) fn own(self, path: &Path) -> TestResult {
        if let Some((user, group)) = self.0 {
            chown(path, Some(user), Some(group))?;
        }
        Ok(())
    }
}

/// The numbers of the user and its group in a line of `/etc/passwd`, if it is the user's.
fn ids(line: &str) -> Option<(u32, u32)> {
    let mut fields = line.split(':');
    if fields.next() != Some(NAME) {
        return None;
    }
    let mut numbers = fields.skip(1).map(|field| field.parse().ok());
    Some((numbers.next()??, numbers.next()??))
}

#[cfg(test)]
mod tests {
    use super::ids;

    #[test]
    fn a_user_is_found_by_its_whole_name() {
        let line = "postgres:x:101:104:,,,:/var/lib/postgresql:/bin/bash";
        assert_eq!(ids(line), Some((101, 104)));
        assert_eq!(ids(&format!("not-{line}")), None);
        assert_eq!(ids("postgres:x:"), None);
    }
}
