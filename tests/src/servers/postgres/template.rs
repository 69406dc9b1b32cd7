use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;
use tokio::sync::OnceCell;
use typed_state::testing::TestResult;

use super::POSTGRES;
use crate::servers::account::Account;
use crate::servers::{binary, guard};

/// The data of a fresh server. Making them takes a second, so that every server of this process begins with a copy.
static TEMPLATE: OnceCell<TempDir> = OnceCell::const_new();

/// Puts the data of a fresh server into a folder that is not there yet.
pub(super) async fn copy_to(data: &Path) -> TestResult {
    let template = TEMPLATE.get_or_try_init(make).await?;
    let mut copy = Command::new("cp");
    copy.arg("-Rp").arg(template.path().join("data")).arg(data);
    run(copy, None).await
}

async fn make() -> TestResult<TempDir> {
    let template = guard::directory()?;
    Account::of_servers()?.own(template.path())?;
    let data = template.path().join("data");
    let mut initdb = Command::new(binary::find("initdb")?);
    initdb.arg("--pgdata").arg(&data);
    initdb.args(["--username", POSTGRES, "--auth", "trust"]);
    // Small files of the log make small copies.
    initdb.args([
        "--encoding",
        "UTF8",
        "--no-locale",
        "--no-sync",
        "--wal-segsize",
        "1",
    ]);
    run(initdb, Some(template.path())).await?;
    Ok(template)
}

/// Replaces the data in a folder by those of a running server, whose replica they make.
pub(super) async fn copy_from(primary: &Path, port: u16, data: &Path) -> TestResult {
    if data.exists() {
        fs::remove_dir_all(data)?;
    }
    let mut backup = Command::new(binary::find("pg_basebackup")?);
    backup.arg("--pgdata").arg(data).arg("--host").arg(primary);
    backup.args([
        "--port",
        &port.to_string(),
        "--username",
        POSTGRES,
        "--no-password",
    ]);
    backup.args([
        "--wal-method=stream",
        "--checkpoint=fast",
        "--write-recovery-conf",
        "--no-sync",
    ]);
    run(backup, Some(primary)).await
}

/// Runs a program of PostgreSQL to its end, as the servers' user where there is a folder of that user to run it in.
async fn run(mut command: Command, folder: Option<&Path>) -> TestResult {
    if let Some(folder) = folder {
        Account::of_servers()?.run(command.current_dir(folder));
    }
    let name = command.get_program().to_owned();
    let output = tokio::process::Command::from(command)
        .kill_on_drop(true)
        .output()
        .await?;
    if output.status.success() {
        return Ok(());
    }
    let told = String::from_utf8_lossy(&output.stderr);
    Err(format!("{}: {}\n{told}", name.display(), output.status).into())
}
