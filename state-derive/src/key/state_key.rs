//! `StateKey` and `OrderedKey`.

use proc_macro2::TokenStream;
use quote::quote;

use super::{Key, layout};

pub(super) fn implementation(key: &Key<'_>) -> TokenStream {
    let Some(whole) = key.whole() else {
        return TokenStream::new();
    };
    let ty = key.ty();
    let (params, _, where_clause) = key.generics.split_for_impl();
    let namespace = &whole.namespace;
    let layout = layout::text(key, namespace);
    let partition = match key.partition {
        Some(fields) => quote!(__state::core::option::Option::Some(#fields)),
        None => quote!(__state::core::option::Option::None),
    };
    let value = match &whole.value {
        Some(value) => quote!(#value),
        None => quote!(__state::Counter),
    };
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
