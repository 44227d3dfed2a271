//! Rules are asked under every name of an event's file.

#![expect(clippy::unwrap_used, reason = "a failed test may panic")]

use std::rc::Rc;

use peregrine_engine::{Engine, Matching};
use peregrine_event::{
    Alias, Descriptor, Event, EventBuilder, EventType, FsPath, Origin, OverlayLower, ResolvedPath,
    TrailerWriter,
};
use peregrine_fields::EventContext;
use peregrine_rules::{Options, RuleSet, SourceText, load};
use peregrine_state::{Group, HostInfo, Interface, Limits, SeenFile, State, User};

const TID: u32 = 7;
/// `SCAP_FD_FILE_V2`.
const FILE: u8 = 16;
const FOLDER: u8 = 2;

/// Knows one file by its inode.
struct Inode(u32, u64, &'static [u8]);

impl HostInfo for Inode {
    fn user(&self, _uid: u32) -> Option<User> {
        None
    }
    fn group(&self, _gid: u32) -> Option<Group> {
        None
    }
    fn hostname(&self) -> String {
        String::new()
    }
    fn interfaces(&self) -> Rc<[Interface]> {
        Rc::default()
    }
    fn utc_offset(&self, _time_ns: u64) -> i32 {
        0
    }
    fn thread(&self, _tid: i64, _write: &mut dyn FnMut(&[u8])) {}
    fn file_names(&self, file: &SeenFile, take: &mut dyn FnMut(&[u8])) {
        let (dev, ino) = (file.dev, file.ino);
        if (dev, ino) == (self.0, self.1) {
            take(self.2);
        }
    }
}

/// Rules of these conditions, named by their numbers.
fn rules(conditions: &[&str]) -> RuleSet {
    let one = |(number, condition): (usize, &&str)| {
        format!(
            "- rule: '{number}'\n  desc: d\n  condition: {condition}\n  output: o\n  priority: INFO\n"
        )
    };
    let text = conditions.iter().enumerate().map(one).collect::<Vec<_>>().concat();
    let loaded = load(&[SourceText { name: "test", text: &text }], &Options::default());
    assert!(!loaded.failed(), "{text}");
    loaded.rules
}

/// What the kernel says of the opened file.
#[derive(Default)]
struct Told {
    walked: &'static str,
    inside: Option<&'static str>,
    below: Option<(u32, u64)>,
}

fn origin() -> TrailerWriter {
    TrailerWriter::default().origin(Origin { cpu: 0, flags: 0, pid: TID })
}

fn descriptor(fd: i32, kind: u8, walked: &str) -> Descriptor<'_> {
    let payload = walked.as_bytes();
    Descriptor { fd, kind, role: 0, open_flags: 1, dev: 5, mnt: 1, ino: 50, payload }
}

fn opened(name: &str, reported: &Told) -> Vec<u8> {
    let mut block = EventBuilder::new(EventType::SYSCALL_OPENAT_2_X, 1, i64::from(TID))
        .i64(3)
        .i64(-100)
        .str(name.as_bytes())
        .u32(1)
        .u32(0)
        .u32(5)
        .u64(50)
        .finish();
    let mut trailer = origin().descriptor(&descriptor(3, FILE, reported.walked));
    if let Some(path) = reported.inside {
        trailer = trailer.fs_path(&FsPath { fd: 3, path: path.as_bytes() });
    }
    if let Some((dev, ino)) = reported.below {
        trailer = trailer.overlay_lower(OverlayLower { fd: 3, dev, ino, generation: 0 });
    }
    block.extend(trailer.finish());
    block
}

/// The rules that hit.
fn hits(
    rules: &RuleSet,
    matching: Matching,
    records: &[Vec<u8>],
    outside: &dyn HostInfo,
) -> Vec<u32> {
    let mut engine = Engine::new(rules, matching);
    let mut state = State::new(Limits::default());
    let mut hits = Vec::new();
    for (number, record) in records.iter().enumerate() {
        let event = Event::parse(number as u64 + 1, record).unwrap();
        state.apply(&event, outside);
        engine.evaluate(&EventContext::new(&event, &state, outside), &mut hits);
    }
    assert_eq!(engine.counts().iter().sum::<u64>(), hits.len() as u64, "every hit is counted");
    hits
}

/// Conditions, the name asked for, what is told, who knows inodes, hits with first and with all.
type Case<'c> = (&'c [&'c str], &'c str, &'c Told, &'c Inode, &'c [u32], &'c [u32]);

#[test]
fn hits_under_each_name() {
    let nobody = Inode(0, 0, b"");
    let hard = Inode(5, 50, b"/etc/shadow");
    let lower = Inode(9, 90, b"/etc/shadow");
    let link = Told { walked: "/etc/shadow", ..Told::default() };
    let same = || Told { walked: "/tmp/x", ..Told::default() };
    let bound = Told { inside: Some("/etc/shadow"), ..same() };
    let overlay = Told { below: Some((9, 90)), ..same() };
    let one = "evt.type=openat and fd.name=/etc/shadow";
    let usr = Told { walked: "/usr/bin/x", ..Told::default() };
    let cases: &[Case<'_>] = &[
        (&[one], "/tmp/x", &link, &nobody, &[0], &[0]),
        (&[one], "/tmp/x", &same(), &nobody, &[], &[]),
        (&[one], "/tmp/x", &bound, &nobody, &[0], &[0]),
        (&[one], "/tmp/x", &same(), &hard, &[0], &[0]),
        (&[one], "/tmp/x", &overlay, &lower, &[0], &[0]),
        (
            &["evt.type=openat and fd.name in (/a, /etc/shadow)"],
            "/tmp/x",
            &same(),
            &hard,
            &[0],
            &[0],
        ),
        // No rule asks for the whole path: inodes say nothing.
        (&["evt.type=openat and fd.name startswith /etc"], "/tmp/x", &same(), &hard, &[], &[]),
        // One alert, though it is true under both names.
        (
            &["evt.type=openat and fd.name pmatch (/tmp, /etc)"],
            "/tmp/x",
            &link,
            &nobody,
            &[0],
            &[0],
        ),
        // Every field of a path has the other name.
        (&["evt.type=openat and fd.directory=/etc"], "/tmp/x", &link, &nobody, &[0], &[0]),
        (&["evt.type=openat and fd.filename=shadow"], "/tmp/x", &link, &nobody, &[0], &[0]),
        (&["evt.type=openat and fs.path.name=/etc/shadow"], "/tmp/x", &link, &nobody, &[0], &[0]),
        (&["evt.type=openat and evt.arg.name=/etc/shadow"], "/tmp/x", &link, &nobody, &[0], &[0]),
        (
            &["evt.type=openat and toupper(fd.name)=/ETC/SHADOW"],
            "/tmp/x",
            &link,
            &nobody,
            &[0],
            &[0],
        ),
        // Never of two names at once.
        (
            &["evt.type=openat and fd.name startswith /etc and fd.filename=x"],
            "/tmp/x",
            &link,
            &nobody,
            &[],
            &[],
        ),
        // What is only excluded under the name asked for raises nothing.
        (&["evt.type=openat and not fd.name startswith /bin"], "/bin/x", &usr, &nobody, &[], &[]),
        (&["evt.type=openat and fd.name != /bin/x"], "/bin/x", &usr, &nobody, &[], &[]),
        (
            &["evt.type=openat and fd.filename=x and not fd.directory in (/bin)"],
            "/bin/x",
            &usr,
            &nobody,
            &[],
            &[],
        ),
        (
            &["evt.type=openat and (fd.name exists and not fd.name startswith /bin)"],
            "/bin/x",
            &usr,
            &nobody,
            &[],
            &[],
        ),
        // The comparison that became true must be one the condition owes its truth to.
        (
            &[
                "evt.type=openat and ((fd.name startswith /usr and evt.dir=>) or not fd.name startswith /bin)",
            ],
            "/bin/x",
            &usr,
            &nobody,
            &[],
            &[],
        ),
        // A double negation asks, and so does `not !=`.
        (
            &["evt.type=openat and not (not fd.name startswith /usr)"],
            "/bin/x",
            &usr,
            &nobody,
            &[0],
            &[0],
        ),
        (&["evt.type=openat and not fd.name != /usr/bin/x"], "/bin/x", &usr, &nobody, &[0], &[0]),
        // The order of the rules: the first that hits under any name has it.
        (&[one, "evt.type=openat and fd.directory=/etc"], "/tmp/x", &link, &nobody, &[0], &[0, 1]),
        (&["evt.type=openat", one], "/tmp/x", &link, &nobody, &[0], &[0, 1]),
        (&["evt.type=openat and fd.name=/tmp/x", one], "/tmp/x", &link, &nobody, &[0], &[0, 1]),
        (&[one, "evt.type=openat and fd.name=/tmp/x"], "/tmp/x", &link, &nobody, &[0], &[0, 1]),
    ];
    for (conditions, asked, reported, outside, first, all) in cases {
        let (rules, records) = (rules(conditions), [opened(asked, reported)]);
        let got = hits(&rules, Matching::First, &records, *outside);
        assert_eq!(got, *first, "{conditions:?} {asked} {}", reported.walked);
        let got = hits(&rules, Matching::All, &records, *outside);
        assert_eq!(got, *all, "{conditions:?} {asked} {}", reported.walked);
    }
}

/// A thread that has gone somewhere.
fn thread() -> Vec<u8> {
    let mut block =
        EventBuilder::new(EventType::SYSCALL_FCHDIR_X, 1, i64::from(TID)).i64(0).i64(9).finish();
    block.extend(origin().descriptor(&descriptor(9, FOLDER, "/home")).finish());
    block
}

#[test]
fn each_path_of_a_call_has_its_own_names() {
    let nobody = Inode(0, 0, b"");
    let renamed = |from: i64, to: i64, trailer: TrailerWriter| {
        let mut block = EventBuilder::new(EventType::SYSCALL_RENAMEAT2_X, 2, i64::from(TID))
            .i64(0)
            .i64(from)
            .str(b"a")
            .i64(to)
            .str(b"b")
            .u32(0)
            .finish();
        block.extend(trailer.finish());
        block
    };
    let trailer = || {
        origin()
            .descriptor(&descriptor(3, FOLDER, "/real"))
            .descriptor(&descriptor(4, FOLDER, "/else"))
    };
    // Descriptors 3 and 4 were opened by other paths.
    let known = |fd: i64, name: &str, walked: &'static str| {
        let mut block = EventBuilder::new(EventType::SYSCALL_OPENAT_2_X, 1, i64::from(TID))
            .i64(fd)
            .i64(-100)
            .str(name.as_bytes())
            .u32(1024)
            .u32(0)
            .u32(5)
            .u64(50)
            .finish();
        let fd = i32::try_from(fd).unwrap();
        block.extend(origin().descriptor(&descriptor(fd, FOLDER, walked)).finish());
        block
    };
    let records = || {
        vec![
            thread(),
            known(3, "/one", "/real"),
            known(4, "/two", "/else"),
            renamed(3, 4, trailer()),
        ]
    };
    let check = |condition: &str, expected: &[u32]| {
        let condition = format!("evt.type=renameat2 and {condition}");
        let got = hits(&rules(&[&condition]), Matching::First, &records(), &nobody);
        assert_eq!(got, expected, "{condition}");
    };
    check("fs.path.source=/one/a and fs.path.target=/two/b", &[0]);
    check("fs.path.source=/real/a", &[0]);
    check("fs.path.target=/else/b", &[0]);
    check("fs.path.source=/real/a and fs.path.target=/two/b", &[0]);
    // One path at a time.
    check("fs.path.source=/real/a and fs.path.target=/else/b", &[]);
    check("not fs.path.source startswith /one", &[]);
}

#[test]
fn where_a_path_led_is_told_behind_the_event() {
    let inode = Inode(8, 77, b"/etc/shadow");
    let linked = |from: i64, old: &str, trailer: TrailerWriter| {
        let mut block = EventBuilder::new(EventType::SYSCALL_LINKAT_2_X, 2, i64::from(TID))
            .i64(0)
            .i64(from)
            .str(old.as_bytes())
            .i64(-100)
            .str(b"/tmp/new")
            .u32(if old.is_empty() { 4096 } else { 0 })
            .finish();
        block.extend(trailer.finish());
        block
    };
    let check = |records: &[Vec<u8>], condition: &str, hit: bool| {
        let condition = format!("evt.type=linkat and {condition}");
        let got = hits(&rules(&[&condition]), Matching::First, records, &inode);
        assert_eq!(!got.is_empty(), hit, "{condition}");
    };
    let led = origin()
        .resolved_path(&ResolvedPath { param: 2, path: b"/etc/shadow" })
        .alias(&Alias { param: 2, path: b"/inside/shadow" })
        .resolved_path(&ResolvedPath { param: 4, path: b"/run/new" });
    let records = [thread(), linked(-100, "/tmp/way/shadow", led)];
    for (condition, hit) in [
        ("fs.path.target = /etc/shadow", true),
        ("fs.path.target startswith /inside/", true),
        ("evt.arg.oldpath in (/etc/shadow)", true),
        ("fs.path.source = /run/new", true),
        ("evt.arg.newpath = /run/new", true),
        // Each path has its own names, and as asked it is still found.
        ("fs.path.source = /etc/shadow", false),
        ("fs.path.target = /run/new", false),
        ("fs.path.target = /tmp/way/shadow and fs.path.source = /tmp/new", true),
        ("fs.path.target = /etc/shadow and fs.path.source = /run/new", false),
        ("not fs.path.target startswith /tmp/", false),
    ] {
        check(&records, condition, hit);
    }
    // By its descriptor alone: asked for as the file was opened, known as whatever it is.
    let file = Descriptor { dev: 8, ino: 77, ..descriptor(3, FILE, "/home/hard") };
    let mut opened = EventBuilder::new(EventType::SYSCALL_OPENAT_2_X, 1, i64::from(TID))
        .i64(3)
        .i64(-100)
        .str(b"/tmp/soft")
        .u32(1)
        .u32(0)
        .u32(8)
        .u64(77)
        .finish();
    opened.extend(origin().descriptor(&file).finish());
    let records = [thread(), opened, linked(3, "", origin().descriptor(&file))];
    for (condition, hit) in [
        ("fs.path.target = /tmp/soft", true),
        ("evt.arg.oldpath = /tmp/soft", true),
        ("fs.path.target = /home/hard", true),
        ("evt.arg.oldpath startswith /home/", true),
        ("fs.path.target = /etc/shadow", true),
        ("fs.path.target = /etc", false),
        ("fs.path.source = /etc/shadow", false),
    ] {
        check(&records, condition, hit);
    }
}
