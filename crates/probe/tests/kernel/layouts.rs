//! What 32-bit programs hand over lies otherwise in memory and is reported the same.

use std::net::UdpSocket;
use std::os::fd::AsRawFd;

use crate::call;
use crate::calls::data::bytes;
use crate::calls::net::{sockaddr, valued};
use crate::calls::waits::{pipe, polled};
use crate::compat::{NOT_TAKEN, bits, int80, low, taken, words};
use crate::sockets::tuple;
use crate::watch::{Expected, P, Watch, c};

/// A probe for these calls, where there is something to test.
fn watch(test: &str, calls: &[&str]) -> Option<Watch> {
    if !peregrine_testkit::root(test) {
        return None;
    }
    if !taken() {
        peregrine_testkit::skipped(test, NOT_TAKEN);
        return None;
    }
    Some(Watch::new(calls))
}

#[test]
fn pieces_and_positions_of_32_bit_programs() {
    let calls = ["readv", "writev", "preadv", "pwritev", "pread64", "pwrite64", "process_vm_readv"];
    let Some(mut watch) = watch("pieces_and_positions_of_32_bit_programs", &calls) else { return };
    let fd = call!(SYS_memfd_create, &c("pieces"), 0);
    let (from, to) = (low(&bytes()), low(&[]));
    let give = words(&[from, 3, 0, 0, from + 3, 100]);
    let take = words(&[to, 50, to + 50, 150]);
    let me = i64::from(std::process::id());
    let some = |n: usize| P::Bytes(bytes()[..n].to_vec());
    let (file, narrow) = (P::I64(fd), bits(fd));
    let far = 2_u64 << 32 | 7;
    watch.check(
        || {
            int80(146, &[narrow, give, 3]);
            int80(334, &[narrow, give, 3, 0, 0]);
            int80(333, &[narrow, take, 2, 0, 0]);
            int80(145, &[narrow, take, 2]);
            int80(181, &[narrow, from, 5, 7, 2]);
            int80(180, &[narrow, to, 5, 7, 2]);
            int80(347, &[bits(me), take, 2, give, 3, 0]);
        },
        &[
            Expected("writev", vec![P::I64(103), some(80), file.clone(), P::U32(103)]),
            Expected("pwritev", vec![P::I64(103), some(80), file.clone(), P::U32(103), P::U64(0)]),
            Expected("preadv", vec![P::I64(103), P::U32(103), some(80), file.clone(), P::U64(0)]),
            Expected("readv", vec![P::I64(0), P::U32(0), P::Nothing, file.clone()]),
            Expected("pwrite", vec![P::I64(5), some(5), file.clone(), P::U32(5), P::U64(far)]),
            Expected("pread", vec![P::I64(5), some(5), file, P::U32(5), P::U64(far)]),
            Expected("process_vm_readv", vec![P::I64(103), P::I64(me), some(80)]),
        ],
    );
    call!(SYS_close, fd);
}

#[test]
fn messages_of_32_bit_programs() {
    let calls = ["sendmsg", "recvmsg", "sendmmsg", "recvmmsg", "sendto", "recvfrom", "setsockopt"];
    let Some(mut watch) = watch("messages_of_32_bit_programs", &calls) else { return };
    let sockets =
        [UdpSocket::bind("127.0.0.1:0").unwrap(), UdpSocket::bind("127.0.0.1:0").unwrap()];
    let [here, there] = sockets.each_ref().map(|socket| socket.local_addr().unwrap());
    let [fd, other] = sockets.each_ref().map(|socket| i64::from(socket.as_raw_fd()));
    let (from, to, name) = (low(&bytes()), low(&[]), low(&sockaddr(there)));
    let data = words(&[from, 4, from + 4, 90]);
    let room = words(&[to, 300]);
    let message = [name, 16, data, 2, 0, 0, 0];
    let place = [low(&[]), 28, room, 1, 0, 0, 0];
    let sent = words(&message);
    let got = words(&place);
    let pair = words(&[&message[..], &[0], &message[..], &[0]].concat());
    let rooms = words(&[&place[..], &[0], &place[..], &[0]].concat());
    let timeout = words(&[2, 250_000]);
    let option = words(&[bits(fd), 1, 20, timeout, 8]);
    let plain = words(&[bits(fd), from, 6, 0, name, 16]);
    let taken = words(&[bits(other), to, 6, 0, low(&[]), words(&[28])]);
    let some = |n: usize| P::Bytes(bytes()[..n].to_vec());
    let (me, peer, size) = (P::I64(fd), P::I64(other), P::U32(94));
    let (out, back) = (tuple(here, there), tuple(here, there));
    let received = |res, fd: &P| {
        let params = [P::I64(res), P::U32(94), some(80), back.clone(), P::Nothing, fd.clone()];
        Expected("recvmsg", params.to_vec())
    };
    let one_sent = vec![P::I64(94), me.clone(), size.clone(), some(80), out.clone()];
    let one_taken =
        vec![P::I64(94), peer.clone(), size.clone(), some(80), back.clone(), P::Nothing];
    watch.check(
        || {
            // Through socketcall, and by numbers of their own.
            int80(102, &[16, words(&[bits(fd), sent, 0])]);
            int80(370, &[bits(fd), sent, 0]);
            int80(102, &[17, words(&[bits(other), got, 0])]);
            int80(372, &[bits(other), got, 0]);
            int80(345, &[bits(fd), pair, 2, 0]);
            int80(337, &[bits(other), rooms, 2, 0, 0]);
            int80(345, &[bits(fd), pair, 1, 0]);
            // recvmmsg with a time of 64 bits.
            int80(417, &[bits(other), rooms, 1, 0, 0]);
            int80(102, &[11, plain]);
            int80(102, &[12, taken]);
            int80(102, &[14, option]);
        },
        &[
            Expected("sendmsg", vec![P::I64(94), some(80), me.clone(), size.clone(), out.clone()]),
            Expected("sendmsg", vec![P::I64(94), some(80), me.clone(), size, out.clone()]),
            received(94, &peer),
            received(94, &peer),
            Expected("sendmmsg", one_sent.clone()),
            Expected("sendmmsg", one_sent.clone()),
            Expected("recvmmsg", one_taken.clone()),
            Expected("recvmmsg", one_taken.clone()),
            Expected("sendmmsg", one_sent),
            Expected("recvmmsg", one_taken),
            Expected("sendto", vec![P::I64(6), some(6), me.clone(), P::U32(6), out]),
            Expected("recvfrom", vec![P::I64(6), some(6), back.clone(), peer.clone(), P::U32(6)]),
            Expected(
                "setsockopt",
                vec![
                    P::I64(0),
                    me,
                    P::U8(1),
                    P::U8(20),
                    valued(4, &2_250_000_000_u64.to_le_bytes()),
                    P::U32(8),
                ],
            ),
        ],
    );
}

#[test]
fn waits_of_32_bit_programs() {
    let calls = ["select", "poll", "ppoll", "nanosleep"];
    let Some(mut watch) = watch("waits_of_32_bit_programs", &calls) else { return };
    let [read, write] = pipe();
    let list = words(&[read.cast_unsigned(), 1]);
    let (zero, short) = (words(&[0, 0]), words(&[0, 1000]));
    let (narrow, wide) = (words(&[1, 5]), words(&[1, 0, 5, 0]));
    let signals = words(&[0b110, 1]);
    let old = words(&[0, 0, 0, 0, zero]);
    let ready = polled(&[(read.into(), 1)]);
    let seen = watch.own(|| {
        int80(82, &[old]);
        int80(142, &[0, 0, 0, 0, zero]);
        int80(168, &[list, 1, 7]);
        int80(309, &[list, 1, narrow, signals, 8]);
        int80(414, &[list, 1, wide, signals, 8]);
        int80(162, &[short, 0]);
    });
    let asked = P::U64(1_000_000_005);
    let waited = || Expected("ppoll", vec![P::I64(1), ready.clone(), asked.clone(), P::U32(0b110)]);
    watch.compare(
        &seen,
        &[
            Expected("select", vec![P::I64(0)]),
            Expected("select", vec![P::I64(0)]),
            Expected("poll", vec![P::I64(1), ready.clone(), P::I64(7)]),
            waited(),
            waited(),
            Expected("nanosleep", vec![P::I64(0), P::U64(1000)]),
        ],
    );
    crate::calls::waits::close(&[read, write]);
}

#[test]
fn sub_calls_of_32_bit_programs() {
    let calls = ["semget", "semop", "semctl", "mmap", "msgget"];
    let Some(mut watch) = watch("sub_calls_of_32_bit_programs", &calls) else { return };
    let ops = low(&[0, 0, 2, 0, 0, 0x10, 1, 0, 3, 0, 0, 0x08]);
    let value = words(&[55]);
    let map = words(&[0, 4096, 3, 0x22, u32::MAX, 0]);
    let (mut id, mut mapped) = (0, 0);
    let seen = watch.own(|| {
        id = int80(117, &[2, 0, 3, 0o1600]);
        int80(117, &[1, bits(id), 2, 0, ops]);
        // The upper half of the number is a version, IPC_64 in the command a layout.
        int80(117, &[3, bits(id), 1, 16 | 0x100, value]);
        int80(117, &[3, bits(id), 0, 0, value]);
        int80(117, &[13, 0, 0o4000]);
        int80(117, &[77, 1, 2, 3]);
        mapped = int80(90, &[map]);
    });
    let reported = bits(id).cast_signed();
    let control = |number, command, value| {
        let params = [P::I64(0), P::I32(reported), P::I32(number), P::U16(command), P::I32(value)];
        Expected("semctl", params.to_vec())
    };
    let numbers = [0, 2, 2, 1, 3, 1].map(P::U16);
    let operations =
        [vec![P::I64(0), P::U32(2)], numbers.to_vec(), vec![P::I32(reported)]].concat();
    let msgget = peregrine_event::syscalls::by_name("msgget").unwrap();
    let mut mapping = vec![P::I64(bits(mapped).into()), P::Any, P::Any, P::Any, P::U64(0)];
    mapping.extend([P::U64(4096), P::U32(3), P::U32(2 | 8), P::I64(-1), P::U64(0)]);
    watch.compare(
        &seen,
        &[
            Expected("semget", vec![P::I64(id), P::I32(0), P::I32(3), P::U32(8192)]),
            Expected("semop", operations),
            control(1, 4096, 55),
            control(0, 4, 0),
            Expected("syscall", vec![P::U16(msgget.id), P::U16(msgget.x86_64.unwrap())]),
            Expected("mmap", mapping),
        ],
    );
}
