//! Rules nobody wrote, about what the actors do.

use peregrine_rules::{Options, RuleSet, SourceText, load};
use peregrine_testkit::actors::{ADDRESSES, FILES, FOLDERS, NAMES, PORTS, Theme};
use peregrine_testkit::conditions::{self, Words, about_descriptors, about_opens, about_processes};
use peregrine_testkit::events::Dice;

const OPENS: [&str; 4] = [
    "evt.type in (open, openat, openat2, creat)",
    "evt.type in (open, creat)",
    "evt.type in (openat, openat2)",
    "evt.type = openat",
];
const REMOVALS: [&str; 3] = [
    "evt.type in (unlink, rmdir, mkdir, rename, link, symlink)",
    "evt.type in (unlink, rmdir)",
    "evt.type in (open, openat, unlink, read)",
];
const MOVES: [&str; 5] = [
    "evt.type in (read, write, pread, pwrite, readv, writev)",
    "evt.type in (sendto, sendmsg, recvfrom, recvmsg)",
    "evt.type in (write, sendto)",
    "evt.type = read",
    "evt.type in (read, write, sendto, recvfrom, unlink)",
];
/// A rule that never matches and looks at all of these: every set wants the same calls.
const NEVER: &str = "- rule: never\n  desc: d\n  condition: >\n    evt.num = 0 and evt.type in (open, openat, openat2, creat, unlink, rmdir, mkdir, rename, link, symlink,\n      read, write, pread, pwrite, readv, writev, sendto, sendmsg, recvfrom, recvmsg)\n  output: o\n  priority: INFO\n";

/// What the kernel knows nothing of.
const OTHERS: [&str; 8] = [
    "proc.cmdline exists",
    "proc.exepath startswith /tmp",
    "fd.name exists",
    "evt.count = 1",
    "proc.aname[2] exists",
    "user.loginuid = -1",
    "proc.name startswith pg",
    "fd.name contains e",
];

/// Further rules of the same kind.
pub fn some(dice: &mut Dice, theme: Theme, base: &str) -> RuleSet {
    let moved = ["renamed/x", "jail/secret", "new/far/same"];
    let paths: Vec<String> = FILES
        .iter()
        .chain(&FOLDERS)
        .chain(&moved)
        .map(|name| format!("{base}/{name}"))
        .chain(["/secret", "/sub/key", "/etc/passwd", "secret", "key", "/"].map(str::to_owned))
        .collect();
    let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
    let id = "0".repeat(12);
    let words = Words {
        paths: &paths,
        names: &NAMES.map(|name| &name[..name.len().min(15)]),
        users: &["0", "1000", "43210"],
        containers: &["host", &id],
        ports: &PORTS,
        addresses: &ADDRESSES[..3],
        nets: &["127.0.0.0/8", "127.0.0.2/32", "::/0", "0.0.0.0/0"],
    };
    let comparison = |dice: &mut Dice| match (theme, dice.roll(30)) {
        (_, 0) => dice.of(&OTHERS).to_owned(),
        (Theme::Files, 1..24) | (Theme::Data, 1) => about_opens(dice, &words),
        (Theme::Data, 2..20) => about_descriptors(dice, &words),
        _ => about_processes(dice, &words),
    };
    let kinds: &[&str] = match theme {
        Theme::Files => &OPENS,
        Theme::Processes => &REMOVALS,
        Theme::Data => &MOVES,
    };
    // The fewer and the shorter, the more is left out, and the less hides what should not have been.
    let (most, depth) = dice.of(&[(1, 0), (1, 1), (2, 1), (3, 2), (4, 3), (12, 3)]);
    load_rules(&conditions::rules(dice, most, depth, kinds, &comparison))
}

/// These rules and the one that never matches.
pub fn load_rules(text: &str) -> RuleSet {
    let text = format!("{text}{NEVER}");
    let loaded = load(&[SourceText { name: "r", text: &text }], &Options::default());
    assert!(!loaded.failed(), "{text}\n{:?}", loaded.diagnostics);
    loaded.rules
}
