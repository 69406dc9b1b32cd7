//! The attributes of keys and their parts.

use syn::{Attribute, Ident, LitInt, Type};

use super::{Common, Items, Place, item, names};
use crate::errors::Errors;

/// On a type.
pub(crate) struct KeyAttrs {
    pub(crate) common: Common,
    /// `None` where the type derives `KeyField` only.
    pub(crate) key: Option<WholeKey>,
    /// Whether a type that derives `KeyField` only has attributes of `StateKey`, which it may derive beside it.
    pub(crate) of_whole_key: bool,
}

/// What only `StateKey` has.
pub(crate) struct WholeKey {
    pub(crate) namespace: String,
    /// `None` after a mistake.
    pub(crate) value: Option<Type>,
    pub(crate) ordered: bool,
}

impl KeyAttrs {
    pub(crate) fn of_key(attrs: &[Attribute], ident: &Ident, errors: &mut Errors) -> Self {
        let mut items = Items::read(attrs, errors);
        let also_value = items.has(names::NAME) && items.has(names::NAMESPACE);
        let common = Common::take(&mut items, errors);
        let namespace = if let Some(item) = items.take(names::NAMESPACE, errors) {
            stored_name(&item, errors)
        } else {
            errors.at_span(
                    item::missing_at(attrs, ident),
                    format!(
                        "`namespace` is required: keys are stored under it, and it must not change when the \
                         type is renamed; add `namespace = \"{}\"`",
                        proposed_name(ident)
                    ),
                );
            None
        };
        let value = if let Some(item) = items.take(names::VALUE, errors) {
            item.ty(errors)
        } else {
            errors.at_span(
                item::missing_at(attrs, ident),
                "`value` is required: it is the type that is stored under these keys; \
                     add `value = MyValue`",
            );
            None
        };
        let ordered = items.take(names::ORDERED, errors);
        if let Some(ordered) = &ordered {
            ordered.flag(errors);
        }
        items.finish(Place::Key { also_value }, errors);
        Self {
            common,
            key: Some(WholeKey {
                namespace: namespace.unwrap_or_else(|| "invalid".to_owned()),
                value,
                ordered: ordered.is_some(),
            }),
            of_whole_key: false,
        }
    }

    pub(crate) fn of_field(attrs: &[Attribute], errors: &mut Errors) -> Self {
        let mut items = Items::read(attrs, errors);
        let also_value = items.has(names::NAME);
        let common = Common::take(&mut items, errors);
        let of_whole_key = items.take(names::NAMESPACE, errors);
        if let Some(item) = &of_whole_key {
            errors.at(
                &item.name,
                "`namespace` makes it a whole key, which is a key field already: derive `StateKey` alone; \
                 or leave `namespace` out",
            );
            for name in [names::VALUE, names::ORDERED] {
                items.take(name, errors);
            }
        }
        items.finish(Place::KeyField { also_value }, errors);
        Self {
            common,
            key: None,
            of_whole_key: of_whole_key.is_some(),
        }
    }
}

/// On a field of a key.
pub(crate) struct FieldAttrs {
    /// The name of the flag `partition`, where it is set.
    pub(crate) partition: Option<Ident>,
}

impl FieldAttrs {
    pub(crate) fn read(attrs: &[Attribute], place: Place, errors: &mut Errors) -> Self {
        let mut items = Items::read(attrs, errors);
        let partition = if place == Place::FieldOfKey {
            items.take(names::PARTITION, errors)
        } else {
            None
        };
        if let Some(partition) = &partition {
            partition.flag(errors);
        }
        items.finish(place, errors);
        Self {
            partition: partition.map(|item| item.name),
        }
    }
}

/// On a variant.
pub(crate) struct VariantAttrs {
    pub(crate) tag: Option<LitInt>,
    /// Whether a tag is there that could not be read, which has been reported.
    pub(crate) broken: bool,
}

impl VariantAttrs {
    pub(crate) fn read(attrs: &[Attribute], errors: &mut Errors) -> Self {
        let mut items = Items::read(attrs, errors);
        let item = items.take(names::TAG, errors);
        let tag = item.as_ref().and_then(|item| item.integer(errors));
        items.finish(Place::Variant, errors);
        Self {
            broken: item.is_some() && tag.is_none(),
            tag,
        }
    }
}

/// A stored name: `[a-z][a-z0-9_.-]{0,63}`.
pub(super) fn stored_name(item: &super::Item, errors: &mut Errors) -> Option<String> {
    let literal = item.string(errors)?;
    let text = literal.value();
    let name = &item.name;
    let allowed =
        |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '.' | '-');
    let problem = if text.is_empty() {
        "it is empty".to_owned()
    } else if text.len() > 64 {
        format!("it has {} bytes, and 64 is the limit", text.len())
    } else if let Some(bad) = text.chars().find(|c| !allowed(*c)) {
        format!("`{}` is not allowed", bad.escape_debug())
    } else if !text.starts_with(|c: char| c.is_ascii_lowercase()) {
        "it begins with no letter".to_owned()
    } else {
        return Some(text);
    };
    errors.at(
        &literal,
        format!(
            "this is no `{name}`: {problem}; write 1 to 64 of `a` to `z`, `0` to `9`, `_`, `.` and `-`, \
             with a letter first"
        ),
    );
    None
}

/// `OrderKey` becomes `order-key`.
pub(super) fn proposed_name(ident: &Ident) -> String {
    let mut name = String::new();
    for c in ident.to_string().trim_start_matches("r#").chars() {
        if c.is_uppercase() && !name.is_empty() && !name.ends_with('-') {
            name.push('-');
        }
        name.extend(c.to_lowercase());
    }
    name
}
