use std::sync::Arc;

use tokio::sync::Mutex;

use super::members::lock;
use super::membership::Membership;
use crate::backend::Backend;
use crate::error::Result;
use crate::lock::LockGuard;
use crate::window::assign::Assigner;
use crate::window::definition::Definition;
use crate::window::shard::Shard;

/// A shard whose lock is held, and which writes under that lock alone.
#[derive(Debug)]
pub(super) struct Owned<B: Backend, W> {
    pub(super) guard: LockGuard<B, ()>,
    pub(super) shard: Mutex<Shard<B, W>>,
}

impl<B: Backend, W: Assigner> Owned<B, W> {
    /// The shard, where nobody owns it.
    pub(super) async fn take(
        definition: &Arc<Definition<B, W>>,
        number: u32,
        membership: &Membership,
    ) -> Result<Option<Self>> {
        let lock = lock(definition, number)?;
        let lock = lock.ttl(membership.ttl).holder(&membership.name);
        let Some(guard) = lock.try_acquire().await? else {
            return Ok(None);
        };
        let shard = Shard::new(Arc::clone(definition), number, Some(guard.condition()));
        Ok(Some(Self {
            guard,
            shard: Mutex::new(shard),
        }))
    }
}
