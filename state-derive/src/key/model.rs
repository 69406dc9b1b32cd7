//! A key type as the generators see it.

use std::collections::HashSet;

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{
    GenericArgument, GenericParam, Generics, PathArguments, Type, WherePredicate, parse_quote,
};

use crate::ast::{Case, Field, Input, Shape, Style};
use crate::attr::{KeyAttrs, WholeKey};
use crate::generics::{self, Params};
use crate::wrap::generated_at;

/// Which of the two derives.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Derive {
    StateKey,
    KeyField,
}

/// What a key type is borrowed as.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// A type of its own, with a field for each field.
    Twin,
    /// Itself: an enum without data.
    Itself,
    /// What its only field is borrowed as: a part of keys that is a tuple struct of one field.
    Inner,
}

pub(crate) struct Key<'a> {
    pub(crate) input: &'a Input<'a>,
    pub(crate) attrs: KeyAttrs,
    /// The tag of each variant; empty for a struct.
    pub(crate) tags: Vec<u8>,
    /// How many leading fields are the partition.
    pub(crate) partition: Option<usize>,
    pub(crate) form: Form,
    /// The generics of the implementations.
    pub(crate) generics: Generics,
    /// The generics of the types beside the key, without the twin's lifetime.
    pub(crate) declared: Generics,
}

impl<'a> Key<'a> {
    pub(crate) fn new(
        input: &'a Input<'a>,
        attrs: KeyAttrs,
        tags: Vec<u8>,
        partition: Option<usize>,
    ) -> Self {
        let form = match &input.shape {
            Shape::Enum(cases) if cases.iter().all(|case| case.fields.is_empty()) => Form::Itself,
            Shape::Struct(case)
                if case.style == Style::Tuple && case.fields.len() == 1 && attrs.key.is_none() =>
            {
                Form::Inner
            }
            _ => Form::Twin,
        };
        let plain = generics::without_defaults(input.generics);
        let (declared, generics) = bounds(input, &attrs, &plain);
        Self {
            input,
            attrs,
            tags,
            partition,
            form,
            generics,
            declared,
        }
    }

    pub(crate) fn whole(&self) -> Option<&WholeKey> {
        self.attrs.key.as_ref()
    }

    pub(crate) fn cases(&self) -> &[Case<'a>] {
        self.input.cases()
    }

    /// The only case, of a struct.
    pub(crate) fn as_struct(&self) -> Option<&Case<'a>> {
        match &self.input.shape {
            Shape::Struct(case) => Some(case),
            Shape::Enum(_) | Shape::Union(_) => None,
        }
    }

    /// `OrderKey<T>`.
    pub(crate) fn ty(&self) -> TokenStream {
        let ident = self.input.ident;
        let (_, params, _) = self.generics.split_for_impl();
        quote!(#ident #params)
    }

    /// The name of what it is borrowed as.
    pub(crate) fn twin_ident(&self) -> Ident {
        match self.form {
            Form::Twin => format_ident!("{}Ref", self.input.ident),
            Form::Itself | Form::Inner => self.input.ident.clone(),
        }
    }

    /// Whether the twin has a lifetime: without fields there is nothing to borrow.
    pub(crate) fn twin_borrows(&self) -> bool {
        self.form == Form::Twin && self.input.fields().next().is_some()
    }

    /// What it is borrowed as for the lifetime: `OrderKeyRef<'a, T>`.
    pub(crate) fn twin_ty(&self, lifetime: &TokenStream) -> TokenStream {
        match (self.form, self.cases()) {
            (Form::Inner, [case]) => {
                let inner = case.fields.iter().map(Field::as_key_field);
                quote!(#(#inner)*::Ref<#lifetime>)
            }
            (Form::Itself | Form::Inner, _) => self.ty(),
            (Form::Twin, _) => {
                let ident = self.twin_ident();
                let params = self.input.generics.params.iter().map(|param| match param {
                    GenericParam::Type(param) => param.ident.to_token_stream(),
                    GenericParam::Const(param) => param.ident.to_token_stream(),
                    GenericParam::Lifetime(param) => param.lifetime.to_token_stream(),
                });
                let mut all: Vec<TokenStream> = params.collect();
                if self.twin_borrows() {
                    all.insert(0, lifetime.clone());
                }
                if all.is_empty() {
                    quote!(#ident)
                } else {
                    quote!(#ident<#(#all),*>)
                }
            }
        }
    }

    /// The generics with the twin's lifetime `'a`.
    pub(crate) fn with_lifetime(&self, generics: &Generics) -> Generics {
        let mut generics = generics.clone();
        if self.twin_borrows() {
            generics.params.insert(0, parse_quote!('a));
        }
        generics
    }

    /// Takes `value`, of the type `path` names, apart and goes on with each case's body.
    pub(crate) fn take_apart(
        &self,
        value: &TokenStream,
        ident: &Ident,
        body: impl Fn(usize, &Case<'a>) -> TokenStream,
    ) -> TokenStream {
        let arms = self.cases().iter().enumerate().map(|(index, case)| {
            let pattern = case.pattern(ident);
            (pattern, body(index, case))
        });
        if let Some(case) = self.as_struct() {
            let (patterns, bodies): (Vec<_>, Vec<_>) = arms.unzip();
            if case.fields.is_empty() {
                quote!(#(#bodies)*)
            } else {
                quote!(#(let #patterns = #value; #bodies)*)
            }
        } else {
            let arms = arms.map(|(pattern, body)| quote!(#pattern => { #body }));
            quote!(match #value { #(#arms)* })
        }
    }
}

/// The bounds of the types beside the key, and those of the implementations.
fn bounds(input: &Input<'_>, attrs: &KeyAttrs, plain: &Generics) -> (Generics, Generics) {
    let krate = &attrs.common.krate;
    let private = quote!(#krate::__private);
    if let Some(bound) = &attrs.common.bound {
        let bounded = generics::with_predicates(plain, bound.iter().cloned());
        return (bounded.clone(), bounded);
    }
    let params = Params::of(input.generics);
    let mut seen = HashSet::new();
    let (of_params, of_types): (Vec<&Type>, Vec<&Type>) = input
        .fields()
        .map(|field| field.ty)
        .filter(|ty| seen.insert(ty.to_token_stream().to_string()))
        .partition(|ty| params.are_in(ty));
    let of_params = of_params
        .iter()
        .map(|ty| -> WherePredicate { parse_quote!(#ty: #private::KeyField) });
    let declared = generics::with_predicates(plain, of_params);
    // A field type that is no key field is reported once, where it is declared; within the implementations it
    // counts as one. The lifetime keeps the compiler from deciding the bound where it is written.
    let of_types = of_types
        .iter()
        .filter(|ty| !is_known(ty))
        .map(|ty| -> WherePredicate {
            parse_quote!(for<'__any> #ty: #private::FieldOfKey<'__any>)
        });
    let mut implemented = generics::with_predicates(&declared, of_types);
    if let Some(value) = attrs.key.as_ref().and_then(|key| key.value.as_ref())
        && params.are_in(value)
    {
        implemented =
            generics::with_predicates(&implemented, [parse_quote!(#value: #private::State)]);
    }
    (declared, implemented)
}

/// Whether a type is surely a key field, as the types of most fields are.
fn is_known(ty: &Type) -> bool {
    match ty {
        Type::Array(array) => is_known(&array.elem),
        Type::Path(path) => match path.path.segments.first() {
            Some(segment) if path.path.segments.len() == 1 => match &segment.arguments {
                PathArguments::None => KNOWN.iter().any(|known| segment.ident == known),
                PathArguments::AngleBracketed(arguments) => {
                    ["Option", "Desc", "Vec"]
                        .iter()
                        .any(|known| segment.ident == known)
                        && arguments.args.iter().all(|argument| match argument {
                            GenericArgument::Type(ty) if segment.ident == "Vec" => {
                                matches!(ty, Type::Path(path) if path.path.is_ident("u8"))
                            }
                            GenericArgument::Type(ty) => is_known(ty),
                            _ => false,
                        })
                }
                PathArguments::Parenthesized(_) => false,
            },
            _ => false,
        },
        _ => false,
    }
}

const KNOWN: &[&str] = &[
    "String", "TotalF32", "TotalF64", "bool", "char", "u8", "u16", "u32", "u64", "u128", "i8",
    "i16", "i32", "i64", "i128",
];

impl Case<'_> {
    /// `OrderKey`, or `Event::Payment`.
    pub(crate) fn path(&self, ident: &Ident) -> TokenStream {
        self.variant
            .map_or_else(|| quote!(#ident), |variant| quote!(#ident::#variant))
    }

    /// An expression or pattern with something for each field.
    pub(crate) fn build(
        &self,
        ident: &Ident,
        each: impl FnMut(&Field<'_>) -> TokenStream,
    ) -> TokenStream {
        let path = self.path(ident);
        let values = self.fields.iter().map(each);
        match self.style {
            Style::Named => {
                let members = self.fields.iter().map(|field| &field.member);
                quote!(#path { #(#members: #values),* })
            }
            Style::Tuple => quote!(#path(#(#values),*)),
            Style::Unit => path,
        }
    }

    /// The pattern that binds each field.
    pub(crate) fn pattern(&self, ident: &Ident) -> TokenStream {
        self.build(ident, |field| field.binding.to_token_stream())
    }
}

impl Field<'_> {
    /// `<String as KeyField>`, so that a message about the type points at it.
    pub(crate) fn as_key_field(&self) -> TokenStream {
        as_key_field(self.ty)
    }

    /// What follows the type's own name in names of generated items and methods.
    pub(crate) fn method(&self) -> Ident {
        match &self.member {
            syn::Member::Named(ident) => ident.clone(),
            syn::Member::Unnamed(index) => format_ident!("field_{}", index.index),
        }
    }
}

fn as_key_field(ty: &Type) -> TokenStream {
    let span = generated_at(ty.span());
    quote_spanned!(span=> <#ty as __state::KeyField>)
}
