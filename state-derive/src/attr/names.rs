//! The names of all attributes.

pub(crate) const STATE: &str = "state";

pub(crate) const NAMESPACE: &str = "namespace";
pub(crate) const VALUE: &str = "value";
pub(crate) const ORDERED: &str = "ordered";
pub(crate) const PARTITION: &str = "partition";
pub(crate) const TAG: &str = "tag";

pub(crate) const NAME: &str = "name";
pub(crate) const VERSION: &str = "version";
pub(crate) const FROM: &str = "from";
pub(crate) const TRY_FROM: &str = "try_from";
pub(crate) const FORMAT: &str = "format";
pub(crate) const COMPRESS: &str = "compress";
pub(crate) const THRESHOLD: &str = "threshold";
pub(crate) const TTL: &str = "ttl";
pub(crate) const MAX_SIZE: &str = "max_size";

pub(crate) const CRATE: &str = "crate";
pub(crate) const BOUND: &str = "bound";

/// What `StateKey` knows on a type.
pub(crate) const OF_KEYS: &[&str] = &[NAMESPACE, VALUE, ORDERED, BOUND, CRATE];
/// What `KeyField` knows on a type.
pub(crate) const OF_KEY_FIELDS: &[&str] = &[BOUND, CRATE];
/// What `StateValue` knows on a type.
pub(crate) const OF_VALUES: &[&str] = &[
    NAME, VERSION, FROM, TRY_FROM, FORMAT, COMPRESS, THRESHOLD, TTL, MAX_SIZE, BOUND, CRATE,
];
