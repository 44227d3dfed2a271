//! Rings used in less common ways: many requests at once, requests that wait for others, one request
//! with many ends.

use std::ffi::CString;
use std::net::{TcpListener, TcpStream};
use std::os::fd::AsRawFd;

use peregrine_testkit::ring::{Entry, Ring, op, with};

use crate::call;
use crate::files::dev_ino;
use crate::uring::{here, open};
use crate::watch::{Folder, Watch, c};

#[test]
fn many_requests_at_once() {
    if !here("many_requests_at_once") {
        return;
    }
    let mut watch = Watch::new(&["openat"]);
    let ring = Ring::new(512, 0, 0).unwrap();
    let names: Vec<CString> =
        (0..512).map(|n| CString::new(format!("/none/{n}")).unwrap()).collect();
    // At once, then all of them in flight together: kept until workers come to them.
    for flags in [0, with::ASYNC] {
        let requests: Vec<Entry<'_>> = (0..)
            .zip(&names)
            .map(|(word, name)| Entry { user_data: word, flags, ..open(name, 0) })
            .collect();
        let mut results = Vec::new();
        let seen = watch.own(|| results = ring.run(&requests));
        assert_eq!(results, vec![-2; 512]);
        let mut reported: Vec<String> = seen
            .iter()
            .filter(|seen| seen.name == "openat")
            .map(|seen| {
                assert_eq!(seen.num(0), -2);
                seen.text(2)
            })
            .collect();
        let mut expected: Vec<String> =
            names.iter().map(|name| name.to_str().unwrap().to_owned()).collect();
        reported.sort();
        expected.sort();
        assert_eq!(reported, expected);
    }
}

/// A request that waits for a byte; the next one waits for it.
fn waits_for<'a>(reader: &impl AsRawFd, byte: &'a mut [u8; 1]) -> Entry<'a> {
    Entry {
        opcode: op::READ,
        flags: with::LINK,
        fd: reader.as_raw_fd(),
        off: u64::MAX,
        addr: byte.as_mut_ptr() as u64,
        len: 1,
        ..Entry::default()
    }
}

/// What ended while nobody wanted it is not reported later.
#[test]
fn requests_of_another_time() {
    if !here("requests_of_another_time") {
        return;
    }
    let mut watch = Watch::new(&["openat"]);
    let ring = Ring::new(8, 0, 0).unwrap();
    let (reader, mut writer) = std::io::pipe().unwrap();
    let mut byte = [0_u8; 1];
    let (former, now) = (CString::new("/none/former").unwrap(), CString::new("/none/now").unwrap());
    let seen = watch.own(|| {
        ring.put(&[waits_for(&reader, &mut byte), open(&former, 0)]);
        ring.enter(2, 0);
    });
    assert!(seen.iter().all(|seen| seen.name != "openat"), "{seen:#?}");
    watch.want(&["getcwd"]);
    std::io::Write::write_all(&mut writer, b"x").unwrap();
    ring.enter(0, 2);
    assert_eq!(ring.ends().len(), 2);
    watch.want(&["openat"]);
    let seen = watch.own(|| assert_eq!(ring.run(&[open(&now, 0), open(&now, 0)]), [-2, -2]));
    let reported: Vec<String> =
        seen.iter().filter(|seen| seen.name == "openat").map(|seen| seen.text(2)).collect();
    assert_eq!(reported, ["/none/now", "/none/now"]);
}

/// The kernel has copied a name when the request is submitted: what is written there later is not
/// what is opened, and not what is reported.
#[test]
fn a_name_that_changes_after_its_submission() {
    if !here("a_name_that_changes_after_its_submission") {
        return;
    }
    let folder = Folder::new("ring-changed");
    for name in ["asked", "later"] {
        std::fs::write(folder.path(name), name).unwrap();
    }
    let (_, ino) = dev_ino(&folder.path("asked"));
    let mut watch = Watch::new(&["openat"]);
    let ring = Ring::new(8, 0, 0).unwrap();
    let (reader, mut writer) = std::io::pipe().unwrap();
    let mut byte = [0_u8; 1];
    let waits = waits_for(&reader, &mut byte);
    let mut name = c(folder.path("asked")).into_bytes_with_nul();
    let asked = Entry {
        opcode: op::OPENAT,
        fd: libc::AT_FDCWD,
        addr: name.as_ptr() as u64,
        ..Entry::default()
    };
    let seen = watch.own(|| {
        ring.put(&[waits, asked]);
        ring.enter(2, 0);
        let at = name.len() - 6;
        name[at..at + 5].copy_from_slice(b"later");
        std::io::Write::write_all(&mut writer, b"x").unwrap();
        ring.enter(0, 2);
    });
    let ends = ring.ends();
    assert_eq!((ends.len(), ends[0].res), (2, 1));
    let reported: Vec<_> = seen.iter().filter(|seen| seen.name == "openat").collect();
    assert_eq!(reported.len(), 1, "{reported:#?}");
    assert_eq!(reported[0].text(2), folder.path("asked").to_str().unwrap());
    assert_eq!(reported[0].trailer().descriptor(reported[0].num(0)).unwrap().ino, ino);
}

/// One request accepts until it is asked to stop.
#[test]
fn one_request_with_many_ends() {
    const MULTISHOT: u16 = 1;
    if !here("one_request_with_many_ends") {
        return;
    }
    let mut watch = Watch::new(&["accept4"]);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let ring = Ring::new(8, 0, 0).unwrap();
    let mut fds = Vec::new();
    let seen = watch.own(|| {
        let request = Entry {
            opcode: op::ACCEPT,
            ioprio: MULTISHOT,
            fd: listener.as_raw_fd(),
            user_data: 77,
            ..Entry::default()
        };
        ring.put(&[request]);
        ring.enter(1, 0);
        for _ in 0..3 {
            let _client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
            ring.enter(0, 1);
            fds.extend(ring.ends().iter().map(|end| i64::from(end.res)));
        }
    });
    assert_eq!(fds.len(), 3);
    let reported: Vec<i64> =
        seen.iter().filter(|seen| seen.name == "accept4").map(|seen| seen.num(0)).collect();
    assert_eq!(reported, fds);
    for (seen, fd) in seen.iter().filter(|seen| seen.name == "accept4").zip(&fds) {
        assert_eq!(seen.trailer().descriptor(*fd).unwrap().role, 5);
        call!(SYS_close, *fd);
    }
}
