//! The kernel side as a library: headers that kernel programs are made of, and the call of the compiler for
//! the build scripts of crates that carry such programs.
//!
//! `include/` has a folder per concern: `kernel/` reads the kernel's own structures, `record/` puts a record
//! together and delivers it, `filter/` gathers what the filter asks about a call, `syscalls/` has a file per
//! family of calls, `tracepoints/` what is no call, `uring/` what is done through an `io_uring`. `arch.h`
//! chooses the header of the processor. Every header includes what it uses.
//!
//! In: the name of a program's source. Out: an object in `OUT_DIR`. Never: a program of its own, code that
//! runs in the product.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A processor the programs compile for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arch {
    /// x86-64.
    X86,
    /// 64-bit Arm.
    Arm64,
}

impl Arch {
    fn define(self) -> &'static str {
        match self {
            Self::X86 => "-D__TARGET_ARCH_x86",
            Self::Arm64 => "-D__TARGET_ARCH_arm64",
        }
    }
}

/// The folder the headers are named from.
pub fn include() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("include")
}

/// The compiler with all it needs to know but the source and what to do with it: `$CLANG` or `clang`. `others`
/// are the folders with the headers of libbpf and of `kfilter`.
pub fn compiler(others: &[&Path], arch: Arch) -> Command {
    let clang = std::env::var_os("CLANG").unwrap_or_else(|| "clang".into());
    let mut compiler = Command::new(clang);
    compiler
        .args(["-O2", "-g", "-Wall", "-Wno-unused-function", "-target", "bpf", "-mcpu=v3"])
        .arg(arch.define())
        .arg("-I")
        .arg(include());
    for folder in others {
        compiler.arg("-I").arg(folder);
    }
    // The place of the checkout does not belong into the objects.
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2);
    if let Some(root) = root {
        let mut map = OsString::from("-ffile-prefix-map=");
        map.push(root);
        map.push("=.");
        compiler.arg(map);
    }
    compiler
}

/// For build scripts: compiles `bpf/<name>.bpf.c` of the package being built to `<name>.bpf.o` in `OUT_DIR`, and
/// prints for Cargo what that depends on. The package depends on `libbpf-sys` and on `peregrine-<headers>`, which say
/// where their headers are; its tests find these in `LIBBPF_INCLUDE` and, for `kfilter`, in `KFILTER_INCLUDE`.
///
/// # Panics
/// Where a source does not compile or there is no compiler, with what it said: that ends the build.
#[expect(clippy::print_stdout, reason = "what a build script prints Cargo reads")]
pub fn build(headers: &str, names: &[&str]) {
    let variable = |name: &str| {
        let value = std::env::var_os(name);
        PathBuf::from(value.unwrap_or_else(|| panic!("Cargo sets no {name} for this package")))
    };
    let out = variable("OUT_DIR");
    let libbpf = variable("DEP_BPF_INCLUDE");
    let headers = headers.to_ascii_uppercase();
    let shared = variable(&format!("DEP_PEREGRINE_{headers}_INCLUDE"));
    println!("cargo::rerun-if-changed=bpf");
    println!("cargo::rerun-if-changed={}", include().display());
    println!("cargo::rerun-if-changed={}", shared.display());
    println!("cargo::rerun-if-env-changed=CLANG");
    println!("cargo::rustc-env=LIBBPF_INCLUDE={}", libbpf.display());
    println!("cargo::rustc-env={headers}_INCLUDE={}", shared.display());
    for name in names {
        let source = Path::new("bpf").join(format!("{name}.bpf.c"));
        let object = out.join(format!("{name}.bpf.o"));
        let mut compiler = compiler(&[&libbpf, &shared], Arch::X86);
        match compiler.arg("-c").arg(&source).arg("-o").arg(&object).output() {
            Ok(done) if done.status.success() => {}
            Ok(done) => panic!(
                "{} does not compile:\n{}",
                source.display(),
                String::from_utf8_lossy(&done.stderr)
            ),
            Err(error) => panic!(
                "cannot run {}: {error}; the kernel programs need clang 14 or later (Debian: apt-get install clang), or set CLANG",
                compiler.get_program().to_string_lossy()
            ),
        }
    }
}
