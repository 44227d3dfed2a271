//! What is left out in the kernel and what is told: condition by condition.

use peregrine_event::{SyscallSet, syscalls};
use peregrine_kfilter::host::{Call, Table, passes};
use peregrine_kfilter::{Pushdown, Test};
use peregrine_pushdown::pushdown;
use peregrine_rules::{Options, SourceText, load};

fn row(call: u16) -> Option<u16> {
    syscalls::by_id(call)?.x86_64
}

/// For every call there is.
fn table_of(texts: &[&str]) -> Pushdown {
    let sources: Vec<_> = texts.iter().map(|text| SourceText { name: "r", text }).collect();
    let loaded = load(&sources, &Options::default());
    assert!(!loaded.failed(), "{texts:?}");
    let every: SyscallSet = syscalls::all().iter().map(|call| call.id).collect();
    pushdown(&loaded.rules, &every, &SyscallSet::new())
}

fn table(condition: &str) -> Pushdown {
    let text =
        format!("- rule: a\n  desc: d\n  condition: {condition}\n  output: o\n  priority: INFO\n");
    table_of(&[&text])
}

/// What our own rules ask of opens is more than the kernel takes: it is asked in short.
#[test]
fn our_own_rules_leave_opens_out() {
    let files = peregrine_testkit::our_rules();
    let texts: Vec<_> = files.iter().map(|file| std::fs::read_to_string(file).unwrap()).collect();
    let table = table_of(&texts.iter().map(String::as_str).collect::<Vec<_>>());
    let call = syscalls::by_name("openat").unwrap().id;
    let table = Table::new(&table.encode(7, row));
    let check = |name: &str, expected: bool| {
        let seen = Call { flags: 1, ..Call::of_file(row(call).unwrap(), name.as_bytes()) };
        assert_eq!(passes(&table, &seen), expected, "{name}");
    };
    check("/etc/shadow", true);
    check("/root/.ssh/id_rsa", true);
    check("/proc/1/root/etc/passwd", true);
    check("/var/lib/mysql/users.ibd", true);
    check("/etc/hostname", false);
    check("/usr/lib/x86_64-linux-gnu/libc.so.6", false);
    check("/usr/include/stdio.h", false);
}

/// A rule of which nothing is left in short has every open told.
#[test]
fn what_is_too_long_hides_nothing() {
    let rule = |number: usize, condition: &str| {
        format!(
            "- rule: r{number}\n  desc: d\n  condition: evt.type = openat and {condition}\n  \
               output: o\n  priority: INFO\n"
        )
    };
    let mut rules: Vec<String> = (0..120)
        .map(|number| {
            rule(number, &format!("(fd.name startswith /a{number}/ or evt.rawres = {number})"))
        })
        .collect();
    let reported = |rules: &[String], name: &str| {
        let table = table_of(&[&rules.concat()]);
        let call = syscalls::by_name("openat").unwrap().id;
        let whole = table.describe("openat").is_none();
        let bytes = Table::new(&table.encode(7, row));
        whole || passes(&bytes, &Call::of_file(row(call).unwrap(), name.as_bytes()))
    };
    // Neither of the two is sure: nothing of them is left.
    assert!(reported(&rules, "/a7/x") && reported(&rules, "/other"));
    rules = (0..120)
        .map(|number| rule(number, &format!("fd.name startswith /a{number}/ and fd.num = 3")))
        .collect();
    assert!(reported(&rules, "/a3/x") && !reported(&rules, "/other"));
    rules.push(rule(200, "not fd.name startswith /quiet/"));
    assert!(reported(&rules, "/a3/x") && reported(&rules, "/other"));
}

/// Wherever in a word of the name the hidden part begins.
#[test]
fn a_hidden_part_is_seen() {
    let call = syscalls::by_name("openat").unwrap().id;
    let table = table("evt.type = openat and fd.name contains /.ssh/");
    let table = Table::new(&table.encode(7, row));
    for len in 1..40 {
        let before = "/".to_owned() + &"a".repeat(len);
        for (name, expected) in [
            (format!("{before}/.ssh/id"), true),
            (format!("{before}/.s"), true),
            (format!("{before}/a.ssh/id"), false),
            (format!("{before}.ssh/id"), false),
            (format!("{before}/ssh/id."), false),
        ] {
            let seen = Call::of_file(row(call).unwrap(), name.as_bytes());
            assert_eq!(passes(&table, &seen), expected, "{name}");
        }
    }
}

/// Who opens is not looked up for every open where the rules only ask it of some files.
#[test]
fn where_a_name_decides_nobody_asks_who() {
    let check = |files: &str, expected: bool| {
        let table = table(&format!("evt.type = openat and {files} and proc.name = cat"));
        let asks = table.asks(&|test| matches!(test, Test::ProcessName(..)));
        assert_eq!(asks, expected, "{files}");
    };
    check("fd.name = /etc/shadow", false);
    check("evt.is_open_write = true", true);
    check("not fd.name startswith /etc/", true);
}

/// Opens are told where another event is asked how its descriptor was opened, not where a rule that
/// also speaks of other events asks that only of opens.
#[test]
fn opens_are_left_out_where_nobody_looks_back_at_them() {
    let check = |condition: &str, left_out: bool| {
        assert_eq!(table(condition).describe("openat").is_some(), left_out, "{condition}");
    };
    let open = "(evt.type in (open, openat) and fd.name startswith /etc/)";
    check(open, true);
    check(&format!("({open} or (evt.type = rename and fs.path.target startswith /etc/))"), true);
    check(&format!("({open} or (evt.type = symlinkat and evt.rawres = 0))"), true);
    check("evt.type in (openat, open_by_handle_at) and fd.name startswith /etc/", true);
    check("not (not evt.type = openat or not fd.name = /etc/x)", true);
    check("fd.name startswith /etc/", false);
    check("evt.type in (openat, fchmod) and fd.name startswith /etc/", false);
    check(&format!("({open} or evt.type = fchmod) and not fd.name = /etc/x"), false);
    check("evt.type in (openat, open_by_handle_at) and evt.arg.mountfd contains x", false);
    check("evt.type in (openat, dup) and fd.directory = /etc", false);
}
