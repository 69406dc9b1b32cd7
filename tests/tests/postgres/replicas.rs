//! Replicas: reads go to them while they are fresh, and to the primary where they are not, or gone.

use std::time::{Duration, Instant};

use typed_state::backends::Postgres;
use typed_state::backends::PostgresConfig;
use typed_state::testing::TestResult;
use typed_state::{StateKey, Store};
use typed_state_tests::postgres::fresh_table;
use typed_state_tests::servers::{PostgresPair, PostgresServer};

const NOTES: u64 = 20;
const LAG: Duration = Duration::from_millis(1500);

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, StateKey)]
#[state(namespace = "note", value = String)]
struct Note(u64);

/// A pair that writes every statement into its log, and a store on it.
struct Told {
    pair: PostgresPair,
    store: Store<Postgres>,
    table: String,
}

async fn told() -> TestResult<Told> {
    let options = PostgresServer::options()
        .without_fsync()
        .access("host all all 127.0.0.1/32 trust");
    let pair = PostgresPair::start(options.setting("log_statement", "all")).await?;
    let [one, other] = pair.servers();
    let table = fresh_table();
    let config = PostgresConfig::hosts([one.address().to_string(), other.address().to_string()])
        .username("postgres")
        .database("postgres")
        .table(&table)
        .pool_min(1)
        .max_replica_lag(LAG);
    let store = Store::new(Postgres::open(&config.build()?).await?);
    Ok(Told { pair, store, table })
}

impl Told {
    /// How many single entries primary and replica have been asked for.
    fn gets(&self) -> TestResult<(usize, usize)> {
        let count = |server: &PostgresServer| {
            let log = server.log()?;
            let of =
                |line: &&str| line.contains("SELECT revision, value") && line.contains(&self.table);
            TestResult::Ok(log.lines().filter(of).count())
        };
        Ok((count(self.pair.primary())?, count(self.pair.replica())?))
    }

    async fn put(&self, text: &str) -> TestResult {
        let notes: Vec<Note> = (0..NOTES).map(Note).collect();
        let text = text.to_owned();
        self.store
            .put_many(notes.iter().map(|note| (note, &text)))
            .await?;
        Ok(())
    }

    /// What all notes are as the replica has them, or whoever answers in its place.
    async fn all(&self) -> TestResult<Vec<Option<String>>> {
        let view = self.store.with_replica_reads();
        let mut all = Vec::new();
        for number in 0..NOTES {
            all.push(view.get(&Note(number)).await?);
        }
        all.dedup();
        Ok(all)
    }

    /// Reads until the replica answers all.
    async fn until_the_replica_answers(&self) -> TestResult {
        let begun = Instant::now();
        loop {
            let before = self.gets()?;
            self.all().await?;
            let after = self.gets()?;
            let read = (after.0 - before.0, after.1 - before.1);
            if read == (0, usize::try_from(NOTES)?) {
                return Ok(());
            }
            assert!(begun.elapsed() < Duration::from_secs(10), "{read:?}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

#[tokio::test]
async fn reads_go_to_a_replica_that_is_fresh() -> TestResult {
    let told = told().await?;
    told.put("old").await?;
    told.pair.wait_until_replayed().await?;
    told.until_the_replica_answers().await?;
    assert_eq!(told.all().await?, [Some("old".to_owned())]);
    let before = told.gets()?;
    told.store.get(&Note(0)).await?;
    assert_eq!(told.gets()?, (before.0 + 1, before.1));

    // A replica that is behind answers what it has, for so long as it may be behind, and no longer.
    told.pair.pause_replay().await?;
    let paused = Instant::now();
    told.put("new").await?;
    assert_eq!(told.all().await?, [Some("old".to_owned())]);
    tokio::time::sleep(LAG.saturating_sub(paused.elapsed())).await;
    let before = told.gets()?;
    assert_eq!(told.all().await?, [Some("new".to_owned())]);
    assert_eq!(told.gets()?.1, before.1);
    let hosts = told.store.backend().replication().await;
    assert!(
        hosts
            .iter()
            .any(|host| !host.primary && host.reachable && host.behind > Some(0)),
        "{hosts:?}"
    );
    told.pair.resume_replay().await?;
    told.pair.wait_until_replayed().await?;
    told.until_the_replica_answers().await?;
    assert_eq!(told.all().await?, [Some("new".to_owned())]);

    // Where it is gone the primary answers at once.
    told.pair.replica().kill()?;
    let gone = Instant::now();
    while gone.elapsed() < LAG + Duration::from_millis(500) {
        let begun = Instant::now();
        assert_eq!(told.all().await?, [Some("new".to_owned())]);
        let took = begun.elapsed();
        assert!(took < Duration::from_millis(500), "{took:?}");
    }
    told.pair.replica().start_again().await?;
    told.until_the_replica_answers().await
}

#[tokio::test]
async fn a_replica_that_hangs_holds_no_read_up_for_long() -> TestResult {
    let told = told().await?;
    told.put("here").await?;
    told.pair.wait_until_replayed().await?;
    told.until_the_replica_answers().await?;
    told.pair.replica().pause()?;
    let paused = Instant::now();
    let view = told.store.with_replica_reads();
    let mut longest = Duration::ZERO;
    let mut reads = 0;
    while paused.elapsed() < LAG + Duration::from_secs(1) {
        let begun = Instant::now();
        let hurried = view.with_timeout(Duration::from_millis(800));
        assert_eq!(hurried.get(&Note(1)).await?.as_deref(), Some("here"));
        longest = longest.max(begun.elapsed());
        reads += 1;
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    println!("{reads} reads, the longest {longest:?}");
    assert!(longest < Duration::from_millis(700) && reads > 100);
    told.pair.replica().resume()?;
    told.until_the_replica_answers().await
}

#[tokio::test]
async fn a_server_without_replicas_answers_itself() -> TestResult {
    let server = PostgresServer::shared().await?;
    let config = PostgresConfig::url(server.url()?).table(fresh_table());
    let store = Store::new(Postgres::open(&config.build()?).await?);
    store.put(&Note(1), &"here".to_owned()).await?;
    let found = store.with_replica_reads().get(&Note(1)).await?;
    assert_eq!(found.as_deref(), Some("here"));
    Ok(())
}
