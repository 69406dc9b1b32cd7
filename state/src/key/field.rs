use std::fmt;
use std::hash::Hash;

use smallvec::SmallVec;

use super::{KeyError, KeyReader, KeyWriter, Sampler};

/// A type that can stand in a key: order-preserving, self-delimiting bytes.
///
/// Derive it for your own types, or use the ones that have it: integers of a fixed width and their `NonZero`,
/// `bool`, `char`, `String`, `Vec<u8>`, `Bytes`, arrays, tuples, `Option`, [`Desc`](super::Desc),
/// [`TotalF64`](super::TotalF64), [`Duration`](std::time::Duration), and `Uuid`, chrono's and jiff's times behind features.
///
/// - **Order-preserving**: encodings compare as the values do.
/// - **Self-delimiting**: no encoding of the type is a proper prefix of another.
/// - **Canonical**: bytes that decode are what their value encodes to.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a field of a key",
    label = "not a key field",
    note = "add `#[derive(KeyField)]` to a type of your own",
    note = "`usize` and `isize` differ between machines: use `u64` or `i64`",
    note = "floats have no total order: wrap them in `TotalF32` or `TotalF64`",
    note = "`Uuid`, chrono's and jiff's types stand behind typed-state's features `uuid`, `chrono`, `jiff`",
    note = "keys own their data: use `String` for `&str` and `Vec<u8>` for `&[u8]`"
)]
pub trait KeyField: Sized + Send + Sync + 'static {
    /// The borrowed form, for lookups that allocate nothing: `&str` for `String`, the type itself where
    /// it is `Copy`.
    type Ref<'a>: Copy + fmt::Debug + Ord + Hash + Send + Sync;

    /// Borrows it.
    fn as_key_ref(&self) -> Self::Ref<'_>;

    /// Owns what was borrowed.
    fn from_key_ref(borrowed: Self::Ref<'_>) -> Self;

    /// Writes the bytes of the borrowed form.
    fn encode_field(borrowed: Self::Ref<'_>, writer: &mut KeyWriter);

    /// Reads the bytes that [`encode_field`](Self::encode_field) wrote.
    ///
    /// # Errors
    /// Where the bytes are not an encoding of this type: never a panic.
    fn decode_field(reader: &mut KeyReader<'_>) -> Result<Self, KeyError>;

    /// Writes it for people; parts of a key stand between slashes.
    fn fmt_field(borrowed: Self::Ref<'_>, f: &mut fmt::Formatter<'_>) -> fmt::Result;

    /// Draws a value for property tests, with a liking for the edges of its range.
    fn sample_field(sampler: &mut Sampler<'_>) -> Self;

    /// Writes the elements of an array; a type overrides it where it can write them at once.
    #[doc(hidden)]
    #[inline]
    fn encode_array<const N: usize>(borrowed: [Self::Ref<'_>; N], writer: &mut KeyWriter) {
        for element in borrowed {
            Self::encode_field(element, writer);
        }
    }

    /// Reads what [`encode_array`](Self::encode_array) wrote.
    #[doc(hidden)]
    #[inline]
    fn decode_array<const N: usize>(reader: &mut KeyReader<'_>) -> Result<[Self; N], KeyError> {
        let mut elements = SmallVec::<[Self; N]>::new();
        for _ in 0..N {
            elements.push(Self::decode_field(reader)?);
        }
        let error = reader.error("the elements of an array");
        elements.into_inner().map_err(|_| error)
    }
}
