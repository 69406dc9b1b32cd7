use std::sync::Arc;

use super::Backend;

/// A backend whose commits may reach over partitions ([`Scope::Store`](super::Scope::Store)), atomically and serializably.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot commit over several partitions",
    label = "commits of this backend stay within one partition",
    note = "mark the fields that the keys share `#[state(partition)]` and use `Store::transaction`, \
            or pick a backend that is `Transactional` (memory, embedded, PostgreSQL)"
)]
pub trait Transactional: Backend {}

/// A backend that keeps all keys in one order, so that ranges may span partitions.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot read a range over several partitions",
    label = "ranges of this backend stay within one partition",
    note = "fix every `#[state(partition)]` field and use `Store::range`, or `Store::scan` for any order, \
            or pick a backend of `TotalOrder` (memory, embedded, PostgreSQL)"
)]
pub trait TotalOrder: Backend {}

impl<B: Transactional> Transactional for Arc<B> {}
impl<B: TotalOrder> TotalOrder for Arc<B> {}
