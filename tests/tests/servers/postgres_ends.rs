//! Nothing is left of a server of PostgreSQL, however it ends: no process, no file, no memory.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use sqlx::postgres::PgConnection;
use sqlx::{Connection as _, Executor as _};
use typed_state_tests::servers::PostgresServer;

use super::process::{runs, started};

async fn start() -> PostgresServer {
    let options = PostgresServer::options().without_fsync();
    options.start().await.unwrap()
}

#[tokio::test]
async fn a_killed_server_leaves_no_process_that_still_works() {
    let server = start().await;
    let mut client = PgConnection::connect(&server.url().unwrap()).await.unwrap();
    let busy = tokio::spawn(async move {
        let forever = "do $$ begin loop end loop; end $$";
        client.execute(forever).await.unwrap_err()
    });
    let processes = "select string_agg(pid::text, ' ') from pg_stat_activity";
    let busy_there = "select count(*) from pg_stat_activity where query like 'do %'";
    while server.query_one_text(busy_there).await.unwrap() == "0" {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let processes = server.query_one_text(processes).await.unwrap();
    let memory = memory_in(server.socket_folder()).unwrap();
    assert!(segments().contains(&memory));
    server.kill().unwrap();
    busy.await.unwrap();
    assert!(processes.split(' ').count() > 2, "{processes}");
    assert!(!processes.split(' ').any(runs), "{processes}");
    assert!(!segments().contains(&memory));
}

#[tokio::test]
async fn nothing_is_left_of_a_server_that_is_dropped() {
    let server = start().await;
    server.execute("select 1").await.unwrap();
    let (folder, pid) = (server.socket_folder().to_owned(), server.pid().unwrap());
    let memory = memory_in(server.socket_folder()).unwrap();
    assert!(folder.exists() && segments().contains(&memory));
    drop(server);
    assert!(!folder.exists() && !runs(&pid.to_string()));
    assert!(!segments().contains(&memory));
}

#[test]
fn nothing_outlives_a_test_process_that_is_killed() {
    let (mut child, [shared, paused, folder]) = started("postgres");
    let (shared, paused) = (&*shared, &*paused);
    assert!(runs(shared) && runs(paused) && Path::new(&folder).exists());
    // Its directory is that of all servers of the process.
    let directory = Path::new(&folder).parent().unwrap();
    let folders = fs::read_dir(directory).unwrap();
    let memory: Vec<String> = folders
        .filter_map(|folder| memory_in(&folder.unwrap().path()))
        .collect();
    assert_eq!(memory.len(), 2, "{memory:?}");
    child.kill().unwrap();
    child.wait().unwrap();
    let deadline = Instant::now() + Duration::from_secs(20);
    while runs(shared) || runs(paused) || directory.exists() {
        assert!(
            Instant::now() < deadline,
            "{shared}, {paused} or {folder} are left"
        );
        thread::sleep(Duration::from_millis(10));
    }
    assert!(!memory.iter().any(|id| segments().contains(id)));
}

/// The shared memory that the machine keeps for a server in a folder.
fn memory_in(folder: &Path) -> Option<String> {
    let lock = fs::read_to_string(folder.join("data/postmaster.pid")).ok()?;
    let memory = lock.lines().nth(6)?.split_whitespace().nth(1);
    Some(memory.unwrap().to_owned())
}

/// The shared memory that the machine keeps for anybody.
fn segments() -> Vec<String> {
    let listed = Command::new("ipcs").arg("-m").output().unwrap().stdout;
    let listed = String::from_utf8(listed).unwrap();
    let numbers = listed.lines().filter(|line| line.starts_with("0x"));
    let numbers = numbers.filter_map(|line| line.split_whitespace().nth(1));
    numbers.map(str::to_owned).collect()
}
