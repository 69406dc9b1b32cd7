//! What was written, seen alike for structs and enums: a list of cases, each with fields.

use proc_macro2::{Ident, Span};
use quote::format_ident;
use syn::ext::IdentExt;
use syn::{Attribute, Data, DeriveInput, Expr, Fields, Generics, Member, Type, Visibility};

pub(crate) struct Input<'a> {
    pub(crate) ident: &'a Ident,
    pub(crate) vis: &'a Visibility,
    pub(crate) attrs: &'a [Attribute],
    pub(crate) generics: &'a Generics,
    pub(crate) shape: Shape<'a>,
}

pub(crate) enum Shape<'a> {
    Struct(Case<'a>),
    Enum(Vec<Case<'a>>),
    /// With the span of the keyword `union`.
    Union(Span),
}

/// A struct, or a variant of an enum.
pub(crate) struct Case<'a> {
    /// The variant's name; `None` for a struct.
    pub(crate) variant: Option<&'a Ident>,
    pub(crate) attrs: &'a [Attribute],
    pub(crate) discriminant: Option<&'a Expr>,
    pub(crate) style: Style,
    pub(crate) fields: Vec<Field<'a>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    Named,
    Tuple,
    Unit,
}

pub(crate) struct Field<'a> {
    pub(crate) attrs: &'a [Attribute],
    pub(crate) vis: &'a Visibility,
    pub(crate) member: Member,
    pub(crate) ty: &'a Type,
    /// The variable that a pattern binds it to.
    pub(crate) binding: Ident,
}

impl<'a> Input<'a> {
    pub(crate) fn new(input: &'a DeriveInput) -> Self {
        let shape = match &input.data {
            Data::Struct(data) => Shape::Struct(Case::new(None, &input.attrs, None, &data.fields)),
            Data::Enum(data) => Shape::Enum(
                data.variants
                    .iter()
                    .map(|variant| {
                        Case::new(
                            Some(&variant.ident),
                            &variant.attrs,
                            variant.discriminant.as_ref().map(|(_, value)| value),
                            &variant.fields,
                        )
                    })
                    .collect(),
            ),
            Data::Union(data) => Shape::Union(data.union_token.span),
        };
        Self {
            ident: &input.ident,
            vis: &input.vis,
            attrs: &input.attrs,
            generics: &input.generics,
            shape,
        }
    }

    /// The name without `r#`.
    pub(crate) fn name(&self) -> String {
        self.ident.unraw().to_string()
    }

    pub(crate) fn cases(&self) -> &[Case<'a>] {
        match &self.shape {
            Shape::Struct(case) => std::slice::from_ref(case),
            Shape::Enum(cases) => cases,
            Shape::Union(_) => &[],
        }
    }

    pub(crate) fn fields(&self) -> impl Iterator<Item = &Field<'a>> {
        self.cases().iter().flat_map(|case| &case.fields)
    }
}

impl<'a> Case<'a> {
    fn new(
        variant: Option<&'a Ident>,
        attrs: &'a [Attribute],
        discriminant: Option<&'a Expr>,
        fields: &'a Fields,
    ) -> Self {
        let style = match fields {
            Fields::Named(_) => Style::Named,
            Fields::Unnamed(_) => Style::Tuple,
            Fields::Unit => Style::Unit,
        };
        let fields = fields
            .iter()
            .zip(fields.members())
            .enumerate()
            .map(|(index, (field, member))| Field {
                attrs: &field.attrs,
                vis: &field.vis,
                binding: match &member {
                    Member::Named(ident) => format_ident!("__field_{}", ident),
                    Member::Unnamed(_) => format_ident!("__field_{}", index),
                },
                member,
                ty: &field.ty,
            })
            .collect();
        Self {
            variant,
            attrs,
            discriminant,
            style,
            fields,
        }
    }
}

impl Field<'_> {
    /// `tenant` without `r#`, or `0`.
    pub(crate) fn name(&self) -> String {
        match &self.member {
            Member::Named(ident) => ident.unraw().to_string(),
            Member::Unnamed(index) => index.index.to_string(),
        }
    }
}
