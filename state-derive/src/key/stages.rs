//! The stages of a prefix, a type for each field: which fields are fixed, and so which method comes next.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use syn::ext::IdentExt;

use super::Key;
use crate::ast::{Case, Field};

/// What the builder knows of one field.
pub(super) struct Step<'k, 'a> {
    pub(super) field: &'k Field<'a>,
    /// The stage with this field fixed: `OrderKeyAfterTenant`.
    pub(super) after: Ident,
}

pub(super) fn steps<'k, 'a>(key: &Key<'a>, case: &'k Case<'a>) -> Vec<Step<'k, 'a>> {
    let ident = key.input.ident;
    let mut names: Vec<String> = Vec::new();
    case.fields
        .iter()
        .enumerate()
        .map(|(index, field)| {
            let mut name = camel_case(&field.method().to_string());
            if names.contains(&name) {
                // `a_1` and `a1` are both `A1`.
                name = format!("{name}At{index}");
            }
            names.push(name.clone());
            Step {
                field,
                after: format_ident!("{}After{}", ident, name),
            }
        })
        .collect()
}

/// The types themselves.
pub(super) fn definitions(key: &Key<'_>, steps: &[Step<'_, '_>]) -> TokenStream {
    steps
        .iter()
        .zip(1..)
        .map(|(step, fixed)| definition(key, step, fixed))
        .collect()
}

fn definition(key: &Key<'_>, step: &Step<'_, '_>, fixed: usize) -> TokenStream {
    let vis = key.input.vis;
    let after = &step.after;
    let reach = match key.partition {
        Some(partition) if fixed >= partition => quote!(Within),
        _ => quote!(Across),
    };
    let ends = key.partition == Some(fixed);
    let doc = format!(
        "A prefix of [`{}`] with `{}` fixed, and those before it.",
        key.input.name(),
        step.field.method().unraw()
    );
    quote! {
        #[doc = #doc]
        #[derive(__state::core::fmt::Debug)]
        #vis enum #after {}

        #[automatically_derived]
        impl __state::PrefixStage for #after {
            type Reach = __state::#reach;

            const ENDS_PARTITION: __state::core::primitive::bool = #ends;
        }
    }
}

fn camel_case(name: &str) -> String {
    name.trim_start_matches("r#")
        .split('_')
        .flat_map(|word| {
            let mut letters = word.chars();
            let first = letters.next().into_iter().flat_map(char::to_uppercase);
            first.chain(letters).collect::<Vec<char>>()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::camel_case;

    #[test]
    fn names_of_types() {
        for (field, name) in [
            ("tenant", "Tenant"),
            ("order_id", "OrderId"),
            ("_hidden", "Hidden"),
            ("r#type", "Type"),
            ("über", "Über"),
        ] {
            assert_eq!(camel_case(field), name);
        }
    }
}
