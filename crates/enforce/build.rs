//! Compiles `bpf/*.bpf.c` with clang into objects the crate carries inside.

fn main() {
    peregrine_bpf::build("guard", &["guard_lsm", "guard_ret", "guard_identity", "guard_cgroup"]);
}
