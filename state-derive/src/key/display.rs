//! Writing for people: `orders/acme/7`.

use proc_macro2::TokenStream;
use quote::quote;

use super::key_field::unused;
use super::{Form, Key};
use syn::ext::IdentExt;

/// The body of `fmt_field(__borrowed, __f)`: the fields, or a variant's name and its fields, between slashes.
pub(super) fn field_body(key: &Key<'_>) -> TokenStream {
    if key.form == Form::Inner {
        return key
            .input
            .fields()
            .map(|field| {
                let of_field = field.as_key_field();
                quote!(#of_field::fmt_field(__borrowed, __f))
            })
            .collect();
    }
    let unused = unused(key, &quote!(__borrowed, __f));
    let body = key.take_apart(&quote!(__borrowed), &key.twin_ident(), |_, case| {
        let name = case.variant.map(|variant| {
            let name = variant.unraw().to_string();
            quote!(__state::core::fmt::Formatter::write_str(__f, #name))
        });
        let fields = case.fields.iter().map(|field| {
            let (of_field, binding) = (field.as_key_field(), &field.binding);
            quote!(#of_field::fmt_field(#binding, __f))
        });
        between_slashes(&name.into_iter().chain(fields).collect::<Vec<_>>())
    });
    quote!(#unused #body)
}

fn between_slashes(parts: &[TokenStream]) -> TokenStream {
    let Some((last, rest)) = parts.split_last() else {
        return quote!(__state::core::result::Result::Ok(()));
    };
    quote! {
        #(
            #rest?;
            __state::core::fmt::Formatter::write_str(__f, "/")?;
        )*
        #last
    }
}

/// `Display` of a whole key: the namespace, and the fields.
pub(super) fn implementation(key: &Key<'_>) -> TokenStream {
    let Some(whole) = key.whole() else {
        return TokenStream::new();
    };
    let ty = key.ty();
    let (params, _, where_clause) = key.generics.split_for_impl();
    let namespace = &whole.namespace;
    let body = if key.tags.is_empty() && key.input.fields().next().is_none() {
        quote!(__state::core::fmt::Formatter::write_str(__f, #namespace))
    } else {
        let start = format!("{namespace}/");
        quote! {
            __state::core::fmt::Formatter::write_str(__f, #start)?;
            <Self as __state::KeyField>::fmt_field(<Self as __state::KeyField>::as_key_ref(self), __f)
        }
    };
    quote! {
        #[automatically_derived]
        impl #params __state::core::fmt::Display for #ty #where_clause {
            fn fmt(&self, __f: &mut __state::core::fmt::Formatter<'_>) -> __state::core::fmt::Result {
                #body
            }
        }
    }
}
