//! Drawing a value for property tests.

use proc_macro2::TokenStream;
use quote::quote;

use super::Key;
use super::key_field::unused;

/// The body of `sample_field(__sampler)`.
pub(super) fn body(key: &Key<'_>) -> TokenStream {
    let mut cases = key.cases().iter().map(|case| {
        case.build(key.input.ident, |field| {
            let of_field = field.as_key_field();
            quote!(#of_field::sample_field(__sampler))
        })
    });
    if key.as_struct().is_some() || key.cases().len() == 1 {
        let unused = if key.input.fields().next().is_none() {
            quote!(let _ = __sampler;)
        } else {
            unused(key, &quote!(__sampler))
        };
        return quote!(#unused #(#cases)*);
    }
    let count = key.cases().len();
    let last = cases.next_back();
    let arms = cases
        .enumerate()
        .map(|(index, case)| quote!(#index => #case,));
    quote! {
        match __state::Sampler::choose(__sampler, #count) {
            #(#arms)*
            _ => #last,
        }
    }
}
