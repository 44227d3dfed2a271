//! Compiles `bpf/*.bpf.c` with clang into objects the crate carries inside, and links what libelf needs.

use std::process::Command;

fn main() {
    peregrine_bpf::build("kfilter", &["capture", "snapshot", "uring", "hooks"]);
    link_what_libelf_needs();
}

/// A static libelf of 2023 or later (Debian 13) reads zstd, too; which libraries that takes, its own
/// description says.
fn link_what_libelf_needs() {
    let asked = Command::new("pkg-config").args(["--static", "--libs-only-l", "libelf"]).output();
    let Ok(said) = asked else { return };
    for library in String::from_utf8_lossy(&said.stdout).split_whitespace() {
        match library.strip_prefix("-l") {
            None | Some("elf" | "z" | "pthread") => {}
            Some(name) => println!("cargo::rustc-link-lib=static:-bundle={name}"),
        }
    }
}
