//! Checkpoints in a table of PostgreSQL, against a real server.

use bytes::Bytes;
use futures_util::future::join_all;
use typed_state::checkpoint::Target as _;
use typed_state::checkpoint::target::PostgresTable;
use typed_state::testing::TestResult;
use typed_state::{Clock as _, ErrorKind, SystemClock};
use typed_state_tests::postgres::{PostgresMode, execute, fresh_table, numbers};

async fn connect(mode: PostgresMode, table: &str) -> TestResult<PostgresTable> {
    let config = mode.shared().await?.build()?;
    Ok(PostgresTable::connect(&config, table).await?)
}

fn noise(len: u32) -> Bytes {
    (0..len)
        .map(|number| number.wrapping_mul(2_654_435_761).to_be_bytes()[1])
        .collect()
}

#[tokio::test]
async fn what_is_created_is_read_and_listed_until_it_is_deleted() -> TestResult {
    for mode in [PostgresMode::Direct, PostgresMode::Bouncer] {
        let target = connect(mode, &fresh_table()).await?;
        let large = noise(20 << 20);
        for (name, bytes) in [
            ("chunks/a", large.clone()),
            ("chunks/b", Bytes::new()),
            ("chunk/c", noise(3)),
            ("chunks-/d", noise(3)),
            ("manifests/A_1.z", noise(300)),
        ] {
            assert!(target.create(name, bytes.clone()).await?);
            assert!(!target.create(name, noise(1)).await?, "{name} is there");
            assert_eq!(target.read(name).await?, Some(bytes));
        }
        let mut listed = target.list("chunks").await?;
        listed.sort_by(|left, right| left.name.cmp(&right.name));
        let shown: Vec<_> = listed
            .iter()
            .map(|object| (&object.name[..], object.len))
            .collect();
        assert_eq!(shown, [("chunks/a", large.len() as u64), ("chunks/b", 0)]);
        let now = SystemClock.now().as_millis();
        let ago = now - listed[0].created.as_millis();
        assert!((-1_000..60_000).contains(&ago), "created {ago} ms ago");

        target.delete("chunks/a").await?;
        target.delete("chunks/a").await?;
        assert_eq!(target.read("chunks/a").await?, None);
        assert_eq!(target.list("chunks").await?.len(), 1);
        assert_eq!(target.list("nothing").await?, []);
        assert!(
            target.create("chunks/a", noise(1)).await?,
            "it may be created again"
        );
    }
    Ok(())
}

#[tokio::test]
async fn of_many_creators_one_wins() -> TestResult {
    let table = fresh_table();
    // Several at once make the table, too.
    let targets = join_all((0..6).map(|_| connect(PostgresMode::Direct, &table))).await;
    let targets = targets.into_iter().collect::<TestResult<Vec<_>>>()?;
    for round in 0..20 {
        let name = format!("manifests/{round}");
        let creators = targets.iter().zip(1..);
        let created =
            join_all(creators.map(|(target, len)| target.create(&name, noise(len)))).await;
        let created: Vec<bool> = created.into_iter().collect::<Result<_, _>>()?;
        assert_eq!(created.iter().filter(|created| **created).count(), 1);
        let winner = created.iter().position(|created| *created).unwrap();
        assert_eq!(targets[0].read(&name).await?.unwrap().len(), winner + 1);
    }
    Ok(())
}

#[tokio::test]
async fn a_table_that_is_not_for_checkpoints_is_refused() -> TestResult {
    let table = fresh_table();
    execute(&format!(
        "CREATE TABLE {table} (name text PRIMARY KEY, other int)"
    ))
    .await?;
    let config = PostgresMode::Direct.shared().await?.build()?;
    let refused = PostgresTable::connect(&config, &table).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::IncompatibleSchema, "{refused}");

    let missing = PostgresMode::Direct
        .shared()
        .await?
        .migrate(false)
        .build()?;
    let refused = PostgresTable::connect(&missing, &fresh_table())
        .await
        .unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Configuration, "{refused}");
    for name in ["", &"x".repeat(64), "a\0b"] {
        let refused = PostgresTable::connect(&config, name).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::InvalidInput, "{refused}");
    }
    Ok(())
}

#[tokio::test]
async fn names_are_found_by_their_bytes_in_a_table_of_ones_own() -> TestResult {
    let table = fresh_table();
    execute(&format!(
        "CREATE TABLE {table} (name text PRIMARY KEY, bytes bytea NOT NULL, created timestamptz NOT NULL DEFAULT now())"
    ))
    .await?;
    let config = PostgresMode::Direct
        .shared()
        .await?
        .migrate(false)
        .build()?;
    let target = PostgresTable::connect(&config, &table).await?;
    for name in ["chunks/a", "chunks/Z", "chunksa/b", "Chunks/c"] {
        assert!(target.create(name, noise(1)).await?);
    }
    assert_eq!(target.list("chunks").await?.len(), 2);
    let rows = numbers(&format!("SELECT count(*) FROM {table}")).await?;
    assert_eq!(rows, [4]);
    let shown = format!("{target:?}");
    assert!(
        shown.contains(&table) && !shown.contains("password"),
        "{shown}"
    );
    Ok(())
}
