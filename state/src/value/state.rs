use super::StateValue;
use crate::key::KeyField;
use crate::primitive::{List, Map};

/// What can stand under a key: a single [`StateValue`], a [`Map`] or a [`List`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be stored under a key",
    label = "not a value of state",
    note = "add `#[derive(Serialize, Deserialize, StateValue)]` and `#[state(name = \"…\")]` to it"
)]
pub trait State: Send + Sync + 'static {}

impl<V: StateValue> State for V {}
impl<F: KeyField, V: StateValue> State for Map<F, V> {}
impl<V: StateValue> State for List<V> {}
