//! Policies put together by hand: the kernel's side is tested without the compiler.

use std::path::Path;

use peregrine_guard::Place;
use peregrine_guard::layout::{self, PathMarks, Step, needs};
use peregrine_guard::{Act, Action, Compiled, CompiledPolicy, Mode, Network, PathKind, PathMark};

/// Adds a policy; returns its number.
pub(crate) fn policy(compiled: &mut Compiled, name: &str, mode: Mode, fail_closed: bool) -> u16 {
    let number = compiled.policies.len();
    compiled.policies.push(CompiledPolicy {
        name: name.to_owned(),
        id: u32::try_from(number).unwrap() + 1,
        rules: Vec::new(),
        action: Action::Deny,
        mode,
        fail_closed,
        even_the_way_in: false,
        output: None,
        file: String::new(),
        place: Place::default(),
        acts: Vec::new(),
    });
    u16::try_from(number).unwrap()
}

/// The policy matches an act where all of these words have any of these bits.
pub(crate) fn on(
    compiled: &mut Compiled,
    act: Act,
    policy: u16,
    needs: u32,
    tests: &[(usize, u64)],
) {
    let first = u16::try_from(compiled.steps.len()).unwrap();
    // Behind the steps of this policy come those the act had before.
    let before = compiled.acts[act as usize];
    for (number, (word, mask)) in tests.iter().enumerate() {
        let last = number + 1 == tests.len();
        let next = first + u16::try_from(number).unwrap() + 1;
        compiled.steps.push(Step {
            mask: *mask,
            word: u16::try_from(*word).unwrap(),
            yes: if last { layout::MATCH | policy } else { next },
            no: before.all,
            pad: 0,
        });
    }
    let entry = &mut compiled.acts[act as usize];
    entry.all = if tests.is_empty() { layout::MATCH | policy } else { first };
    entry.no_object = entry.all;
    entry.needs |= needs;
}

/// A set of objects, by its bit in the first word.
pub(crate) fn path(compiled: &mut Compiled, path: &Path, kind: PathKind, bit: u32) {
    let marks = PathMarks { object: [1 << bit, 0, 0, 0], ..PathMarks::default() };
    compiled.paths.push(PathMark {
        path: path.as_os_str().as_encoded_bytes().to_vec(),
        kind,
        marks,
    });
}

/// Processes whose parent runs a program, by the bit of the parent.
pub(crate) fn parent(compiled: &mut Compiled, path: &Path, bit: u32) {
    let marks = PathMarks { parent: 1 << bit, ..PathMarks::default() };
    compiled.paths.push(PathMark {
        path: path.as_os_str().as_encoded_bytes().to_vec(),
        kind: PathKind::Exact,
        marks,
    });
}

/// Denies an act on the objects of a bit.
pub(crate) fn deny_object(compiled: &mut Compiled, act: Act, policy: u16, bit: u32) {
    on(compiled, act, policy, needs::OBJECT, &[(layout::OBJECT, 1 << bit)]);
}

/// A network, by its bit.
pub(crate) fn network(compiled: &mut Compiled, address: std::net::IpAddr, prefix: u8, bit: u32) {
    let sets = [1 << bit, 0];
    compiled.networks.push(Network { address, prefix, sets });
    if let std::net::IpAddr::V4(address) = address {
        let address = address.to_ipv6_mapped().into();
        compiled.networks.push(Network { address, prefix: prefix + 96, sets });
    }
}
