//! Compiles the kernel's filter for user space, for tests that compare it with the rules.

fn main() {
    println!("cargo::rerun-if-changed=c/pushdown.c");
    for header in ["pushdown", "pd_process", "pd_network"] {
        println!("cargo::rerun-if-changed=../probe/bpf/{header}.h");
    }
    cc::Build::new()
        .file("c/pushdown.c")
        .include("../probe/bpf")
        .flag_if_supported("-Wno-unused-function")
        .compile("peregrine_pushdown");
}
