//! The headers of the kernel programs: each compiles alone, and all objects compile for every processor.
//! Needs no rights.

use std::path::{Path, PathBuf};
use std::process::Command;

use peregrine_bpf::{Arch, compiler, include};

fn files(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("the folder of headers") {
        let path = entry.expect("an entry of it").path();
        if path.is_dir() {
            files(&path, ending, found);
        } else if path.to_string_lossy().ends_with(ending) {
            found.push(path);
        }
    }
}

fn clang(arch: Arch) -> Command {
    let others = [env!("LIBBPF_INCLUDE"), env!("KFILTER_INCLUDE")];
    let mut clang = compiler(&others.map(Path::new), arch);
    clang.args(["-fsyntax-only", "-Werror"]);
    clang
}

/// What the compiler says of a file; nothing where it is content.
fn complaint(mut clang: Command, file: &Path) -> Option<String> {
    let done = clang.arg(file).output().expect("clang runs");
    (!done.status.success())
        .then(|| format!("{}:\n{}", file.display(), String::from_utf8_lossy(&done.stderr)))
}

fn check(arch: Arch, folder: &Path, ending: &str, other: &str, at_least: usize) {
    let mut all = Vec::new();
    files(folder, ending, &mut all);
    all.retain(|file| !file.ends_with(other));
    assert!(all.len() >= at_least, "{} files in {}", all.len(), folder.display());
    let wrong: Vec<String> = all.iter().filter_map(|file| complaint(clang(arch), file)).collect();
    assert!(wrong.is_empty(), "{arch:?}: {}", wrong.join("\n"));
}

#[test]
fn every_header_includes_what_it_uses() {
    check(Arch::X86, &include(), ".h", "arch_arm64.h", 40);
    check(Arch::Arm64, &include(), ".h", "arch_x86.h", 40);
}

#[test]
fn every_object_compiles_for_arm64() {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("bpf");
    check(Arch::Arm64, &sources, ".bpf.c", "none", 4);
}

/// A header that leaves an include out is found.
#[test]
fn a_header_that_includes_too_little_does_not_compile() {
    let scratch = peregrine_testkit::Folder::new("header");
    let path = scratch.path().join("header.h");
    let check = |text: &str, right: bool| {
        std::fs::write(&path, text).unwrap();
        assert_eq!(complaint(clang(Arch::X86), &path).is_none(), right, "{text}");
    };
    let body = "static inline u32 one(void)\n{\n\treturn PG_ROWS;\n}\n";
    check(body, false);
    check(&format!("#include \"vmlinux.h\"\n#include \"tables.gen.h\"\n{body}"), true);
    std::fs::remove_file(&path).unwrap();
}
