//! Compiles `bpf/*.bpf.c` with clang into objects the crate carries inside.

use std::path::{Path, PathBuf};
use std::process::Command;

const OBJECTS: [&str; 4] = ["capture", "snapshot", "uring", "hooks"];

fn main() {
    println!("cargo::rerun-if-changed=bpf");
    println!("cargo::rerun-if-env-changed=CLANG");
    // peregrine-kfilter tells its dependents where its headers are.
    let kfilter = std::env::var_os("DEP_PEREGRINE_KFILTER_INCLUDE").map(PathBuf::from);
    let kfilter = kfilter.expect("peregrine-kfilter names its headers");
    println!("cargo::rerun-if-changed={}", kfilter.display());
    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    // libbpf-sys tells its dependents where it put libbpf's headers.
    let include = std::env::var_os("DEP_BPF_INCLUDE").expect("libbpf-sys names its headers");
    let clang = std::env::var_os("CLANG").unwrap_or_else(|| "clang".into());
    for object in OBJECTS {
        let source = Path::new("bpf").join(format!("{object}.bpf.c"));
        let target = out.join(format!("{object}.bpf.o"));
        let done = Command::new(&clang)
            .args(["-O2", "-g", "-Wall", "-Wno-unused-function", "-target", "bpf", "-mcpu=v3"])
            .args(["-D__TARGET_ARCH_x86", "-c"])
            .args(["-I", "bpf"])
            .arg("-I")
            .arg(&kfilter)
            .arg("-I")
            .arg(&include)
            // The place of the checkout does not belong into the objects.
            .arg(format!(
                "-ffile-prefix-map={}=.",
                std::env::current_dir().expect("the crate's folder").display()
            ))
            .arg(format!("-ffile-prefix-map={}=.", kfilter.display()))
            .arg(&source)
            .arg("-o")
            .arg(&target)
            .output();
        match done {
            Ok(done) if done.status.success() => {}
            Ok(done) => panic!(
                "{} does not compile:\n{}",
                source.display(),
                String::from_utf8_lossy(&done.stderr)
            ),
            Err(error) => panic!(
                "cannot run {}: {error}; the kernel programs need clang 14 or later (Debian: apt-get install clang), or set CLANG",
                clang.to_string_lossy()
            ),
        }
    }
}
