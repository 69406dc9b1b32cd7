//! The code of `StateKey` and `KeyField`, one trait or one question a file.

mod borrowed;
mod compare;
mod decode;
mod display;
mod encode;
mod key_field;
mod layout;
mod lookup;
mod model;
mod prefix;
mod sample;
mod stages;
mod state_key;

use proc_macro2::TokenStream;
use quote::quote;
use syn::DeriveInput;

pub(crate) use self::model::{Derive, Form, Key};

use crate::ast::Input;
use crate::attr::KeyAttrs;
use crate::errors::Errors;
use crate::wrap::wrap;
use crate::{check, fallback};

/// The whole of both derives.
pub(crate) fn derive(input: TokenStream, derive: Derive) -> TokenStream {
    let input: DeriveInput = match syn::parse2(input) {
        Ok(input) => input,
        Err(error) => return error.into_compile_error(),
    };
    let input = Input::new(&input);
    let mut errors = Errors::default();
    let attrs = match derive {
        Derive::StateKey => KeyAttrs::of_key(input.attrs, input.ident, &mut errors),
        Derive::KeyField => KeyAttrs::of_field(input.attrs, &mut errors),
    };
    let tags = check::tags(&input, &mut errors);
    let partition = check::partition(&input, attrs.key.is_some(), &mut errors);
    let stored = match derive {
        Derive::StateKey => check::Stored::Key,
        Derive::KeyField => check::Stored::KeyField,
    };
    let possible = check::can_be_stored(&input, stored, &mut errors)
        & check::types_are_possible(&input, &mut errors);
    let code = if attrs.of_whole_key {
        TokenStream::new()
    } else if possible {
        let key = Key::new(&input, attrs, tags, partition);
        expand(&key, &mut errors)
    } else {
        fallback::key(&input, &attrs)
    };
    let errors = errors.into_tokens();
    quote!(#errors #code)
}

fn expand(key: &Key<'_>, errors: &mut Errors) -> TokenStream {
    let twin = borrowed::twin(key);
    let twin_impls = compare::impls(key);
    let key_field = key_field::implementation(key);
    let whole = state_key::implementation(key);
    let lookup = lookup::implementations(key);
    let display = display::implementation(key);
    let (prefix, prefix_impls) = prefix::builder(key, errors).unzip();
    let implementations = wrap(
        &key.attrs.common.krate,
        &quote! {
            #twin_impls
            #key_field
            #lookup
            #whole
            #display
            #prefix_impls
        },
    );
    quote! {
        #twin
        #prefix
        #implementations
    }
}
