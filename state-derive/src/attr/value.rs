//! The attributes of values.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{Attribute, Ident, LitStr, Type};

use super::key::{proposed_name, stored_name};
use super::{Common, Item, Items, Place, item, names, size, suggest, time};
use crate::errors::Errors;
use crate::wrap::generated_at;

pub(crate) struct ValueAttrs {
    pub(crate) common: Common,
    pub(crate) name: String,
    pub(crate) version: u32,
    pub(crate) previous: Option<Migration>,
    pub(crate) format: Format,
    /// The tokens of a `Compression`.
    pub(crate) compression: TokenStream,
    pub(crate) ttl_millis: Option<i64>,
    pub(crate) max_size: Option<usize>,
    pub(crate) also_key: bool,
}

/// How the version before becomes this one.
pub(crate) struct Migration {
    pub(crate) ty: Type,
    pub(crate) fallible: bool,
}

/// How new values are written.
pub(crate) struct Format {
    pub(crate) kind: FormatKind,
    /// The literal that names it, where one does.
    pub(crate) literal: Option<LitStr>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FormatKind {
    MessagePack,
    Json,
    Bincode,
}

const FORMATS: &[(&str, FormatKind)] = &[
    ("msgpack", FormatKind::MessagePack),
    ("json", FormatKind::Json),
    ("bincode", FormatKind::Bincode),
];

const COMPRESSORS: &[(&str, &str)] = &[("lz4", "LZ4"), ("snappy", "SNAPPY"), ("zstd", "ZSTD")];

impl ValueAttrs {
    pub(crate) fn read(attrs: &[Attribute], ident: &Ident, errors: &mut Errors) -> Self {
        let mut items = Items::read(attrs, errors);
        let also_key = items.has(names::NAMESPACE) && items.has(names::NAME);
        let common = Common::take(&mut items, errors);
        let name = if let Some(item) = items.take(names::NAME, errors) {
            stored_name(&item, errors)
        } else {
            errors.at_span(
                    item::missing_at(attrs, ident),
                    format!(
                        "`name` is required: values are stored under it, and it must not change when the \
                         type is renamed; add `name = \"{}\"`",
                        proposed_name(ident)
                    ),
                );
            None
        };
        let (version, previous) = migration(&mut items, ident, errors);
        let format = Format::take(&mut items, errors);
        let compression = compression(&mut items, errors);
        let ttl_millis = items
            .take(names::TTL, errors)
            .and_then(|item| time::millis(&item, errors));
        let max_size = items
            .take(names::MAX_SIZE, errors)
            .and_then(|item| in_usize(&item, errors));
        items.finish(Place::Value { also_key }, errors);
        Self {
            common,
            name: name.unwrap_or_else(|| "invalid".to_owned()),
            version,
            previous,
            format,
            compression,
            ttl_millis,
            max_size,
            also_key,
        }
    }
}

fn in_usize(item: &Item, errors: &mut Errors) -> Option<usize> {
    let bytes = size::size(item, errors)?;
    // The program may run where `usize` is narrower than here, and its compiler then says so.
    usize::try_from(bytes).ok()
}

fn migration(items: &mut Items, ident: &Ident, errors: &mut Errors) -> (u32, Option<Migration>) {
    let version_item = items.take(names::VERSION, errors);
    let from = items.take(names::FROM, errors);
    let try_from = items.take(names::TRY_FROM, errors);
    let given = from.is_some() || try_from.is_some();
    if let (Some(from), Some(try_from)) = (&from, &try_from) {
        errors.between(
            &from.name,
            try_from,
            "`from` and `try_from` are both set; keep `from` where the migration cannot fail",
        );
    }
    let fallible = from.is_none();
    let previous = from
        .or(try_from)
        .and_then(|item| Some((item.ty(errors)?, item)));
    let version = match &version_item {
        None => Some(1),
        Some(item) => {
            item.integer(errors)
                .and_then(|literal| match literal.base10_parse::<u32>() {
                    Ok(version) if version > 0 => Some(version),
                    _ => {
                        errors.at(&literal, format!("versions go from 1 to {}", u32::MAX));
                        None
                    }
                })
        }
    };
    match (version, &version_item, &previous) {
        (Some(1), item, Some((_, given))) => {
            let message = format!(
                "version 1 has no version before it; write `version = 2`, or leave `{}` out",
                given.name
            );
            match item {
                Some(item) => errors.between(&item.name, given, message),
                None => errors.at(&given.name, message),
            }
        }
        (Some(version), Some(item), None) if version > 1 && !given => errors.at(
            item.at_value(),
            format!(
                "version {version} needs the type of version {}, so that stored values can be read: \
                 add `from = {ident}V{}`",
                version - 1,
                version - 1
            ),
        ),
        _ => {}
    }
    (
        version.unwrap_or(1),
        previous.map(|(ty, _)| Migration { ty, fallible }),
    )
}

impl Format {
    fn take(items: &mut Items, errors: &mut Errors) -> Self {
        let literal = items
            .take(names::FORMAT, errors)
            .and_then(|item| item.string(errors));
        let kind = literal.as_ref().map(|literal| {
            one_of(literal, "format", FORMATS, errors).unwrap_or(FormatKind::MessagePack)
        });
        Self {
            kind: kind.unwrap_or(FormatKind::MessagePack),
            literal,
        }
    }

    pub(crate) fn name(&self) -> &'static str {
        FORMATS
            .iter()
            .find(|(_, kind)| *kind == self.kind)
            .map_or("msgpack", |(name, _)| name)
    }
}

impl ToTokens for Format {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let span = self
            .literal
            .as_ref()
            .map_or_else(Span::call_site, LitStr::span);
        let name = match self.kind {
            FormatKind::MessagePack => "MSGPACK",
            FormatKind::Json => "JSON",
            FormatKind::Bincode => "BINCODE",
        };
        let constant = Ident::new(name, generated_at(span));
        tokens.extend(quote!(__state::format::#constant));
    }
}

fn compression(items: &mut Items, errors: &mut Errors) -> TokenStream {
    let compress = items.take(names::COMPRESS, errors);
    let threshold = items.take(names::THRESHOLD, errors);
    let literal = compress.as_ref().and_then(|item| item.string(errors));
    let known: Vec<(&str, Option<&str>)> = std::iter::once(("none", None))
        .chain(COMPRESSORS.iter().map(|(name, path)| (*name, Some(*path))))
        .collect();
    let compressor = literal
        .as_ref()
        .and_then(|literal| one_of(literal, "compressor", &known, errors));
    if let Some(threshold) = &threshold {
        if compress.is_none() {
            errors.at(
                &threshold.name,
                "`threshold` says from how many bytes on values are compressed; \
                 add `compress = \"lz4\"`, or leave it out",
            );
        } else if compressor == Some(None) {
            errors.at(
                &threshold.name,
                "`threshold` means nothing with `compress = \"none\"`; leave it out",
            );
        }
    }
    let threshold = threshold.and_then(|item| in_usize(&item, errors));
    if compressor == Some(None) {
        return quote!(__state::Compression::None);
    }
    let Some((constant, literal)) = compressor.flatten().zip(literal) else {
        return quote!(__state::Compression::Unset);
    };
    let constant = Ident::new(constant, generated_at(literal.span()));
    let threshold = threshold.map_or_else(
        || quote!(__state::Compression::DEFAULT_THRESHOLD),
        |threshold| quote!(#threshold),
    );
    let compressor = quote_spanned!(constant.span()=> __state::compressor::#constant);
    quote!(__state::Compression::From { compressor: #compressor, threshold: #threshold })
}

/// The meaning of a literal that must be one of a few.
fn one_of<T: Copy>(
    literal: &LitStr,
    noun: &str,
    known: &[(&str, T)],
    errors: &mut Errors,
) -> Option<T> {
    let text = literal.value();
    if let Some((_, meaning)) = known.iter().find(|(known, _)| *known == text) {
        return Some(*meaning);
    }
    let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
    let message = if let Some(near) = suggest::nearest(&text, &names) {
        format!("unknown {noun} `{text}`; did you mean `{near}`?")
    } else {
        let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
        format!("unknown {noun} `{text}`; known: {}", names.join(", "))
    };
    errors.at(literal, message);
    None
}
