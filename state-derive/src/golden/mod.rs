//! Golden expansions: what each derive gives for one type of each kind, formatted, to be read.
//!
//! `TYPED_STATE_BLESS=1 cargo test -p typed-state-derive` writes them anew.

mod inputs;

use std::path::PathBuf;
use std::{env, fs};

use proc_macro2::{TokenStream, TokenTree};

use crate::key::{self, Derive};
use crate::value;

fn check(name: &str, expansion: &TokenStream) {
    let file = syn::parse2(expansion.clone()).unwrap_or_else(|error| {
        panic!("the expansion of {name} does not parse: {error}\n{expansion}");
    });
    let text = prettyplease::unparse(&file);
    let path: PathBuf = [
        env!("CARGO_MANIFEST_DIR"),
        "src/golden/expected",
        &format!("{name}.expected.rs"),
    ]
    .iter()
    .collect();
    if env::var_os("TYPED_STATE_BLESS").is_some() {
        fs::write(&path, text).unwrap();
        return;
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    for (number, (is, was)) in text.lines().zip(expected.lines()).enumerate() {
        assert_eq!(
            is,
            was,
            "line {} of {}; bless it with TYPED_STATE_BLESS=1",
            number + 1,
            path.display()
        );
    }
    assert_eq!(
        text,
        expected,
        "{}; bless it with TYPED_STATE_BLESS=1",
        path.display()
    );
}

/// `Self::X` and `value.method()` find inherent items before those of a trait, so generated code has neither.
fn check_paths(name: &str, tokens: TokenStream) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    for window in tokens.windows(4) {
        let text: Vec<String> = window.iter().map(ToString::to_string).collect();
        assert!(
            !(text[0] == "Self" && text[1] == ":" && text[2] == ":"),
            "`Self::{}` in {name}",
            text[3]
        );
        assert!(
            !(text[0] == "."
                && matches!(window[1], TokenTree::Ident(_))
                && text[2].starts_with('(')),
            "`.{}(…)` in {name}",
            text[1]
        );
    }
    for token in tokens {
        if let TokenTree::Group(group) = token {
            check_paths(name, group.stream());
        }
    }
}

macro_rules! golden {
    ($($derive:ident $name:ident),* $(,)?) => {
        $(
            #[test]
            fn $name() {
                let expansion = expand::$derive(inputs::$name());
                check(stringify!($name), &expansion);
                check_paths(stringify!($name), expansion);
            }
        )*
    };
}

mod expand {
    use super::{Derive, TokenStream, key, value};

    pub(super) fn state_key(input: TokenStream) -> TokenStream {
        key::derive(input, Derive::StateKey)
    }

    pub(super) fn key_field(input: TokenStream) -> TokenStream {
        key::derive(input, Derive::KeyField)
    }

    pub(super) fn state_value(input: TokenStream) -> TokenStream {
        value::derive(input)
    }
}

golden! {
    state_key key_ordered,
    state_key key_unordered_tuple,
    state_key key_unit,
    state_key key_generic,
    state_key key_enum,
    state_key key_with_mistakes,
    state_key key_inert,
    key_field field_newtype,
    key_field field_unit_enum,
    key_field field_data_enum,
    state_value value_plain,
    state_value value_all,
    state_value value_generic,
    state_value value_inert,
}
