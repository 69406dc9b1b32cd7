//! What is generated after a mistake, so that the mistake is the only error.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{GenericParam, Type};

use crate::ast::{Input, Shape};
use crate::attr::{KeyAttrs, ValueAttrs};
use crate::generics::without_defaults;
use crate::wrap::wrap;

/// The type with every lifetime `'static`, since what is stored has none, and its other parameters.
fn owned_type(input: &Input<'_>) -> (TokenStream, TokenStream, Option<syn::WhereClause>) {
    let mut generics = without_defaults(input.generics);
    let arguments = input.generics.params.iter().map(|param| match param {
        GenericParam::Lifetime(_) => quote!('static),
        GenericParam::Type(param) => {
            let ident = &param.ident;
            quote!(#ident)
        }
        GenericParam::Const(param) => {
            let ident = &param.ident;
            quote!(#ident)
        }
    });
    let ident = input.ident;
    let ty = quote!(#ident<#(#arguments),*>);
    generics.params = generics
        .params
        .into_iter()
        .filter(|param| !matches!(param, GenericParam::Lifetime(_)))
        .collect();
    let where_clause = generics.where_clause.take();
    let params = &generics.params;
    (quote!(<#params>), ty, where_clause)
}

/// Inert implementations of the traits of a key.
pub(crate) fn key(input: &Input<'_>, attrs: &KeyAttrs) -> TokenStream {
    if matches!(input.shape, Shape::Union(_)) {
        return TokenStream::new();
    }
    let (params, ty, where_clause) = owned_type(input);
    let whole = attrs.key.as_ref().map(|whole| {
        let value: Option<&Type> = whole.value.as_ref();
        let value = value.map_or_else(|| quote!(__state::Counter), |value| quote!(#value));
        let is_ordered = whole.ordered;
        let ordered = whole
            .ordered
            .then(|| quote!(impl #params __state::OrderedKey for #ty #where_clause {}));
        quote! {
            impl #params __state::KeyLookup for #ty #where_clause {
                type Key = Self;
                fn encode_fields(&self, _: &mut __state::KeyWriter) {}
            }

            impl #params __state::StateKey for #ty #where_clause {
                const NAMESPACE: &'static __state::core::primitive::str = "invalid";
                const PARTITION_FIELDS:
                    __state::core::option::Option<__state::core::primitive::usize> =
                    __state::core::option::Option::None;
                const LAYOUT: &'static __state::core::primitive::str = "invalid";
                const ORDERED: __state::core::primitive::bool = #is_ordered;
                type Value = #value;
            }

            impl #params __state::core::fmt::Display for #ty #where_clause {
                fn fmt(&self, _: &mut __state::core::fmt::Formatter<'_>)
                    -> __state::core::fmt::Result
                {
                    __state::core::result::Result::Ok(())
                }
            }

            #ordered
        }
    });
    wrap(
        &attrs.common.krate,
        &quote! {
            impl #params __state::KeyField for #ty #where_clause {
                type Ref<'__ref> = ();
                fn as_key_ref(&self) {}
                fn from_key_ref(_: ()) -> Self {
                    __state::core::unreachable!()
                }
                fn encode_field(_: (), _: &mut __state::KeyWriter) {}
                fn decode_field(_: &mut __state::KeyReader<'_>)
                    -> __state::core::result::Result<Self, __state::KeyError>
                {
                    __state::core::unreachable!()
                }
                fn fmt_field(_: (), _: &mut __state::core::fmt::Formatter<'_>)
                    -> __state::core::fmt::Result
                {
                    __state::core::result::Result::Ok(())
                }
                fn sample_field(_: &mut __state::Sampler<'_>) -> Self {
                    __state::core::unreachable!()
                }
            }

            #whole
        },
    )
}

/// An inert implementation of `StateValue`.
pub(crate) fn value(input: &Input<'_>, attrs: &ValueAttrs) -> TokenStream {
    let (params, ty, where_clause) = owned_type(input);
    wrap(
        &attrs.common.krate,
        &quote! {
            impl #params __state::StateValue for #ty #where_clause {
                const NAME: &'static __state::core::primitive::str = "invalid";
                const VERSION: __state::core::primitive::u32 = 1;
                const FORMAT: __state::Format = __state::Format::Raw;
                const COMPRESSION: __state::Compression = __state::Compression::Unset;
                const TTL: __state::core::option::Option<__state::Ttl> =
                    __state::core::option::Option::None;
                const MAX_SIZE: __state::core::option::Option<__state::core::primitive::usize> =
                    __state::core::option::Option::None;
                fn encode_payload(&self, _: &mut __state::Vec<__state::core::primitive::u8>)
                    -> __state::core::result::Result<(), __state::CodecError>
                {
                    __state::core::unreachable!()
                }
                fn decode_payload(
                    _: __state::core::primitive::u32,
                    _: __state::Format,
                    _: &[__state::core::primitive::u8],
                ) -> __state::core::result::Result<Self, __state::CodecError> {
                    __state::core::unreachable!()
                }
            }
        },
    )
}
