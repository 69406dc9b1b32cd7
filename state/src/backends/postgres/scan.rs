use super::Postgres;
use crate::backend::{Context, Direction, KeyBytes, MAX_NAMESPACE_LEN, Page, Range, Scan};
use crate::error::{Error, ErrorKind, Result};

impl Postgres {
    /// A scan is a range over the namespace.
    pub(super) async fn read_scan(&self, cx: &Context, scan: Scan) -> Result<Page> {
        let (start, end) = bounds_of(&scan.namespace)?;
        let range = Range {
            start: KeyBytes::from(start.as_slice()),
            end: KeyBytes::from(end.as_slice()),
            partition_end: None,
            direction: Direction::Forward,
            projection: scan.projection,
            limit: scan.limit,
            cursor: scan.cursor,
        };
        self.read_range(cx, range).await
    }
}

/// The bytes between which all keys of a namespace lie: from the first up to before the second.
pub(super) fn bounds_of(namespace: &str) -> Result<(Vec<u8>, Vec<u8>)> {
    if namespace.is_empty() || namespace.len() > MAX_NAMESPACE_LEN || namespace.contains('\0') {
        return Err(Error::new(
            ErrorKind::InvalidInput,
            format!(
                "{namespace:?} is not a namespace, which has 1 to {MAX_NAMESPACE_LEN} bytes and no zero byte"
            ),
        ));
    }
    let name = namespace.as_bytes();
    Ok(([name, &[0]].concat(), [name, &[1]].concat()))
}
