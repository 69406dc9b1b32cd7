//! `StateKey` and `OrderedKey`.

use proc_macro2::TokenStream;
use quote::quote;

use super::{Key, layout};
use crate::wrap::option;

pub(super) fn implementation(key: &Key<'_>) -> TokenStream {
    let Some(whole) = key.whole() else {
        return TokenStream::new();
    };
    let ty = key.ty();
    let (params, _, where_clause) = key.generics.split_for_impl();
    let namespace = &whole.namespace;
    let layout = layout::text(key, namespace);
    let partition = option(key.partition);
    let value = whole
        .value
        .as_ref()
        .map_or_else(|| quote!(__state::Counter), |value| quote!(#value));
    let is_ordered = whole.ordered;
    let ordered = whole.ordered.then(|| {
        quote! {
            #[automatically_derived]
            impl #params __state::OrderedKey for #ty #where_clause {}
        }
    });
    quote! {
        #[automatically_derived]
        impl #params __state::StateKey for #ty #where_clause {
            const NAMESPACE: &'static __state::core::primitive::str = #namespace;
            const PARTITION_FIELDS: __state::core::option::Option<__state::core::primitive::usize> = #partition;
            const LAYOUT: &'static __state::core::primitive::str = #layout;
            const ORDERED: __state::core::primitive::bool = #is_ordered;

            type Value = #value;
        }

        #ordered
    }
}
