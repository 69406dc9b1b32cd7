//! The mistakes found so far; they are reported together.

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;
use syn::Error;

#[derive(Debug, Default)]
pub(crate) struct Errors {
    first: Option<Error>,
}

impl Errors {
    /// A mistake at a token or a run of tokens.
    pub(crate) fn at(&mut self, tokens: impl ToTokens, message: impl AsRef<str>) {
        self.push(Error::new_spanned(tokens, message.as_ref()));
    }

    /// A mistake at a span.
    pub(crate) fn at_span(&mut self, span: Span, message: impl AsRef<str>) {
        self.push(Error::new(span, message.as_ref()));
    }

    /// One mistake that two places make: it reaches from the first to the second.
    pub(crate) fn between(
        &mut self,
        first: impl ToTokens,
        second: impl ToTokens,
        message: impl AsRef<str>,
    ) {
        let mut tokens = first.into_token_stream();
        tokens.extend(second.into_token_stream());
        self.at(tokens, message);
    }

    pub(crate) fn push(&mut self, error: Error) {
        match &mut self.first {
            Some(first) => first.combine(error),
            None => self.first = Some(error),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.first.is_none()
    }

    /// What makes the compiler report them; nothing where there are none.
    pub(crate) fn into_tokens(self) -> TokenStream {
        self.first
            .map_or_else(TokenStream::new, Error::into_compile_error)
    }
}
