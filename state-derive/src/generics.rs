//! Bounds for generic types, only on field types that mention a parameter.

use std::collections::HashSet;

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::punctuated::Punctuated;
use syn::{GenericParam, Generics, Token, Type, WherePredicate};

/// The names of a type's type and constant parameters.
pub(crate) struct Params(HashSet<Ident>);

impl Params {
    pub(crate) fn of(generics: &Generics) -> Self {
        Self(
            generics
                .params
                .iter()
                .filter_map(|param| match param {
                    GenericParam::Type(param) => Some(param.ident.clone()),
                    GenericParam::Const(param) => Some(param.ident.clone()),
                    GenericParam::Lifetime(_) => None,
                })
                .collect(),
        )
    }

    /// Whether a type mentions one of them.
    pub(crate) fn are_in(&self, ty: &Type) -> bool {
        !self.0.is_empty() && self.are_among(ty.to_token_stream())
    }

    fn are_among(&self, tokens: TokenStream) -> bool {
        tokens.into_iter().any(|token| match token {
            TokenTree::Ident(ident) => self.0.contains(&ident),
            TokenTree::Group(group) => self.are_among(group.stream()),
            TokenTree::Punct(_) | TokenTree::Literal(_) => false,
        })
    }
}

/// The parameters without their defaults, which stand only where a type is declared.
pub(crate) fn without_defaults(generics: &Generics) -> Generics {
    let mut generics = generics.clone();
    for param in &mut generics.params {
        match param {
            GenericParam::Type(param) => param.default = None,
            GenericParam::Const(param) => param.default = None,
            GenericParam::Lifetime(_) => {}
        }
    }
    generics
}

pub(crate) fn has_params(generics: &Generics) -> bool {
    !generics.params.is_empty()
}

pub(crate) fn has_type_params(generics: &Generics) -> bool {
    generics.type_params().next().is_some()
}

/// The generics with further predicates.
pub(crate) fn with_predicates(
    generics: &Generics,
    predicates: impl IntoIterator<Item = WherePredicate>,
) -> Generics {
    let mut generics = generics.clone();
    let mut predicates = predicates.into_iter().peekable();
    if predicates.peek().is_some() {
        generics.make_where_clause().predicates.extend(predicates);
    }
    generics
}

/// What `bound = "…"` holds.
pub(crate) type Bound = Punctuated<WherePredicate, Token![,]>;
