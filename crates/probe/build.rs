//! Compiles `bpf/*.bpf.c` with clang into objects the crate carries inside.

fn main() {
    peregrine_bpf::build(&["capture", "snapshot", "uring", "hooks"]);
}
