use std::time::Duration;

/// Waits until so much has passed on the clock of a store, too.
///
/// Cancellation: nothing is left behind.
pub async fn pass(by: Duration) {
    // An entry lives through the millisecond in which it expires, and the store's clock may be read in the one before.
    tokio::time::sleep(by + Duration::from_millis(2)).await;
}
