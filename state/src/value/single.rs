use super::StateValue;

/// A value that is read and written as a whole: every [`StateValue`], and not a [`Map`](crate::primitive::Map) or
/// [`List`](crate::primitive::List), which are read and written in parts.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not read or written as a whole",
    label = "the value of this key type is `{Self}`",
    note = "use `store.map(&key)` for a `Map`, `store.list(&key)` for a `List`",
    note = "in generic code, ask for it: `K: StateKey<Value: StateValue>`"
)]
pub trait SingleValue: StateValue {}

#[diagnostic::do_not_recommend]
impl<V: StateValue> SingleValue for V {}
