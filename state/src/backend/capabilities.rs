use super::Ttl;

/// How consistent a snapshot is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Consistency {
    /// The whole store at one moment.
    PointInTime,
    /// Entries read at different moments.
    Fuzzy,
}

/// What a backend can do and promises: run-time facts.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
#[allow(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct Capabilities {
    /// The backend's name, as metrics and messages show it.
    pub backend: &'static str,
    /// Whether ranges may span partitions.
    pub total_order: bool,
    /// Whether commits may span partitions.
    pub transactional: bool,
    /// Whether reads may be answered by replicas.
    pub replica_reads: bool,
    /// Whether metadata may stand beside values.
    pub metadata: bool,
    /// Whether acknowledged writes outlive the process that holds the store.
    pub durable: bool,
    /// How consistent a snapshot is.
    pub snapshot: Consistency,
    /// The time to live that its configuration gives to values whose type names none.
    pub default_ttl: Option<Ttl>,
}

impl Capabilities {
    /// The least that every backend has, under this name.
    pub const fn new(backend: &'static str) -> Self {
        Self {
            backend,
            total_order: false,
            transactional: false,
            replica_reads: false,
            metadata: false,
            durable: false,
            snapshot: Consistency::Fuzzy,
            default_ttl: None,
        }
    }
}
