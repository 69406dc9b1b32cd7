use super::{KeyReader, KeyWriter, StateKey};
use crate::backend::Key;
use crate::error::{Error, ErrorKind, Result};

/// What a lookup takes: a key, or its borrowed twin.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a key of state",
    label = "expected a key type or its borrowed twin",
    note = "add `#[derive(StateKey)]` to the key type, or pass a key that has it"
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
pub fn encode_key<Q: KeyLookup>(key: &Q) -> Result<Key> {
    let mut writer = KeyWriter::for_namespace(<Q::Key as StateKey>::NAMESPACE);
    key.encode_fields(&mut writer);
    Ok(writer.finish()?.with_index(<Q::Key as StateKey>::ORDERED))
}

/// The key in bytes that a backend gave.
///
/// # Errors
/// [`ErrorKind::Corrupt`] where they are not a key of this type.
pub fn decode_key<K: StateKey>(key: &Key) -> Result<K> {
    if key.namespace() != K::NAMESPACE.as_bytes() {
        return Err(Error::new(
            ErrorKind::Corrupt,
            format!("the key is not of the namespace `{}`", K::NAMESPACE),
        )
        .at_key(key));
    }
    let mut reader = KeyReader::new(key.fields());
    let decoded =
        K::decode_field(&mut reader).and_then(|decoded| reader.finish().map(|()| decoded));
    decoded.map_err(|error| {
        Error::new(
            ErrorKind::Corrupt,
            format!(
                "the stored key does not have the layout `{}`: {error}",
                K::LAYOUT
            ),
        )
        .at_key(key)
    })
}
