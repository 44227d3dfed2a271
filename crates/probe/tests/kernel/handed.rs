//! Descriptors that came to be in every way there is, of which only the last use is watched: what a
//! relative path begins at, and what a program starts with, is what the kernel says.

use peregrine_event::Trailer;

use crate::call;
use crate::watch::{Folder, Watch, c};

const CWD: i64 = libc::AT_FDCWD as i64;
const SELF: i64 = -1;

/// Makes a descriptor of what another stands for; the lowest number that is free, unless one is given.
type Way = fn(held: i64, number: i64) -> i64;

/// Every way from a descriptor to another of the same.
const WAYS: &[(&str, Way)] = &[
    ("dup", |held, _| call!(SYS_dup, held)),
    ("dup2", |held, number| call!(SYS_dup2, held, number)),
    ("dup3", |held, number| call!(SYS_dup3, held, number, 0)),
    ("fcntl", |held, number| call!(SYS_fcntl, held, libc::F_DUPFD, number)),
    ("a message of a socket", handed_over),
    ("pidfd_getfd", |held, number| {
        // The pidfd must not take the number.
        let own = call!(SYS_getpid);
        let pidfd = away(call!(SYS_pidfd_open, own, 0), number);
        let got = call!(SYS_pidfd_getfd, pidfd, held, 0);
        call!(SYS_close, pidfd);
        plain(got)
    }),
];

/// Opens a folder by its path.
type ByPath = fn(&std::ffi::CString) -> i64;

/// Ways to a folder by its path.
const BY_PATH: &[(&str, ByPath)] = &[
    ("open", |path| call!(SYS_open, path, libc::O_DIRECTORY)),
    ("open, for its path only", |path| call!(SYS_open, path, libc::O_PATH)),
    ("openat2", |path| {
        let how = [libc::O_DIRECTORY as u64, 0, 0];
        call!(SYS_openat2, CWD, path, how.as_ptr(), 24)
    }),
    ("open_tree", |path| call!(SYS_open_tree, CWD, path, 0)),
    ("open_by_handle_at", |path| {
        let (mut handle, mut mount) = ([0_u32; 34], 0_i32);
        handle[0] = 128;
        let named = call!(SYS_name_to_handle_at, CWD, path, handle.as_mut_ptr(), &raw mut mount, 0);
        if named < 0 {
            return named;
        }
        let at = call!(SYS_open, path, libc::O_DIRECTORY);
        let got = call!(SYS_open_by_handle_at, at, handle.as_ptr(), libc::O_DIRECTORY);
        // The number is that of the first.
        call!(SYS_dup2, got, at);
        call!(SYS_close, got);
        at
    }),
];

/// The same descriptor at a number far away, so that low ones are free.
fn away(fd: i64, number: i64) -> i64 {
    let far = call!(SYS_fcntl, fd, libc::F_DUPFD, number.max(0) + 100);
    call!(SYS_close, fd);
    far
}

/// Without the flag that ends it with the program.
fn plain(fd: i64) -> i64 {
    call!(SYS_fcntl, fd, libc::F_SETFD, 0);
    fd
}

fn pair(kind: i32) -> [i64; 2] {
    let mut ends = [0_i32; 2];
    call!(SYS_socketpair, libc::AF_UNIX, kind, 0, ends.as_mut_ptr());
    ends.map(i64::from)
}

/// Sends a descriptor to oneself.
fn handed_over(held: i64, number: i64) -> i64 {
    let ends = pair(libc::SOCK_DGRAM).map(|end| away(end, number));
    let byte = 0_u8;
    let piece = [(&raw const byte).addr(), 1];
    let fd = u64::from(i32::try_from(held).unwrap_or(-1).cast_unsigned());
    // A control message of 20 bytes: SCM_RIGHTS of SOL_SOCKET.
    let mut control = [20_u64, 1 | 1 << 32, fd];
    let mut message = [0, 0, piece.as_ptr().addr(), 1, control.as_mut_ptr().addr(), 24, 0];
    call!(SYS_sendmsg, ends[0], message.as_ptr(), 0);
    control = [0; 3];
    message[5] = 24;
    let got = call!(SYS_recvmsg, ends[1], message.as_mut_ptr(), 0);
    for end in ends {
        call!(SYS_close, end);
    }
    if got < 0 { got } else { (control[2] & 0xffff_ffff).cast_signed() }
}

fn folder_told(trailer: Trailer<'_>, fd: i64) -> Option<String> {
    let reported = trailer.descriptor(fd)?;
    (reported.kind == 2).then(|| String::from_utf8_lossy(reported.payload).into_owned())
}

/// Opens `secret` below a folder by the number another folder had before, which was seen.
fn below(watch: &mut Watch, place: &Folder, make: impl FnOnce(i64) -> i64) -> Option<String> {
    let (other, name) = (c(place.path("other")), c("secret"));
    let (_, seen) = watch.child(|| {
        let number = call!(SYS_openat, CWD, &other, libc::O_DIRECTORY);
        // Unseen.
        call!(SYS_close, number);
        let got = make(number);
        if got == number {
            call!(SYS_openat, got, &name, libc::O_RDONLY);
        }
    });
    let opened = seen.iter().find(|seen| seen.text(2) == "secret")?;
    assert!(opened.num(0) >= 0, "{opened:?}");
    folder_told(opened.trailer(), opened.num(1))
}

#[test]
fn a_folder_is_named_by_the_kernel_however_it_came() {
    if !peregrine_testkit::root("a_folder_is_named_by_the_kernel_however_it_came") {
        return;
    }
    let place = Folder::new("handed");
    for name in ["vault", "other"] {
        std::fs::create_dir(place.path(name)).unwrap();
        std::fs::write(place.path(name).join("secret"), "").unwrap();
    }
    let vault = c(place.path("vault"));
    let whole = place.path("vault").display().to_string();
    let mut watch = Watch::new(&["openat"]);
    let held = call!(SYS_open, &vault, libc::O_DIRECTORY);
    let mut missed = Vec::new();
    for (way, make) in WAYS {
        let reported = below(&mut watch, &place, |number| make(held, number));
        if reported.as_deref() != Some(&*whole) {
            missed.push((*way, reported));
        }
    }
    for (way, make) in BY_PATH {
        let reported = below(&mut watch, &place, |_| make(&vault));
        if reported.as_deref() != Some(&*whole) {
            missed.push((*way, reported));
        }
    }
    assert_eq!(missed, []);
    call!(SYS_close, held);
    // Renamed since, it has the new name. What an absolute path or the current folder begins is not reported.
    let moved = c(place.path("moved"));
    let held = call!(SYS_open, &vault, libc::O_DIRECTORY | libc::O_PATH);
    let seen = watch.own(|| {
        call!(SYS_rename, &vault, &moved);
        call!(SYS_close, call!(SYS_openat, held, &c("secret"), libc::O_RDONLY));
        call!(SYS_close, call!(SYS_openat, held, &c(place.path("moved/secret")), libc::O_RDONLY));
        call!(SYS_openat, CWD, &c("no-such-file"), libc::O_RDONLY);
        call!(SYS_openat, SELF, &c("secret"), libc::O_RDONLY);
    });
    let reported: Vec<_> =
        seen.iter().map(|seen| folder_told(seen.trailer(), seen.num(1))).collect();
    let moved = place.path("moved").display().to_string();
    assert_eq!(reported, [Some(moved), None, None, None]);
    call!(SYS_close, held);
}

type Make = fn() -> i64;

/// What is made as the lowest free number, and the kind it is reported as.
const MADE: &[(&str, u8, Make)] = &[
    ("a file", 16, || call!(SYS_openat, CWD, c"/bin/true".as_ptr(), 0)),
    ("a folder", 2, || call!(SYS_openat, CWD, c"/bin".as_ptr(), 0)),
    ("a pipe", 7, || {
        let mut ends = [0_i32; 2];
        call!(SYS_pipe, ends.as_mut_ptr());
        i64::from(ends[0])
    }),
    ("a socket", 3, || call!(SYS_socket, libc::AF_INET, libc::SOCK_STREAM, 0)),
    ("a socket of IPv6", 4, || call!(SYS_socket, libc::AF_INET6, libc::SOCK_DGRAM, 0)),
    ("a socket of two", 8, || pair(libc::SOCK_STREAM)[0]),
    ("an event", 10, || call!(SYS_eventfd2, 0, 0)),
    ("memory", 16, || call!(SYS_memfd_create, c"m".as_ptr(), 0)),
];

#[test]
fn a_program_starts_with_what_its_streams_are() {
    if !peregrine_testkit::root("a_program_starts_with_what_its_streams_are") {
        return;
    }
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let to = listener.local_addr().unwrap();
    let connect = || std::net::TcpStream::connect(to).unwrap();
    let listening = std::os::fd::AsRawFd::as_raw_fd(&listener);
    let mut watch = Watch::new(&["execve"]);
    let program = c"/bin/true";
    let argv = [program.as_ptr(), std::ptr::null()];
    let started = |watch: &mut Watch, number: i64, make: &dyn Fn() -> i64| {
        let (_, seen) = watch.child(|| {
            call!(SYS_close, number);
            if make() == number {
                call!(SYS_execve, program.as_ptr(), argv.as_ptr(), 0);
            }
        });
        seen.into_iter().find(|seen| seen.name == "execve" && seen.num(0) == 0)
    };
    let mut missed = Vec::new();
    for number in [0, 2] {
        // One that was accepted, handed on in every way; the first is the accepting itself.
        let client = connect();
        let port = client.local_addr().unwrap().port();
        let accepted = call!(SYS_accept4, listening, 0, 0, 0);
        for (way, make) in WAYS {
            // A copy of the lowest free number needs the ones below to be taken.
            let reported = started(&mut watch, number, &|| make(accepted, number));
            let reported = reported.as_ref().and_then(|seen| seen.trailer().descriptor(number));
            let ends = reported.is_some_and(|reported| {
                reported.kind == 3
                    && reported.payload.windows(2).any(|two| two == port.to_le_bytes())
            });
            if !ends {
                missed.push((number, *way));
            }
        }
        call!(SYS_close, accepted);
        let next = connect();
        let reported = started(&mut watch, number, &|| call!(SYS_accept4, listening, 0, 0, 0));
        if reported.and_then(|seen| Some(seen.trailer().descriptor(number)?.kind)) != Some(3) {
            missed.push((number, "close and accept"));
        }
        drop(next);
        for (way, kind, make) in MADE {
            let reported = started(&mut watch, number, make);
            let reported = reported.and_then(|seen| {
                assert_eq!(seen.trailer().streams().unwrap().open, 7);
                Some(seen.trailer().descriptor(number)?.kind)
            });
            if reported != Some(*kind) {
                missed.push((number, *way));
            }
        }
        // None at all.
        let reported = started(&mut watch, number, &|| number).unwrap();
        assert_eq!(reported.trailer().streams().unwrap().open, 7 & !(1 << number));
        assert_eq!(reported.trailer().descriptor(number), None);
        assert!(reported.trailer().descriptor(1).is_some());
    }
    assert_eq!(missed, []);
}
