//! The tree holds itself to ARCHITECTURE.md: rooms use only those below them, files stay small.
//!
//! Whole files are read, by a parser: every path of the code, in any module and in any macro, but for what is compiled
//! for tests alone.
#![allow(clippy::unwrap_used, reason = "tests")]

use proc_macro2::{TokenStream, TokenTree};
use std::collections::BTreeSet;
use std::fs;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Attribute, Meta, Token, UseTree};

/// A crate and its rooms from the ground up; a room may use itself and those before it. Those on one line may use each
/// other. Between crates, Cargo keeps the order.
struct Crate {
    src: &'static str,
    rooms: &'static [&'static [&'static str]],
}

const CRATES: [Crate; 2] = [
    Crate {
        src: "crates/engine/src",
        rooms: &[
            &["why"],
            &["errno", "kernel", "event", "device"],
            &["bufio"],
            &["persistent_data"],
            &["metadata"],
            &["policy"],
            &["target"],
            &["mapper"],
            &["world"],
        ],
    },
    Crate {
        src: "src",
        rooms: &[
            &["decimal", "getopt"],
            &["lvm"],
            &["shell"],
            &["timeline"],
            &["scene"],
            &["scenario"],
            &["explore"],
            &["playback"],
            &["api", "app", "cli"],
        ],
    },
];
/// The sources of all libraries.
const LIBRARIES: [&str; 3] = ["crates/engine/src", "crates/image/src", "src"];
/// What only the rooms at the edges may know: a browser, a terminal, a clock, a thread.
const STRANGERS: &[&[&str]] = &[
    &["web_sys"],
    &["js_sys"],
    &["yew"],
    &["gloo"],
    &["wasm_bindgen"],
    &["wasm_bindgen_futures"],
    &["serde_wasm_bindgen"],
    &["clap"],
    &["clap_complete"],
    &["clap_mangen"],
    &["indicatif"],
    // One that is joined before its call returns (`std::thread::scope`) is nobody else's business.
    &["std", "thread", "spawn"],
    &["std", "thread", "Builder"],
    &["std", "time"],
    &["std", "net"],
    &["std", "process"],
];
const LINES_MAX: usize = 600;

/// A file of the library, with what its code names.
struct Source {
    path: PathBuf,
    module: Vec<String>,
    /// Paths from the root of a crate (`crate`, or the name of another one), and their lines.
    named: Vec<(Vec<String>, usize)>,
    /// Lines without comments and without what is compiled for tests alone.
    lines: usize,
}

impl Source {
    fn room(&self) -> &str {
        self.module.first().map_or("lib", String::as_str)
    }
}

/// The path of code that a path stands for: `super` and `self` resolved.
fn resolve(module: &[String], path: &[String]) -> Vec<String> {
    let mut full: Vec<String> = Vec::new();
    for (n, word) in path.iter().enumerate() {
        match word.as_str() {
            "self" if n == 0 => full = [&["crate".to_owned()], module].concat(),
            "self" => {}
            "super" if n == 0 => full = [&["crate".to_owned()], &module[..module.len().saturating_sub(1)]].concat(),
            "super" => drop(full.pop()),
            _ => full.push(word.clone()),
        }
    }
    full
}

/// Whether something is compiled for tests alone: `#[test]`, `#[cfg(test)]`, `#[cfg(all(test, …))]`.
fn is_for_tests(attrs: &[Attribute]) -> bool {
    fn asks_for_tests(meta: &Meta) -> bool {
        match meta {
            Meta::Path(path) => path.is_ident("test"),
            Meta::List(list) if list.path.is_ident("all") || list.path.is_ident("cfg") => {
                list.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated).is_ok_and(|all| all.iter().any(asks_for_tests))
            }
            _ => false,
        }
    }
    attrs.iter().any(|attr| asks_for_tests(&attr.meta))
}

/// Reads a file: its own paths, and the files that it declares.
struct Reader {
    module: Vec<String>,
    named: Vec<(Vec<String>, usize)>,
    /// Modules in files of their own.
    declared: Vec<Vec<String>>,
    for_tests: Vec<RangeInclusive<usize>>,
}

impl Reader {
    fn name(&mut self, path: &[String], line: usize) {
        let full = resolve(&self.module, path);
        self.named.push((full, line));
    }

    fn use_tree(&mut self, before: &mut Vec<String>, tree: &UseTree) {
        let line = tree.span().start().line;
        match tree {
            UseTree::Path(path) => {
                before.push(path.ident.to_string());
                self.use_tree(before, &path.tree);
                before.pop();
            }
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.use_tree(before, tree)),
            UseTree::Name(name) => self.name(&[before.as_slice(), &[name.ident.to_string()]].concat(), line),
            UseTree::Rename(name) => self.name(&[before.as_slice(), &[name.ident.to_string()]].concat(), line),
            _ => self.name(before, line),
        }
    }

    /// The paths in what a macro or an attribute is given: names with `::` between them.
    fn tokens(&mut self, tokens: TokenStream) {
        let (mut path, mut colons, mut line) = (Vec::new(), 0, 0);
        for token in tokens {
            match &token {
                TokenTree::Ident(ident) => {
                    if colons != 2 {
                        self.end_of_path(&mut path, line);
                        line = ident.span().start().line;
                    }
                    path.push(ident.to_string());
                }
                TokenTree::Punct(punct) if punct.as_char() == ':' => {
                    colons += 1;
                    continue;
                }
                TokenTree::Group(group) => self.tokens(group.stream()),
                TokenTree::Literal(_) | TokenTree::Punct(_) => {}
            }
            colons = 0;
        }
        self.end_of_path(&mut path, line);
    }

    fn end_of_path(&mut self, path: &mut Vec<String>, line: usize) {
        if path.len() > 1 {
            self.name(path, line);
        }
        path.clear();
    }
}

/// Leaves out what is compiled for tests alone, and keeps its lines.
macro_rules! without_tests {
    ($($visit:ident: $node:ident),* $(,)?) => {
        $(fn $visit(&mut self, node: &'a syn::$node) {
            if is_for_tests(&node.attrs) {
                self.for_tests.push(node.span().start().line..=node.span().end().line);
            } else {
                visit::$visit(self, node);
            }
        })*
    };
}

impl<'a> Visit<'a> for Reader {
    without_tests! {
        visit_item_const: ItemConst, visit_item_enum: ItemEnum, visit_item_fn: ItemFn, visit_item_impl: ItemImpl,
        visit_item_macro: ItemMacro, visit_item_static: ItemStatic, visit_item_struct: ItemStruct, visit_item_trait: ItemTrait,
        visit_item_type: ItemType, visit_item_union: ItemUnion, visit_impl_item_fn: ImplItemFn,
        visit_impl_item_const: ImplItemConst, visit_trait_item_fn: TraitItemFn, visit_variant: Variant, visit_field: Field,
        visit_field_value: FieldValue, visit_arm: Arm, visit_local: Local, visit_expr_block: ExprBlock, visit_expr_call: ExprCall,
        visit_expr_method_call: ExprMethodCall,
    }

    fn visit_item_use(&mut self, node: &'a syn::ItemUse) {
        if !is_for_tests(&node.attrs) {
            self.use_tree(&mut Vec::new(), &node.tree);
        }
    }

    fn visit_item_mod(&mut self, node: &'a syn::ItemMod) {
        if is_for_tests(&node.attrs) {
            self.for_tests.push(node.span().start().line..=node.span().end().line);
            return;
        }
        self.module.push(node.ident.to_string());
        if node.content.is_none() {
            self.declared.push(self.module.clone());
        }
        visit::visit_item_mod(self, node);
        self.module.pop();
    }

    fn visit_path(&mut self, path: &'a syn::Path) {
        let words: Vec<String> = path.segments.iter().map(|s| s.ident.to_string()).collect();
        if words.len() > 1 {
            self.name(&words, path.span().start().line);
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, node: &'a syn::Macro) {
        self.tokens(node.tokens.clone());
        visit::visit_macro(self, node);
    }

    fn visit_attribute(&mut self, node: &'a Attribute) {
        match &node.meta {
            Meta::List(list) => self.tokens(list.tokens.clone()),
            Meta::Path(_) | Meta::NameValue(_) => {}
        }
    }
}

/// Reads a module's file, and all that it declares.
fn read(src: &Path, path: &Path, module: Vec<String>, out: &mut Vec<Source>) {
    let text = fs::read_to_string(path).unwrap();
    let file = syn::parse_file(&text).unwrap();
    let mut reader = Reader { module: module.clone(), named: Vec::new(), declared: Vec::new(), for_tests: Vec::new() };
    reader.visit_file(&file);
    let counts =
        |(n, line): &(usize, &str)| !line.trim_start().starts_with("//") && !reader.for_tests.iter().any(|lines| lines.contains(&(n + 1)));
    let lines = text.lines().enumerate().filter(counts).count();
    out.push(Source { path: path.to_owned(), module, named: reader.named, lines });
    for module in reader.declared {
        read(src, &file_of(src, &module), module, out);
    }
}

fn file_of(src: &Path, module: &[String]) -> PathBuf {
    let dir = module.iter().fold(src.to_owned(), |dir, name| dir.join(name));
    let own = dir.with_extension("rs");
    if own.exists() { own } else { dir.join("mod.rs") }
}

/// Every file of a library that is not for tests alone, found as the compiler finds them.
fn library(src: &str) -> Vec<Source> {
    let mut sources = Vec::new();
    let src = Path::new(src);
    read(src, &src.join("lib.rs"), Vec::new(), &mut sources);
    sources
}

impl Crate {
    fn storey(&self, room: &str) -> Option<usize> {
        self.rooms.iter().position(|rooms| rooms.contains(&room))
    }
}

#[test]
fn a_room_uses_only_the_rooms_below_it() {
    let mut wrong = Vec::new();
    for of in &CRATES {
        for source in library(of.src) {
            let Some(own) = of.storey(source.room()) else { continue };
            for (path, line) in &source.named {
                if let [first, used, ..] = path.as_slice()
                    && first == "crate"
                    && of.storey(used).is_some_and(|other| other > own)
                {
                    wrong.push(format!("{}:{line} uses {used}", source.path.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_room_has_its_place() {
    for of in &CRATES {
        let rooms: BTreeSet<String> = library(of.src).iter().map(|s| s.room().to_owned()).filter(|room| room != "lib").collect();
        let named: BTreeSet<String> = of.rooms.iter().flat_map(|rooms| rooms.iter().map(|room| (*room).to_owned())).collect();
        assert_eq!(rooms, named, "the rooms of {}/lib.rs, and those of this test and of ARCHITECTURE.md", of.src);
    }
}

#[test]
fn every_file_of_tests_is_compiled_into_one_of_the_two_programs() {
    let declared = ["tests/main.rs", "tests/wasm.rs"].map(|path| fs::read_to_string(path).unwrap()).concat();
    for entry in fs::read_dir("tests").unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        if path.extension().is_some_and(|e| e == "rs") && !["main", "wasm"].contains(&name) {
            assert!(declared.lines().any(|line| line == format!("mod {name};")), "{} is in neither", path.display());
        }
    }
}

#[test]
fn files_stay_small_enough_to_hold_in_the_head() {
    for source in LIBRARIES.iter().flat_map(|src| library(src)) {
        assert!(source.lines <= LINES_MAX, "{} has {} lines of code", source.path.display(), source.lines);
    }
}

#[test]
fn only_the_edges_know_a_browser_or_a_terminal() {
    let mut wrong = Vec::new();
    for source in LIBRARIES.iter().flat_map(|src| library(src)).filter(|s| !matches!(s.room(), "api" | "app" | "cli" | "lib")) {
        for (path, line) in &source.named {
            let path: Vec<&str> = path.iter().map(String::as_str).collect();
            // Also an import that leads there: `use std::thread`.
            let leads = |stranger: &&[&str]| path.starts_with(stranger) || path.len() > 1 && stranger.starts_with(&path);
            if STRANGERS.iter().any(leads) {
                wrong.push(format!("{}:{line} knows {}", source.path.display(), path.join("::")));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// What the reader sees in a file of `crate::a::b`, from the root of a crate.
fn seen(text: &str) -> Vec<String> {
    let mut reader = Reader { module: vec!["a".into(), "b".into()], named: Vec::new(), declared: Vec::new(), for_tests: Vec::new() };
    reader.visit_file(&syn::parse_file(text).unwrap());
    reader.named.into_iter().map(|(path, _)| path.join("::")).collect()
}

#[test]
fn the_reader_sees_every_way_to_name_a_room() {
    for text in [
        "use crate::scenario::Run;",
        "use super::super::scenario::Run;",
        "use crate::{errno, scenario::{self, Run}};",
        "use crate::scenario as other;",
        "pub(crate) use crate::scenario::*;",
        "fn f() { super::super::scenario::run(); }",
        "fn f() -> Option<crate::scenario::Run> { None }",
        "fn f() { println!(\"{}\", crate::scenario::run(1)); }",
        "fn f() { html! { <p>{ super::super::scenario::run() }</p> } }",
        "mod inner { fn f() { super::super::super::scenario::run(); } }",
        "#[derive(crate::scenario::Shown)] struct S;",
        "impl crate::scenario::Shown for S {}",
        "#[cfg(test)] mod tests {} use crate::scenario::Run;",
        "#[cfg(test)] use crate::errno; fn f() { crate::scenario::run() }",
        "#[cfg(not(test))] use crate::scenario::Run;",
        "#[cfg(any(test, unix))] use crate::scenario::Run;",
    ] {
        assert!(seen(text).iter().any(|path| path.starts_with("crate::scenario")), "{text}: {:?}", seen(text));
    }
}

#[test]
fn the_reader_leaves_out_what_is_for_tests_alone() {
    for text in [
        "#[cfg(test)] mod tests { use crate::scenario::Run; }",
        "#[cfg(all(test, unix))] fn f() { crate::scenario::run() }",
        "#[test] fn f() { crate::scenario::run() }",
        "impl S { #[cfg(test)] fn f() { crate::scenario::run() } }",
        "enum E { #[cfg(test)] A(crate::scenario::Run) }",
        "fn f() { #[cfg(test)] let a = crate::scenario::run(); }",
        "// crate::scenario\n/// crate::scenario\nfn f() {}",
    ] {
        assert!(!seen(text).iter().any(|path| path.contains("scenario")), "{text}: {:?}", seen(text));
    }
}
