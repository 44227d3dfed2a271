//! Tells dependents where the headers are; with the feature `host` compiles them for user space.

use std::env;
use std::path::Path;

fn main() {
    println!("cargo::rerun-if-changed=include");
    println!("cargo::rerun-if-changed=c");
    let folder = env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets CARGO_MANIFEST_DIR");
    println!("cargo::metadata=include={}", Path::new(&folder).join("include").display());
    #[cfg(feature = "host")]
    cc::Build::new()
        .file("c/host.c")
        .include("include")
        .flag_if_supported("-Wno-unused-function")
        .compile("peregrine_guard_host");
}
