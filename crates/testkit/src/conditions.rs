//! Comparisons nobody wrote, of the kinds the kernel can decide: what filters are tested with.

use std::fmt::Write as _;

use crate::events::{Dice, condition};

/// What comparisons are made of.
#[derive(Debug, Clone, Copy)]
pub struct Words<'w> {
    /// Paths from the root on.
    pub paths: &'w [&'w str],
    /// Names of processes.
    pub names: &'w [&'w str],
    /// Users.
    pub users: &'w [&'w str],
    /// Short numbers of containers, or `host`.
    pub containers: &'w [&'w str],
    /// Ports.
    pub ports: &'w [u16],
    /// Addresses.
    pub addresses: &'w [&'w str],
    /// Networks.
    pub nets: &'w [&'w str],
}

impl Words<'_> {
    /// None of any kind.
    pub const NONE: Self = Self {
        paths: &[],
        names: &[],
        users: &[],
        containers: &[],
        ports: &[],
        addresses: &[],
        nets: &[],
    };
}

fn is(dice: &mut Dice) -> &'static str {
    dice.of(&["=", "!="])
}

fn order(dice: &mut Dice) -> &'static str {
    dice.of(&["=", "!=", "<", ">=", ">", "<="])
}

fn few(dice: &mut Dice, one: impl Fn(&mut Dice) -> String) -> String {
    (0..=dice.roll(3)).map(|_| one(dice)).collect::<Vec<_>>().join(", ")
}

/// A path, a part of one, or what comes near one.
fn path(dice: &mut Dice, paths: &[&str]) -> String {
    let path = dice.of(paths);
    let last = path.rsplit('/').next().filter(|name| !name.is_empty()).unwrap_or("x");
    let text = match dice.roll(6) {
        0 => path[..=dice.roll(path.len())].to_owned(),
        1 => format!("{last}x"),
        2 => last.to_owned(),
        _ => path.to_owned(),
    };
    format!("\"{text}\"")
}

/// Of an open: its result, its flags, what came of it, its names.
pub fn about_opens(dice: &mut Dice, words: &Words<'_>) -> String {
    let quoted = |dice: &mut Dice| path(dice, words.paths);
    let truth = |dice: &mut Dice| dice.of(&["true", "false"]);
    match dice.roll(19) {
        0 => format!("fd.num {} {}", order(dice), dice.of(&["0", "3", "-1", "-2"])),
        1 => of_result(dice),
        2 => {
            let words = ["SUCCESS", "ENOENT", "EACCES", "EFOO"];
            format!("evt.res {} {}", is(dice), dice.of(&words))
        }
        3 => format!("evt.failed = {}", truth(dice)),
        4 => format!("evt.is_open_read = {}", truth(dice)),
        5 => format!("evt.is_open_write != {}", truth(dice)),
        6 => format!("evt.is_open_exec = {}", truth(dice)),
        7 => {
            let flags = ["O_TRUNC", "O_CREAT", "O_APPEND", "O_EXCL", "O_RD", "CREAT"];
            format!("evt.arg.flags contains {}", dice.of(&flags))
        }
        8 => format!("fd.typechar {} {}", is(dice), dice.of(&["f", "d", "o", "p", "4"])),
        9 => format!("fd.type {} {}", is(dice), dice.of(&["file", "directory", "pipe"])),
        10 | 11 => {
            let how = dice.of(&["=", "!=", "startswith", "endswith", "contains"]);
            format!("fd.name {how} {}", quoted(dice))
        }
        12 => format!("fd.name in ({})", few(dice, quoted)),
        13 => format!("fd.name pmatch ({})", few(dice, quoted)),
        14 => format!("fd.directory in ({})", few(dice, quoted)),
        15 => format!("fd.directory {} {}", is(dice), quoted(dice)),
        16 => format!("fd.filename {} {}", is(dice), quoted(dice)),
        17 => format!("fd.nameraw contains {}", dice.of(&["../", "..", "x", "./"])),
        _ => {
            let parts = ["/.", "/.ssh/id_", "oot/.s", "/.x", "../", "/./"];
            format!("fd.name contains {}", dice.of(&parts))
        }
    }
}

fn of_result(dice: &mut Dice) -> String {
    format!("evt.rawres {} {}", dice.of(&["=", "!=", "<", ">="]), dice.of(&["0", "3", "-13"]))
}

/// Of a process: what it and those above it are called, who it is, where it runs.
pub fn about_processes(dice: &mut Dice, words: &Words<'_>) -> String {
    let name = |dice: &mut Dice| format!("\"{}\"", dice.of(words.names));
    match dice.roll(10) {
        0 | 1 => format!("proc.name in ({})", few(dice, name)),
        2 => format!("proc.name {} {}", is(dice), name(dice)),
        3 => format!("proc.pname in ({})", few(dice, name)),
        4 => format!("proc.pname {} {}", is(dice), name(dice)),
        5 | 6 => format!("proc.aname in ({})", few(dice, name)),
        7 => format!("proc.aname[{}] = {}", dice.roll(4), name(dice)),
        8 => {
            let how = dice.of(&["=", "!=", "<", ">="]);
            format!("user.uid {how} {}", dice.of(words.users))
        }
        _ => format!("container.id {} {}", is(dice), dice.of(words.containers)),
    }
}

/// Of a descriptor: what it is, and of a socket its ends.
pub fn about_descriptors(dice: &mut Dice, words: &Words<'_>) -> String {
    let port = |dice: &mut Dice| dice.of(words.ports).to_string();
    let end = |dice: &mut Dice| dice.of(&["s", "c", "l", "r"]);
    match dice.roll(10) {
        0 => {
            let kinds = ["file", "ipv4", "ipv6", "unix", "event", "<NA>"];
            format!("fd.type {} {}", is(dice), dice.of(&kinds))
        }
        1 => {
            format!("fd.typechar in ({}, {})", dice.of(&["f", "4", "u"]), dice.of(&["6", "p", "m"]))
        }
        2 => format!("fd.sockfamily {} {}", is(dice), dice.of(&["ip", "unix"])),
        3 => format!("fd.l4proto {} {}", is(dice), dice.of(&["tcp", "udp", "<NA>"])),
        4 => format!("fd.port {} {}", dice.of(&["=", "!=", "<", ">="]), port(dice)),
        5 | 6 => format!("fd.{}port {} {}", end(dice), order(dice), port(dice)),
        7 => format!("fd.sport in ({})", few(dice, port)),
        8 => {
            let field = dice.of(&["fd.sip", "fd.cip", "fd.lip", "fd.rip", "fd.ip"]);
            format!("{field} in ({})", few(dice, |dice| dice.of(words.addresses).to_owned()))
        }
        _ => {
            let field = dice.of(&["fd.snet", "fd.cnet", "fd.net"]);
            format!("{field} in ({})", dice.of(words.nets))
        }
    }
}

/// A rule file with one to `most` rules: each about one of these kinds of events, and a condition of
/// such comparisons, joined `depth` times at most.
pub fn rules(
    dice: &mut Dice,
    most: usize,
    depth: usize,
    kinds: &[&str],
    comparison: &dyn Fn(&mut Dice) -> String,
) -> String {
    let mut text = String::new();
    for number in 0..=dice.roll(most) {
        let kind = dice.of(kinds);
        let condition = condition(dice, depth, comparison);
        let _ = write!(
            text,
            "- rule: r{number}\n  desc: d\n  condition: >\n    {kind} and {condition}\n  output: o\n  priority: INFO\n"
        );
    }
    text
}
