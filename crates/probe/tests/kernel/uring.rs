//! What is done through a ring is reported as if it had been called: the same types and parameters, by
//! the thread that asked, with a flag.

use std::ffi::CString;
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::os::fd::AsRawFd;

use peregrine_event::origin_flags;

use crate::call;
use crate::calls::net::sockaddr;
use crate::files::dev_ino;
use crate::sockets::{address, tuple};
use crate::watch::{Expected, Folder, P, Seen, Watch, c};
use peregrine_testkit::ring::{Entry, Ring, op, setup, with};

const CWD: i64 = libc::AT_FDCWD as i64;
/// Registered files are reported above this number.
const REGISTERED: i64 = 0x4000_0000;
const NAMES: [&str; 7] =
    ["openat", "openat2", "mkdirat", "symlinkat", "linkat", "renameat2", "unlinkat"];

/// How requests reach the kernel.
struct Way {
    name: &'static str,
    setup: u32,
    flags: u8,
}

const WAYS: [Way; 3] = [
    Way { name: "at once", setup: 0, flags: 0 },
    Way { name: "by a worker", setup: 0, flags: with::ASYNC },
    Way { name: "by the thread that polls", setup: setup::SQPOLL, flags: 0 },
];

impl Way {
    fn ring(&self) -> Ring {
        Ring::new(64, self.setup, 0).unwrap()
    }

    /// Whose events they are: of a thread of the kernel's own nobody knows, so its process.
    fn thread(&self) -> i64 {
        if self.setup & setup::SQPOLL != 0 { std::process::id().into() } else { call!(SYS_gettid) }
    }
}

/// Nothing here, without rights or where the kernel has no rings.
pub fn here(test: &str) -> bool {
    if !peregrine_testkit::root(test) {
        return false;
    }
    let ring = Ring::new(1, 0, 0);
    if let Err(why) = &ring {
        peregrine_testkit::skipped(test, why);
    }
    ring.is_ok()
}

fn text(name: &CString) -> u64 {
    name.as_ptr() as u64
}

/// The names of a request's two folders and paths.
fn two<'a>(
    opcode: u8,
    from: i32,
    one: &'a CString,
    to: i32,
    other: &'a CString,
    flags: i32,
) -> Entry<'a> {
    Entry {
        opcode,
        fd: from,
        addr: text(one),
        len: to.cast_unsigned(),
        off: text(other),
        op_flags: flags.cast_unsigned(),
        ..Entry::default()
    }
}

fn one(opcode: u8, name: &CString, len: u32, flags: i32) -> Entry<'_> {
    let (fd, addr) = (libc::AT_FDCWD, text(name));
    Entry { opcode, fd, addr, len, op_flags: flags.cast_unsigned(), ..Entry::default() }
}

pub fn open(name: &CString, flags: i32) -> Entry<'_> {
    one(op::OPENAT, name, 0, flags)
}

/// Its end is not to be reported where it went well.
fn quiet<'a>(way: &Way, request: Entry<'a>) -> Entry<'a> {
    Entry { flags: with::SKIP_SUCCESS | way.flags, ..request }
}

/// Does one request; its result and the one event of it.
fn does(watch: &mut Watch, ring: &Ring, way: &Way, request: Entry<'_>) -> (i64, Seen) {
    let mut result = 0;
    let request = Entry { flags: request.flags | way.flags, ..request };
    let mut seen = watch.own(|| result = ring.run(&[request])[0]);
    assert_eq!(seen.len(), 1, "{}: {request:?} {result} {seen:#?}", way.name);
    let seen = seen.remove(0);
    assert_eq!(seen.tid, way.thread(), "{}: {seen:?}", way.name);
    let flags = seen.trailer().origin().unwrap().flags;
    assert_eq!(flags, origin_flags::IO_URING, "{}: {seen:?}", way.name);
    (result, seen)
}

#[test]
fn ring_names() {
    if !here("ring_names") {
        return;
    }
    let mut watch = Watch::new(&NAMES);
    assert_eq!(watch.uring_unavailable(), None);
    for way in WAYS {
        let folder = Folder::new("ring-names");
        let base = call!(SYS_open, &c(&folder.0), libc::O_RDONLY | libc::O_DIRECTORY);
        let base32 = i32::try_from(base).unwrap();
        let ring = way.ring();
        let path = |name: &str| c(folder.path(name));
        let mut row = |request: Entry<'_>, result: i64, name: &'static str, params: Vec<P>| {
            let (got, seen) = does(&mut watch, &ring, &way, request);
            assert_eq!(got, result, "{}: {request:?}", way.name);
            Expected(name, [vec![P::I64(result)], params].concat()).check(&seen);
            seen
        };
        let t = |name: &str| P::text(folder.path(name));
        // One name, that of a folder; the same again fails.
        let folder_made = path("d");
        for result in [0, -17] {
            let made = one(op::MKDIRAT, &folder_made, 0o750, 0);
            row(made, result, "mkdirat", vec![P::I64(CWD), t("d"), P::U32(0o750)]);
        }
        std::fs::write(folder.path("d/file"), "x").unwrap();
        // Below a folder, which is reported.
        let (points, to) = (CString::new("points").unwrap(), CString::new("d/file").unwrap());
        let link = Entry { fd: base32, ..two(op::SYMLINKAT, base32, &to, 0, &points, 0) };
        let link = Entry { len: 0, ..link };
        let seen =
            row(link, 0, "symlinkat", vec![P::text("d/file"), P::I64(base), P::text("points")]);
        let reported = seen.trailer().descriptor(base).unwrap();
        assert_eq!(reported.payload, c(&folder.0).as_bytes(), "{}", way.name);
        let hard_name = path("hard");
        let hard = two(op::LINKAT, base32, &to, libc::AT_FDCWD, &hard_name, 0);
        let params = vec![P::I64(base), P::text("d/file"), P::I64(CWD), t("hard"), P::U32(0)];
        row(hard, 0, "linkat", params);
        let moved = two(op::RENAMEAT, libc::AT_FDCWD, &hard_name, base32, &points, 1);
        let there = vec![P::I64(CWD), t("hard"), P::I64(base), P::text("points"), P::U32(1)];
        row(moved, -17, "renameat2", there);
        let moved = two(op::RENAMEAT, libc::AT_FDCWD, &hard_name, base32, &to, 0);
        let there = vec![P::I64(CWD), t("hard"), P::I64(base), P::text("d/file"), P::U32(0)];
        row(moved, 0, "renameat2", there);
        for (name, flags, result) in [("d/file", 0, 0), ("d", 0x200, 0), ("d", 0, -2)] {
            let gone = path(name);
            let away = one(op::UNLINKAT, &gone, 0, flags);
            let params = vec![P::I64(CWD), t(name), P::U32(flags.cast_unsigned())];
            row(away, result, "unlinkat", params);
        }
        call!(SYS_close, base);
    }
}

#[test]
fn ring_opens() {
    if !here("ring_opens") {
        return;
    }
    let folder = Folder::new("ring-opens");
    let file = folder.path("file");
    std::fs::write(&file, "x").unwrap();
    std::os::unix::fs::symlink(&file, folder.path("link")).unwrap();
    let (dev, ino) = dev_ino(&file);
    let mut watch = Watch::new(&NAMES);
    for way in WAYS {
        let ring = way.ring();
        // By a link: the name as asked, the path as walked.
        for name in ["file", "link"] {
            let asked = c(folder.path(name));
            let request = open(&asked, libc::O_RDONLY | libc::O_CLOEXEC);
            let (fd, seen) = does(&mut watch, &ring, &way, request);
            let rest = [P::U32(1 | 4096), P::U32(0), P::U32(dev), P::U64(ino)];
            let params = [P::I64(fd), P::I64(CWD), P::text(folder.path(name))];
            Expected("openat", [&params[..], &rest].concat()).check(&seen);
            let reported = seen.trailer().descriptor(fd).unwrap();
            assert_eq!(
                (reported.dev, reported.ino, reported.payload),
                (dev, ino, c(&file).as_bytes())
            );
            call!(SYS_close, fd);
        }
        // Created, with a mode; then as openat2 asks.
        let new = c(folder.path("new"));
        let request =
            Entry { len: 0o640, ..open(&new, libc::O_RDWR | libc::O_CREAT | libc::O_EXCL) };
        let (fd, seen) = does(&mut watch, &ring, &way, request);
        let params = [P::I64(fd), P::I64(CWD), P::text(folder.path("new"))];
        let rest = [P::U32(3 | 4 | 32 | 1 << 14), P::U32(0o640), P::Any, P::Any];
        Expected("openat", [&params[..], &rest].concat()).check(&seen);
        call!(SYS_close, fd);
        std::fs::remove_file(folder.path("new")).unwrap();
        let how = [libc::O_RDONLY as u64, 0, 4];
        let asked = c(&file);
        let request = Entry {
            opcode: op::OPENAT2,
            fd: libc::AT_FDCWD,
            addr: text(&asked),
            len: 24,
            off: how.as_ptr() as u64,
            ..Entry::default()
        };
        let (fd, seen) = does(&mut watch, &ring, &way, request);
        let params = [P::I64(fd), P::I64(CWD), P::text(&file)];
        let rest = [P::U32(1), P::U32(0), P::U32(8), P::U32(dev), P::U64(ino)];
        Expected("openat2", [&params[..], &rest].concat()).check(&seen);
        call!(SYS_close, fd);
        // Failed: no file.
        let none = c(folder.path("none"));
        let (result, seen) = does(&mut watch, &ring, &way, open(&none, libc::O_WRONLY));
        assert_eq!(result, -2);
        let params = [P::I64(-2), P::I64(CWD), P::text(folder.path("none"))];
        let rest = [P::U32(2), P::U32(0), P::U32(0), P::U64(0)];
        Expected("openat", [&params[..], &rest].concat()).check(&seen);
        // Names too long to be kept with the others: whole all the same.
        let long = format!("{}/{}none", folder.0.display(), "./".repeat(1500));
        let (result, seen) =
            does(&mut watch, &ring, &way, open(&CString::new(long.clone()).unwrap(), 0));
        assert_eq!((result, seen.text(2)), (-2, long));
    }
}

/// A program that has the kernel say nothing of what worked, or leave no room to say it.
#[test]
fn rings_that_say_nothing() {
    if !here("rings_that_say_nothing") {
        return;
    }
    let folder = Folder::new("ring-silence");
    let file = folder.path("file");
    std::fs::write(&file, "x").unwrap();
    let asked = c(&file);
    let (dev, ino) = dev_ino(&file);
    let mut watch = Watch::new(&[&NAMES[..], &["connect", "socket"]].concat());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let to = listener.local_addr().unwrap();
    let raw = sockaddr(to);
    for way in WAYS {
        let ring = way.ring();
        ring.put(&[quiet(&way, open(&asked, libc::O_CLOEXEC))]);
        ring.enter(1, 0);
        let seen = watch.wait(|seen| seen.name == "openat" && seen.tid == way.thread());
        let params = [P::Any, P::I64(CWD), P::text(&file), P::U32(1 | 4096), P::U32(0)];
        let fd = seen.num(0);
        Expected("openat", [&params[..], &[P::U32(dev), P::U64(ino)]].concat()).check(&seen);
        assert_eq!(seen.trailer().descriptor(fd).unwrap().ino, ino);
        call!(SYS_close, fd);
        let socket = call!(SYS_socket, libc::AF_INET, libc::SOCK_STREAM, 0);
        ring.put(&[quiet(&way, connect(socket, &raw))]);
        ring.enter(1, 0);
        let seen = watch.wait(|seen| seen.name == "connect" && seen.tid == way.thread());
        let params = [P::I64(0), P::Any, P::I64(socket), address(to)];
        Expected("connect", params.to_vec()).check(&seen);
        call!(SYS_close, socket);
        // What fails is said: at once, and once.
        let none = c(folder.path("none"));
        let (result, seen) = does(&mut watch, &ring, &way, quiet(&way, open(&none, 0)));
        assert_eq!((result, seen.num(0)), (-2, -2));
    }
    // No room for an end: that of the open is not reported by the kernel.
    let ring = Ring::new(4, setup::CQSIZE, 4).unwrap();
    for _ in 0..2 {
        ring.put(&[Entry { opcode: op::NOP, ..Entry::default() }; 2]);
        ring.enter(2, 0);
    }
    ring.put(&[open(&asked, libc::O_CLOEXEC)]);
    ring.enter(1, 0);
    let me = call!(SYS_gettid);
    let seen = watch.wait(|seen| seen.name == "openat" && seen.tid == me);
    assert_eq!(
        (seen.text(2), seen.trailer().descriptor(seen.num(0)).unwrap().ino),
        (c(&file).into_string().unwrap(), ino)
    );
}

#[test]
fn ring_files_without_descriptors() {
    if !here("ring_files_without_descriptors") {
        return;
    }
    let folder = Folder::new("ring-registered");
    let file = folder.path("file");
    std::fs::write(&file, "x").unwrap();
    let asked = c(&file);
    let (dev, ino) = dev_ino(&file);
    let mut watch = Watch::new(&["openat", "close", "socket", "connect"]);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let to = listener.local_addr().unwrap();
    let raw = sockaddr(to);
    for way in WAYS {
        let ring = way.ring();
        ring.register(4);
        // A place of its own choice, then one of the kernel's.
        for slot in [3, u32::MAX] {
            let request = Entry { slot, ..open(&asked, 0) };
            let (got, seen) = does(&mut watch, &ring, &way, request);
            let place = if slot == 3 { 2 } else { got };
            assert_eq!(seen.num(0), REGISTERED + place, "{}", way.name);
            let reported = seen.trailer().descriptor(REGISTERED + place).unwrap();
            assert_eq!(
                (reported.dev, reported.ino, reported.payload),
                (dev, ino, asked.as_bytes())
            );
        }
        let request = Entry { opcode: op::CLOSE, slot: 3, ..Entry::default() };
        let (_, seen) = does(&mut watch, &ring, &way, request);
        Expected("close", vec![P::I64(0), P::I64(REGISTERED + 2)]).check(&seen);
        // A socket there connects.
        let (result, seen) = does(&mut watch, &ring, &way, Entry { slot: 2, off: 1, ..socket() });
        if result == -22 {
            peregrine_testkit::skipped("socket", "no such request before 5.19");
            continue;
        }
        assert_eq!(seen.num(0), REGISTERED + 1);
        let request = Entry { flags: with::FIXED_FILE, ..connect(1, &raw) };
        let (result, seen) = does(&mut watch, &ring, &way, request);
        assert_eq!(result, 0);
        let params = [P::I64(0), P::Any, P::I64(REGISTERED + 1), address(to)];
        Expected("connect", params.to_vec()).check(&seen);
        assert_eq!(seen.trailer().descriptor(REGISTERED + 1).unwrap().role, 6);
    }
}

fn socket() -> Entry<'static> {
    let (domain, kind) = (libc::AF_INET, libc::SOCK_STREAM | libc::SOCK_CLOEXEC);
    Entry {
        opcode: op::SOCKET,
        fd: domain,
        off: u64::from(kind.cast_unsigned()),
        len: 6,
        ..Entry::default()
    }
}

fn connect(fd: i64, to: &[u8]) -> Entry<'_> {
    Entry {
        opcode: op::CONNECT,
        fd: i32::try_from(fd).unwrap(),
        addr: to.as_ptr() as u64,
        off: to.len() as u64,
        ..Entry::default()
    }
}

#[test]
fn ring_sockets() {
    if !here("ring_sockets") {
        return;
    }
    let calls = ["socket", "bind", "listen", "connect", "accept4", "shutdown", "close"];
    let data = ["sendto", "recvfrom", "sendmsg", "recvmsg"];
    let mut watch = Watch::new(&[&calls[..], &data].concat());
    for way in WAYS {
        let ring = way.ring();
        let mut row = |request: Entry<'_>| does(&mut watch, &ring, &way, request);
        let on = |opcode: u8, fd: i64| Entry {
            opcode,
            fd: i32::try_from(fd).unwrap(),
            ..Entry::default()
        };
        let (client, seen) = row(socket());
        let kind = (libc::SOCK_STREAM | libc::SOCK_CLOEXEC).cast_unsigned();
        let params = [P::I64(client), P::U32(2), P::U32(kind), P::U32(6), P::U32(4096)];
        Expected("socket", params.to_vec()).check(&seen);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let to = listener.local_addr().unwrap();
        // Bound and listening, where this kernel can.
        let (zero, spare) = (sockaddr("127.0.0.1:0".parse().unwrap()), row(socket()).0);
        let request =
            Entry { addr: zero.as_ptr() as u64, off: zero.len() as u64, ..on(op::BIND, spare) };
        if ring.run(&[request])[0] == 0 {
            let (_, seen) = row(Entry { len: 5, ..on(op::LISTEN, spare) });
            Expected("listen", vec![P::I64(0), P::I64(spare), P::I32(5)]).check(&seen);
            let again = row(request);
            let zero: SocketAddr = "127.0.0.1:0".parse().unwrap();
            Expected("bind", vec![P::I64(-22), address(zero), P::I64(spare)]).check(&again.1);
        } else {
            peregrine_testkit::skipped("bind and listen", "no such requests before 6.11");
        }
        let (_, seen) = row(on(op::CLOSE, spare));
        Expected("close", vec![P::I64(0), P::I64(spare)]).check(&seen);

        let raw = sockaddr(to);
        let (result, seen) = row(connect(client, &raw));
        assert_eq!(result, 0, "{}", way.name);
        let listening = i64::from(listener.as_raw_fd());
        let flags = libc::SOCK_CLOEXEC.cast_unsigned();
        let (server, reported) = row(Entry { op_flags: flags, ..on(op::ACCEPT, listening) });
        let accepted = reported.params[1].clone();
        Expected("connect", vec![P::I64(0), P::Bytes(accepted), P::I64(client), address(to)])
            .check(&seen);
        assert_eq!(seen.trailer().descriptor(client).unwrap().role, 6);
        assert_eq!(reported.num(0), server);
        assert_eq!(reported.trailer().descriptor(server).unwrap().role, 5);
        // Through the connection, and what came.
        let (sent, mut got) = (*b"through a ring", [0_u8; 64]);
        let len = u32::try_from(sent.len()).unwrap();
        let ends = P::Bytes(reported.params[1].clone());
        let data = Entry { addr: sent.as_ptr() as u64, len, ..on(op::SEND, client) };
        let (result, seen) = row(data);
        let params = [P::I64(result), P::Bytes(sent.to_vec()), P::I64(client), P::U32(len)];
        Expected("sendto", [&params[..], std::slice::from_ref(&ends)].concat()).check(&seen);
        let data = Entry { addr: got.as_mut_ptr() as u64, len: 64, ..on(op::RECV, server) };
        let (result, seen) = row(data);
        let params = [P::I64(result), P::Bytes(sent.to_vec()), ends, P::I64(server), P::U32(0)];
        Expected("recvfrom", params.to_vec()).check(&seen);
        let (_, seen) = row(Entry { len: 2, ..on(op::SHUTDOWN, client) });
        Expected("shutdown", vec![P::I64(0), P::I64(client), P::U8(2)]).check(&seen);
        for fd in [client, server] {
            call!(SYS_close, fd);
        }
        watch.own(|| {});
        // Refused: the address as asked.
        drop(listener);
        let mut row = |request: Entry<'_>| does(&mut watch, &ring, &way, request);
        let (fresh, _) = row(socket());
        let (result, seen) = row(connect(fresh, &raw));
        assert_eq!(result, -111);
        Expected("connect", vec![P::I64(-111), P::Nothing, P::I64(fresh), address(to)])
            .check(&seen);
        call!(SYS_close, fresh);
        messages(&mut watch, &ring, &way);
    }
}

/// Datagrams: to an address, from a socket.
fn messages(watch: &mut Watch, ring: &Ring, way: &Way) {
    let (from, to) =
        (UdpSocket::bind("127.0.0.1:0").unwrap(), UdpSocket::bind("127.0.0.1:0").unwrap());
    let (from_at, to_at) = (from.local_addr().unwrap(), to.local_addr().unwrap());
    watch.own(|| {});
    let (raw, sent, mut got) = (sockaddr(to_at), *b"a datagram", [0_u8; 32]);
    let pieces = [[sent.as_ptr() as u64, 10], [got.as_mut_ptr() as u64, 32]];
    let header = [raw.as_ptr() as u64, 16, pieces[0].as_ptr() as u64, 1, 0, 0, 0];
    let asked = Entry { addr: header.as_ptr() as u64, len: 1, ..Entry::default() };
    let request = Entry { opcode: op::SENDMSG, fd: from.as_raw_fd(), ..asked };
    let (result, seen) = does(watch, ring, way, request);
    assert_eq!(result, 10);
    let fd = |of: &UdpSocket| P::I64(of.as_raw_fd().into());
    let params =
        [P::I64(10), P::Bytes(sent.to_vec()), fd(&from), P::U32(10), tuple(from_at, to_at)];
    Expected("sendmsg", params.to_vec()).check(&seen);
    let header = [0, 0, pieces[1].as_ptr() as u64, 1, 0, 0, 0];
    let asked = Entry { addr: header.as_ptr() as u64, len: 1, ..Entry::default() };
    let request = Entry { opcode: op::RECVMSG, fd: to.as_raw_fd(), ..asked };
    let (result, seen) = does(watch, ring, way, request);
    assert_eq!(result, 10);
    let params = [P::I64(10), P::U32(10), P::Bytes(sent.to_vec()), P::Any, P::Any, fd(&to)];
    Expected("recvmsg", params.to_vec()).check(&seen);
}
