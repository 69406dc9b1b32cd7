//! One `name`, `name = value` of an attribute, before it has a meaning.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::discouraged::Speculative;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Attribute, Lit, LitInt, LitStr, Meta, Path, Token, Type};

use super::place::Place;
use super::{names, suggest};
use crate::errors::Errors;

pub(crate) struct Item {
    pub(crate) name: Ident,
    given: Given,
}

enum Given {
    Nothing,
    Lit(Lit),
    Type(Box<Type>),
    Other(TokenStream),
}

impl Parse for Item {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let name = input.call(Ident::parse_any)?;
        if !input.peek(Token![=]) {
            let rest = up_to_comma(input)?;
            let given = if rest.is_empty() {
                Given::Nothing
            } else {
                Given::Other(rest)
            };
            return Ok(Self { name, given });
        }
        input.parse::<Token![=]>()?;
        let given = if let Some(lit) = whole::<Lit>(input) {
            Given::Lit(lit)
        } else if let Some(ty) = whole::<Type>(input) {
            Given::Type(Box::new(ty))
        } else {
            Given::Other(up_to_comma(input)?)
        };
        Ok(Self { name, given })
    }
}

/// All up to the next comma, where it is one `T`.
fn whole<T: Parse>(input: ParseStream<'_>) -> Option<T> {
    let ahead = input.fork();
    let parsed = ahead.parse().ok()?;
    at_comma(&ahead).then(|| {
        input.advance_to(&ahead);
        parsed
    })
}

fn at_comma(input: ParseStream<'_>) -> bool {
    input.is_empty() || input.peek(Token![,])
}

fn up_to_comma(input: ParseStream<'_>) -> syn::Result<TokenStream> {
    let mut tokens = TokenStream::new();
    while !at_comma(input) {
        tokens.extend([input.parse::<TokenTree>()?]);
    }
    Ok(tokens)
}

impl ToTokens for Item {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        self.name.to_tokens(tokens);
        self.given_tokens().to_tokens(tokens);
    }
}

impl Item {
    /// The value's tokens, or the name's where there is no value: where a mistake in the value is.
    pub(crate) fn at_value(&self) -> TokenStream {
        match &self.given {
            Given::Nothing => self.name.to_token_stream(),
            _ => self.given_tokens(),
        }
    }

    fn given_tokens(&self) -> TokenStream {
        match &self.given {
            Given::Nothing => TokenStream::new(),
            Given::Lit(lit) => lit.to_token_stream(),
            Given::Type(ty) => ty.to_token_stream(),
            Given::Other(other) => other.clone(),
        }
    }

    /// A flag: the name alone.
    pub(crate) fn flag(&self, errors: &mut Errors) {
        if !matches!(self.given, Given::Nothing) {
            let name = &self.name;
            errors.at(
                self.at_value(),
                format!("`{name}` takes no value: write `{name}` alone, or leave it out"),
            );
        }
    }

    /// A string literal.
    pub(crate) fn string(&self, errors: &mut Errors) -> Option<LitStr> {
        if let Given::Lit(Lit::Str(string)) = &self.given {
            return Some(string.clone());
        }
        let name = &self.name;
        let example = match &self.given {
            Given::Type(ty) => ident_of(ty).map_or_else(|| "…".to_owned(), Ident::to_string),
            _ => "…".to_owned(),
        };
        errors.at(
            self.at_value(),
            format!("`{name}` takes a string: write `{name} = \"{example}\"`"),
        );
        None
    }

    /// An integer literal.
    pub(crate) fn integer(&self, errors: &mut Errors) -> Option<LitInt> {
        if let Given::Lit(Lit::Int(integer)) = &self.given {
            return Some(integer.clone());
        }
        let name = &self.name;
        errors.at(
            self.at_value(),
            format!("`{name}` takes a whole number: write `{name} = 1`"),
        );
        None
    }

    /// A string or an integer literal.
    pub(crate) fn literal(&self) -> Option<&Lit> {
        match &self.given {
            Given::Lit(lit @ (Lit::Str(_) | Lit::Int(_))) => Some(lit),
            _ => None,
        }
    }

    /// A type.
    pub(crate) fn ty(&self, errors: &mut Errors) -> Option<Type> {
        let name = &self.name;
        match &self.given {
            Given::Type(ty) => return Some(Type::clone(ty)),
            Given::Lit(Lit::Str(string)) => errors.at(
                string,
                format!(
                    "`{name}` takes a type, without quotes: write `{name} = {}`",
                    string.value()
                ),
            ),
            _ => errors.at(
                self.at_value(),
                format!("`{name}` takes a type: write `{name} = MyType`"),
            ),
        }
        None
    }
}

/// The items of all `#[state(…)]` on one type, field or variant.
pub(crate) struct Items {
    items: Vec<Item>,
}

impl Items {
    /// Reads them; foreign attributes are passed over.
    pub(crate) fn read(attrs: &[Attribute], errors: &mut Errors) -> Self {
        let mut items = Vec::new();
        for attr in attrs.iter().filter(|attr| is_state(attr.path())) {
            match &attr.meta {
                Meta::List(list) => {
                    match list.parse_args_with(Punctuated::<Item, Token![,]>::parse_terminated) {
                        Ok(read) => items.extend(read),
                        Err(error) => errors.push(error),
                    }
                }
                Meta::Path(_) | Meta::NameValue(_) => errors.at(
                    &attr.meta,
                    "attributes of typed-state stand in parentheses: `#[state(…)]`",
                ),
            }
        }
        Self { items }
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.items.iter().any(|item| item.name == name)
    }

    /// Takes out the item of a name; a second one is a mistake.
    pub(crate) fn take(&mut self, name: &str, errors: &mut Errors) -> Option<Item> {
        let mut found: Option<Item> = None;
        let (taken, left) = std::mem::take(&mut self.items)
            .into_iter()
            .partition(|item| item.name == name);
        self.items = left;
        let taken: Vec<Item> = taken;
        for item in taken {
            match &found {
                Some(first) => errors.between(
                    &first.name,
                    &item,
                    format!("`{name}` is set twice, first here and again at the end; keep one"),
                ),
                None => found = Some(item),
            }
        }
        found
    }

    /// Reports what nobody has taken.
    pub(crate) fn finish(self, place: Place, errors: &mut Errors) {
        for item in self.items {
            let name = item.name.unraw().to_string();
            if place.tolerates(&name) {
                continue;
            }
            let message = place.refuse(&name).unwrap_or_else(|| {
                let known = place.known();
                match suggest::nearest(&name, known) {
                    Some(near) => format!("unknown attribute `{name}`; did you mean `{near}`?"),
                    None => format!("unknown attribute `{name}`; {}", place.listing()),
                }
            });
            errors.at(&item.name, message);
        }
    }
}

fn ident_of(ty: &Type) -> Option<&Ident> {
    match ty {
        Type::Path(ty) => ty.path.get_ident(),
        _ => None,
    }
}

fn is_state(path: &Path) -> bool {
    path.is_ident(names::STATE)
}

/// Where a required attribute would have stood.
pub(crate) fn missing_at(attrs: &[Attribute], ident: &Ident) -> Span {
    attrs
        .iter()
        .find(|attr| is_state(attr.path()))
        .and_then(|attr| attr.path().get_ident())
        .unwrap_or(ident)
        .span()
}
