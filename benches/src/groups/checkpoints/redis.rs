use std::path::Path;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use redis::AsyncCommands as _;
use redis::aio::MultiplexedConnection;
use typed_state::Store;
use typed_state::backends::Redis;
use typed_state_tests::servers::RedisServer;

use super::engine::{Engine, fill, whole};
use super::file;
use crate::data::keys::encode_by_hand;
use crate::work::{Entries, encode};
use crate::{Error, Result};

/// Entries in one request, and how many requests are on their way.
const ENTRIES: usize = 1_000;
const DEEP: usize = 8;

/// The Redis backend, and redis-rs.
pub(super) struct OnRedis {
    ours: Store<Redis>,
    theirs: MultiplexedConnection,
    /// Of the database that is loaded.
    loaded: MultiplexedConnection,
    empty: Store<Redis>,
    // To empty it.
    emptied: MultiplexedConnection,
    _server: RedisServer,
}

type Names = Vec<Vec<u8>>;

impl OnRedis {
    /// The names of all keys, in steps of a scan.
    fn names(&self) -> impl stream::Stream<Item = Result<Names>> {
        stream::try_unfold(
            (self.theirs.clone(), Some(0_u64)),
            |(mut connection, cursor)| async move {
                let Some(cursor) = cursor else {
                    return Ok(None);
                };
                let mut scan = redis::cmd("SCAN");
                scan.arg(cursor).arg("COUNT").arg(ENTRIES);
                let (next, names): (u64, Names) = scan.query_async(&mut connection).await?;
                Ok(Some((names, (connection, (next != 0).then_some(next)))))
            },
        )
    }
}

impl Engine for OnRedis {
    type Backend = Redis;
    const NAME: &'static str = "redis";
    const OUT: &'static str = "redis-rs, SCAN 1000 with MGET, 8 at once, into a file";
    const IN: &'static str = "redis-rs, MSET of 1,000 from a file, 8 at once";

    async fn start(entries: &Entries, _: &Path) -> Result<Self> {
        let server = RedisServer::options().start().await?;
        let url = server.url()?;
        let database = |number| format!("{url}{number}");
        let connect = async |number| {
            let client = redis::Client::open(database(number))?;
            Ok::<_, Error>(client.get_multiplexed_async_connection().await?)
        };
        let ours = Store::new(Redis::connect(&database(0)).await?);
        fill(&ours, entries).await?;
        let mut theirs = connect(1).await?;
        let filled = entries.iter();
        let filled = filled.map(|(key, item)| Ok((encode_by_hand(key), encode(item)?)));
        let filled = filled.collect::<Result<Vec<_>>>()?;
        for entries in filled.chunks(ENTRIES) {
            let () = theirs.mset(entries).await?;
        }
        Ok(Self {
            ours,
            theirs,
            empty: Store::new(Redis::connect(&database(2)).await?),
            emptied: connect(2).await?,
            loaded: connect(3).await?,
            _server: server,
        })
    }

    fn full(&self) -> &Store<Redis> {
        &self.ours
    }

    async fn empty(&mut self) -> Result<Store<Redis>> {
        flush(&mut self.emptied).await?;
        Ok(self.empty.clone())
    }

    async fn dump(&mut self, to: &Path) -> Result<()> {
        let mut file = file::Writer::create(to)?;
        let read = self.names().map_ok(|names| {
            let mut connection = self.theirs.clone();
            async move {
                let values: Vec<Option<Vec<u8>>> = connection.mget(&names).await?;
                Ok::<_, Error>((names, values))
            }
        });
        let mut read = std::pin::pin!(read.try_buffered(DEEP));
        while let Some((names, values)) = read.try_next().await? {
            for (name, value) in names.iter().zip(values) {
                if let Some(value) = value {
                    file.add(name, &value)?;
                }
            }
        }
        file.sync()
    }

    async fn clear(&mut self) -> Result<()> {
        flush(&mut self.loaded).await
    }

    async fn load(&mut self, from: &Path) -> Result<()> {
        let mut entries = file::read(from)?.peekable();
        let batches = std::iter::from_fn(|| {
            entries.peek()?;
            let batch: Result<Vec<_>> = entries.by_ref().take(ENTRIES).collect();
            Some(batch)
        });
        let connection = &self.loaded;
        let loaded = stream::iter(batches).map(|batch| async move {
            let () = connection.clone().mset(&batch?).await?;
            Ok::<_, Error>(())
        });
        loaded.buffer_unordered(DEEP).try_collect::<()>().await?;
        let loaded = redis::cmd("DBSIZE").query_async(&mut self.loaded).await?;
        whole(loaded)
    }
}

async fn flush(connection: &mut MultiplexedConnection) -> Result<()> {
    Ok(redis::cmd("FLUSHDB").query_async(connection).await?)
}
