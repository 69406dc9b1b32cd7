//! Writing the bytes.

use proc_macro2::TokenStream;
use quote::quote;

use super::key_field::unused;
use super::{Form, Key};
use crate::ast::{Case, Field};

/// The body of `encode_field(__borrowed, __writer)`.
pub(super) fn body(key: &Key<'_>) -> TokenStream {
    if key.form == Form::Inner {
        return key
            .input
            .fields()
            .map(|field| {
                let of_field = field.as_key_field();
                quote!(#of_field::encode_field(__borrowed, __writer))
            })
            .collect();
    }
    let unused = unused(key, &quote!(__borrowed, __writer));
    let body = key.take_apart(&quote!(__borrowed), &key.twin_ident(), |index, case| {
        let tag = key
            .tags
            .get(index)
            .map(|tag| quote!(__state::KeyWriter::write_byte(__writer, #tag);));
        let fields = fields(case);
        quote!(#tag #(#fields)*)
    });
    quote!(#unused #body)
}

/// The statement that writes each field's binding.
pub(super) fn fields(case: &Case<'_>) -> impl Iterator<Item = TokenStream> {
    case.fields.iter().map(|field: &Field<'_>| {
        let (of_field, binding) = (field.as_key_field(), &field.binding);
        quote!(#of_field::encode_field(#binding, __writer);)
    })
}
