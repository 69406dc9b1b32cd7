//! The implementation of `StateValue`.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::{Generics, WherePredicate, parse_quote};

use super::decode;
use crate::ast::Input;
use crate::attr::{Migration, ValueAttrs};
use crate::generics::{self, Params, has_type_params};
use crate::wrap::{self, generated_at};

pub(super) fn implementation(input: &Input<'_>, attrs: &ValueAttrs) -> TokenStream {
    let generics = bounds(input, attrs);
    let (params, of_type, where_clause) = generics.split_for_impl();
    let ident = input.ident;
    let ValueAttrs {
        name,
        version,
        format,
        compression,
        ..
    } = attrs;
    let option = quote!(__state::core::option::Option);
    let ttl = attrs.ttl_millis.map_or_else(
        || quote!(#option::None),
        |millis| quote!(__state::Ttl::from_millis(#millis)),
    );
    let max_size = wrap::option(attrs.max_size);
    let span = generated_at(ident.span());
    let encode = quote_spanned! {span=>
        <Self as __state::SerdeValue>::encode(self, <Self as __state::StateValue>::FORMAT, __out)
    };
    let decode = decode::body(input, attrs);
    quote! {
        #[automatically_derived]
        impl #params __state::StateValue for #ident #of_type #where_clause {
            const NAME: &'static __state::core::primitive::str = #name;
            const VERSION: __state::core::primitive::u32 = #version;
            const FORMAT: __state::Format = #format;
            const COMPRESSION: __state::Compression = #compression;
            const TTL: #option<__state::Ttl> = #ttl;
            const MAX_SIZE: #option<__state::core::primitive::usize> = #max_size;

            #[inline]
            fn encode_payload(&self, __out: &mut __state::Vec<__state::core::primitive::u8>)
                -> __state::core::result::Result<(), __state::CodecError>
            {
                #encode
            }

            #[inline]
            fn decode_payload(
                __version: __state::core::primitive::u32,
                __format: __state::Format,
                __payload: &[__state::core::primitive::u8],
            ) -> __state::core::result::Result<Self, __state::CodecError> {
                #decode
            }
        }
    }
}

/// A generic type is a value where serde and the threads permit it.
fn bounds(input: &Input<'_>, attrs: &ValueAttrs) -> Generics {
    let plain = generics::without_defaults(input.generics);
    if let Some(bound) = &attrs.common.bound {
        return generics::with_predicates(&plain, bound.iter().cloned());
    }
    if !has_type_params(&plain) {
        return plain;
    }
    let private = {
        let krate = &attrs.common.krate;
        quote!(#krate::__private)
    };
    let ident = input.ident;
    let (_, of_type, _) = plain.split_for_impl();
    let whole = parse_quote! {
        #ident #of_type: #private::SerdeValue
            + #private::core::marker::Send
            + #private::core::marker::Sync
            + 'static
    };
    let mut predicates: Vec<WherePredicate> = vec![whole];
    if let Some(Migration { ty, .. }) = &attrs.previous
        && Params::of(input.generics).are_in(ty)
    {
        predicates.push(parse_quote!(#ty: #private::StateValue));
    }
    generics::with_predicates(&plain, predicates)
}
