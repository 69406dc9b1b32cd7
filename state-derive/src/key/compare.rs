//! What the twin derives: `Debug`, `Clone`, `Copy`, equality, order and `Hash`.
//!
//! The standard derives would ask them of a generic type's parameters; the twin's fields have them anyway.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use super::{Form, Key};
use crate::ast::{Case, Style};

pub(super) fn impls(key: &Key<'_>) -> TokenStream {
    if key.form != Form::Twin {
        return TokenStream::new();
    }
    let generics = key.with_lifetime(&key.generics);
    let (params, _, where_clause) = generics.split_for_impl();
    let twin = key.twin_ty(&quote!('a));
    let implementation = |name: TokenStream, body: TokenStream| {
        quote! {
            #[automatically_derived]
            impl #params __state::core::#name for #twin #where_clause { #body }
        }
    };
    let debug = implementation(quote!(fmt::Debug), debug(key));
    let clone = implementation(
        quote!(clone::Clone),
        quote!(
            #[inline]
            fn clone(&self) -> Self {
                *self
            }
        ),
    );
    let copy = implementation(quote!(marker::Copy), TokenStream::new());
    let partial_eq = implementation(quote!(cmp::PartialEq), partial_eq(key));
    let eq = implementation(quote!(cmp::Eq), TokenStream::new());
    let partial_ord = implementation(
        quote!(cmp::PartialOrd),
        quote! {
            #[inline]
            fn partial_cmp(&self, __other: &Self)
                -> __state::core::option::Option<__state::core::cmp::Ordering>
            {
                __state::core::option::Option::Some(__state::core::cmp::Ord::cmp(self, __other))
            }
        },
    );
    let ord = implementation(quote!(cmp::Ord), ord(key));
    let hash = implementation(quote!(hash::Hash), hash(key));
    quote!(#debug #clone #copy #partial_eq #eq #partial_ord #ord #hash)
}

fn debug(key: &Key<'_>) -> TokenStream {
    let twin = key.twin_ident();
    let body = key.take_apart(&quote!(self), &twin, |_, case| {
        let name = case
            .variant
            .map_or_else(|| twin.to_string(), ToString::to_string);
        let bindings = case.fields.iter().map(|field| &field.binding);
        match case.style {
            Style::Named => {
                let names = case.fields.iter().map(crate::ast::Field::name);
                quote! {
                    let mut __out = __state::core::fmt::Formatter::debug_struct(__f, #name);
                    #(__state::core::fmt::DebugStruct::field(&mut __out, #names, #bindings);)*
                    __state::core::fmt::DebugStruct::finish(&mut __out)
                }
            }
            Style::Tuple => quote! {
                let mut __out = __state::core::fmt::Formatter::debug_tuple(__f, #name);
                #(__state::core::fmt::DebugTuple::field(&mut __out, #bindings);)*
                __state::core::fmt::DebugTuple::finish(&mut __out)
            },
            Style::Unit => quote!(__state::core::fmt::Formatter::write_str(__f, #name)),
        }
    });
    quote! {
        fn fmt(&self, __f: &mut __state::core::fmt::Formatter<'_>) -> __state::core::fmt::Result {
            #body
        }
    }
}

fn partial_eq(key: &Key<'_>) -> TokenStream {
    let body = pairwise(
        key,
        |case| {
            let pairs = pairs(case);
            let equal = pairs
                .iter()
                .map(|(one, other)| quote!(__state::core::cmp::PartialEq::eq(#one, #other)));
            if pairs.is_empty() {
                quote!(true)
            } else {
                quote!(#(#equal)&&*)
            }
        },
        &quote!(_ => false,),
    );
    quote!(#[inline] fn eq(&self, __other: &Self) -> __state::core::primitive::bool { #body })
}

fn ord(key: &Key<'_>) -> TokenStream {
    let twin = key.twin_ident();
    let ranks = key.cases().iter().zip(&key.tags).map(|(case, tag)| {
        let path = case.path(&twin);
        let rest = match case.style {
            Style::Named => quote!({ .. }),
            Style::Tuple => quote!((..)),
            Style::Unit => TokenStream::new(),
        };
        quote!(#path #rest => #tag)
    });
    let body = pairwise(
        key,
        |case| {
            pairs(case).iter().rev().fold(
                quote!(__state::core::cmp::Ordering::Equal),
                |then, (one, other)| {
                    let this = quote!(__state::core::cmp::Ord::cmp(#one, #other));
                    if then.to_string().ends_with("Equal") {
                        this
                    } else {
                        quote!(__state::core::cmp::Ordering::then_with(#this, || #then))
                    }
                },
            )
        },
        &quote! {
            _ => {
                let __tag = |__twin: &Self| -> __state::core::primitive::u8 { match __twin { #(#ranks,)* } };
                __state::core::cmp::Ord::cmp(&__tag(self), &__tag(__other))
            }
        },
    );
    quote!(#[inline] fn cmp(&self, __other: &Self) -> __state::core::cmp::Ordering { #body })
}

fn hash(key: &Key<'_>) -> TokenStream {
    let body = key.take_apart(&quote!(self), &key.twin_ident(), |index, case| {
        let tag = key
            .tags
            .get(index)
            .map(|tag| quote!(__state::core::hash::Hash::hash(&#tag, __hasher);));
        let bindings = case.fields.iter().map(|field| &field.binding);
        quote!(#tag #(__state::core::hash::Hash::hash(#bindings, __hasher);)*)
    });
    let unused = if key.tags.is_empty() && key.input.fields().next().is_none() {
        quote!(let _ = __hasher;)
    } else {
        TokenStream::new()
    };
    quote! {
        fn hash<__H: __state::core::hash::Hasher>(&self, __hasher: &mut __H) {
            #unused
            #body
        }
    }
}

/// Matches two twins of the same case; `otherwise` is the arm for those of different cases.
fn pairwise(
    key: &Key<'_>,
    same: impl Fn(&Case<'_>) -> TokenStream,
    otherwise: &TokenStream,
) -> TokenStream {
    let twin = key.twin_ident();
    let arms = key.cases().iter().map(|case| {
        let one = case.pattern(&twin);
        let other = case.build(&twin, |field| {
            let binding = other_binding(&field.binding);
            quote!(#binding)
        });
        let body = same(case);
        (one, other, body)
    });
    if let Some(case) = key.as_struct() {
        let arms = arms.map(|(one, other, body)| {
            if case.fields.is_empty() {
                quote!(let _ = __other; #body)
            } else {
                quote!(let #one = self; let #other = __other; #body)
            }
        });
        quote!(#(#arms)*)
    } else {
        let otherwise = (key.cases().len() > 1).then_some(otherwise);
        let arms = arms.map(|(one, other, body)| quote!((#one, #other) => #body,));
        quote!(match (self, __other) { #(#arms)* #otherwise })
    }
}

fn pairs(case: &Case<'_>) -> Vec<(Ident, Ident)> {
    case.fields
        .iter()
        .map(|field| (field.binding.clone(), other_binding(&field.binding)))
        .collect()
}

/// `__other_field_tenant` for `__field_tenant`.
fn other_binding(binding: &Ident) -> Ident {
    format_ident!(
        "__other_{}",
        binding.to_string().trim_start_matches('_'),
        span = binding.span()
    )
}
