//! `KeyLookup`, for the key and for its twin.

use proc_macro2::TokenStream;
use quote::quote;

use super::{Form, Key, encode};

pub(super) fn implementations(key: &Key<'_>) -> TokenStream {
    if key.whole().is_none() {
        return TokenStream::new();
    }
    let ty = key.ty();
    let (params, _, where_clause) = key.generics.split_for_impl();
    if key.form != Form::Twin {
        let body = of_borrowed(key);
        return quote! {
            #[automatically_derived]
            impl #params __state::KeyLookup for #ty #where_clause {
                type Key = Self;

                #[inline]
                fn encode_fields(&self, __writer: &mut __state::KeyWriter) {
                    #body
                }
            }
        };
    }
    let twin_generics = key.with_lifetime(&key.generics);
    let (twin_params, _, _) = twin_generics.split_for_impl();
    let twin = key.twin_ty(&quote!('a));
    let body = of_borrowed(key);
    quote! {
        #[automatically_derived]
        impl #params __state::KeyLookup for #ty #where_clause {
            type Key = Self;

            #[inline]
            fn encode_fields(&self, __writer: &mut __state::KeyWriter) {
                __state::KeyLookup::encode_fields(&<Self as __state::KeyField>::as_key_ref(self), __writer)
            }
        }

        #[automatically_derived]
        impl #twin_params __state::KeyLookup for #twin #where_clause {
            type Key = #ty;

            #[inline]
            fn encode_fields(&self, __writer: &mut __state::KeyWriter) {
                #body
            }
        }
    }
}

/// Writes the borrowed form behind `self`, and marks where the partition ends.
fn of_borrowed(key: &Key<'_>) -> TokenStream {
    let end = quote!(__state::KeyWriter::end_partition(__writer););
    if let (Some(case), Some(partition)) = (key.as_struct(), key.partition) {
        let pattern = case.pattern(&key.twin_ident());
        let fields: Vec<TokenStream> = encode::fields(case).collect();
        let inside = fields.iter().take(partition);
        let after = fields.iter().skip(partition);
        quote! {
            let #pattern = *self;
            #(#inside)*
            #end
            #(#after)*
        }
    } else {
        let ty = key.ty();
        quote! {
            <#ty as __state::KeyField>::encode_field(*self, __writer);
            #end
        }
    }
}
