//! A type's definition as both derives need it: its variants, what happens to each field, and the bounds
//! that its type parameters need.

use std::collections::BTreeSet;

use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote};
use syn::{
    Attribute, Data, DeriveInput, Error, Fields, Generics, Ident, Member, Result, Token, Type, ext::IdentExt,
    parse::ParseStream, parse_quote, spanned::Spanned,
};

/// A struct or an enum.
pub struct Definition {
    pub name: Ident,
    pub generics: Generics,
    pub is_enum: bool,
    /// The variants of an enum; a struct is its only one.
    pub variants: Vec<Variant>,
}

pub struct Variant {
    pub name: String,
    /// How a pattern starts: `Self` or `Self::Name`.
    pub path: TokenStream,
    /// Without the fields that are skipped, in the order of the definition.
    pub fields: Vec<Field>,
}

pub struct Field {
    /// As a pattern and an error message name it: `x` or `0`.
    pub member: Member,
    pub kind: Type,
    /// The function that the user gives in place of the trait's.
    pub with: Option<TokenStream>,
}

/// What an attribute says of a field.
enum Treatment {
    Trait,
    Skip,
    With(TokenStream),
}

impl Definition {
    /// Reads a definition; `attribute` is the name of the attribute that fields may have.
    pub fn read(input: DeriveInput, attribute: &str) -> Result<Self> {
        nothing_here(&input.attrs, attribute)?;
        let (is_enum, variants) = match input.data {
            Data::Struct(data) => {
                let fields = fields(data.fields, attribute)?;
                (false, vec![Variant { name: input.ident.unraw().to_string(), path: quote!(Self), fields }])
            }
            Data::Enum(data) => {
                let variants = data.variants.into_iter().map(|variant| {
                    nothing_here(&variant.attrs, attribute)?;
                    let ident = variant.ident;
                    Ok(Variant {
                        name: ident.unraw().to_string(),
                        path: quote!(Self::#ident),
                        fields: fields(variant.fields, attribute)?,
                    })
                });
                (true, variants.collect::<Result<_>>()?)
            }
            Data::Union(data) => {
                return Err(Error::new(
                    data.union_token.span,
                    "a union does not say which of its fields is valid, so nothing can be derived for it: \
                     implement the trait by hand",
                ));
            }
        };
        Ok(Self { name: input.ident, generics: input.generics, is_enum, variants })
    }

    /// The implementation of a trait with this body; type parameters that fields contain must implement it too.
    pub fn implement(&self, wanted: &TokenStream, body: &TokenStream) -> TokenStream {
        let mut generics = self.generics.clone();
        let bounded = self.bounded();
        if !bounded.is_empty() {
            let clause = generics.make_where_clause();
            for kind in bounded {
                clause.predicates.push(parse_quote!(#kind: #wanted));
            }
        }
        let name = &self.name;
        let (parameters, arguments, clause) = generics.split_for_impl();
        quote! {
            #[automatically_derived]
            impl #parameters #wanted for #name #arguments #clause {
                #body
            }
        }
    }

    /// The type parameters, and the types associated with them, within fields that go through the trait.
    fn bounded(&self) -> Vec<Type> {
        let parameters: BTreeSet<_> = self.generics.type_params().map(|parameter| &parameter.ident).collect();
        let mut found = BTreeSet::new();
        let fields = self.variants.iter().flat_map(|variant| &variant.fields);
        for field in fields.filter(|field| field.with.is_none()) {
            find_parameters(field.kind.to_token_stream(), &parameters, &mut found);
        }
        let kind = |(parameter, associated): (Ident, Option<Ident>)| match associated {
            Some(associated) => parse_quote!(#parameter::#associated),
            None => parse_quote!(#parameter),
        };
        found.into_iter().map(kind).collect()
    }
}

/// Finds `T` and `T::Associated` in a type.
fn find_parameters(
    kind: TokenStream,
    parameters: &BTreeSet<&Ident>,
    found: &mut BTreeSet<(Ident, Option<Ident>)>,
) {
    let trees: Vec<_> = kind.into_iter().collect();
    for (index, tree) in trees.iter().enumerate() {
        match tree {
            TokenTree::Group(group) => find_parameters(group.stream(), parameters, found),
            // Not the `T` of `some_module::T`.
            TokenTree::Ident(ident) if parameters.contains(ident) && !follows_colons(&trees[..index]) => {
                let associated = match &trees[index + 1..] {
                    [TokenTree::Punct(first), TokenTree::Punct(second), TokenTree::Ident(associated), ..]
                        if first.as_char() == ':' && second.as_char() == ':' =>
                    {
                        Some(associated.clone())
                    }
                    _ => None,
                };
                found.insert((ident.clone(), associated));
            }
            _ => {}
        }
    }
}

fn follows_colons(before: &[TokenTree]) -> bool {
    matches!(before, [.., TokenTree::Punct(first), TokenTree::Punct(second)]
        if first.as_char() == ':' && second.as_char() == ':')
}

fn fields(fields: Fields, attribute: &str) -> Result<Vec<Field>> {
    let mut kept = Vec::new();
    for (index, field) in fields.into_iter().enumerate() {
        let with = match treatment(&field.attrs, attribute)? {
            Treatment::Skip => continue,
            Treatment::With(function) => Some(function),
            Treatment::Trait => None,
        };
        let member = field.ident.map_or_else(|| Member::from(index), Member::Named);
        kept.push(Field { member, kind: field.ty, with });
    }
    Ok(kept)
}

fn treatment(attributes: &[Attribute], name: &str) -> Result<Treatment> {
    let mut ours = attributes.iter().filter(|attribute| attribute.path().is_ident(name));
    let Some(first) = ours.next() else { return Ok(Treatment::Trait) };
    if let Some(second) = ours.next() {
        return Err(Error::new(second.span(), format!("a field has at most one `#[{name}(…)]`")));
    }
    first.parse_args_with(|input: ParseStream| {
        let option = input.call(Ident::parse_any)?;
        match option.to_string().as_str() {
            "skip" if input.is_empty() => Ok(Treatment::Skip),
            "with" => {
                input.parse::<Token![=]>()?;
                if input.is_empty() {
                    return Err(input.error("expected a function or a closure after `with =`"));
                }
                // Up to the end: a closure has commas.
                Ok(Treatment::With(input.parse()?))
            }
            other => Err(Error::new(
                option.span(),
                format!("`{other}` is not known here: expected `#[{name}(skip)]` or `#[{name}(with = …)]`"),
            )),
        }
    })
}

fn nothing_here(attributes: &[Attribute], name: &str) -> Result<()> {
    match attributes.iter().find(|attribute| attribute.path().is_ident(name)) {
        None => Ok(()),
        Some(attribute) => {
            Err(Error::new(attribute.span(), format!("`#[{name}(…)]` belongs on a field: move it to one")))
        }
    }
}

impl Field {
    /// The field's name without `r#`: what sorts it, and what a message calls it.
    pub fn name(&self) -> String {
        match &self.member {
            Member::Named(ident) => ident.unraw().to_string(),
            Member::Unnamed(index) => index.index.to_string(),
        }
    }
}

impl Variant {
    /// A pattern that binds every field to a variable `PREFIX_0`, `PREFIX_1`, …, which nothing in the
    /// user's code can see; and these variables.
    pub fn pattern(&self, prefix: &str) -> (TokenStream, Vec<Ident>) {
        let variables: Vec<_> = (0..self.fields.len())
            .map(|index| format_ident!("{prefix}_{index}", span = proc_macro2::Span::mixed_site()))
            .collect();
        let members = self.fields.iter().map(|field| &field.member);
        let path = &self.path;
        // `Path { 0: x, .. }` is right for tuples and units too.
        (quote!(#path { #(#members: #variables,)* .. }), variables)
    }
}
