//! `KeyField`: the type as a part of keys.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{WherePredicate, parse_quote};

use super::{Form, Key, decode, display, encode, sample};
use crate::generics;
use crate::wrap::generated_at;

pub(super) fn implementation(key: &Key<'_>) -> TokenStream {
    let ty = key.ty();
    let (params, _, where_clause) = key.generics.split_for_impl();
    let borrowed = key.twin_ty(&quote!('a));
    let elided = key.twin_ty(&quote!('_));
    let as_key_ref = as_key_ref(key);
    let from_key_ref = from_key_ref(key);
    let encode = encode::body(key);
    let decode = decode::body(key);
    let format = display::field_body(key);
    let sample = sample::body(key);
    let assertion = assertion(key);
    let itself = (key.form == Form::Itself).then(|| {
        let predicate: WherePredicate =
            parse_quote!(for<'__any> #ty: __state::BorrowedAsItself<'__any>);
        generics::with_predicates(&key.generics, [predicate])
    });
    let where_clause = match &itself {
        Some(generics) => generics.where_clause.as_ref(),
        None => where_clause,
    };
    quote! {
        #assertion

        #[automatically_derived]
        impl #params __state::KeyField for #ty #where_clause {
            type Ref<'a> = #borrowed;

            #[inline]
            fn as_key_ref(&self) -> #elided {
                #as_key_ref
            }

            #[inline]
            fn from_key_ref(__borrowed: #elided) -> Self {
                #from_key_ref
            }

            #[inline]
            fn encode_field(__borrowed: #elided, __writer: &mut __state::KeyWriter) {
                #encode
            }

            #[inline]
            fn decode_field(__reader: &mut __state::KeyReader<'_>)
                -> __state::core::result::Result<Self, __state::KeyError>
            {
                #decode
            }

            fn fmt_field(__borrowed: #elided, __f: &mut __state::core::fmt::Formatter<'_>)
                -> __state::core::fmt::Result
            {
                #format
            }

            fn sample_field(__sampler: &mut __state::Sampler<'_>) -> Self {
                #sample
            }
        }
    }
}

/// Reports a type that is not what the implementation takes it for, where no declaration does.
fn assertion(key: &Key<'_>) -> TokenStream {
    if generics::has_params(&key.generics) {
        return TokenStream::new();
    }
    match key.form {
        Form::Itself => {
            let ty = key.ty();
            let span = generated_at(key.input.ident.span());
            quote_spanned!(span=> const _: () = __state::assert_borrowed_as_itself::<#ty>();)
        }
        Form::Inner => key
            .input
            .fields()
            .map(|field| {
                let ty = field.ty;
                let span = generated_at(ty.span());
                quote_spanned!(span=> const _: () = __state::assert_key_field::<#ty>();)
            })
            .collect(),
        Form::Twin => TokenStream::new(),
    }
}

fn as_key_ref(key: &Key<'_>) -> TokenStream {
    match key.form {
        Form::Itself => quote!(*self),
        Form::Inner => key
            .input
            .fields()
            .map(|field| {
                let of_field = field.as_key_field();
                quote!(#of_field::as_key_ref(&self.0))
            })
            .collect(),
        Form::Twin => {
            let twin = key.twin_ident();
            key.take_apart(&quote!(self), key.input.ident, |_, case| {
                case.build(&twin, |field| {
                    let (of_field, binding) = (field.as_key_field(), &field.binding);
                    quote!(#of_field::as_key_ref(#binding))
                })
            })
        }
    }
}

fn from_key_ref(key: &Key<'_>) -> TokenStream {
    let ident = key.input.ident;
    match key.form {
        Form::Itself => quote!(__borrowed),
        Form::Inner => key
            .input
            .fields()
            .map(|field| {
                let of_field = field.as_key_field();
                quote!(#ident(#of_field::from_key_ref(__borrowed)))
            })
            .collect(),
        Form::Twin => {
            let body = key.take_apart(&quote!(__borrowed), &key.twin_ident(), |_, case| {
                case.build(ident, |field| {
                    let (of_field, binding) = (field.as_key_field(), &field.binding);
                    quote!(#of_field::from_key_ref(#binding))
                })
            });
            let unused = unused(key, &quote!(__borrowed));
            quote!(#unused #body)
        }
    }
}

/// Uses a parameter that a body without fields leaves aside.
pub(super) fn unused(key: &Key<'_>, names: &dyn ToTokens) -> TokenStream {
    if key.tags.is_empty() && key.input.fields().next().is_none() {
        quote!(let _ = (#names);)
    } else {
        TokenStream::new()
    }
}
