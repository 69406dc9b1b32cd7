#![allow(missing_docs, clippy::all, clippy::pedantic, reason = "x")]
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use typed_state::backends::Redis;
use typed_state::testing::{Fixture, Harness, TestResult, Time};
static N: AtomicU64 = AtomicU64::new(0);
#[derive(Debug, Clone, Copy)]
pub struct RedisHarness;
pub struct RedisFixture {
    backend: Arc<Redis>,
    prefix: String,
}
impl Harness for RedisHarness {
    type Backend = Redis;
    type Fixture = RedisFixture;
    async fn fresh(&self) -> TestResult<RedisFixture> {
        let prefix = format!(
            "t{}-{}:",
            std::process::id(),
            N.fetch_add(1, Ordering::Relaxed)
        );
        Ok(RedisFixture {
            backend: Arc::new(Redis::shim("redis://127.0.0.1:17999", &prefix).await?),
            prefix,
        })
    }
    fn slowness(&self) -> NonZeroUsize {
        NonZeroUsize::MIN.saturating_add(19)
    }
}
impl Fixture for RedisFixture {
    type Backend = Redis;
    fn backend(&self) -> &Arc<Redis> {
        &self.backend
    }
    async fn connect(&self) -> TestResult<Arc<Redis>> {
        Ok(Arc::new(
            Redis::shim("redis://127.0.0.1:17999", &self.prefix).await?,
        ))
    }
    fn time(&self) -> Time {
        Time::Running
    }
    async fn elapse(&self, by: Duration) -> TestResult {
        tokio::time::sleep(by + Duration::from_millis(2)).await;
        Ok(())
    }
    async fn sweep(&self) -> TestResult<u64> {
        Ok(self.backend.sweep().await?)
    }
    async fn restart(&mut self) -> TestResult<bool> {
        self.backend = self.connect().await?;
        Ok(true)
    }
}
