//! What serde attributes and field types do to the formats of values.

use syn::ext::IdentExt;
use syn::punctuated::Punctuated;
use syn::{Attribute, GenericArgument, Meta, PathArguments, Token, Type};

use crate::ast::Input;
use crate::attr::{Format, FormatKind, Items, Place};
use crate::errors::Errors;

/// Reports `#[state(…)]` where a value has none: on its fields and variants.
pub(crate) fn within_value(input: &Input<'_>, also_key: bool, errors: &mut Errors) {
    let place = Place::WithinValue { also_key };
    for case in input.cases() {
        if case.variant.is_some() {
            Items::read(case.attrs, errors).finish(place, errors);
        }
        for field in &case.fields {
            Items::read(field.attrs, errors).finish(place, errors);
        }
    }
}

/// Reports what the format would write and could not read back.
pub(crate) fn serde_attributes(input: &Input<'_>, format: &Format, errors: &mut Errors) {
    if format.kind == FormatKind::Bincode {
        no_self_description(input.attrs, errors);
        for case in input.cases() {
            if case.variant.is_some() {
                no_self_description(case.attrs, errors);
            }
            for field in &case.fields {
                no_self_description(field.attrs, errors);
            }
        }
    } else {
        for field in input.fields() {
            if is_nested_option(field.ty) {
                errors.at(
                    field.ty,
                    format!(
                        "{} writes `None` and `Some(None)` alike, so one of them would be lost; use an enum \
                         of three variants, or `format = \"bincode\"`",
                        format.name()
                    ),
                );
            }
        }
    }
}

/// bincode writes no names, so it cannot read what these attributes shape.
fn no_self_description(attrs: &[Attribute], errors: &mut Errors) {
    for attr in attrs.iter().filter(|attr| attr.path().is_ident("serde")) {
        let Meta::List(list) = &attr.meta else {
            continue;
        };
        // What cannot be read here is serde's to report.
        let Ok(items) = list.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated)
        else {
            continue;
        };
        for item in items {
            let Some(name) = item
                .path()
                .get_ident()
                .map(|ident| ident.unraw().to_string())
            else {
                continue;
            };
            if matches!(
                name.as_str(),
                "flatten" | "tag" | "untagged" | "skip_serializing_if"
            ) {
                errors.at(
                    item.path(),
                    format!(
                        "`{name}` needs a format with names, and bincode has none: what it writes could not \
                         be read; use `format = \"msgpack\"`, or leave `{name}` out"
                    ),
                );
            }
        }
    }
}

fn is_nested_option(ty: &Type) -> bool {
    inside_option(ty).and_then(inside_option).is_some()
}

fn inside_option(ty: &Type) -> Option<&Type> {
    let Type::Path(path) = ty else {
        return None;
    };
    let last = path
        .path
        .segments
        .last()
        .filter(|last| last.ident == "Option")?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else {
        return None;
    };
    match arguments.args.first()? {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    }
}
