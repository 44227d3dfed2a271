//! Dependencies that stand in a manifest and are used by nothing.

use std::fs;

use anyhow::Result;

use super::code::{bare, has_word};
use super::metadata::{Kind, Package};

/// Dependencies no code names: package, dependency, and what they are for.
const NOT_NAMED: &[(&str, &str, &str)] = &[
    ("probe", "libbpf-sys", "its build script tells ours where the headers of libbpf are"),
    ("guard", "peregrine-guard", "tests use the feature that compiles its C"),
];

/// Looks for the name of every dependency in the code that may use it.
pub(super) fn check(packages: &[Package]) -> Result<Vec<String>> {
    let mut wrong = Vec::new();
    for package in packages {
        let code = |places: &[&str]| -> Result<String> {
            let mut code = String::new();
            for place in places {
                for path in super::files(&package.folder.join(place), &["rs"])? {
                    code += &bare(&fs::read_to_string(path)?);
                }
            }
            Ok(code)
        };
        let product = code(&["src"])?;
        let tests = code(&["src", "tests", "examples", "benches"])?;
        let script = fs::read_to_string(package.folder.join("build.rs")).unwrap_or_default();
        for dependency in &package.dependencies {
            let code = match dependency.kind {
                Kind::Normal => &product,
                Kind::Dev => &tests,
                Kind::Build => &script,
            };
            let excused = NOT_NAMED
                .iter()
                .any(|(of, name, _)| *of == package.name && *name == dependency.name);
            if !excused && !has_word(code, &dependency.name.replace('-', "_")) {
                wrong.push(format!(
                    "{}: {} names {}, which no code there uses",
                    package.name,
                    dependency.kind.table(),
                    dependency.name
                ));
            }
        }
    }
    Ok(wrong)
}
