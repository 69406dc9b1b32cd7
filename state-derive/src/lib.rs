//! The derives of typed-state: [`StateKey`](macro@StateKey), [`KeyField`](macro@KeyField) and
//! [`StateValue`](macro@StateValue). Use them through `typed_state`, which re-exports them.
//!
//! A derive goes through the same stages, a file or folder each: `ast` (what was written), `attr` (what its
//! attributes say), `check` (what cannot be), `key` and `value` (the code). Mistakes are gathered on the
//! way and reported together; after one, `fallback` still gives an implementation, so that one mistake is
//! one error.

mod ast;
mod attr;
mod check;
mod errors;
mod fallback;
mod generics;
mod key;
mod value;
mod wrap;

#[cfg(test)]
mod golden;

use proc_macro::TokenStream;

/// Makes a type a whole key of state: a namespace, fields in order, and the type of the value under it.
///
/// ```text
/// #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, StateKey)]
/// #[state(namespace = "orders", value = Order, ordered)]
/// pub struct OrderKey {
///     #[state(partition)]
///     pub tenant: String,
///     pub id: u64,
/// }
/// ```
///
/// It gives:
/// - `StateKey`, `KeyField` (a key may be a field of another key), `KeyLookup` and `Display` (`orders/acme/7`);
/// - the borrowed twin `OrderKeyRef<'a>`, with a field for each field, for lookups that allocate nothing.
///   An enum without data is its own twin and so derives `Debug`, `Copy`, `Ord` and `Hash` itself;
/// - with `ordered`, the prefix builder: `OrderKey::prefix().tenant("acme").id_range(7..)`. For a struct only.
///
/// # On the type
/// - `namespace = "orders"`, required: the stored name, `[a-z][a-z0-9_.-]{0,63}`. It must not change when
///   the type is renamed.
/// - `value = Order`, required: the type that is stored under it.
/// - `ordered`: permits ranges and prefixes; some backends then keep an index.
/// - `bound = "T: KeyField"`: replaces the bounds that are inferred for a generic type.
/// - `crate = "path"`: where typed-state is, when it goes under another name.
///
/// # On fields and variants
/// - `partition`: the leading fields that make the partition. Without any, each key is one of its own.
/// - `tag = 3`: the byte that stands for a variant. It is required, from 0 to 255, and rises in the order of
///   declaration, as the derived `Ord` does. In an enum without data, explicit discriminants do instead.
#[proc_macro_derive(StateKey, attributes(state))]
pub fn derive_state_key(input: TokenStream) -> TokenStream {
    key::derive(input.into(), key::Derive::StateKey).into()
}

/// Makes a type a part of keys.
///
/// ```text
/// #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, KeyField)]
/// pub enum Region {
///     #[state(tag = 1)]
///     Eu,
///     #[state(tag = 2)]
///     Us,
/// }
///
/// #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, KeyField)]
/// pub struct TenantName(String);
/// ```
///
/// A tuple struct of one field has that field's bytes and is borrowed as that field is (`&str` for
/// `TenantName`); an enum without data is borrowed as itself; all others get a borrowed twin, as with
/// [`StateKey`](macro@StateKey). A type that derives `StateKey` has this already.
///
/// It knows `tag` on variants, and `bound` and `crate` on the type; [`StateKey`](macro@StateKey) explains them.
#[proc_macro_derive(KeyField, attributes(state))]
pub fn derive_key_field(input: TokenStream) -> TokenStream {
    key::derive(input.into(), key::Derive::KeyField).into()
}

/// Makes a type that serde can serialize a value of state: a stored name, a schema version, and how it
/// becomes bytes.
///
/// ```text
/// #[derive(Serialize, Deserialize, StateValue)]
/// #[state(name = "order", version = 2, from = OrderV1, compress = "lz4", ttl = "15m")]
/// pub struct Order {
///     pub total: u64,
/// }
/// ```
///
/// - `name = "order"`, required: the stored name, `[a-z][a-z0-9_.-]{0,63}`, the same for all versions.
/// - `version = 2`: the schema version, 1 if not given.
/// - `from = OrderV1` or `try_from = OrderV1`: the type of the version before, which becomes this one through
///   `From` or `TryFrom`. Required above version 1; a version that is left out does not compile.
/// - `format = "msgpack"`, `"json"` or `"bincode"`: how new values are written; `"msgpack"` if not given.
/// - `compress = "none"`, `"lz4"`, `"snappy"` or `"zstd"`, and `threshold = 512`: from how many bytes on. Without it, as the store says.
/// - `ttl = "15m"`: the time to live of new values, in `ms`, `s`, `m`, `h` or `d`.
/// - `max_size = "1MiB"`: the limit of the decoded payload, in bytes, `KiB`, `MiB` or `GiB`.
/// - `bound`, `crate`: as with [`StateKey`](macro@StateKey).
#[proc_macro_derive(StateValue, attributes(state))]
pub fn derive_state_value(input: TokenStream) -> TokenStream {
    value::derive(input.into()).into()
}
