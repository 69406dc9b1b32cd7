use super::Postgres;
use crate::backend::{Context, Page, Scan};
use crate::error::Result;

impl Postgres {
    /// A scan is a range over the namespace.
    pub(super) async fn read_scan(&self, cx: &Context, scan: Scan) -> Result<Page> {
        self.read_range(cx, scan.into_range()?).await
    }
}
