//! Ways to a file that are gone, or lead elsewhere, by the time they are looked at: descriptors of processes that
//! ended, links that were removed at once. Needs root; says so loudly where it has none.

use crate::support::act::{Act, alerts, watch};
use crate::support::agent::scratch;

/// As often each is done: what is left to chance is missed.
const ROUNDS: usize = 20;

/// Given the test's folder.
type Do = fn(&str) -> Act;

/// What is done, the rule it hits, and how; `vault/f` is there before each.
const WAYS: &[(&str, &str, Do)] = &[
    ("rm by a descriptor", "Removed", |here| {
        Act::shell(&format!("exec rm /proc/self/fd/9/f 9<{here}/vault"))
    }),
    ("rm by a descriptor that was another's", "Removed", |here| {
        Act::shell(&format!("exec 9<{here}; exec 9<{here}/vault; exec rm /dev/fd/9/f"))
    }),
    ("rm by the process's number", "Removed", |here| {
        Act::shell(&format!("exec rm /proc/$$/fd/9/f 9<{here}/vault"))
    }),
    ("rm by the thread's number", "Removed", |here| {
        Act::shell(&format!("exec rm /proc/self/task/$$/fd/9/f 9<{here}/vault"))
    }),
    ("rm by standard input", "Removed", |here| {
        Act::shell(&format!("exec rm /dev/fd/0/f <{here}/vault"))
    }),
    ("rm by the current folder", "Removed", |here| {
        Act::shell(&format!("cd {here}/vault; exec rm /proc/self/cwd/f"))
    }),
    ("rm by a link to a descriptor", "Removed", |here| {
        Act::perl(&format!(
            r#"my $vault = at(-100, "{here}/vault", O_RDONLY); symlink "/proc/self/fd/$vault", "{here}/l";
               unlink "/proc/self/fd/$vault/f" or die $!; unlink "{here}/l";"#
        ))
    }),
    ("mv by a descriptor", "Moved", |here| {
        Act::shell(&format!("exec mv /proc/self/fd/9/f {here}/out 9<{here}/vault"))
    }),
    ("chmod of a descriptor", "Mode", |here| {
        Act::perl(&format!(
            r#"my $file = at(-100, "{here}/vault/f", O_RDONLY); chmod 0600, "/proc/self/fd/$file" or die $!;"#
        ))
    }),
    ("unlink through a link that goes at once", "Removed", |here| {
        Act::perl(&format!(
            r#"symlink "{here}/vault", "{here}/l"; unlink "{here}/l/f" or die $!; unlink "{here}/l";"#
        ))
    }),
    ("unlink through a relative link that goes at once", "Removed", |here| {
        Act::perl(&format!(
            r#"chdir "{here}"; symlink "vault", "l"; unlink "l/f" or die $!; unlink "l";"#
        ))
    }),
    ("unlink through two links that go at once", "Removed", |here| {
        Act::perl(&format!(
            r#"symlink "{here}/vault", "{here}/l"; symlink "l", "{here}/m"; unlink "{here}/m/f" or die $!;
               unlink "{here}/m"; unlink "{here}/l";"#
        ))
    }),
    ("unlink through a link that leads elsewhere at once", "Removed", |here| {
        Act::perl(&format!(
            r#"symlink "{here}/vault", "{here}/l"; unlink "{here}/l/f" or die $!; unlink "{here}/l";
               symlink "{here}/empty", "{here}/l"; unlink "{here}/l";"#
        ))
    }),
    ("rename through a link that goes at once", "Moved", |here| {
        Act::perl(&format!(
            r#"symlink "{here}/vault", "{here}/l"; rename "{here}/l/f", "{here}/out" or die $!; unlink "{here}/l";"#
        ))
    }),
];

#[test]
fn live_ways_that_are_gone_are_known() {
    if !peregrine_testkit::root("live_ways_that_are_gone_are_known") {
        return;
    }
    let folder = scratch("gone");
    let here = folder.display().to_string();
    Act::shell(&format!("cd {here}; mkdir vault empty; touch vault/old; ln -s vault before"))
        .commit();
    let me = std::process::id();
    let rule = |name: &str, condition: &str| {
        format!(
            "- rule: {name}\n  desc: d\n  condition: {condition} and proc.apid = {me}\n  priority: INFO\n  \
             output: reported=%evt.args\n"
        )
    };
    let vault = format!("startswith {here}/vault/");
    let rules = rule("Marker", &format!("evt.type in (open, openat) and fd.name = {here}/marker"))
        + &rule("Removed", &format!("evt.type in (unlink, unlinkat) and fs.path.name {vault}"))
        + &rule(
            "Moved",
            &format!("evt.type in (rename, renameat, renameat2) and fs.path.source {vault}"),
        )
        + &rule("Mode", &format!("evt.type in (chmod, fchmodat) and fs.path.name {vault}"));
    let mut watched = watch(&folder, &rules);
    let mut missed = Vec::new();
    for (way, rule, act) in WAYS {
        let mut seen = 0;
        for _ in 0..ROUNDS {
            std::fs::write(folder.join("vault/f"), "").unwrap();
            act(&here).commit();
            let alerts = alerts(&mut watched, &folder);
            seen += usize::from(alerts.iter().any(|alert| alert["rule"] == *rule));
        }
        if seen != ROUNDS {
            missed.push((*way, seen));
        }
    }
    assert!(missed.is_empty(), "of {ROUNDS} each: {missed:#?}");
    // Nobody saw this link made, and it is gone: that is counted.
    Act::perl(&format!(r#"unlink "{here}/before/old" or die $!; unlink "{here}/before";"#))
        .commit();
    alerts(&mut watched, &folder);
    let account = watched.stop();
    assert!(account.contains("paths of calls not resolved"), "{account}");
    std::fs::remove_dir_all(folder).unwrap();
}
