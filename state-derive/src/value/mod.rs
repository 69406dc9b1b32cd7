//! The code of `StateValue`.

mod chain;
mod decode;
mod implementation;

use proc_macro2::TokenStream;
use quote::quote;
use syn::DeriveInput;

use crate::ast::Input;
use crate::attr::ValueAttrs;
use crate::errors::Errors;
use crate::wrap::wrap;
use crate::{check, fallback};

/// The whole of the derive.
pub(crate) fn derive(input: TokenStream) -> TokenStream {
    let input: DeriveInput = match syn::parse2(input) {
        Ok(input) => input,
        Err(error) => return error.into_compile_error(),
    };
    let input = Input::new(&input);
    let mut errors = Errors::default();
    let attrs = ValueAttrs::read(input.attrs, input.ident, &mut errors);
    check::within_value(&input, attrs.also_key, &mut errors);
    check::serde_attributes(&input, &attrs.format, &mut errors);
    check::can_be_stored(&input, check::Stored::Value, &mut errors);
    if errors.is_empty() {
        let chain = chain::assertion(&input, &attrs);
        let implementation = implementation::implementation(&input, &attrs);
        wrap(&attrs.common.krate, &quote!(#implementation #chain))
    } else {
        let inert = fallback::value(&input, &attrs);
        let errors = errors.into_tokens();
        quote!(#errors #inert)
    }
}
