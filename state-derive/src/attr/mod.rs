//! What the `#[state(…)]` attributes say.
//!
//! [`Items`] reads them into names and values; the files beside it give them meaning.

mod item;
mod key;
mod names;
mod place;
mod size;
mod suggest;
mod time;
mod value;

pub(crate) use self::item::{Item, Items};
pub(crate) use self::key::{FieldAttrs, KeyAttrs, VariantAttrs, WholeKey};
pub(crate) use self::place::Place;
pub(crate) use self::value::{Format, FormatKind, Migration, ValueAttrs};

use syn::punctuated::Punctuated;
use syn::{Path, parse_quote};

use crate::errors::Errors;
use crate::generics::Bound;

/// What both kinds of container know.
pub(crate) struct Common {
    /// Where typed-state is.
    pub(crate) krate: Path,
    /// The bounds that replace the inferred ones.
    pub(crate) bound: Option<Bound>,
}

impl Common {
    fn take(items: &mut Items, errors: &mut Errors) -> Self {
        let krate = items
            .take(names::CRATE, errors)
            .and_then(|item| item.string(errors))
            .and_then(|path| {
                path.parse()
                    .map_err(|_| {
                        errors.at(
                            &path,
                            "this is not a path to typed-state; write `crate = \"::my_name_for_it\"`",
                        );
                    })
                    .ok()
            });
        let bound = items
            .take(names::BOUND, errors)
            .and_then(|item| item.string(errors))
            .and_then(|bound| {
                bound
                    .parse_with(Punctuated::parse_terminated)
                    .map_err(|_| {
                        errors.at(
                            &bound,
                            "this is not a list of bounds; write `bound = \"T: KeyField, U: Clone\"`",
                        );
                    })
                    .ok()
            });
        Self {
            krate: krate.unwrap_or_else(|| parse_quote!(::typed_state)),
            bound,
        }
    }
}
