use super::StateValue;

/// What can stand under a key: a single [`StateValue`], or one of the [primitives](crate::primitive).
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be stored under a key",
    label = "not a value of state",
    note = "add `#[derive(Serialize, Deserialize, StateValue)]` and `#[state(name = \"…\")]` to it"
)]
pub trait State: Send + Sync + 'static {}

#[diagnostic::do_not_recommend]
impl<V: StateValue> State for V {}
