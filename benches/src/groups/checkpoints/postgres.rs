use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::pin::pin;

use bytes::{Bytes, BytesMut};
use futures_util::{SinkExt as _, TryStreamExt as _};
use tokio_postgres::{Client, NoTls};
use typed_state::Store;
use typed_state::backends::{Postgres, PostgresConfig};
use typed_state_tests::servers::{PostgresOptions, PostgresServer};

use super::engine::{Engine, fill, whole};
use super::file;
use crate::Result;
use crate::work::Entries;

const OURS: &str = "public.state";
const EMPTY: &str = "empty.state";

/// Bytes that are sent together.
const PART: usize = 1 << 16;

/// The `PostgreSQL` backend, and `COPY` of the same table by tokio-postgres.
pub(super) struct OnPostgres {
    ours: Store<Postgres>,
    empty: Store<Postgres>,
    client: Client,
    _server: PostgresServer,
}

impl Engine for OnPostgres {
    type Backend = Postgres;
    const NAME: &'static str = "postgres";
    const OUT: &'static str = "tokio-postgres, binary COPY of the same table into a file";
    const IN: &'static str = "tokio-postgres, binary COPY from a file into the same table";

    async fn start(entries: &Entries, _: &Path) -> Result<Self> {
        // What a server has by default; those of the tests have less.
        let options = PostgresOptions::default().setting("shared_buffers", "128MB");
        let server = options.start().await?;
        let url = server.url()?;
        let (client, connection) = tokio_postgres::connect(&url, NoTls).await?;
        // It ends with the client, and what goes wrong on the way comes to whoever asked.
        tokio::spawn(connection);
        let config = PostgresConfig::url(&url).build()?;
        let ours = Store::new(Postgres::open(&config).await?);
        fill(&ours, entries).await?;
        let config = PostgresConfig::url(&url).schema("empty").build()?;
        let empty = Store::new(Postgres::open(&config).await?);
        let tables = format!(
            "CREATE TABLE loaded (LIKE {OURS} INCLUDING ALL); VACUUM ANALYZE {OURS}; CHECKPOINT"
        );
        for statement in tables.split(';') {
            client.batch_execute(statement).await?;
        }
        Ok(Self {
            ours,
            empty,
            client,
            _server: server,
        })
    }

    fn full(&self) -> &Store<Postgres> {
        &self.ours
    }

    async fn empty(&mut self) -> Result<Store<Postgres>> {
        self.client
            .batch_execute(&format!("TRUNCATE {EMPTY}"))
            .await?;
        Ok(self.empty.clone())
    }

    async fn dump(&mut self, to: &Path) -> Result<()> {
        let mut file = file::Writer::create(to)?;
        let copy = format!("COPY {OURS} TO STDOUT (FORMAT binary)");
        let mut rows = pin!(self.client.copy_out(&copy).await?);
        while let Some(row) = rows.try_next().await? {
            file.add_raw(&row)?;
        }
        file.sync()
    }

    async fn clear(&mut self) -> Result<()> {
        Ok(self.client.batch_execute("TRUNCATE loaded").await?)
    }

    async fn load(&mut self, from: &Path) -> Result<()> {
        let mut file = File::open(from)?;
        let copy = "COPY loaded FROM STDIN (FORMAT binary)";
        let mut sink = pin!(self.client.copy_in::<_, Bytes>(copy).await?);
        loop {
            let mut part = BytesMut::zeroed(PART);
            let read = file.read(&mut part)?;
            if read == 0 {
                break;
            }
            part.truncate(read);
            sink.feed(part.freeze()).await?;
        }
        whole(usize::try_from(sink.finish().await?)?)
    }
}
