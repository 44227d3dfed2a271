//! Signals as they are delivered, and the descriptors that come with calls that use them.

use std::net::{TcpListener, TcpStream};
use std::os::fd::AsRawFd;

use crate::call;
use crate::sockets::tuple;
use crate::watch::{Expected, Folder, P, Watch, c, end_of, fork};

extern "C" fn end(_signal: i32) {
    // SAFETY: ends the process and nothing else.
    unsafe { libc::_exit(0) };
}

#[test]
fn delivered_signals_are_told_while_they_are_wanted() {
    if !peregrine_testkit::root("delivered_signals_are_told_while_they_are_wanted") {
        return;
    }
    let mut watch = Watch::new(&[]);
    let me = call!(SYS_getpid);
    // A child that waits until a signal comes: who sent it, who got it, which one.
    let signalled = |watch: &mut Watch, signal: i32| {
        let mut child = 0;
        // SAFETY: the child inherits what the parent restores; `end` only ends the process.
        let before = unsafe { libc::signal(signal, end as extern "C" fn(i32) as usize) };
        let seen = watch.all(|| {
            child = fork(|| _ = call!(SYS_pause));
            call!(SYS_kill, child, signal);
            end_of(child);
        });
        // SAFETY: what was before.
        unsafe { libc::signal(signal, before) };
        let mut reported: Vec<_> = seen
            .into_iter()
            .filter(|seen| seen.tid == child && seen.name == "signaldeliver")
            .collect();
        (child, reported.pop().inspect(|_| assert!(reported.is_empty())))
    };
    assert!(signalled(&mut watch, libc::SIGTERM).1.is_none(), "nobody wants them");
    watch.want(&["signal_deliver"]);
    for signal in [libc::SIGTERM, libc::SIGHUP, libc::SIGKILL, libc::SIGUSR1, 40] {
        // Of a signal a program gives its own meaning the sender is not reported, and of a process that
        // is ended the kernel does not know it any more.
        let sender = if matches!(signal, libc::SIGUSR1 | libc::SIGKILL) { 0 } else { me };
        let (child, seen) = signalled(&mut watch, signal);
        let number = P::U8(u8::try_from(signal).unwrap());
        Expected("signaldeliver", vec![P::I64(sender), P::I64(child), number])
            .check(&seen.unwrap());
    }
    watch.want(&[]);
    assert!(signalled(&mut watch, libc::SIGTERM).1.is_none(), "nobody wants them any more");
}

#[test]
fn switches_are_told_while_they_are_wanted() {
    if !peregrine_testkit::root("switches_are_told_while_they_are_wanted") {
        return;
    }
    let mut watch = Watch::new(&["sched_switch"]);
    let me = call!(SYS_gettid);
    // Long enough that it is not over before a slow machine has left the processor.
    let short = [0_i64, 100_000_000];
    let leaves = |watch: &mut Watch| -> Vec<_> {
        let seen = watch.own(|| _ = call!(SYS_nanosleep, short.as_ptr(), 0));
        seen.into_iter().filter(|seen| seen.tid == me && seen.name == "switch").collect()
    };
    let seen = leaves(&mut watch);
    assert!(!seen.is_empty());
    for seen in seen {
        // Which task follows, and how often memory was missing, only the kernel knows.
        assert_eq!(seen.params.iter().map(Vec::len).collect::<Vec<_>>(), [8, 8, 8, 4, 4, 4]);
        assert_ne!(seen.num(0), me);
        let pages = std::fs::read_to_string("/proc/self/statm").unwrap();
        let pages: i64 = pages.split(' ').next().unwrap().parse().unwrap();
        assert!((seen.num(3) - pages * 4).abs() < 1 << 10, "{seen:?}, {pages} pages");
    }
    watch.want(&[]);
    assert!(leaves(&mut watch).is_empty(), "nobody wants them any more");
}

#[test]
fn page_faults_are_told_while_they_are_wanted() {
    if !peregrine_testkit::root("page_faults_are_told_while_they_are_wanted") {
        return;
    }
    let mut watch = Watch::new(&["page_fault_user", "page_fault_kernel"]);
    let pages = 4 * 4096_usize;
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
    let at = call!(SYS_mmap, 0, pages, libc::PROT_READ | libc::PROT_WRITE, flags, -1, 0);
    let zero = call!(SYS_open, &c("/dev/zero"), libc::O_RDONLY);
    let at = usize::try_from(at).unwrap();
    let faults = |watch: &mut Watch, page: usize| -> Vec<_> {
        let (mine, others) = (at + page * 4096 + 8, at + (page + 1) * 4096 + 16);
        let seen = watch.own(|| {
            // SAFETY: the first bytes of a page of the mapping above.
            unsafe { std::ptr::write_volatile(mine as *mut u8, 1) };
            call!(SYS_read, zero, others, 1);
        });
        let reported = |address: usize| {
            let address = i64::try_from(address).unwrap();
            seen.iter().find(|seen| seen.num(0) == address).map(|seen| (seen.num(1), seen.num(2)))
        };
        vec![reported(mine), reported(others)]
    };
    let seen = faults(&mut watch, 0);
    let [(here, user), (there, kernel)] = [seen[0].unwrap(), seen[1].unwrap()];
    // Not present, written; by the program, and by the kernel for it.
    assert_eq!((user, kernel), (2 | 4 | 16, 2 | 4 | 32));
    assert!(here > 0 && there < 0, "{here:x} lies below, {there:x} above");
    watch.want(&[]);
    assert_eq!(faults(&mut watch, 2), [None, None], "nobody wants them any more");
    call!(SYS_munmap, at, pages);
    call!(SYS_close, zero);
}

#[test]
fn calls_tell_the_descriptor_they_use() {
    if !peregrine_testkit::root("calls_tell_the_descriptor_they_use") {
        return;
    }
    let folder = Folder::new("uses");
    let path = folder.path("file");
    std::fs::write(&path, "some text").unwrap();
    let file = call!(SYS_open, &c(&path), libc::O_RDWR);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (server, from) = listener.accept().unwrap();
    let to = listener.local_addr().unwrap();
    let [client, server] = [client.as_raw_fd(), server.as_raw_fd()].map(i64::from);
    let calls = [
        "read",
        "pread64",
        "readv",
        "write",
        "pwrite64",
        "writev",
        "recvfrom",
        "recvmsg",
        "sendto",
        "sendmsg",
        "getsockname",
        "shutdown",
        "setsockopt",
        "getsockopt",
    ];
    let mut watch = Watch::new(&calls);
    let (mut buffer, mut len) = ([b'x'; 64], [4_u32]);
    let pieces = [libc::iovec { iov_base: buffer.as_mut_ptr().cast(), iov_len: 4 }];
    // SAFETY: all zeros are a message of nothing.
    let mut message: libc::msghdr = unsafe { std::mem::zeroed() };
    (message.msg_iov, message.msg_iovlen) = (pieces.as_ptr().cast_mut(), 1);
    let at = buffer.as_mut_ptr();
    let seen = watch.own(|| {
        call!(SYS_read, file, at, 2);
        call!(SYS_pread64, file, at, 2, 0);
        call!(SYS_readv, file, pieces.as_ptr(), 1);
        call!(SYS_write, file, at, 2);
        call!(SYS_pwrite64, file, at, 2, 0);
        call!(SYS_writev, file, pieces.as_ptr(), 1);
    });
    assert_eq!(seen.len(), 6);
    for seen in &seen {
        let reported = seen.trailer().descriptor(file).unwrap();
        assert_eq!((reported.kind, reported.payload), (16, c(&path).as_bytes()), "{}", seen.name);
    }
    let seen = watch.own(|| {
        call!(SYS_write, client, at, 10);
        call!(SYS_sendto, client, at, 10, 0, 0, 0);
        call!(SYS_sendmsg, client, &raw const message, 0);
        call!(SYS_writev, client, pieces.as_ptr(), 1);
        call!(SYS_getsockname, client, at, len.as_mut_ptr());
        call!(SYS_setsockopt, client, 1, 9, len.as_ptr(), 4);
        call!(SYS_getsockopt, client, 1, 9, at, len.as_mut_ptr());
        call!(SYS_shutdown, client, 1);
    });
    assert_eq!(seen.len(), 8);
    for seen in &seen {
        let reported = seen.trailer().descriptor(client).unwrap();
        let ends = P::Bytes(reported.payload[1..].to_vec());
        assert_eq!(
            (reported.kind, reported.payload[0], ends),
            (3, 2, tuple(from, to)),
            "{}",
            seen.name
        );
    }
    let seen = watch.own(|| {
        call!(SYS_read, server, at, 4);
        call!(SYS_readv, server, pieces.as_ptr(), 1);
        call!(SYS_recvfrom, server, at, 4, 0, 0, 0);
        call!(SYS_recvmsg, server, &raw mut message, 0);
    });
    assert_eq!(seen.len(), 4);
    for seen in &seen {
        // Which end asked the kernel does not keep: this end comes first.
        let reported = seen.trailer().descriptor(server).unwrap();
        assert_eq!(P::Bytes(reported.payload[1..].to_vec()), tuple(to, from), "{}", seen.name);
    }
    call!(SYS_close, file);
}
