//! Imports run downwards only, as `docs/architecture.md` draws the layers: every path in the library's
//! source is looked at.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// The modules of the crate, and which others each may name. `error` and `clock` are the base; the contract and the
/// error type name each other, as do keys, values and their codecs.
const LAYERS: &[(&str, &[&str])] = &[
    ("clock", &[]),
    ("error", &["backend"]),
    ("backend", &["clock", "error"]),
    ("backends", &["backend", "clock", "error"]),
    ("layer", &["backend", "clock", "error"]),
    (
        "any",
        &[
            "backend", "backends", "clock", "codec", "error", "layer", "store",
        ],
    ),
    ("key", &["backend", "clock", "error", "value"]),
    ("value", &["backend", "codec", "clock", "error", "key"]),
    ("codec", &["backend", "clock", "error", "value"]),
    (
        "store",
        &[
            "backend", "clock", "codec", "error", "key", "layer", "value",
        ],
    ),
    // Advisory locks are PostgreSQL's own.
    (
        "lock",
        &["backend", "backends", "error", "key", "store", "value"],
    ),
    (
        "window",
        &[
            "backend",
            "clock",
            "error",
            "key",
            "layer",
            "lock",
            "primitive",
            "store",
            "value",
        ],
    ),
    (
        "checkpoint",
        &[
            "backend", "clock", "codec", "error", "key", "lock", "store", "value", "window",
        ],
    ),
    (
        "primitive",
        &[
            "backend", "clock", "codec", "error", "key", "store", "value",
        ],
    ),
];

/// The modules that stand above all others and may name any.
const ABOVE: &[&str] = &["lib", "private", "testing"];

/// What stands beside the backends, and any of them may name.
const SHARED: &[&str] = &["listener", "options"];

#[test]
fn no_module_names_one_above_it() {
    let mut wrong = Vec::new();
    let names = public_names();
    for file in all_source_files() {
        let modules = module_path(&file);
        let Some(module) = modules
            .first()
            .filter(|name| !ABOVE.contains(&name.as_str()))
        else {
            continue;
        };
        let (_, allowed) = LAYERS
            .iter()
            .find(|(name, _)| name == module)
            .unwrap_or_else(|| {
                panic!("`{module}` has no layer; say in this test what it may name")
            });
        for named in named_modules(&file, modules.len(), &names) {
            if named != *module && !allowed.contains(&named.as_str()) {
                wrong.push(format!("{} names `{named}`", shown(&file)));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "imports run downwards only:\n{}",
        wrong.join("\n")
    );
}

#[test]
fn a_backend_names_no_other_backend() {
    let mut wrong = Vec::new();
    for file in source_files(&source().join("backends")) {
        let modules = module_path(&file);
        let [_, backend, ..] = modules.as_slice() else {
            continue;
        };
        let tokens = tokens_of(&file);
        for path in paths(&tokens, modules.len()) {
            if let [module, other, ..] = path.as_slice()
                && module == "backends"
                && other != backend
                && !SHARED.contains(&other.as_str())
            {
                wrong.push(format!("{} names `{other}`", shown(&file)));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "a backend stands alone:\n{}",
        wrong.join("\n")
    );
}

#[test]
fn the_walk_sees_every_way_to_name_a_module() {
    let code = "
        //! Not crate::comment.
        use crate::one::Thing;
        use crate::{two::{Other, crate_free}, Three};
        use super::sibling;
        use super::super::four;
        fn body() { crate::five::call(\"crate::text\"); }
        #[cfg(test)]
        mod tests { use crate::six::Six; }
    ";
    let tokens: TokenStream = code.parse().unwrap();
    let first: BTreeSet<String> = paths(&tokens, 2)
        .into_iter()
        .filter_map(|path| path.into_iter().next())
        .collect();
    let expected = ["Three", "five", "four", "one", "two"];
    assert_eq!(first, expected.map(str::to_owned).into());
}

/// The modules of the crate's root that a file names.
fn named_modules(file: &Path, depth: usize, names: &BTreeMap<String, String>) -> BTreeSet<String> {
    let module_of = |path: Vec<String>| {
        let first = path.into_iter().next()?;
        Some(names.get(&first).cloned().unwrap_or(first))
    };
    paths(&tokens_of(file), depth)
        .into_iter()
        .filter_map(module_of)
        .collect()
}

/// Which module the names come from that `lib.rs` exports again: `crate::Store` names `store`.
fn public_names() -> BTreeMap<String, String> {
    let mut names = BTreeMap::new();
    for path in self_paths(&tokens_of(&source().join("lib.rs"))) {
        if let [module, .., name] = path.as_slice() {
            names.insert(name.clone(), module.clone());
        }
    }
    assert_eq!(names.get("Store").map(String::as_str), Some("store"));
    names
}

/// The paths from the crate's root that code in a module `depth` below it names, tests left out.
fn paths(tokens: &TokenStream, depth: usize) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    walk(&without_tests(tokens), &mut |trees| {
        let supers = trees
            .chunks(3)
            .take_while(|chunk| is_ident(chunk.first(), "super") && chunk.len() == 3)
            .count();
        if is_ident(trees.first(), "crate") {
            found.extend(tails(trees.get(3..).unwrap_or_default()));
        } else if supers == depth {
            found.extend(tails(trees.get(3 * supers..).unwrap_or_default()));
        }
    });
    found
}

fn self_paths(tokens: &TokenStream) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    walk(tokens, &mut |trees| {
        if is_ident(trees.first(), "self") {
            found.extend(tails(trees.get(3..).unwrap_or_default()));
        }
    });
    found
}

/// Calls `visit` with the tokens from each place where a path may begin.
fn walk(tokens: &TokenStream, visit: &mut impl FnMut(&[TokenTree])) {
    let trees: Vec<TokenTree> = tokens.clone().into_iter().collect();
    for (index, tree) in trees.iter().enumerate() {
        let goes_on = index > 0 && is_punct(trees.get(index - 1), ':');
        if !goes_on && is_punct(trees.get(index + 1), ':') && is_punct(trees.get(index + 2), ':') {
            visit(&trees[index..]);
        }
        if let TokenTree::Group(group) = tree {
            walk(&group.stream(), visit);
        }
    }
}

/// The paths that begin here: one, or all of a group in braces.
fn tails(trees: &[TokenTree]) -> Vec<Vec<String>> {
    let mut path = Vec::new();
    let mut rest = trees;
    loop {
        match rest {
            [TokenTree::Ident(name), after @ ..] => {
                path.push(name.to_string());
                match after {
                    [TokenTree::Punct(_), TokenTree::Punct(colon), after @ ..]
                        if colon.as_char() == ':' =>
                    {
                        rest = after;
                    }
                    _ => return vec![path],
                }
            }
            [TokenTree::Group(group), ..] if group.delimiter() == Delimiter::Brace => {
                let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                let items = inner.split(|tree| is_punct(Some(tree), ','));
                return items
                    .flat_map(tails)
                    .map(|tail| path.iter().cloned().chain(tail).collect())
                    .collect();
            }
            _ => return Vec::new(),
        }
    }
}

/// The tokens without the modules under `#[cfg(test)]`, which may use whatever stands above.
fn without_tests(tokens: &TokenStream) -> TokenStream {
    let mut kept: Vec<TokenTree> = Vec::new();
    let mut skipping = false;
    for tree in tokens.clone() {
        match &tree {
            TokenTree::Group(group) if is_cfg_test(group) => skipping = true,
            TokenTree::Group(group) if skipping && group.delimiter() == Delimiter::Brace => {
                skipping = false;
            }
            _ if skipping && is_punct(Some(&tree), ';') => skipping = false,
            _ if skipping => {}
            _ => kept.push(tree),
        }
    }
    kept.into_iter().collect()
}

fn is_cfg_test(group: &proc_macro2::Group) -> bool {
    group.delimiter() == Delimiter::Bracket
        && group.stream().to_string().replace(' ', "") == "cfg(test)"
}

fn is_ident(tree: Option<&TokenTree>, name: &str) -> bool {
    matches!(tree, Some(TokenTree::Ident(ident)) if ident == name)
}

fn is_punct(tree: Option<&TokenTree>, punct: char) -> bool {
    matches!(tree, Some(TokenTree::Punct(found)) if found.as_char() == punct)
}

fn tokens_of(file: &Path) -> TokenStream {
    fs::read_to_string(file).unwrap().parse().unwrap()
}

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../state/src")
}

/// The file as people name it.
fn shown(file: &Path) -> String {
    let relative = file.strip_prefix(source()).unwrap();
    format!("state/src/{}", relative.display())
}

/// The module that a file is, as names from the crate's root.
fn module_path(file: &Path) -> Vec<String> {
    let relative = file.strip_prefix(source()).unwrap().with_extension("");
    let mut names: Vec<String> = relative
        .iter()
        .map(|name| name.to_string_lossy().into_owned())
        .collect();
    names.pop_if(|name| name == "mod");
    names
}

fn all_source_files() -> Vec<PathBuf> {
    let files = source_files(&source());
    assert!(
        files.len() > 100,
        "the library has more files than {files:?}"
    );
    files
}

fn source_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(source_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}
