//! Which file of a crate uses which: a simple reader of `use` and of paths.
//!
//! A name that a module only hands on (`pub use`) counts for the file that defines it, so that a `lib.rs` that
//! gathers the public names of its crate is in no circle. What macros make is not seen.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};

use super::code::{bare, has_word, product};

/// A module: the segments of its path below the crate, `["live", "source"]`.
type Module = Vec<String>;

/// How often a name may be handed on: more is a mistake of this reader.
const HOPS: usize = 16;

/// A file of a crate.
struct File {
    shown: String,
    code: String,
    /// Names a `use` brings in, with the path each stands for.
    names: BTreeMap<String, Vec<String>>,
    /// Modules of which a `use` brings in all names.
    globs: Vec<Vec<String>>,
    /// Paths the code uses: those it merely hands on are not among them.
    used: Vec<Vec<String>>,
}

/// The files of a crate.
#[derive(Default)]
struct Crate {
    files: BTreeMap<Module, File>,
}

/// Of each file below `src`, shown as `live/source.rs`, the others it uses. Tables are left out.
pub(super) fn graph(src: &Path) -> Result<BTreeMap<String, BTreeSet<String>>> {
    let mut files = Vec::new();
    for path in super::files(src, &["rs"])? {
        let shown = path.strip_prefix(src).unwrap_or(&path).display().to_string();
        files.push((shown.clone(), fs::read_to_string(&path).with_context(|| shown)?));
    }
    Ok(edges(&files))
}

fn edges(files: &[(String, String)]) -> BTreeMap<String, BTreeSet<String>> {
    let mut all = Crate::default();
    for (shown, text) in files {
        let module = module(shown);
        let is_test = module.iter().any(|segment| segment == "tests");
        if !super::sources::is_table(text) && !is_test {
            all.files.insert(module, read(shown, &bare(product(text))));
        }
    }
    let mut graph = BTreeMap::new();
    for (module, file) in &all.files {
        let used = file.used.iter().filter_map(|path| all.resolve(module, path, HOPS));
        let used = used.filter(|used| used != module).map(|used| all.files[&used].shown.clone());
        graph.insert(file.shown.clone(), used.collect());
    }
    graph
}

/// `live/source.rs` -> `live::source`, `live/mod.rs` -> `live`, `lib.rs` -> the root.
fn module(shown: &str) -> Module {
    let mut segments: Module =
        shown.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
    if segments.last().is_some_and(|last| ["mod", "lib", "main"].contains(&last.as_str())) {
        segments.pop();
    }
    segments
}

impl Crate {
    /// The module in whose file the thing at `path`, as `from` writes it, is defined; `None` where it is
    /// another crate's.
    fn resolve(&self, from: &Module, path: &[String], hops: usize) -> Option<Module> {
        let (mut at, mut rest) = match path.first()?.as_str() {
            "crate" => (Module::new(), &path[1..]),
            "self" => (from.clone(), &path[1..]),
            "super" => (from[..from.len().checked_sub(1)?].to_vec(), &path[1..]),
            _ => (from.clone(), path),
        };
        let relative = rest.len() == path.len();
        let mut stepped = false;
        while let Some((segment, after)) = rest.split_first() {
            if segment == "super" {
                at.pop();
                rest = after;
                continue;
            }
            let mut child = at.clone();
            child.push(segment.clone());
            if self.files.contains_key(&child) {
                (at, rest, stepped) = (child, after, true);
                continue;
            }
            let file = self.files.get(&at)?;
            if let Some(named) = file.names.get(segment).filter(|_| hops > 0)
                && named != path
            {
                let whole: Vec<String> = named.iter().chain(after).cloned().collect();
                // A name of another crate is that crate's, whoever hands it on.
                return self.resolve(&at, &whole, hops - 1);
            }
            let mut globs = file.globs.iter().filter(|_| hops > 0);
            let of_glob = globs.find_map(|glob| {
                let module = self.resolve(&at, glob, hops - 1).filter(|module| *module != at)?;
                let path = ["self".to_owned(), segment.clone()];
                let found = self.resolve(&module, &path, hops - 1)?;
                defines(&self.files[&found].code, segment).then_some(found)
            });
            if of_glob.is_some() {
                return of_glob;
            }
            break;
        }
        // A word that is neither a module nor a name of this file is another crate's.
        (self.files.contains_key(&at) && (!relative || stepped)).then_some(at)
    }
}

/// Whether code defines an item of this name.
fn defines(code: &str, name: &str) -> bool {
    let kinds =
        ["fn", "struct", "enum", "union", "trait", "type", "const", "static", "macro_rules!"];
    kinds.iter().any(|kind| has_word(code, &format!("{kind} {name}")))
}

/// Reads the code of a file.
fn read(shown: &str, code: &str) -> File {
    let tokens = tokens(code);
    let mut file = File {
        shown: shown.to_owned(),
        code: code.to_owned(),
        names: BTreeMap::new(),
        globs: Vec::new(),
        used: Vec::new(),
    };
    let mut at = 0;
    while at < tokens.len() {
        if tokens[at] == "use" {
            let hands_on = at > 0 && ["pub", ")"].contains(&tokens[at - 1]);
            at += 1;
            tree(&tokens, &mut at, &[], hands_on, &mut file);
        } else if tokens[at] == "mod" {
            at += 2;
        } else if is_word(tokens[at]) && tokens.get(at + 1) == Some(&"::") {
            let mut path = vec![tokens[at].to_owned()];
            while tokens.get(at + 1) == Some(&"::")
                && tokens.get(at + 2).is_some_and(|t| is_word(t))
            {
                path.push(tokens[at + 2].to_owned());
                at += 2;
            }
            file.used.push(path);
            // What follows `::` that is no word is a list of types.
            at += 1;
        } else {
            at += 1;
        }
    }
    file
}

/// Reads a tree of a `use` that stands at `at`, whose begin is `prefix`.
fn tree(tokens: &[&str], at: &mut usize, prefix: &[String], hands_on: bool, file: &mut File) {
    let mut path = prefix.to_vec();
    while let Some(token) = tokens.get(*at) {
        *at += 1;
        match *token {
            "::" => continue,
            "*" => {
                if !hands_on {
                    file.used.push(path.clone());
                }
                file.globs.push(path);
                return;
            }
            "{" => {
                while tokens.get(*at).is_some_and(|token| *token != "}") {
                    tree(tokens, at, &path, hands_on, file);
                    if tokens.get(*at) == Some(&",") {
                        *at += 1;
                    }
                }
                *at += 1;
                return;
            }
            word if is_word(word) => path.push(word.to_owned()),
            _ => return,
        }
        let next = tokens.get(*at).copied().unwrap_or(";");
        if next == "::" {
            continue;
        }
        // The end of a path; `self` names what stands before it.
        if path.last().is_some_and(|last| last == "self") && path.len() > 1 {
            path.pop();
        }
        let name = if next == "as" {
            *at += 2;
            tokens.get(*at - 1).map(|name| (*name).to_owned())
        } else {
            path.last().cloned()
        };
        if !hands_on {
            file.used.push(path.clone());
        }
        file.names.insert(name.unwrap_or_default(), path);
        return;
    }
}

fn is_word(token: &str) -> bool {
    token.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// Words, `::`, and every other sign by itself.
fn tokens(code: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut rest = code.trim_start();
    while let Some(first) = rest.chars().next() {
        let end = if first.is_alphanumeric() || first == '_' {
            rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len())
        } else if rest.starts_with("::") {
            2
        } else {
            first.len_utf8()
        };
        tokens.push(&rest[..end]);
        rest = rest[end..].trim_start();
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::edges;

    /// Files with their texts -> the files each uses.
    fn check(files: &[(&str, &str)], expected: &[(&str, &[&str])]) {
        let files: Vec<_> = files.iter().map(|(n, t)| ((*n).to_owned(), (*t).to_owned())).collect();
        let graph = edges(&files);
        for (file, used) in expected {
            let got: Vec<&str> = graph[*file].iter().map(String::as_str).collect();
            assert_eq!(got, *used, "{file} of {files:?}");
        }
    }

    #[test]
    fn a_path_leads_to_the_file_that_defines_it() {
        let lib = ("lib.rs", "mod a;\nmod b;\npub mod c;\npub use a::A;\nstruct Own;");
        check(
            &[
                lib,
                ("a.rs", "pub struct A;"),
                ("b.rs", "use crate::A;\nuse std::fs;"),
                ("c.rs", ""),
            ],
            &[("lib.rs", &[]), ("a.rs", &[]), ("b.rs", &["a.rs"])],
        );
        check(
            &[
                lib,
                ("a.rs", "fn f(x: super::Own) {}"),
                ("b.rs", "fn f() { crate::c::g() }"),
                ("c.rs", ""),
            ],
            &[("a.rs", &["lib.rs"]), ("b.rs", &["c.rs"])],
        );
        check(
            &[("lib.rs", "mod a;\nuse a::A;\nfn f() { a::g() }"), ("a.rs", "")],
            &[("lib.rs", &["a.rs"])],
        );
    }

    #[test]
    fn trees_names_and_folders_are_followed() {
        check(
            &[
                ("lib.rs", "mod a;\nmod b;"),
                ("a/mod.rs", "mod c;\nmod d;\npub(crate) use self::c::{C, More as Other};"),
                ("a/c.rs", "use super::d::{self, D};\nstruct C;\nstruct More;"),
                ("a/d.rs", "use super::super::b::B;"),
                ("b.rs", "use crate::a::{Other, d::{D}};\nuse crate::a::*;"),
            ],
            &[
                ("a/mod.rs", &[]),
                ("a/c.rs", &["a/d.rs"]),
                ("a/d.rs", &["b.rs"]),
                ("b.rs", &["a/c.rs", "a/d.rs", "a/mod.rs"]),
            ],
        );
    }

    #[test]
    fn what_is_no_import_is_passed_over() {
        check(
            &[
                ("lib.rs", "mod a;\nmod b;\nmod tests;"),
                (
                    "a.rs",
                    "// use crate::b;\nfn f() { \"crate::b::x\"; b::x(); Vec::<u8>::new() }\n#[cfg(test)]\nmod tests {\nuse crate::b;\n}",
                ),
                ("b.rs", "#[cfg(test)]\nmod tests;\nfn x() {}"),
                ("tests.rs", "use crate::b;"),
            ],
            &[("a.rs", &[]), ("b.rs", &[])],
        );
    }
}
