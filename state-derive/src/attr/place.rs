//! Where an attribute stands, what is known there, and what to say to one that belongs elsewhere.

use super::names;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// On a type that derives `StateKey`; whether it derives `StateValue` too.
    Key { also_value: bool },
    /// On a type that derives `KeyField`; whether it derives `StateValue` too.
    KeyField { also_value: bool },
    /// On a type that derives `StateValue`; whether it derives `StateKey` too.
    Value { also_key: bool },
    /// On a field of a struct that derives `StateKey`.
    FieldOfKey,
    /// On any other field of a key or of a part of keys.
    FieldOfPart,
    /// On a variant of a key or of a part of keys.
    Variant,
    /// Within a type that derives `StateValue`.
    WithinValue { also_key: bool },
}

impl Place {
    /// What may stand here.
    pub(crate) fn known(self) -> &'static [&'static str] {
        match self {
            Self::Key { .. } => names::OF_KEYS,
            Self::KeyField { .. } => names::OF_KEY_FIELDS,
            Self::Value { .. } => names::OF_VALUES,
            Self::FieldOfKey => &[names::PARTITION],
            Self::Variant => &[names::TAG],
            Self::FieldOfPart | Self::WithinValue { .. } => &[],
        }
    }

    /// What another derive on the same type reads. A type has both kinds of name where it is both.
    pub(crate) fn tolerates(self, name: &str) -> bool {
        match self {
            Self::Key { also_value } | Self::KeyField { also_value } => {
                also_value && names::OF_VALUES.contains(&name)
            }
            Self::Value { also_key } => also_key && names::OF_KEYS.contains(&name),
            // `KeyField` has no name of its own on the type, so a variant's tag may be its.
            Self::WithinValue { also_key } => {
                name == names::TAG || (also_key && name == names::PARTITION)
            }
            Self::FieldOfKey | Self::FieldOfPart | Self::Variant => false,
        }
    }

    /// The message for a name that is known elsewhere.
    pub(crate) fn refuse(self, name: &str) -> Option<String> {
        let on_type = matches!(
            self,
            Self::Key { .. } | Self::KeyField { .. } | Self::Value { .. }
        );
        let of_keys = names::OF_KEYS.contains(&name);
        let of_values = names::OF_VALUES.contains(&name);
        Some(match name {
            names::PARTITION if matches!(self, Self::Value { .. } | Self::WithinValue { .. }) => {
                "`partition` marks fields of a key, and this type is a value".to_owned()
            }
            names::PARTITION if matches!(self, Self::FieldOfPart) => {
                "`partition` marks leading fields of a struct that derives `StateKey`".to_owned()
            }
            names::PARTITION => {
                "`partition` stands on a field: put `#[state(partition)]` before the leading fields \
                 that make the partition"
                    .to_owned()
            }
            names::TAG => {
                "`tag` stands on a variant of an enum: put `#[state(tag = 1)]` before it".to_owned()
            }
            _ if on_type && of_values => format!(
                "`{name}` is an attribute of `StateValue`: put it on the type of the value"
            ),
            _ if on_type && of_keys => format!(
                "`{name}` is an attribute of `StateKey`: put it on a type that derives `StateKey`"
            ),
            _ if of_keys || of_values => {
                format!("`{name}` stands on the type: move it before the `struct` or `enum`")
            }
            _ => return None,
        })
    }

    /// The sentence that lists what is known.
    pub(crate) fn listing(self) -> String {
        let known = self.known();
        if known.is_empty() {
            return "nothing is known here".to_owned();
        }
        let names: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
        format!("known here: {}", names.join(", "))
    }
}
