//! The stages of a prefix, a type for each field, and the bounds that say what a field waits for.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, format_ident, quote};

use super::Key;
use crate::ast::{Case, Field};

/// What the builder knows of one field.
pub(super) struct Step<'k, 'a> {
    pub(super) field: &'k Field<'a>,
    /// The stage with this field fixed: `OrderKeyAfterTenant`.
    pub(super) after: Ident,
    /// The bound "this field is fixed": `OrderKeyHasTenant`.
    has: Ident,
    /// The bound "this field is not fixed yet": `OrderKeyAwaitsTenant`.
    awaits: Ident,
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
                has: format_ident!("{}Has{}", ident, name),
                awaits: format_ident!("{}Awaits{}", ident, name),
            }
        })
        .collect()
}

/// The bounds of the methods that fix or range over the step at `index`.
pub(super) fn bounds(steps: &[Step<'_, '_>], index: usize) -> Vec<TokenStream> {
    let before = index.checked_sub(1).and_then(|before| steps.get(before));
    let has = before.map(|before| before.has.to_token_stream());
    let awaits = steps.get(index).map(|step| step.awaits.to_token_stream());
    has.into_iter().chain(awaits).collect()
}

/// The types and bounds themselves.
pub(super) fn definitions(key: &Key<'_>, steps: &[Step<'_, '_>]) -> TokenStream {
    steps
        .iter()
        .enumerate()
        .map(|(index, step)| definition(key, steps, index, step))
        .collect()
}

fn definition(
    key: &Key<'_>,
    steps: &[Step<'_, '_>],
    index: usize,
    step: &Step<'_, '_>,
) -> TokenStream {
    let vis = key.input.vis;
    let name = key.input.name();
    let Step {
        field,
        after,
        has,
        awaits,
    } = step;
    let field_name = field.method().to_string();
    let field_name = field_name.trim_start_matches("r#");
    let fixed = index + 1;
    let reach = match key.partition {
        Some(partition) if fixed >= partition => quote!(Within),
        _ => quote!(Across),
    };
    let ends = key.partition == Some(fixed);
    let order: Vec<String> = steps
        .iter()
        .map(|step| {
            format!(
                "`{}`",
                step.field.method().to_string().trim_start_matches("r#")
            )
        })
        .collect();
    let order = format!(
        "a prefix fixes the fields of `{name}` in the order of their declaration: {}",
        order.join(", ")
    );
    let missing = format!("the prefix has no `{field_name}` yet");
    let missing_label = format!("call `.{field_name}(..)` first");
    let twice = format!("the prefix has its `{field_name}` already");
    let after_doc =
        format!("A prefix of [`{name}`] with `{field_name}` fixed, and those before it.");
    let awaits_doc = format!("A prefix of [`{name}`] that has not fixed `{field_name}`.");
    let awaiting = steps.iter().take(index).map(|step| &step.after);
    // No field waits for the last one.
    let has = (fixed < steps.len()).then(|| {
        let doc = format!("A prefix of [`{name}`] that has fixed `{field_name}`.");
        let having = steps.iter().skip(index).map(|step| &step.after);
        quote! {
            #[doc = #doc]
            #[diagnostic::on_unimplemented(message = #missing, label = #missing_label, note = #order)]
            #vis trait #has {}

            #(
                #[automatically_derived]
                impl #has for #having {}
            )*
        }
    });
    quote! {
        #[doc = #after_doc]
        #[derive(__state::core::fmt::Debug)]
        #vis enum #after {}

        #[automatically_derived]
        impl __state::PrefixStage for #after {
            type Reach = __state::#reach;

            const ENDS_PARTITION: __state::core::primitive::bool = #ends;
        }

        #has

        #[doc = #awaits_doc]
        #[diagnostic::on_unimplemented(message = #twice, label = "fixed before", note = #order)]
        #vis trait #awaits {}

        #[automatically_derived]
        impl #awaits for __state::Start {}

        #(
            #[automatically_derived]
            impl #awaits for #awaiting {}
        )*
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
