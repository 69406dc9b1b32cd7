use std::time::{Duration, Instant};

use typed_state::testing::TestResult;

/// Long, because other tests share the machine; nothing waits so long unless something is wrong.
const PATIENCE: Duration = Duration::from_secs(30);

/// Asks until there is an answer. An error may pass, and is told only when patience ends.
pub(super) async fn until<T, F>(what: &str, mut ask: impl FnMut() -> F) -> TestResult<T>
where
    F: Future<Output = TestResult<Option<T>>>,
{
    let deadline = Instant::now() + PATIENCE;
    loop {
        let last = match ask().await {
            Ok(Some(answer)) => return Ok(answer),
            Ok(None) => "not yet".to_owned(),
            Err(error) => error.to_string(),
        };
        if Instant::now() > deadline {
            return Err(format!("{what}: not within {PATIENCE:?}; at last: {last}").into());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
