use std::sync::Arc;
use std::time::Instant;

use super::Embedded;
use super::blocking::blocking;
use crate::backend::{Context, Health};
use crate::error::Result;

impl Embedded {
    /// Begins a read, as every other reader does.
    pub(super) async fn probe(&self, cx: &Context) -> Result<Health> {
        let began = Instant::now();
        let reader = Arc::clone(self.shared());
        blocking(cx, move || reader.engine.entries().map(drop)).await?;
        Ok(Health::new(began.elapsed()))
    }
}
