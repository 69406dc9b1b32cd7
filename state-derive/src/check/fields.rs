//! Fields of keys.

use syn::Type;

use crate::ast::{Case, Field, Input, Shape};
use crate::attr::{FieldAttrs, Place};
use crate::errors::Errors;

/// Reads the attributes of all fields; gives the number of leading `partition` fields, where there are any.
pub(crate) fn partition(input: &Input<'_>, whole_key: bool, errors: &mut Errors) -> Option<usize> {
    let mut leading = 0;
    for case in input.cases() {
        let place = match &input.shape {
            Shape::Struct(_) if whole_key => Place::FieldOfKey,
            _ => Place::FieldOfPart,
        };
        let set = partition_of(case, place, errors);
        leading = set.iter().take_while(|set| **set).count();
    }
    (leading > 0).then_some(leading)
}

fn partition_of(case: &Case<'_>, place: Place, errors: &mut Errors) -> Vec<bool> {
    let mut outside: Option<&Field<'_>> = None;
    let mut set = Vec::new();
    for field in &case.fields {
        no_cfg(field, errors);
        let partition = FieldAttrs::read(field.attrs, place, errors).partition;
        match (&partition, outside) {
            (Some(flag), Some(first)) => errors.at(
                flag,
                format!(
                    "partition fields come first, because the partition is the beginning of the key: \
                     `{}` before it is not one; mark it too, or move `{}` up",
                    first.name(),
                    field.name()
                ),
            ),
            (None, None) => outside = Some(field),
            _ => {}
        }
        set.push(partition.is_some());
    }
    set
}

fn no_cfg(field: &Field<'_>, errors: &mut Errors) {
    if let Some(attr) = field.attrs.iter().find(|attr| attr.path().is_ident("cfg")) {
        errors.at(
            &attr.meta,
            format!(
                "a field of a key cannot depend on `cfg`: programs built with and without `{}` would not \
                 find each other's keys; make it an `Option`, or use two key types",
                field.name()
            ),
        );
    }
}

/// Reports the types that everybody tries first and that can be no field of a key. What other types can,
/// only the compiler knows.
pub(crate) fn types_are_possible(input: &Input<'_>, errors: &mut Errors) -> bool {
    let mut possible = true;
    for field in input.fields() {
        if let Some(message) = refusal(field.ty) {
            errors.at(field.ty, message);
            possible = false;
        }
    }
    possible
}

fn refusal(ty: &Type) -> Option<String> {
    match ty {
        Type::Reference(reference) => {
            let owned = match &*reference.elem {
                Type::Path(path) if path.path.is_ident("str") => "`String`",
                Type::Slice(_) => "`Vec<u8>`",
                _ => "the type itself",
            };
            Some(format!(
                "a stored key must own its data: use {owned}, and look up with the borrowed twin that the \
                 derive makes"
            ))
        }
        Type::Path(path) => match path.path.get_ident()?.to_string().as_str() {
            float @ ("f32" | "f64") => Some(format!(
                "`{float}` has no total order, which a key needs: use `Total{}`",
                float.to_uppercase()
            )),
            "usize" => {
                Some("`usize` differs in width between machines: use `u64` or `u32`".to_owned())
            }
            "isize" => {
                Some("`isize` differs in width between machines: use `i64` or `i32`".to_owned())
            }
            _ => None,
        },
        _ => None,
    }
}
