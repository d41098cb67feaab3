//! `#[derive(Content)]`: feeds the name of an enum's variant, then its fields.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::{Member, spanned::Spanned};

use crate::definition::{Definition, Field, Variant};

pub fn implementation(definition: &Definition) -> TokenStream {
    let hash = Ident::new("hash", Span::mixed_site());
    let body = if definition.variants.is_empty() {
        quote!(match *self {})
    } else {
        let arms = definition.variants.iter().map(|variant| arm(variant, definition.is_enum, &hash));
        quote!(match self { #(#arms)* })
    };
    definition.implement(
        &quote!(::duel::Content),
        &quote! {
            fn feed(&self, #hash: &mut ::duel::ContentHash) {
                #body
            }
        },
    )
}

fn arm(variant: &Variant, is_enum: bool, hash: &Ident) -> TokenStream {
    let (pattern, variables) = variant.pattern("field");
    let mut fields: Vec<_> = variant.fields.iter().zip(&variables).collect();
    // A changed order of named fields or of variants is another layout, not another content.
    if fields.iter().all(|(field, _)| matches!(field.member, Member::Named(_))) {
        fields.sort_by_key(|(field, _)| field.name());
    }
    let name = is_enum.then(|| {
        let name = &variant.name;
        quote!(<str as ::duel::Content>::feed(#name, #hash);)
    });
    let fed = fields.into_iter().map(|(field, variable)| feed(field, variable, hash));
    quote!(#pattern => { #name #(#fed)* })
}

fn feed(field: &Field, variable: &Ident, hash: &Ident) -> TokenStream {
    let kind = &field.kind;
    match &field.with {
        // The type tells a closure what its parameters are.
        Some(with) => quote! {
            {
                let with: fn(&#kind, &mut ::duel::ContentHash) = #with;
                with(#variable, #hash);
            }
        },
        // An error about a field's type points at that type.
        None => quote_spanned! {kind.span()=>
            <#kind as ::duel::Content>::feed(#variable, #hash);
        },
    }
}
