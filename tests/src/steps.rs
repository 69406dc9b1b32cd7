//! What the process that is killed at every system call has in its store, and how it goes about its work.

use std::fs::File;
use std::path::Path;

use tokio::runtime::{Builder, Runtime};
use typed_state::backend::{Backend, Context, Expiry, Key, Write, WriteBatch};
use typed_state::checkpoint::Checkpoints;
use typed_state::checkpoint::target::Objects;
use typed_state::testing::TestResult;
use typed_state::{Result, Revision};

/// How many files the working thread opens before it begins: more than the loader of programs opens in the first thread.
///
/// strace counts in each thread by itself, and kills where the first of them comes to the number.
pub const OPENED_BEFORE: usize = 64;

/// What a store holds: each round changes, removes and adds some of it.
///
/// # Errors
/// Of the backend.
pub async fn fill(backend: &impl Backend, round: u64) -> Result<()> {
    let writes = (0..48_u64).map(|number| {
        let bytes = [&b"item\0"[..], &number.to_be_bytes()].concat();
        let key = Key::new(&bytes[..], bytes.len())?;
        Ok(match number {
            // All of the one round and none of the other.
            20..28 if (number + round).is_multiple_of(2) => Write::Delete { key },
            // Half are the same in all.
            number => Write::Put {
                key,
                value: vec![u8::try_from(round * (number / 24)).unwrap_or(u8::MAX); 150].into(),
                expiry: Expiry::Never,
            },
        })
    });
    let batch = WriteBatch {
        revision: Revision::from_bits(round),
        writes: writes.collect::<Result<_>>()?,
    };
    backend.write(&Context::new(), batch).await?;
    Ok(())
}

/// The checkpoints of a directory, of some eight chunks each.
///
/// # Errors
/// As [`Objects::local`].
pub fn checkpoints(directory: impl AsRef<Path>) -> Result<Checkpoints<Objects>> {
    Ok(Checkpoints::new(Objects::local(directory)?).chunk_size(1 << 10))
}

/// A runtime of which one thread does all work on files, so that the system calls come in one order; without sockets,
/// whose wake-ups are written, too.
///
/// # Errors
/// Where there can be no runtime, or no file.
pub fn runtime() -> TestResult<Runtime> {
    let runtime = Builder::new_current_thread()
        .enable_time()
        .max_blocking_threads(1)
        .build()?;
    let opened = runtime.spawn_blocking(|| -> std::io::Result<()> {
        for _ in 0..OPENED_BEFORE {
            File::open("/dev/null")?;
        }
        Ok(())
    });
    runtime.block_on(opened)??;
    Ok(runtime)
}
