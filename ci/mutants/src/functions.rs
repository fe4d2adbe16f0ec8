//! Where the functions of a file are.

use std::ops::Range;

use syn::spanned::Spanned as _;
use syn::visit::{self, Visit};
use syn::{Block, ImplItemFn, ItemFn, ReturnType, Signature, TraitItemFn};

use crate::Result;

/// A function with a body; all ranges are bytes of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Function {
    pub(crate) name: String,
    /// The body with its braces.
    pub(crate) body: Range<usize>,
    /// The word `const`, which a choice at run time does not bear.
    pub(crate) constant: Option<Range<usize>>,
    /// The bounds of what it returns, where it returns `impl` something.
    pub(crate) returns_impl: Option<Range<usize>>,
}

/// All functions of the file, in its order, those within others too.
pub(crate) fn all(text: &str) -> Result<Vec<Function>> {
    let mut finder = Finder::default();
    finder.visit_file(&syn::parse_file(text)?);
    Ok(finder.found)
}

#[derive(Default)]
struct Finder {
    found: Vec<Function>,
}

impl Finder {
    fn add(&mut self, signature: &Signature, body: &Block) {
        let returns_impl = match &signature.output {
            ReturnType::Type(_, returned) => match returned.as_ref() {
                syn::Type::ImplTrait(own) => Some(own.bounds.span().byte_range()),
                _ => None,
            },
            ReturnType::Default => None,
        };
        self.found.push(Function {
            name: signature.ident.to_string(),
            body: body.span().byte_range(),
            constant: signature.constness.map(|own| own.span().byte_range()),
            returns_impl,
        });
    }
}

impl<'ast> Visit<'ast> for Finder {
    fn visit_item_fn(&mut self, item: &'ast ItemFn) {
        self.add(&item.sig, &item.block);
        visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast ImplItemFn) {
        self.add(&item.sig, &item.block);
        visit::visit_impl_item_fn(self, item);
    }

    fn visit_trait_item_fn(&mut self, item: &'ast TraitItemFn) {
        if let Some(body) = &item.default {
            self.add(&item.sig, body);
        }
        visit::visit_trait_item_fn(self, item);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_words_and_bounds_are_found() {
        let text = "const fn a() -> u8 { 1 }\n\
                    impl B { fn ü(&self) -> impl Iterator<Item = u8> + '_ { self.0.iter() } }\n\
                    trait C { fn d(&self); fn e(&self) { fn f() {} } }\n";
        let found = all(text).unwrap();
        let names: Vec<&str> = found.iter().map(|own| own.name.as_str()).collect();
        assert_eq!(names, ["a", "ü", "e", "f"]);
        assert_eq!(&text[found[0].body.clone()], "{ 1 }");
        assert_eq!(&text[found[0].constant.clone().unwrap()], "const");
        let bounds = found[1].returns_impl.clone().unwrap();
        assert_eq!(&text[bounds], "Iterator<Item = u8> + '_");
        assert_eq!(&text[found[2].body.clone()], "{ fn f() {} }");
    }
}
