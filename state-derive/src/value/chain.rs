//! The check that migrations go one version at a time.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use crate::ast::Input;
use crate::attr::{Migration, ValueAttrs};
use crate::generics::has_type_params;
use crate::wrap::generated_at;

/// The call that fails to compile where a version is left out, or the previous type has another name.
pub(super) fn check(input: &Input<'_>, attrs: &ValueAttrs) -> Option<TokenStream> {
    let Migration { ty, fallible } = attrs.previous.as_ref()?;
    let this = input.name();
    let attribute = if *fallible { "try_from" } else { "from" };
    let previous = quote!(#ty).to_string();
    let (name, version) = (&attrs.name, attrs.version);
    let span = generated_at(ty.span());
    Some(quote_spanned! {span=>
        __state::check_chain(
            (#this, #name, #version),
            #attribute,
            (
                #previous,
                <#ty as __state::StateValue>::NAME,
                <#ty as __state::StateValue>::VERSION,
            ),
        )
    })
}

/// The check as an item; a generic type has it inside a function, because only there its parameters are known.
pub(super) fn assertion(input: &Input<'_>, attrs: &ValueAttrs) -> Option<TokenStream> {
    if has_type_params(input.generics) {
        return None;
    }
    let check = check(input, attrs)?;
    let ty = &attrs.previous.as_ref()?.ty;
    let span = generated_at(ty.span());
    Some(quote_spanned!(span=> const _: () = #check;))
}
