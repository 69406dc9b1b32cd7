//! Opens a store that may be damaged, reads all of it and writes to it, and prints how many entries were not found.
#![allow(missing_docs, reason = "a program for the tests")]

use bytes::Bytes;
use typed_state::backend::{Expiry, Mutation};
use typed_state::backends::Embedded;
use typed_state_tests::damage::{ENTRIES_WRITTEN, commit, key, read_all};

#[tokio::main]
async fn main() {
    let directory = std::env::args_os().nth(1).unwrap_or_default();
    let Ok(store) = Embedded::open(&directory).await else {
        println!("0");
        return;
    };
    let reading = read_all(&store).await;
    // Whatever it says: it answers.
    let put = Mutation::Put {
        key: key(ENTRIES_WRITTEN),
        value: Bytes::from_static(b"new"),
        expiry: Expiry::Never,
    };
    let _ = commit(&store, None, Some(put)).await;
    let _ = store.sweep(10).await;
    let _ = store.close().await;
    println!("{}", reading.hidden);
}
