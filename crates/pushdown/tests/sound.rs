//! What a rule matches, the kernel's filter passes: over generated rules and generated opens, with
//! the filter compiled for user space from the kernel's own header.
//!
//! `PEREGRINE_EVENTS=1000000` looks at a million opens.

#![expect(clippy::unwrap_used, reason = "a failed test may panic")]

use peregrine_event::{
    Descriptor, Event, EventBuilder, EventType, Origin, ResolvedPath, SyscallSet, TrailerWriter,
    syscalls,
};
use peregrine_fields::EventContext;
use peregrine_filter::reference;
use peregrine_kfilter::host::{Call, Fd, Table, Who, passes};
use peregrine_kfilter::{Goto, NameTest, Pushdown, Step, Test, kinds};
use peregrine_pushdown::pushdown;
use peregrine_rules::{Options, RuleSet, SourceText, load};
use peregrine_state::{Limits, NoHostInfo, State};
use peregrine_testkit::conditions::{self, Words, about_opens};
use peregrine_testkit::events::Dice;

const PATHS: [&str; 18] = [
    "/usr/share/zoneinfo/Europe/Berlin",
    "/usr/share/zone",
    "/usr/share/zoneinfo/Europe/Berlin/and/so/on/until/the/name/is/longer/than/sixty-four",
    "/etc/pam.d/sshd.conf",
    "/etc/shadow",
    "/etc/pam.d/su",
    "/etc/pam.d",
    "/etc",
    "/etc/passwd",
    "/tmp/x",
    "/tmp/shadow",
    "/var/log/syslog",
    "/srv/a/b/c",
    "/",
    "/x",
    "/root/.ssh/id_rsa",
    "/sys/fs/cgroup/release_agent",
    "/var/run/lock",
];
const ODD: [&str; 12] = [
    "",
    "/etc/../etc/shadow",
    "//etc/shadow",
    "/etc/./shadow",
    "/etc/pam.d/",
    "../../etc/shadow",
    "shadow",
    "pam.d/su",
    "./x",
    "/etc/sha\u{7f}dow",
    "/tmp/\u{e9}",
    "/tmp/..x/y..",
];

const WORDS: Words<'_> = Words { paths: &PATHS, ..Words::NONE };

fn comparison(dice: &mut Dice) -> String {
    let unknown = [
        "proc.name = cat",
        "evt.num = 0",
        "proc.pname exists",
        "fd.name exists",
        "fd.name glob /etc/*",
    ];
    if dice.roll(20) == 0 { dice.of(&unknown).to_owned() } else { about_opens(dice, &WORDS) }
}

fn rules(dice: &mut Dice) -> RuleSet {
    let kinds = [
        "evt.type in (open, openat, openat2, creat)",
        "evt.type in (open, creat)",
        "evt.type = openat",
    ];
    let text = conditions::rules(dice, 2, 3, &kinds, &comparison);
    let loaded = load(&[SourceText { name: "r", text: &text }], &Options::default());
    assert!(!loaded.failed(), "{text}\n{:?}", loaded.diagnostics);
    loaded.rules
}

/// An open as the kernel has it and as the probe tells it.
struct Open {
    call: &'static str,
    ret: i64,
    flags: u32,
    mode: u32,
    kind: u8,
    asked: String,
    walked: String,
    other_names: bool,
    /// Whether the working folder, whose own name is /etc, was reached under another.
    aliased: bool,
}

impl Open {
    fn some(dice: &mut Dice, aliased: bool) -> Self {
        let failed = dice.roll(3) == 0;
        let mut walked = dice.of(&PATHS).to_owned();
        let asked = match dice.roll(5) {
            0 => dice.of(&ODD).to_owned(),
            1 => dice.of(&PATHS).to_owned(),
            2 => walked.rsplit_once('/').unwrap().1.to_owned(),
            _ => walked.clone(),
        };
        // A relative name that is no symbolic link lies in the working folder.
        if !asked.starts_with('/') && walked.ends_with(&format!("/{asked}")) {
            walked = format!("/etc/{asked}");
        }
        Self {
            call: dice.of(&["open", "openat", "creat", "openat2"]),
            ret: if failed { dice.of(&[-2, -13]) } else { dice.of(&[3, 0, 5]) },
            flags: u32::try_from(dice.roll(1 << 15)).unwrap() & !(1 << 14),
            mode: dice.of(&[0, 0o644, 0o755]),
            kind: dice.of(&[16, 16, 16, 2, 7]),
            asked,
            walked,
            other_names: dice.roll(8) == 0,
            aliased,
        }
    }

    fn record(&self, num: u64, asked: &str) -> Vec<u8> {
        let ino = 7_u64;
        let text = |text: &str| [text.as_bytes(), b"\0"].concat();
        let begin = |code| EventBuilder::new(code, num * 1000, 10);
        let ret = self.ret.to_le_bytes();
        let dirfd = -100_i64;
        let (name, flags, mode) = (text(asked), self.flags.to_le_bytes(), self.mode.to_le_bytes());
        let dev = 1_u32.to_le_bytes();
        let ino_bytes = ino.to_le_bytes();
        let block = match self.call {
            "open" => begin(EventType::SYSCALL_OPEN_X)
                .bytes(&ret)
                .bytes(&name)
                .bytes(&flags)
                .bytes(&mode)
                .bytes(&dev)
                .bytes(&ino_bytes),
            "openat" => begin(EventType::SYSCALL_OPENAT_2_X)
                .bytes(&ret)
                .bytes(&dirfd.to_le_bytes())
                .bytes(&name)
                .bytes(&flags)
                .bytes(&mode)
                .bytes(&dev)
                .bytes(&ino_bytes),
            "openat2" => begin(EventType::SYSCALL_OPENAT2_X)
                .bytes(&ret)
                .bytes(&dirfd.to_le_bytes())
                .bytes(&name)
                .bytes(&flags)
                .bytes(&mode)
                .bytes(&0_u32.to_le_bytes())
                .bytes(&dev)
                .bytes(&ino_bytes),
            _ => begin(EventType::SYSCALL_CREAT_X)
                .bytes(&ret)
                .bytes(&name)
                .bytes(&mode)
                .bytes(&dev)
                .bytes(&ino_bytes)
                .bytes(&0_u16.to_le_bytes()),
        };
        let mut facts = TrailerWriter::default().origin(Origin { cpu: 0, flags: 0, pid: 10 });
        if self.ret >= 0 {
            facts = facts.descriptor(&Descriptor {
                fd: i32::try_from(self.ret).unwrap(),
                kind: self.kind,
                role: 0,
                open_flags: self.flags,
                dev: 1,
                mnt: 1,
                ino,
                payload: self.walked.as_bytes(),
            });
        }
        [block.finish(), facts.finish()].concat()
    }

    /// As the probe would fill it in.
    fn seen(&self) -> Call<'_> {
        let kind = match (self.ret >= 0, self.kind) {
            (false, _) => kinds::FAILED,
            (true, 16) => kinds::FILE,
            (true, 2) => kinds::DIRECTORY,
            _ => 0,
        };
        Call {
            row: row(syscalls::by_name(self.call).unwrap().id).unwrap(),
            ret: self.ret,
            flags: self.flags,
            mode: self.mode,
            kind,
            asked: self.asked.as_bytes(),
            walked: (self.ret >= 0).then_some(self.walked.as_bytes()),
            // The probe says so too of what is neither a file nor a folder.
            other_names: self.other_names
                || (self.ret >= 0 && kind == 0)
                || (self.ret < 0 && self.flags & 1024 != 0),
            below: !self.aliased && self.walked == format!("/etc/{}", self.asked),
            who: Who::default(),
            fd: Fd::default(),
        }
    }
}

fn row(call: u16) -> Option<u16> {
    syscalls::by_id(call)?.x86_64
}

#[test]
fn what_a_rule_matches_passes() {
    let count: usize = std::env::var("PEREGRINE_EVENTS").map_or(24_000, |n| n.parse().unwrap());
    let mut dice = Dice::new(0x2545_f491_4f6c_dd1d);
    let every: SyscallSet = syscalls::all().iter().map(|call| call.id).collect();
    let (mut matched, mut dropped, mut by_name) = (0, 0, 0);
    for round in 0..count / 60 {
        let rules = rules(&mut dice);
        let table = pushdown(&rules, &every, &SyscallSet::new());
        let asks_name = |step: &Step| matches!(step.test, Test::Name(_));
        by_name +=
            usize::from(table.describe("openat").is_some_and(|steps| steps.iter().any(asks_name)));
        let bytes = Table::new(&table.encode(dice.word(), row));
        let mut state =
            State::new(Limits { threads: 64, fds: 64, all_fds: 4096, ..Limits::default() });
        let aliased = dice.roll(3) == 0;
        let moved = EventBuilder::new(EventType::SYSCALL_CHDIR_X, 500, 10)
            .bytes(&0_i64.to_le_bytes())
            .bytes(if aliased { b"/tmp\0" } else { b"/etc\0" })
            .finish();
        let facts = TrailerWriter::default().origin(Origin { cpu: 0, flags: 0, pid: 10 });
        let moved =
            [moved, facts.resolved_path(&ResolvedPath { param: 1, path: b"/etc" }).finish()]
                .concat();
        state.apply(&Event::parse(0, &moved).unwrap(), &NoHostInfo);
        for num in 1..=60 {
            let open = Open::some(&mut dice, aliased);
            let record = open.record(num, &open.asked);
            let event = Event::parse(num, &record).unwrap();
            state.apply(&event, &NoHostInfo);
            let context = EventContext::new(&event, &state, &NoHostInfo);
            let passed = passes(&bytes, &open.seen());
            dropped += usize::from(!passed);
            let mut check = |rule: &peregrine_rules::Rule, under: &str| {
                matched += 1;
                assert!(
                    passed,
                    "round {round}, event {num}: {} matches {:?} under {under:?} (asked {:?}, walked {:?}), result {}, flags {:#x}, kind {}; {:?}",
                    rule.condition_compiled,
                    open.call,
                    open.asked,
                    open.walked,
                    open.ret,
                    open.flags,
                    open.kind,
                    table.describe(open.call)
                );
            };
            for rule in &rules.rules {
                if reference::holds(&rule.condition.root, &context) {
                    check(rule, &open.asked);
                }
            }
            // The kernel's name of what was opened counts as well, and that of another link to it.
            let mut others = vec![open.walked.as_str()];
            others.extend(open.other_names.then_some("/etc/shadow"));
            for other in others.into_iter().filter(|_| open.ret >= 0) {
                let record = open.record(num, other);
                let event = Event::parse(num, &record).unwrap();
                state.apply(&event, &NoHostInfo);
                let context = EventContext::new(&event, &state, &NoHostInfo);
                for rule in &rules.rules {
                    let raw = rule.condition_compiled.contains("fd.nameraw");
                    if !raw && reference::holds(&rule.condition.root, &context) {
                        check(rule, other);
                    }
                }
            }
        }
    }
    assert!(matched > count / 20, "{matched} matches show too little");
    assert!(dropped > count / 20, "{dropped} drops show too little");
    assert!(by_name > count / 240, "{by_name} filters of names show too little");
}

/// Names of every length, against tests that are true of them or nearly so: no unknown in between.
#[test]
fn every_byte_of_a_name_counts() {
    let mut dice = Dice::new(0x9e37_79b9_7f4a_7c15);
    let call = syscalls::by_name("openat").unwrap().id;
    let mut reported = 0;
    for round in 0..1200 {
        let len = 1 + dice.roll(if round % 4 == 0 { 253 } else { 40 });
        let mut name = b"/".to_vec();
        while name.len() < len {
            // No empty part, and none of dots.
            let slash = name.last() != Some(&b'/') && name.len() + 1 < len && dice.roll(6) == 0;
            name.push(if slash { b'/' } else { dice.of(b"abcxyzABC-_") });
        }
        let cut = 1 + dice.roll(name.len());
        let last = name.iter().rposition(|byte| *byte == b'/').unwrap();
        let folder = name[..last.max(1)].to_vec();
        let mut test = match dice.roll(5) {
            0 => NameTest::Exact(name.clone()),
            1 => NameTest::Prefix(name[..cut].to_vec()),
            2 => NameTest::Directory(folder),
            3 if last + 1 < name.len() => NameTest::Filename(name[last + 1..].to_vec()),
            _ => NameTest::Suffix(name[name.len() - cut.min(8)..].to_vec()),
        };
        let (NameTest::Exact(text)
        | NameTest::Prefix(text)
        | NameTest::Directory(text)
        | NameTest::Filename(text)
        | NameTest::Suffix(text)
        | NameTest::Hidden(text)) = &mut test;
        let holds = dice.roll(2) == 0;
        if !holds {
            let place = dice.roll(text.len());
            text[place] = b'~';
        }
        let step = Step {
            test: Test::Name(vec![test.clone()]),
            not: false,
            yes: Goto::Pass,
            no: Goto::Drop,
        };
        let table = Pushdown { calls: vec![(call, vec![step])] };
        let seen = Call::of_file(row(call).unwrap(), &name);
        let shape = name.len() > 1 && name.last() != Some(&b'/');
        let expected = holds || !shape;
        let name = String::from_utf8_lossy(&name);
        assert_eq!(
            passes(&Table::new(&table.encode(dice.word(), row)), &seen),
            expected,
            "{name:?}, {test:?}"
        );
        reported += usize::from(expected);
    }
    assert!((400..900).contains(&reported), "{reported}");
}
