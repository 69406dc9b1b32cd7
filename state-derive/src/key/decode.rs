//! Reading the bytes.

use proc_macro2::TokenStream;
use quote::quote;

use super::Key;
use super::key_field::unused;
use crate::ast::Case;

/// The most tags that a message lists.
const LISTED: usize = 8;

/// The body of `decode_field(__reader)`.
pub(super) fn body(key: &Key<'_>) -> TokenStream {
    if let Some(case) = key.as_struct() {
        let unused = unused(key, &quote!(__reader));
        let value = read(key, case);
        return quote!(#unused __state::core::result::Result::Ok(#value));
    }
    let expected = expected(key);
    let arms = key.cases().iter().zip(&key.tags).map(|(case, tag)| {
        let value = read(key, case);
        quote!(#tag => __state::core::result::Result::Ok(#value),)
    });
    // All 256 tags leave nothing to refuse.
    let otherwise =
        (key.tags.len() < 256).then(|| quote!(_ => __state::core::result::Result::Err(__unknown),));
    quote! {
        let __unknown = __state::KeyReader::error(__reader, #expected);
        match __state::KeyReader::read_byte(__reader, #expected)? {
            #(#arms)*
            #otherwise
        }
    }
}

fn read(key: &Key<'_>, case: &Case<'_>) -> TokenStream {
    case.build(key.input.ident, |field| {
        let of_field = field.as_key_field();
        quote!(#of_field::decode_field(__reader)?)
    })
}

fn expected(key: &Key<'_>) -> String {
    let name = key.input.name();
    if key.tags.len() > LISTED {
        return format!("one of the {} tags of `{name}`", key.tags.len());
    }
    let tags: Vec<String> = key.tags.iter().map(ToString::to_string).collect();
    match tags.split_last() {
        Some((last, [])) => format!("the tag of `{name}`, {last}"),
        Some((last, rest)) => format!("a tag of `{name}`, {} or {last}", rest.join(", ")),
        None => format!("a tag of `{name}`"),
    }
}
