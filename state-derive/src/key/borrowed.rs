//! The borrowed twin: `OrderKeyRef<'a>`.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::Visibility;
use syn::spanned::Spanned;

use super::{Form, Key};
use crate::ast::{Case, Field, Style};
use crate::wrap::{allow, generated_at};

/// The type itself, beside the key type and as visible; nothing where the key is borrowed otherwise.
pub(super) fn twin(key: &Key<'_>) -> TokenStream {
    if key.form != Form::Twin {
        return TokenStream::new();
    }
    let name = key.input.name();
    let vis = key.input.vis;
    let ident = key.twin_ident();
    let generics = key.with_lifetime(&key.declared);
    let (params, _, where_clause) = generics.split_for_impl();
    let doc = format!(
        "The borrowed twin of [`{name}`]: it has the same bytes and looks up without allocating."
    );
    let definition = if let Some(case) = key.as_struct() {
        let fields = fields(key, case, true);
        match case.style {
            Style::Named => quote!(#vis struct #ident #params #where_clause { #fields }),
            Style::Tuple => quote!(#vis struct #ident #params (#fields) #where_clause;),
            Style::Unit => quote!(#vis struct #ident #params #where_clause;),
        }
    } else {
        let variants = key.cases().iter().map(|case| {
            let variant = case.variant;
            let doc = format!(
                "`{name}::{}`, borrowed.",
                variant.map(ToString::to_string).unwrap_or_default()
            );
            let fields = fields(key, case, false);
            let fields = match case.style {
                Style::Named => quote!({ #fields }),
                Style::Tuple => quote!((#fields)),
                Style::Unit => TokenStream::new(),
            };
            quote!(#[doc = #doc] #variant #fields)
        });
        quote!(#vis enum #ident #params #where_clause { #(#variants),* })
    };
    let allow = allow();
    quote! {
        #[doc = #doc]
        #allow
        #definition
    }
}

fn fields(key: &Key<'_>, case: &Case<'_>, with_visibility: bool) -> TokenStream {
    let krate = &key.attrs.common.krate;
    let each = case.fields.iter().map(|field: &Field<'_>| {
        let ty = field.ty;
        let doc = format!("`{}`, borrowed.", field.name());
        let vis: Option<&Visibility> = with_visibility.then_some(field.vis);
        let name = match &field.member {
            syn::Member::Named(ident) => quote!(#ident:),
            syn::Member::Unnamed(_) => TokenStream::new(),
        };
        let span = generated_at(ty.span());
        let borrowed = quote_spanned!(span=> <#ty as #krate::__private::KeyField>::Ref<'a>);
        quote!(#[doc = #doc] #vis #name #borrowed)
    });
    quote!(#(#each),*)
}
