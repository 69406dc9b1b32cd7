use std::fmt::Write as _;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use typed_state::testing::TestResult;

use super::options::PostgresOptions;
use super::server::PostgresServer;
use crate::servers::account::Account;

impl PostgresServer {
    /// Writes what the server reads when it starts, outside of its data, which are another server's at times.
    pub(super) fn configure(&self, options: &PostgresOptions) -> TestResult {
        let directory = self.directory();
        let data = self.data();
        let access = directory.join("pg_hba.conf");
        let mut lines = format!("listen_addresses = '127.0.0.1'\nport = {}\n", self.port());
        let mut set = |name: &str, value: &str| {
            let value = value.replace('\'', "''");
            writeln!(lines, "{name} = '{value}'")
        };
        set("unix_socket_directories", text(directory)?)?;
        set("data_directory", text(&data)?)?;
        set("hba_file", text(&access)?)?;
        set("ident_file", text(&data.join("pg_ident.conf"))?)?;
        set("max_connections", "200")?;
        set("shared_buffers", "32MB")?;
        // In the data, so that nothing of it is left where the server was killed.
        set("dynamic_shared_memory_type", "mmap")?;
        set("max_wal_size", "1GB")?;
        // Enough for a replica that was away.
        set("wal_keep_size", "256MB")?;
        set("fsync", if options.fsync { "on" } else { "off" })?;
        set("log_line_prefix", "%m [%p] %q%u@%d ")?;
        if let Some(tls) = &options.tls {
            set("ssl", "on")?;
            set(
                "ssl_cert_file",
                text(&self.own("server.pem", &tls.pair.certificate)?)?,
            )?;
            set(
                "ssl_key_file",
                text(&self.own("server.key", &tls.pair.key)?)?,
            )?;
            set(
                "ssl_ca_file",
                text(&self.own("authority.pem", &tls.authority)?)?,
            )?;
        }
        for (name, value) in &options.settings {
            set(name, value)?;
        }
        fs::write(self.configuration(), lines)?;
        Ok(fs::write(access, self::access(options))?)
    }

    /// A copy of a file that only the server's user can read, as it demands of keys.
    fn own(&self, name: &str, file: &Path) -> TestResult<PathBuf> {
        let copy = self.directory().join(name);
        fs::copy(file, &copy)?;
        fs::set_permissions(&copy, Permissions::from_mode(0o600))?;
        Account::of_servers()?.own(&copy)?;
        Ok(copy)
    }
}

/// Who is let in. Only this process and the servers come through the folder of the Unix socket.
fn access(options: &PostgresOptions) -> String {
    let mut lines = options.access.clone();
    lines.push("local all,replication all trust".to_owned());
    let with_tls = "hostssl all all 127.0.0.1/32 scram-sha-256";
    match &options.tls {
        Some(tls) if tls.ask_clients => lines.push(format!("{with_tls} clientcert=verify-full")),
        _ => lines.push(with_tls.to_owned()),
    }
    if !options.only_tls {
        lines.push("hostnossl all all 127.0.0.1/32 scram-sha-256".to_owned());
    }
    lines.push(String::new());
    lines.join("\n")
}

fn text(path: &Path) -> TestResult<&str> {
    Ok(path.to_str().ok_or("a path is not UTF-8")?)
}
