//! Streams of events of one kind of work each, always the same: what measurements are taken over.

use peregrine_event::{EventBuilder, EventType};

/// A value of a parameter.
#[derive(Debug, Clone, Copy)]
pub enum Given<'g> {
    /// A number of whatever width the parameter has.
    Number(i64),
    /// A text.
    Text(&'g str),
    /// Texts.
    List(&'g [&'g str]),
    /// Bytes as they are.
    Bytes(&'g [u8]),
}

use Given::{List, Number, Text};

/// An event with these parameters by name; other numbers are 0, other texts empty.
pub fn event(code: EventType, ts: u64, tid: i64, given: &[(&str, Given<'_>)]) -> Vec<u8> {
    let mut block = EventBuilder::new(code, ts, tid);
    for param in code.info().map_or(&[][..], |info| info.params) {
        let size = param.ty.size().unwrap_or(0);
        let value = given.iter().find(|(name, _)| *name == param.name).map(|(_, value)| *value);
        let text = |text: &str| [text.as_bytes(), b"\0"].concat();
        block = block.bytes(&match value {
            Some(Number(number)) => number.to_le_bytes().into_iter().take(size).collect(),
            Some(Text(word)) => text(word),
            Some(Given::Bytes(bytes)) => bytes.to_vec(),
            Some(List(words)) => words.iter().flat_map(|word| text(word)).collect(),
            None => vec![0; size],
        });
    }
    block.finish()
}

const PROCESSES: i64 = 40;
const FOLDERS: [&str; 6] =
    ["/usr/lib/x86_64-linux-gnu", "/etc", "/proc/self", "/home/user/code/src", "/var/lib/app", "."];
const FILES: [&str; 7] =
    ["libc.so.6", "ld.so.cache", "status", "main.rs", "../code/x", "data.db", "very/deep/below/it"];

/// A stream being written.
#[derive(Debug, Default)]
struct Stream {
    ts: u64,
    records: Vec<Vec<u8>>,
}

impl Stream {
    fn add(&mut self, code: EventType, tid: i64, given: &[(&str, Given<'_>)]) {
        self.ts += 1000;
        self.records.push(event(code, self.ts, tid, given));
    }

    /// A process starts and runs a program.
    fn start(&mut self, pid: i64, name: &str) {
        let path = format!("/usr/bin/{name}");
        let about = [
            ("exe", Text(name)),
            ("args", List(&["--some", "argument", "of/the/program"])),
            ("tid", Number(pid)),
            ("pid", Number(pid)),
            ("ptid", Number(1)),
            ("cwd", Text("/home/user/work")),
            ("comm", Text(name)),
            ("cgroups", List(&["cpu=/user.slice", "memory=/user.slice/session-1.scope"])),
            ("env", List(&["HOME=/home/user", "PATH=/usr/bin:/bin", "LANG=C"])),
            ("vtid", Number(pid)),
            ("vpid", Number(pid)),
            ("trusted_exepath", Text(&path)),
            ("uid", Number(1000)),
            ("gid", Number(1000)),
        ];
        self.add(EventType::SYSCALL_CLONE_20_X, pid, &about);
        self.add(EventType::SYSCALL_EXECVE_19_X, pid, &about);
    }

    fn open(&mut self, pid: i64, path: &str, flags: i64, fd: i64) {
        let about = [
            ("fd", Number(fd)),
            ("dirfd", Number(-100)),
            ("name", Text(path)),
            ("flags", Number(flags)),
            ("ino", Number(1234)),
        ];
        self.add(EventType::SYSCALL_OPENAT_2_X, pid, &about);
    }
}

fn at<'w>(words: &[&'w str], place: usize) -> &'w str {
    words.get(place % words.len().max(1)).copied().unwrap_or_default()
}

/// A few processes.
fn begun() -> Stream {
    let mut stream = Stream::default();
    for pid in 1..=PROCESSES {
        stream.start(pid, "worker");
    }
    stream
}

/// Files are opened, most to be read, some that are not there: about so many events.
pub fn opens(count: usize) -> Vec<Vec<u8>> {
    let mut stream = begun();
    for (turn, pid) in (0..count).zip((1..=PROCESSES).cycle()) {
        let path = format!("{}/{}", at(&FOLDERS, turn), at(&FILES, turn / 6));
        // O_RDONLY | O_CLOEXEC; O_WRONLY | O_CREAT | O_TRUNC.
        let flags = if turn % 10 == 0 { 2 | 4 | 32 } else { 1 | 4096 };
        stream.open(pid, &path, flags, if turn % 3 == 0 { -2 } else { 3 });
    }
    stream.records
}

/// Files are opened, read, written and closed.
pub fn mixed(count: usize) -> Vec<Vec<u8>> {
    let mut stream = begun();
    for (turn, pid) in (0..count / 8).zip((1..=PROCESSES).cycle()) {
        let path = format!("{}/{}", at(&FOLDERS, turn), at(&FILES, turn / 6));
        stream.open(pid, &path, 1, 3);
        for call in [EventType::SYSCALL_READ_X, EventType::SYSCALL_WRITE_X] {
            for _ in 0..3 {
                let about = [("res", Number(5)), ("fd", Number(3)), ("data", Text("abcd"))];
                stream.add(call, pid, &about);
            }
        }
        stream.add(EventType::SYSCALL_CLOSE_X, pid, &[("fd", Number(3))]);
    }
    stream.records
}

/// Processes start, run a program and end.
pub fn execs(count: usize) -> Vec<Vec<u8>> {
    let mut stream = begun();
    let names = ["sh", "ls", "grep", "python3", "cc1"];
    for (turn, pid) in (0..count / 3).zip(PROCESSES + 1..) {
        stream.start(pid, at(&names, turn));
        stream.add(EventType::PROCEXIT_1_E, pid, &[]);
    }
    stream.records
}

/// Every event one that a rule about `/etc/shadow` is made for.
pub fn hits(count: usize) -> Vec<Vec<u8>> {
    let mut stream = begun();
    for (_, pid) in (0..count).zip((1..=PROCESSES).cycle()) {
        stream.open(pid, "/etc/shadow", 1, 3);
    }
    stream.records
}
