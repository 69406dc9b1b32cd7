//! What stands around generated code.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};
use syn::Path;

/// Puts implementations into an anonymous constant, where `__state` is typed-state's private module.
pub(crate) fn wrap(krate: &Path, body: &TokenStream) -> TokenStream {
    let allow = allow();
    quote! {
        #[doc(hidden)]
        #allow
        const _: () = {
            use #krate::__private as __state;
            #body
        };
    }
}

/// The lints that a user's own names may have been allowed, and that would fire again on names made of them.
pub(crate) fn allow() -> TokenStream {
    quote!(#[allow(deprecated, non_camel_case_types, non_snake_case)])
}

/// Where a message about `span` points, in code that the compiler and clippy know to be generated.
pub(crate) fn generated_at(span: Span) -> Span {
    span.resolved_at(Span::call_site())
}

/// The tokens of an `Option`.
pub(crate) fn option(value: Option<impl ToTokens>) -> TokenStream {
    value.map_or_else(
        || quote!(__state::core::option::Option::None),
        |value| quote!(__state::core::option::Option::Some(#value)),
    )
}
