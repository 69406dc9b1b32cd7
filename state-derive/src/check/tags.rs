//! The bytes that stand for variants.

use quote::ToTokens;
use syn::{Expr, Lit, LitInt};

use crate::ast::{Case, Input, Shape, Style};
use crate::attr::VariantAttrs;
use crate::errors::Errors;

/// The tag of each variant in order; empty for a struct. After a mistake they are only distinct.
pub(crate) fn tags(input: &Input<'_>, errors: &mut Errors) -> Vec<u8> {
    let Shape::Enum(cases) = &input.shape else {
        return Vec::new();
    };
    let unit_only = cases.iter().all(|case| case.style == Style::Unit);
    let given: Vec<Given> = cases
        .iter()
        .map(|case| Given::of(case, unit_only, errors))
        .collect();
    let mut fine = all_given(cases, &given, unit_only, errors);
    fine &= rising(cases, &given, errors);
    let tags: Option<Vec<u8>> = given.iter().map(Given::value).collect();
    match tags {
        Some(tags) if fine => tags,
        _ => (0..=u8::MAX).cycle().take(cases.len()).collect(),
    }
}

enum Given {
    /// By `tag`, or by the discriminant.
    Tag {
        value: u8,
        at: LitInt,
        explicit: bool,
    },
    Missing,
    /// Something is there, and wrong, and has been reported.
    Broken,
}

impl Given {
    fn of(case: &Case<'_>, unit_only: bool, errors: &mut Errors) -> Self {
        let attrs = VariantAttrs::read(case.attrs, errors);
        if attrs.broken {
            return Self::Broken;
        }
        if let Some(literal) = attrs.tag {
            let tag = Self::from_literal(literal, true, errors);
            if let (Some(discriminant), Some(value)) = (case.discriminant, tag.value())
                && discriminant_literal(discriminant)
                    .and_then(|literal| literal.base10_parse::<u8>().ok())
                    != Some(value)
            {
                errors.at(
                    discriminant,
                    "this variant has a tag and another discriminant, and the derived `Ord` goes by the \
                     discriminant; make them equal, or leave one out",
                );
                return Self::Broken;
            }
            return tag;
        }
        match case.discriminant {
            Some(discriminant) if unit_only => {
                if let Some(literal) = discriminant_literal(discriminant) {
                    Self::from_literal(literal.clone(), false, errors)
                } else {
                    out_of_range(discriminant, errors);
                    Self::Broken
                }
            }
            _ => Self::Missing,
        }
    }

    fn from_literal(literal: LitInt, explicit: bool, errors: &mut Errors) -> Self {
        if let Ok(value) = literal.base10_parse() {
            Self::Tag {
                value,
                at: literal,
                explicit,
            }
        } else {
            out_of_range(&literal, errors);
            Self::Broken
        }
    }

    fn value(&self) -> Option<u8> {
        match self {
            Self::Tag { value, .. } => Some(*value),
            Self::Missing | Self::Broken => None,
        }
    }
}

fn out_of_range(at: impl ToTokens, errors: &mut Errors) {
    errors.at(
        at,
        "the tag of a variant is one byte: write a number from 0 to 255",
    );
}

fn discriminant_literal(discriminant: &Expr) -> Option<&LitInt> {
    match discriminant {
        Expr::Lit(expr) => match &expr.lit {
            Lit::Int(literal) => Some(literal),
            _ => None,
        },
        _ => None,
    }
}

/// One mistake, however many variants lack a tag.
fn all_given(cases: &[Case<'_>], given: &[Given], unit_only: bool, errors: &mut Errors) -> bool {
    let mut missing = cases
        .iter()
        .zip(given)
        .filter(|(_, given)| matches!(given, Given::Missing))
        .filter_map(|(case, _)| case.variant);
    let Some(first) = missing.next() else {
        return true;
    };
    let free = (1..=u8::MAX)
        .find(|tag| given.iter().all(|given| given.value() != Some(*tag)))
        .unwrap_or_default();
    let others = match missing.count() {
        0 => String::new(),
        1 => ", nor has another variant".to_owned(),
        more => format!(", nor have {more} other variants"),
    };
    let or = if unit_only {
        format!(", or a discriminant: `{first} = {free}`")
    } else {
        String::new()
    };
    errors.at(
        first,
        format!(
            "`{first}` has no tag{others}: the stored byte must not change when variants are added or moved; \
             put `#[state(tag = {free})]` before `{first}`{or}"
        ),
    );
    false
}

/// Tags must differ, and rise where the derived `Ord` follows the declaration. Discriminants alone need not
/// rise, because `Ord` follows them.
fn rising(cases: &[Case<'_>], given: &[Given], errors: &mut Errors) -> bool {
    let mut fine = true;
    let mut seen: Vec<(u8, String, &LitInt)> = Vec::new();
    let by_discriminant = cases.iter().all(|case| case.discriminant.is_some());
    for (case, given) in cases.iter().zip(given) {
        let (
            Given::Tag {
                value,
                at,
                explicit,
            },
            Some(variant),
        ) = (given, case.variant)
        else {
            continue;
        };
        if let Some((_, other, first)) = seen.iter().find(|(tag, ..)| tag == value) {
            // The compiler itself refuses a repeated discriminant.
            if *explicit {
                errors.between(
                    first,
                    at,
                    format!(
                        "`{other}` and `{variant}` have the same tag {value}; give each its own"
                    ),
                );
            }
            fine = false;
        } else if !by_discriminant
            && let Some((last, before, _)) = seen.last()
            && value < last
        {
            errors.at(
                at,
                format!(
                    "tag {value} of `{variant}` comes after tag {last} of `{before}`: keys are ordered by \
                     tag and the derived `Ord` by declaration, so tags rise; move `{variant}` before it, or \
                     give it a tag above {last}"
                ),
            );
            fine = false;
        }
        seen.push((*value, variant.to_string(), at));
    }
    fine
}
