use super::{KeyError, KeyReader, KeyWriter, StateKey};
use crate::backend::{Key, MAX_NAMESPACE_LEN};
use crate::error::{Error, ErrorKind, Result};

/// What a lookup takes: a key, or its borrowed twin.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a key of state",
    label = "expected a key or its borrowed twin",
    note = "a key is a value of a type with `#[derive(StateKey)]` and `#[state(namespace = \"…\", value = …)]`, or \
            its borrowed twin: of `OrderKey` that is `OrderKeyRef`"
)]
pub trait KeyLookup: Send + Sync {
    /// The key type that it looks up.
    type Key: StateKey;

    /// Writes the fields, marking the partition's end.
    fn encode_fields(&self, writer: &mut KeyWriter);
}

/// The bytes of a key.
///
/// # Errors
/// [`ErrorKind::TooLarge`] past [`MAX_KEY_LEN`](crate::backend::MAX_KEY_LEN).
#[inline]
pub fn encode_key<Q: KeyLookup + ?Sized>(key: &Q) -> Result<Key> {
    const {
        assert!(
            is_namespace(<Q::Key as StateKey>::NAMESPACE),
            "a namespace is 1 to 64 of `a`-`z`, `0`-`9`, `_`, `.`, `-`, beginning with a letter"
        );
    };
    let mut writer = KeyWriter::for_namespace(<Q::Key as StateKey>::NAMESPACE);
    key.encode_fields(&mut writer);
    Ok(writer.finish()?.with_index(<Q::Key as StateKey>::ORDERED))
}

const fn is_namespace(name: &str) -> bool {
    let Some((first, mut rest)) = name.as_bytes().split_first() else {
        return false;
    };
    while let Some((byte, after)) = rest.split_first() {
        if !matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'.' | b'-') {
            return false;
        }
        rest = after;
    }
    first.is_ascii_lowercase() && name.len() <= MAX_NAMESPACE_LEN
}

/// The key in bytes that a backend gave.
///
/// # Errors
/// [`ErrorKind::Corrupt`] where they are not a key of this type.
#[inline]
pub fn decode_key<K: StateKey>(key: &Key) -> Result<K> {
    if key.namespace() != K::NAMESPACE.as_bytes() {
        return Err(foreign(key, K::NAMESPACE));
    }
    let mut reader = KeyReader::new(key.fields());
    let decoded = match K::decode_field(&mut reader) {
        Ok(decoded) => reader.finish().map(|()| decoded),
        Err(error) => Err(error),
    };
    decoded.map_err(|error| malformed(key, K::LAYOUT, &error))
}

#[cold]
fn foreign(key: &Key, namespace: &str) -> Error {
    Error::new(
        ErrorKind::Corrupt,
        format!("the key is not of the namespace `{namespace}`"),
    )
    .at_key(key)
}

#[cold]
fn malformed(key: &Key, layout: &str, error: &KeyError) -> Error {
    Error::new(
        ErrorKind::Corrupt,
        format!("the stored key does not have the layout `{layout}`: {error}"),
    )
    .at_key(key)
}
