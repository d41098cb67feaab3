//! `#[derive(Output)]`: the first field that differs, with its place.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use crate::definition::{Definition, Field, Variant};

pub fn implementation(definition: &Definition) -> TokenStream {
    let [other, tolerance] = ["other", "tolerance"].map(|name| Ident::new(name, Span::mixed_site()));
    let variants = &definition.variants;
    let body = if variants.is_empty() {
        quote!(match *self {})
    } else {
        let arms = variants.iter().map(|variant| arm(variant, &tolerance));
        let different = (variants.len() > 1).then(|| different_variants(variants));
        quote!(match (self, #other) { #(#arms)* #different })
    };
    definition.implement(
        &quote!(::duel::Output),
        &quote! {
            fn difference(
                &self,
                #other: &Self,
                #tolerance: ::duel::Tolerance,
            ) -> ::core::option::Option<::duel::Difference> {
                #body
            }
        },
    )
}

/// Both sides are the same variant.
fn arm(variant: &Variant, tolerance: &Ident) -> TokenStream {
    let (expected, expected_fields) = variant.pattern("expected");
    let (found, found_fields) = variant.pattern("found");
    let compared = variant
        .fields
        .iter()
        .zip(expected_fields.iter().zip(&found_fields))
        .map(|(field, (expected, found))| compare(field, expected, found, tolerance));
    quote! {
        (#expected, #found) => {
            #(#compared)*
            ::core::option::Option::None
        }
    }
}

fn compare(field: &Field, expected: &Ident, found: &Ident, tolerance: &Ident) -> TokenStream {
    let kind = &field.kind;
    let difference = match &field.with {
        Some(with) => quote!({
            let with: fn(&#kind, &#kind, ::duel::Tolerance) -> ::core::option::Option<::duel::Difference> =
                #with;
            with(#expected, #found, #tolerance)
        }),
        None => quote_spanned! {kind.span()=>
            <#kind as ::duel::Output>::difference(#expected, #found, #tolerance)
        },
    };
    let place = format!(".{}", field.name());
    quote! {
        if let ::core::option::Option::Some(difference) = #difference {
            return ::core::option::Option::Some(difference.inside(#place));
        }
    }
}

/// The sides are different variants: their names say so.
fn different_variants(variants: &[Variant]) -> TokenStream {
    let paths = variants.iter().map(|variant| &variant.path);
    let names = variants.iter().map(|variant| &variant.name);
    quote! {
        (expected, found) => {
            let name = |value: &Self| match value {
                #(#paths { .. } => #names,)*
            };
            ::core::option::Option::Some(::duel::Difference::new(
                ::core::format_args!("{}", name(expected)),
                ::core::format_args!("{}", name(found)),
            ))
        }
    }
}
