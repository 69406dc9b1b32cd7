//! The prefix builder of an ordered struct: `OrderKey::prefix().tenant("acme").id_range(7..)`.

use std::iter;

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Generics, Type, parse_quote};

use super::Key;
use super::stages::{self, Step};
use crate::ast::Case;
use crate::errors::Errors;
use crate::wrap::{allow, generated_at};

/// The type beside the key, and its implementations; `None` where the key has no builder.
pub(super) fn builder(key: &Key<'_>, errors: &mut Errors) -> Option<(TokenStream, TokenStream)> {
    let case = key.as_struct()?;
    if !key.whole()?.ordered || !names_differ(case, errors) {
        return None;
    }
    let builder = Builder::new(key);
    Some((builder.definition(), builder.implementations(case)))
}

/// Whether no two fields want the same method.
fn names_differ(case: &Case<'_>, errors: &mut Errors) -> bool {
    let mut fine = true;
    for field in &case.fields {
        for suffix in ["range", "starts_with"] {
            let method = format!("{}_{suffix}", field.name());
            if let Some(other) = case.fields.iter().find(|other| other.name() == method) {
                errors.at(
                    &other.member,
                    format!(
                        "the prefix builder would have two methods `{method}`: one for this field, one for \
                         a {} of `{}`; rename one field",
                        suffix.replace('_', " ").replace("starts with", "beginning"),
                        field.name()
                    ),
                );
                fine = false;
            }
        }
    }
    fine
}

struct Builder<'k, 'a> {
    key: &'k Key<'a>,
    ident: Ident,
    /// The parameter for the stage.
    stage: Ident,
    /// The key's generics and the stage.
    generics: Generics,
}

impl<'k, 'a> Builder<'k, 'a> {
    fn new(key: &'k Key<'a>) -> Self {
        let taken = |name: &str| {
            let params = &key.input.generics.params;
            params.iter().any(|param| match param {
                syn::GenericParam::Type(param) => param.ident == name,
                syn::GenericParam::Const(param) => param.ident == name,
                syn::GenericParam::Lifetime(_) => false,
            })
        };
        let stage = if taken("S") { "__Stage" } else { "S" };
        let stage = format_ident!("{stage}");
        let mut generics = key.generics.clone();
        generics.params.push(parse_quote!(#stage));
        Self {
            key,
            ident: format_ident!("{}Prefix", key.input.ident),
            stage,
            generics,
        }
    }

    fn definition(&self) -> TokenStream {
        let key = self.key;
        let krate = &key.attrs.common.krate;
        let (ident, stage, vis, ty) = (&self.ident, &self.stage, key.input.vis, key.ty());
        let mut generics = key.declared.clone();
        generics.params.push(parse_quote!(#stage));
        let (params, _, where_clause) = generics.split_for_impl();
        let name = key.input.name();
        let allow = allow();
        let doc = format!(
            "The keys of [`{name}`] that agree in their leading fields; [`{name}::prefix`] begins it.\n\n\
             Each field is fixed with the method of its name, in the order of declaration. It is a range at \
             every step; a method that ends in `_range` or `_starts_with` ends it."
        );
        quote! {
            #[doc = #doc]
            #[must_use = "a prefix reads nothing until a store is asked for it"]
            #allow
            #vis struct #ident #params (#krate::__private::Prefix<#ty, #stage>) #where_clause;
        }
    }

    /// The builder at a stage.
    fn at(&self, stage: &TokenStream) -> TokenStream {
        let ident = &self.ident;
        let params = self
            .key
            .input
            .generics
            .params
            .iter()
            .map(|param| match param {
                syn::GenericParam::Type(param) => param.ident.to_token_stream(),
                syn::GenericParam::Const(param) => param.ident.to_token_stream(),
                syn::GenericParam::Lifetime(param) => param.to_token_stream(),
            });
        quote!(#ident<#(#params,)* #stage>)
    }

    fn implementations(&self, case: &Case<'_>) -> TokenStream {
        let (key, ident, stage) = (self.key, &self.ident, &self.stage);
        let steps = stages::steps(key, case);
        let definitions = stages::definitions(key, &steps);
        let ty = key.ty();
        let vis = key.input.vis;
        let (params, _, where_clause) = key.generics.split_for_impl();
        let (stage_params, _, _) = self.generics.split_for_impl();
        let staged = self.at(&quote!(#stage));
        let start = self.at(&quote!(__state::Start));
        let staged_where = with_bounds(&self.generics, &[quote!(#stage: __state::PrefixStage)]);
        let befores = iter::once(quote!(__state::Start))
            .chain(steps.iter().map(|step| step.after.to_token_stream()));
        let fixing = befores
            .zip(&steps)
            .map(|(before, step)| self.fixing(&before, step));
        let prefix_doc = format!(
            "Begins a prefix of keys: all keys of the type, until the fields are fixed one by one. See \
             [`{ident}`]."
        );
        quote! {
            #definitions

            #[allow(dead_code, clippy::same_name_method)]
            impl #params #ty #where_clause {
                #[doc = #prefix_doc]
                #[inline]
                #vis fn prefix() -> #start {
                    #ident(__state::Prefix::<#ty, __state::Start>::new())
                }
            }

            #(#fixing)*

            #[automatically_derived]
            impl #stage_params __state::core::convert::From<#staged>
                for __state::KeyRange<#ty, <#stage as __state::PrefixStage>::Reach>
                #staged_where
            {
                fn from(__prefix: #staged) -> Self {
                    __state::core::convert::From::from(__prefix.0)
                }
            }

            #[automatically_derived]
            impl #stage_params __state::core::fmt::Debug for #staged #where_clause {
                fn fmt(&self, __f: &mut __state::core::fmt::Formatter<'_>)
                    -> __state::core::fmt::Result
                {
                    __state::core::fmt::Debug::fmt(&self.0, __f)
                }
            }
        }
    }

    /// The methods that fix a field, or range over it, once those before it are fixed.
    fn fixing(&self, before: &TokenStream, step: &Step<'_, '_>) -> TokenStream {
        let (key, ident, after) = (self.key, &self.ident, &step.after);
        let (vis, ty, field_ty) = (key.input.vis, key.ty(), step.field.ty);
        let (params, _, where_clause) = key.generics.split_for_impl();
        let (this, next) = (self.at(before), self.at(&after.to_token_stream()));
        let fix = step.field.method();
        let name = fix.unraw();
        let range = format_ident!("{name}_range");
        let of_field = step.field.as_key_field();
        let span = generated_at(field_ty.span());
        let borrowed = quote_spanned!(span=> #of_field::Ref<'__value>);
        let reach = quote!(__state::KeyRange<#ty, <#before as __state::PrefixStage>::Reach>);
        let fix_doc = format!("Fixes `{name}`.");
        let range_doc = format!("The keys whose `{name}` lies within `bounds`.");
        let starts_with = (!is_fixed_width(field_ty)).then(|| {
            let method = format_ident!("{name}_starts_with");
            let doc = format!("The keys whose `{name}`, a string or bytes, begins with `start`.");
            let text = quote_spanned!(span=> for<'__any> #field_ty: __state::StringField<'__any>);
            quote! {
                #[doc = #doc]
                #[inline]
                #vis fn #method(
                    self,
                    start: impl __state::core::convert::AsRef<[__state::core::primitive::u8]>,
                ) -> #reach
                where
                    #text,
                {
                    __state::Prefix::starts_with(self.0, start)
                }
            }
        });
        quote! {
            #[allow(dead_code, clippy::impl_trait_in_params)]
            impl #params #this #where_clause {
                #[doc = #fix_doc]
                #[inline]
                #vis fn #fix<'__value>(self, value: #borrowed) -> #next {
                    #ident(__state::Prefix::fix::<#field_ty, #after>(self.0, value))
                }

                #[doc = #range_doc]
                #[inline]
                #vis fn #range<'__value>(
                    self,
                    bounds: impl __state::core::ops::RangeBounds<#borrowed>,
                ) -> #reach {
                    __state::Prefix::range::<#field_ty>(self.0, bounds)
                }

                #starts_with
            }
        }
    }
}

fn with_bounds(generics: &Generics, bounds: &[TokenStream]) -> TokenStream {
    let predicates = generics
        .where_clause
        .iter()
        .flat_map(|clause| &clause.predicates);
    quote!(where #(#predicates,)* #(#bounds),*)
}

/// Whether a type is surely neither a string nor bytes.
fn is_fixed_width(ty: &Type) -> bool {
    let Type::Path(path) = ty else {
        return true;
    };
    path.path.get_ident().is_some_and(|ident| {
        [
            "bool", "char", "u8", "u16", "u32", "u64", "u128", "i8", "i16", "i32", "i64", "i128",
        ]
        .iter()
        .any(|known| ident == known)
    })
}
