//! Floods of processes, threads and descriptors, under an agent that watches for real: the state is
//! that of `/proc` afterwards, and no larger than what lives. Needs root; says so loudly where it has
//! none. The numbers are those a test has time for: `PEREGRINE_FLOOD=10` makes them 20,000 processes that
//! come and go, 5,000 alive, 10,000 threads (docs/SPECIFICATION.md has the command).

#![expect(clippy::unwrap_used, reason = "a failed test may panic")]
#![expect(clippy::print_stdout, reason = "figures")]
#![expect(unreachable_pub, reason = "modules of one test")]

mod procfs;

use std::sync::Arc;
use std::time::{Duration, Instant};

use peregrine_agent::generation::Generation;
use peregrine_agent::live::Monitor;
use peregrine_agent::metrics::Metric;
use peregrine_agent::notice::{Notice, Notify};
use peregrine_agent::source::Poll;
use peregrine_config::{Config, Count};
use peregrine_testkit::actor::{
    Actor, Descriptor, become_program, become_user, change_folder, descriptor_limit, end, exit,
    fork, fork_as, pause, wait,
};
use procfs::{descriptors, equal, family, memory, watch_for};

/// How many times as much as usual.
fn times() -> usize {
    std::env::var("PEREGRINE_FLOOD").ok().and_then(|times| times.parse().ok()).unwrap_or(1)
}

/// An agent in this process, with rules that look at these calls.
fn watch(condition: &str, ring_bytes: u32, change: impl FnOnce(&mut Config)) -> Monitor {
    let file = std::env::temp_dir()
        .join(format!("peregrine-flood-{}-{condition:.3}.yaml", std::process::id()));
    let text =
        format!("- rule: r\n  desc: d\n  condition: {condition}\n  output: o\n  priority: INFO\n");
    std::fs::write(&file, text).unwrap();
    let mut config = Config { rules_files: vec![file.clone()], ..Config::default() };
    config.stdout_output.enabled = false;
    config.engine.modern_ebpf.buf_size_preset.bytes = ring_bytes;
    change(&mut config);
    let (generation, _) = Generation::load(&config).unwrap();
    std::fs::remove_file(file).unwrap();
    let notify: Notify = Arc::new(|notice: &Notice| println!("agent: {notice}"));
    Monitor::start(&config, generation, &notify).unwrap()
}

/// Watches until the actor's stage is done.
fn stage(actor: &Actor, monitor: &mut Monitor) {
    let late = Instant::now() + Duration::from_mins(10);
    while !actor.is_done() {
        assert!(Instant::now() < late, "the actor is late");
        if !matches!(monitor.poll(), Poll::Drained(1000..)) {
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

/// Waits until the actor's stage is done, and does not monitor.
fn unwatched(actor: &Actor) {
    let late = Instant::now() + Duration::from_mins(10);
    while !actor.is_done() {
        assert!(Instant::now() < late, "the actor is late");
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn nothing_lost(monitor: &Monitor) {
    let losses = monitor.losses();
    assert_eq!(losses.total(), 0, "{losses:?}");
    let counters = monitor.state().counters();
    assert_eq!((counters.threads_refused, counters.threads_stale), (0, 0), "{counters:?}");
}

#[test]
fn live_forks() {
    if !peregrine_testkit::root("live_forks") {
        return;
    }
    let (short, alive) = (2_000 * times(), 500 * times());
    let mut monitor = watch("evt.type = execve and proc.name = nobody", 64 << 20, |_| {});
    let before = memory();
    let begin = Instant::now();
    let actor = Actor::start(|stage| {
        let mut running = 0;
        for number in 0..short {
            fork(|| match number % 10 {
                0 => become_program(&[c"/bin/true"]),
                1 => change_folder(c"/tmp"),
                _ => {}
            });
            running += 1;
            if running == 64 {
                wait();
                running -= 1;
            }
        }
        (0..running).for_each(|_| wait());
        stage.done();
        for number in 0..alive {
            fork(|| {
                if number % 3 == 0 {
                    change_folder(c"/usr/bin");
                }
                if number % 11 == 0 {
                    become_user(1000);
                }
                match number % 5 {
                    0 => become_program(&[c"/bin/sleep", c"1000"]),
                    // A child that outlives its parent is somebody else's.
                    1 => {
                        fork(|| pause());
                        exit();
                    }
                    _ => {}
                }
                pause();
            });
        }
        stage.done();
    });
    stage(&actor, &mut monitor);
    equal(&mut monitor, &family(actor.pid));
    nothing_lost(&monitor);
    let after = memory();
    println!(
        "FLOOD: {short} processes came and went in {:.1} s; {} threads known, memory {before} KiB, then {after} KiB",
        begin.elapsed().as_secs_f64(),
        monitor.state().thread_count()
    );
    assert!(after < before + 8 * 1024, "nothing stays of what is gone: {before} KiB, {after} KiB");
    actor.go_on();
    stage(&actor, &mut monitor);
    equal(&mut monitor, &family(actor.pid));
    nothing_lost(&monitor);
    let (peak, known) = (memory(), monitor.state().thread_count());
    println!("FLOOD: {alive} alive: {known} threads known, memory {peak} KiB");
    assert!(known >= alive);
    let each = (peak.saturating_sub(after)) * 1024 / alive as u64;
    assert!(each < 4096, "{each} bytes for a process");
    drop(actor);
    equal(&mut monitor, &|_| false);
    nothing_lost(&monitor);
    monitor.finish();
}

#[test]
fn live_threads() {
    if !peregrine_testkit::root("live_threads") {
        return;
    }
    let count = 1_000 * times();
    let mut monitor = watch("evt.type = execve and proc.name = nobody", 64 << 20, |_| {});
    let before = memory();
    let actor = Actor::start(|stage| {
        for _ in 0..count {
            let started = std::thread::Builder::new().stack_size(16 << 10).spawn(|| pause());
            if let Err(error) = started {
                println!("a thread: {error}");
                exit();
            }
        }
        stage.done();
        // A program that starts ends all of them.
        become_program(&[c"/bin/sleep", c"1000"]);
    });
    stage(&actor, &mut monitor);
    equal(&mut monitor, &family(actor.pid));
    nothing_lost(&monitor);
    let thread = monitor.state().thread(actor.pid.into()).unwrap();
    assert_eq!(monitor.state().process_of(thread).unwrap().threads.len(), count + 1);
    let each = memory().saturating_sub(before) * 1024 / count as u64;
    println!("FLOOD: {count} threads, {each} bytes each");
    assert!(each < 2048, "{each} bytes for a thread");
    actor.go_on();
    watch_for(&mut monitor, Duration::from_secs(1));
    equal(&mut monitor, &family(actor.pid));
    let thread = monitor.state().thread(actor.pid.into()).unwrap();
    assert_eq!(monitor.state().process_of(thread).unwrap().threads.len(), 1);
    assert_eq!(&*thread.comm, b"sleep");
    nothing_lost(&monitor);
}

#[test]
fn live_descriptors() {
    if !peregrine_testkit::root("live_descriptors") {
        return;
    }
    // Where the limit is lower, and this process may not raise it, there are fewer.
    let all = 100_000.min(descriptor_limit(200_000));
    if all < 100_000 {
        peregrine_testkit::skipped(
            "live_descriptors",
            &format!("100,000 descriptors: no more than {all} are allowed here"),
        );
    }
    let bound = usize::try_from(all).unwrap() * 65 / 100;
    let scratch = peregrine_testkit::Folder::new("fds");
    let folder = scratch.path().to_path_buf();
    let marked = folder.join("marked");
    std::fs::write(&marked, "x").unwrap();
    let path = std::ffi::CString::new(marked.to_str().unwrap()).unwrap();
    let actor = Actor::start(|stage| {
        let any = |number: usize| match number % 8 {
            0 => Descriptor::Copy,
            1 => Descriptor::Pipe,
            2 => Descriptor::Socket,
            3 => Descriptor::Event,
            4 => Descriptor::Folder(c"/tmp"),
            _ => Descriptor::File(c"/etc/passwd"),
        };
        // Those that are watched.
        let watched = |number: usize| match number % 4 {
            0 => Descriptor::Copy,
            1 => Descriptor::Memory,
            2 => Descriptor::Folder(c"/tmp"),
            _ => Descriptor::File(c"/etc/passwd"),
        };
        let until = |most: i32, what: &dyn Fn(usize) -> Descriptor<'static>| {
            (0..200_000).find(|number| what(*number).make() >= most);
        };
        until(all / 2, &any);
        stage.done();
        until(all - 100, &watched);
        Descriptor::File(&path).make();
        stage.done();
        for _ in 0..200 {
            fork(|| {
                Descriptor::CopyAs(5).make();
                pause();
            });
        }
        stage.done();
    });
    unwatched(&actor);
    let condition = format!(
        "evt.type in (open, openat, dup, dup2, memfd_create) and fd.name = {}",
        marked.display()
    );
    let mut monitor = watch(&condition, 64 << 20, |config| {
        config.falco_libs.fd_table_size = Count::of_size(bound);
        config.falco_libs.fd_tables_size = Count::of_size(10 * bound);
    });
    let (known, there) = descriptors(monitor.state(), actor.pid);
    assert!(
        there >= usize::try_from(all / 2).unwrap() && known == there,
        "{known} of {there} at the start"
    );
    let before = memory();
    actor.go_on();
    stage(&actor, &mut monitor);
    // What is being written when the others are read comes later.
    watch_for(&mut monitor, Duration::from_secs(1));
    nothing_lost(&monitor);
    let (known, there) = descriptors(monitor.state(), actor.pid);
    let refused = monitor.state().counters().fds_refused;
    let after = memory();
    println!(
        "FLOOD: {there} descriptors, {known} kept, {refused} refused, {before} KiB, then {after} KiB"
    );
    assert!(there >= usize::try_from(all - 200).unwrap());
    assert_eq!(known, bound, "the bound of one process");
    assert_eq!(known + usize::try_from(refused).unwrap(), there);

    // Children have what their parent has, until they change something: a copy each, in bounds.
    actor.go_on();
    stage(&actor, &mut monitor);
    watch_for(&mut monitor, Duration::from_secs(1));
    nothing_lost(&monitor);
    let (kept, peak) = (monitor.state().fd_count(), memory());
    println!("FLOOD: 200 children with copies: {kept} descriptors kept, {peak} KiB");
    assert!(kept > 4 * bound && kept <= 10 * bound, "{kept} kept, {bound} in one table");
    let each = peak.saturating_sub(before) * 1024 / kept as u64;
    assert!(each < 512, "{each} bytes for a descriptor");
    drop(actor);
    equal(&mut monitor, &|_| false);
    let end = Instant::now() + Duration::from_secs(20);
    while monitor.state().fd_count() >= bound {
        assert!(Instant::now() < end, "{} stay", monitor.state().fd_count());
        watch_for(&mut monitor, Duration::from_millis(20));
    }
    // The event about the descriptor there was no room for had its name.
    let report = monitor.finish();
    assert_eq!(report.metrics.total(Metric::RuleMatches), 1);
    std::fs::remove_dir_all(folder).unwrap();
}

/// A number no process has.
fn free_pid() -> i32 {
    let most = std::fs::read_to_string("/proc/sys/kernel/pid_max").unwrap();
    let most: i32 = most.trim().parse().unwrap();
    (300..most).rev().find(|pid| !std::path::Path::new(&format!("/proc/{pid}")).exists()).unwrap()
}

#[test]
fn live_numbers_are_used_again() {
    if !peregrine_testkit::root("live_numbers_are_used_again") {
        return;
    }
    let mut monitor = watch("evt.type = execve and proc.name = nobody", 16 << 20, |_| {});
    let pid = free_pid();
    let kept = monitor.state().thread_count();
    let actor = Actor::start(|stage| {
        for number in 0..500 {
            let made = fork_as(pid, || match number % 4 {
                0 => become_program(&[c"/bin/true"]),
                1 => change_folder(c"/usr/bin"),
                2 => become_user(1000),
                _ => {}
            });
            assert!(made, "clone3 with a number: {}", std::io::Error::last_os_error());
            wait();
        }
        fork_as(pid, || {
            change_folder(c"/usr");
            pause();
        });
        stage.done();
    });
    stage(&actor, &mut monitor);
    // One that sleeps where five hundred were before.
    watch_for(&mut monitor, Duration::from_millis(100));
    equal(&mut monitor, &family(actor.pid));
    nothing_lost(&monitor);
    let thread = monitor.state().thread(pid.into()).unwrap();
    assert_eq!(monitor.state().cwd(thread), b"/usr");
    println!(
        "FLOOD: 500 times the number {pid}: {kept} threads, then {}",
        monitor.state().thread_count()
    );
    end(pid);
}

#[test]
fn live_what_is_lost_heals() {
    if !peregrine_testkit::root("live_what_is_lost_heals") {
        return;
    }
    let mut monitor = watch("evt.type = execve and proc.name = nobody", 256 << 10, |_| {});
    let pid = free_pid();
    let actor = Actor::start(|stage| {
        let burst: Vec<i32> = (0..100).map(|_| fork(|| pause())).collect();
        fork_as(pid, || pause());
        stage.done();
        // Nobody looks now, and what happens first fills the ring. Then half of them end, others become
        // a program or go somewhere else: all of it is lost. The same number is somebody else.
        for _ in 0..400 {
            fork(|| {});
            wait();
        }
        for pid in &burst[..50] {
            end(*pid);
            wait();
        }
        end(pid);
        wait();
        for number in 0..1000 {
            fork(|| {
                if number % 10 == 0 {
                    change_folder(c"/usr/bin");
                    become_program(&[c"/bin/sleep", c"1000"]);
                }
                if number % 10 == 1 {
                    pause();
                }
            });
            if number % 10 > 1 {
                wait();
            }
        }
        fork_as(pid, || {
            change_folder(c"/usr");
            become_program(&[c"/bin/sleep", c"2000"]);
        });
        stage.done();
    });
    stage(&actor, &mut monitor);
    equal(&mut monitor, &family(actor.pid));
    actor.go_on();
    unwatched(&actor);
    watch_for(&mut monitor, Duration::from_millis(100));
    let lost = monitor.losses().total();
    assert!(lost > 500, "{lost} were lost");
    // A look at all threads comes within five seconds, and a second later what is gone goes.
    watch_for(&mut monitor, Duration::from_secs(8));
    equal(&mut monitor, &family(actor.pid));
    let (swept, kept) = (monitor.state().counters().threads_stale, monitor.state().thread_count());
    println!("FLOOD: {lost} events lost, {swept} threads taken away by the sweep, {kept} known");
    assert!(swept >= 50, "{swept}");
    let thread = monitor.state().thread(pid.into()).unwrap();
    assert_eq!((&*thread.comm, monitor.state().cwd(thread)), (&b"sleep"[..], &b"/usr"[..]));
    assert!(thread.image.args.iter().any(|arg| arg == b"2000"));
}
