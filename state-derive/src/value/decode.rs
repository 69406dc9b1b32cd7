//! Reading a payload of this version or an older one.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use super::chain;
use crate::ast::Input;
use crate::attr::{Migration, ValueAttrs};
use crate::generics::has_type_params;
use crate::wrap::generated_at;

/// The body of `decode_payload(__version, __format, __payload)`.
pub(super) fn body(input: &Input<'_>, attrs: &ValueAttrs) -> TokenStream {
    let version = attrs.version;
    let span = generated_at(input.ident.span());
    let own = quote_spanned!(span=> <Self as __state::SerdeValue>::decode(__format, __payload));
    let older = attrs.previous.as_ref().map(|previous| {
        let read = migrate(previous);
        let check = chain::check(input, attrs).filter(|_| has_type_params(input.generics));
        let check = check.map(|check| quote!(const { #check };));
        quote! {
            1..#version => {
                #check
                #read
            }
        }
    });
    quote! {
        match __version {
            #version => #own,
            #older
            _ => __state::core::result::Result::Err(__state::CodecError::Version {
                name: <Self as __state::StateValue>::NAME,
                stored: __version,
                known: <Self as __state::StateValue>::VERSION,
            }),
        }
    }
}

fn migrate(previous: &Migration) -> TokenStream {
    let Migration { ty, fallible } = previous;
    let span = generated_at(ty.span());
    let read = quote_spanned! {span=>
        <#ty as __state::StateValue>::decode_payload(__version, __format, __payload)?
    };
    if *fallible {
        quote_spanned!(span=> <Self as __state::TryMigrateFrom<#ty>>::try_migrate_from(#read))
    } else {
        quote_spanned!(span=> <Self as __state::MigrateFrom<#ty>>::migrate_from(#read))
    }
}
