//! Many threads on few CPUs: where the kernel may take the CPU away at any moment, no event is mixed
//! up with another, and what is missing was counted.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};

use peregrine_event::{Event, ParamType, SyscallSet, syscalls};
use peregrine_probe::{Attach, Options, Probe};

use crate::call;
use crate::watch::{Expected, P, Seen, c, keep};

const THREADS: usize = 24;
const ROUNDS: usize = 300;
const CALLS: [&str; 9] = [
    "openat",
    "renameat2",
    "linkat",
    "symlinkat",
    "prctl",
    "execve",
    "memfd_create",
    "connect",
    "getppid",
];

/// A text that only this call of this thread has, of a length of its own.
fn mark(thread: usize, round: usize, what: &str) -> String {
    let long = (thread * 37 + round * 101) % 700;
    format!("{what}-{thread}-{round}-{}", "x".repeat(long))
}

/// One round of calls, and the events they must be. None of them does anything but the memfd.
fn round(thread: usize, round: usize) -> Vec<Expected> {
    let path = |what: &str| format!("/no/{}", mark(thread, round, what));
    let (one, two) = (path("one"), path("two"));
    let (a, b) = (c(&one), c(&two));
    let (pa, pb, cwd) = (P::text(&one), P::text(&two), P::I64(-100));
    let number = i32::try_from(thread * 1000 + round).unwrap();
    let bits = number.cast_unsigned();
    let mut reported = Vec::new();

    let result = call!(SYS_openat, -100, &a, 0);
    reported.push(Expected(
        "openat",
        vec![P::I64(result), cwd.clone(), pa.clone(), P::U32(1), P::U32(0), P::Any, P::Any],
    ));
    let result = call!(SYS_renameat2, -100, &a, -100, &b, 1);
    reported.push(Expected(
        "renameat2",
        vec![P::I64(result), cwd.clone(), pa.clone(), cwd.clone(), pb.clone(), P::U32(1)],
    ));
    let result = call!(SYS_linkat, -100, &b, -100, &a, 0);
    reported.push(Expected(
        "linkat",
        vec![P::I64(result), cwd.clone(), pb.clone(), cwd.clone(), pa.clone(), P::U32(0)],
    ));
    let result = call!(SYS_symlinkat, &a, -100, &b);
    reported.push(Expected("symlinkat", vec![P::I64(result), pa.clone(), cwd, pb]));
    let result = call!(SYS_prctl, 3, number);
    reported.push(Expected(
        "prctl",
        vec![P::I64(result), P::U32(3), P::Nothing, P::I64(number.into())],
    ));
    // A program that is not there, with marked arguments and environment.
    let (first, second, third) =
        (mark(thread, round, "exe"), mark(thread, round, "arg"), mark(thread, round, "env"));
    let words = [c(&first), c(&second), c(&third)];
    let argv = [words[0].as_ptr(), words[1].as_ptr(), words[2].as_ptr(), std::ptr::null()];
    let envp = [words[2].as_ptr(), words[0].as_ptr(), std::ptr::null()];
    let result = call!(SYS_execve, &a, argv.as_ptr(), envp.as_ptr());
    let mut params = vec![P::Any; 31];
    params[0] = P::I64(result);
    params[1] = P::text(&first);
    params[2] = P::Bytes(format!("{second}\0{third}\0").into_bytes());
    params[4] = P::I64(std::process::id().into());
    params[15] = P::Bytes(format!("{third}\0{first}\0").into_bytes());
    params[30] = pa;
    reported.push(Expected("execve", params));
    let name = format!("m{number}");
    let fd = call!(SYS_memfd_create, &c(&name), 0);
    reported.push(Expected("memfd_create", vec![P::I64(fd), P::text(&name), P::U32(0)]));
    call!(SYS_close, fd);
    let port = u16::try_from(number).unwrap();
    let mut to = [0_u8; 16];
    to[0] = 2;
    to[2..4].copy_from_slice(&port.to_be_bytes());
    to[4..8].copy_from_slice(&bits.to_le_bytes());
    let result = call!(SYS_connect, 123_456, to.as_ptr(), 16);
    let mut address = vec![2];
    address.extend_from_slice(&bits.to_le_bytes());
    address.extend_from_slice(&port.to_le_bytes());
    reported.push(Expected(
        "connect",
        vec![P::I64(result), P::Nothing, P::I64(123_456), P::Bytes(address)],
    ));
    call!(SYS_getppid);
    let id = syscalls::by_name("getppid").unwrap().id;
    reported.push(Expected("syscall", vec![P::U16(id), P::U16(110)]));
    reported
}

/// What is true of every record, whoever made it.
fn sound(record: &[u8]) -> Result<(), String> {
    let event =
        Event::parse(1, record).map_err(|error| format!("{error}: {}", record.escape_ascii()))?;
    let (view, info) = (&event.view, event.view.info());
    let bad = |what: &str| Err(format!("{what}: {} {}", info.name, record.escape_ascii()));
    if view.nparams() != info.params.len() {
        return bad("parameters");
    }
    let mut len = 26 + 2 * view.nparams();
    for (index, param) in info.params.iter().enumerate() {
        let value = view.param(index).unwrap_or_default();
        len += value.len();
        let fits = match param.ty.size() {
            Some(size) => value.is_empty() || value.len() == size,
            None => value.len() < 32_768,
        };
        let text =
            matches!(param.ty, ParamType::Charbuf | ParamType::Fspath | ParamType::Fsrelpath);
        // A text is one NUL, at its end.
        if !fits
            || text
                && value.iter().position(|byte| *byte == 0).unwrap_or(0) + 1 != value.len().max(1)
        {
            return bad(param.name);
        }
    }
    if len != view.bytes().len() {
        return bad("length");
    }
    let Some(origin) = event.trailer.origin() else { return bad("origin") };
    let most = 1 << 22;
    if view.tid() < 0 || view.tid() > most || i64::from(origin.pid) > most || origin.pid == 0 {
        return bad("numbers");
    }
    Ok(())
}

#[test]
fn no_event_is_mixed_up_under_preemption() {
    if !peregrine_testkit::root("no_event_is_mixed_up_under_preemption") {
        return;
    }
    let mut probe = Probe::load(&Options { ring_bytes: 128 << 20, ..Options::default() }).unwrap();
    let ids: SyscallSet = CALLS.iter().map(|name| syscalls::by_name(name).unwrap().id).collect();
    probe.set_interest(&ids).unwrap();
    probe.attach(Attach::Watch).unwrap();
    let barrier = Arc::new(Barrier::new(THREADS));
    let (left, stop) = (Arc::new(AtomicUsize::new(THREADS)), Arc::new(AtomicBool::new(false)));
    let workers: Vec<_> = (0..THREADS)
        .map(|thread| {
            let (barrier, left) = (Arc::clone(&barrier), Arc::clone(&left));
            std::thread::spawn(move || {
                let tid = call!(SYS_gettid);
                barrier.wait();
                let reported: Vec<Expected> =
                    (0..ROUNDS).flat_map(|number| round(thread, number)).collect();
                left.fetch_sub(1, Ordering::Relaxed);
                (tid, reported)
            })
        })
        .collect();
    // Takes the CPU from the others as often as it can: a wake-up preempts.
    let waker = {
        let stop = Arc::clone(&stop);
        std::thread::spawn(move || {
            while !stop.load(Ordering::Relaxed) {
                std::thread::sleep(std::time::Duration::from_micros(50));
            }
        })
    };
    let mut records = Vec::new();
    let mut take = |record: &[u8]| records.push(record.to_vec());
    while left.load(Ordering::Relaxed) > 0 {
        if probe.drain(&mut take) == 0 {
            std::thread::sleep(std::time::Duration::from_millis(2));
        }
    }
    probe.detach();
    probe.drain_all(&mut take);
    stop.store(true, Ordering::Relaxed);
    waker.join().unwrap();
    let bad: Vec<String> = records.iter().filter_map(|record| sound(record).err()).collect();
    assert!(bad.is_empty(), "{} records are damaged, the first: {}", bad.len(), bad[0]);
    let me = i64::from(std::process::id());
    let mut by_thread: BTreeMap<i64, Vec<Seen>> = BTreeMap::new();
    for record in records {
        let seen = keep(&record);
        // The allocator of a new thread counts the CPUs.
        let allocator =
            seen.name == "openat" && seen.text(2).starts_with("/sys/devices/system/cpu/");
        if seen.pid == me && seen.name != "procexit" && !allocator {
            by_thread.entry(seen.tid).or_default().push(seen);
        }
    }

    let losses = probe.losses().unwrap();
    let (mut compared, mut missing) = (0_u64, 0_u64);
    for worker in workers {
        let (tid, reported) = worker.join().unwrap();
        let mut expected = reported.iter();
        let seen = by_thread.remove(&tid).unwrap_or_default();
        assert!(seen.is_sorted_by_key(|seen| seen.ts), "thread {tid} in order of time");
        for seen in &seen {
            // What was lost leaves a gap; nothing comes that was not done, or not in its turn.
            let found = expected.by_ref().find(|expected| {
                let fits = expected.fits(seen);
                missing += u64::from(!fits);
                fits
            });
            assert!(found.is_some(), "thread {tid} did no such thing: {seen:?}");
            compared += 1;
        }
        missing += expected.count() as u64;
    }
    let all = (THREADS * ROUNDS * CALLS.len()) as u64;
    assert_eq!(compared + missing, all);
    assert!(
        missing <= losses.total(),
        "{missing} missing, {:?}",
        losses.by_class().collect::<Vec<_>>()
    );
    let kernel = std::fs::read_to_string("/sys/kernel/debug/sched/preempt").unwrap_or_default();
    println!(
        "STRESS: {compared} of {all} compared, {missing} lost and counted, preempt: {}",
        kernel.trim()
    );
    let scratch = losses.by_class().find(|(class, _)| *class == "scratch").unwrap().1;
    assert!(
        missing * 100 <= all,
        "losses are rare: {missing} of {all}, {scratch} for want of a slot"
    );
}
