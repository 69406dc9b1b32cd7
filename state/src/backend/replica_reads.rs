use std::sync::Arc;

use super::Backend;

/// A backend whose reads may be answered by replicas ([`Reads::Replica`](super::Reads::Replica)).
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no replicas to read from",
    label = "reads of this backend go to the one who decides commits",
    note = "leave `with_replica_reads` out, or pick a backend of `ReplicaReads` (Redis)"
)]
pub trait ReplicaReads: Backend {}

impl<B: ReplicaReads> ReplicaReads for Arc<B> {}
