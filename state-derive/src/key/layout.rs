//! The text of `LAYOUT`: `orders 00 tenant:String id:u64`.

use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt;

use super::Key;
use crate::ast::Case;

pub(super) fn text(key: &Key<'_>, namespace: &str) -> String {
    let mut text = format!("{namespace} 00");
    if let Some(case) = key.as_struct() {
        text.push_str(&fields(case));
    } else {
        let variants: Vec<String> = key
            .cases()
            .iter()
            .zip(&key.tags)
            .map(|(case, tag)| {
                let name = case.variant.map(IdentExt::unraw);
                let name = name.map(|name| name.to_string()).unwrap_or_default();
                format!("{tag:02X} {name}{}", fields(case))
            })
            .collect();
        text.push_str(" (");
        text.push_str(&variants.join(" | "));
        text.push(')');
    }
    text
}

fn fields(case: &Case<'_>) -> String {
    let mut text = String::new();
    for field in &case.fields {
        text.push(' ');
        text.push_str(&field.name());
        text.push(':');
        text.push_str(&type_text(field.ty.to_token_stream()));
    }
    text
}

/// A type as a person would write it.
fn type_text(tokens: TokenStream) -> String {
    let mut text = String::new();
    let mut after_word = false;
    for token in tokens {
        let word = matches!(token, TokenTree::Ident(_) | TokenTree::Literal(_));
        if word && after_word {
            text.push(' ');
        }
        match token {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::None => ("", ""),
                };
                text.push_str(open);
                text.push_str(&type_text(group.stream()));
                text.push_str(close);
            }
            TokenTree::Punct(punct) => {
                text.push(punct.as_char());
                if matches!(punct.as_char(), ',' | ';') && punct.spacing() == Spacing::Alone {
                    text.push(' ');
                }
            }
            other => text.push_str(&other.to_string()),
        }
        after_word = word;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::type_text;

    #[test]
    fn types_read_as_written() {
        for text in [
            "u64",
            "Option<Vec<u8>>",
            "[u8; 16]",
            "(u8, String)",
            "std::collections::BTreeMap<K, V>",
            "Desc<[u8; N]>",
        ] {
            let ty: syn::Type = syn::parse_str(text).unwrap();
            assert_eq!(type_text(quote::quote!(#ty)), text);
        }
    }
}
