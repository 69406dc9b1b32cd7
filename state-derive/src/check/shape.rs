//! Which types can be stored at all.

use crate::ast::{Input, Shape};
use crate::errors::Errors;

/// What a type wants to be.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stored {
    Key,
    KeyField,
    Value,
}

impl Stored {
    fn noun(self) -> &'static str {
        match self {
            Self::Key => "key",
            Self::KeyField => "key field",
            Self::Value => "value",
        }
    }
}

/// Whether code can be written for the type; where not, it says why.
pub(crate) fn can_be_stored(input: &Input<'_>, stored: Stored, errors: &mut Errors) -> bool {
    let noun = stored.noun();
    let mut possible = true;
    if let Some(lifetime) = input.generics.lifetimes().next() {
        let advice = match stored {
            Stored::Key | Stored::KeyField => {
                "use owned fields such as `String`, and look up with the borrowed twin that the derive makes"
            }
            Stored::Value => "use owned fields such as `String`",
        };
        errors.at(
            &lifetime.lifetime,
            format!("a stored {noun} must own its data: {advice}"),
        );
        possible = false;
    }
    match &input.shape {
        Shape::Union(span) => {
            errors.at_span(
                *span,
                format!("a union cannot be a {noun}: nothing says which of its fields is stored; use an enum"),
            );
            possible = false;
        }
        Shape::Enum(cases) if cases.is_empty() => {
            errors.at_span(
                input.ident.span(),
                format!("an enum without variants has no value, so it cannot be a {noun}"),
            );
            possible = false;
        }
        Shape::Enum(_) | Shape::Struct(_) => {}
    }
    possible
}
