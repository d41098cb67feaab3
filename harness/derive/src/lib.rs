//! `#[derive(duel::Content)]` and `#[derive(duel::Output)]`: a user's own types as data sets and outputs.
//!
//! Depend on `duel`, which exports both together with the traits that they implement. They name it `::duel`; a
//! crate whose manifest gives it another name says `extern crate NAME as duel;` at its root.

mod content;
mod definition;
mod output;

use proc_macro::TokenStream;
use syn::{DeriveInput, Error, parse_macro_input};

use definition::Definition;

/// Implements the trait `Content` for a struct or an enum: every field is hashed, except those that
/// are marked `#[content(skip)]`. `#[content(with = …)]` names a function or closure that feeds a field
/// whose type belongs to another crate.
#[proc_macro_derive(Content, attributes(content))]
pub fn derive_content(input: TokenStream) -> TokenStream {
    expand(parse_macro_input!(input), "content", content::implementation)
}

/// Implements the trait `Output` for a struct or an enum: every field is compared, except those that
/// are marked `#[output(skip)]`. `#[output(with = …)]` names a function or closure that compares a field
/// whose type belongs to another crate.
#[proc_macro_derive(Output, attributes(output))]
pub fn derive_output(input: TokenStream) -> TokenStream {
    expand(parse_macro_input!(input), "output", output::implementation)
}

fn expand(
    input: DeriveInput,
    attribute: &'static str,
    implementation: fn(&Definition) -> proc_macro2::TokenStream,
) -> TokenStream {
    Definition::read(input, attribute)
        .map_or_else(Error::into_compile_error, |definition| implementation(&definition))
        .into()
}
