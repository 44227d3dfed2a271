//! Tests of the filter run the filter of these sources: what the build compiles it watches.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Adds a C file and what it includes by a quoted name.
fn includes(file: &Path, found: &mut BTreeSet<PathBuf>) {
    let crate_folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    if !found.insert(file.to_path_buf()) {
        return;
    }
    let text = fs::read_to_string(file).expect("a file of ours");
    let folder = file.parent().expect("a file has a folder");
    for line in text.lines().filter_map(|line| line.trim().strip_prefix("#include \"")) {
        let name = line.trim_end_matches('"');
        let places = [folder.join(name), crate_folder.join("include").join(name)];
        match places.iter().find(|place| place.is_file()) {
            Some(place) => includes(place, found),
            // Of the kernel programs alone.
            None => assert_eq!(name, "vmlinux.h", "{} includes it", file.display()),
        }
    }
}

#[test]
fn the_build_watches_every_header_it_reads() {
    let crate_folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let build = fs::read_to_string(crate_folder.join("build.rs")).unwrap();
    let watched: Vec<PathBuf> = build
        .split("cargo::rerun-if-changed=")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .map(|name| crate_folder.join(name))
        .collect();
    let mut read = BTreeSet::new();
    includes(&crate_folder.join("c/host.c"), &mut read);
    assert!(read.len() > 5, "{read:?}");
    for file in &read {
        assert!(watched.iter().any(|one| file.starts_with(one)), "{} is read", file.display());
    }
}
