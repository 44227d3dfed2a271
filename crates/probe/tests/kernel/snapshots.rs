//! The first snapshot reports what `/proc` shows.

use std::collections::BTreeMap;
use std::io::Write;
use std::os::fd::AsRawFd;

use peregrine_probe::snapshot;

use crate::watch::{Seen, keep};

fn records() -> Vec<Seen> {
    let mut seen = Vec::new();
    let count = snapshot(&mut |record| seen.push(keep(record))).unwrap();
    assert_eq!(count, seen.len());
    seen
}

/// What `/proc/PID` shows of a process.
#[derive(Debug, PartialEq, Eq)]
struct Shown {
    comm: String,
    cmdline: Vec<u8>,
    exe: Option<String>,
    cwd: Option<String>,
}

fn of_proc() -> BTreeMap<i64, Shown> {
    let mut all = BTreeMap::new();
    for entry in std::fs::read_dir("/proc").unwrap() {
        let Ok(pid) = entry.unwrap().file_name().to_string_lossy().parse::<i64>() else { continue };
        let read = |name: &str| std::fs::read(format!("/proc/{pid}/{name}"));
        let link = |name: &str| {
            let path = std::fs::read_link(format!("/proc/{pid}/{name}")).ok()?;
            Some(path.to_string_lossy().into_owned())
        };
        let (Ok(comm), Ok(cmdline)) = (read("comm"), read("cmdline")) else { continue };
        let comm = String::from_utf8_lossy(comm.strip_suffix(b"\n").unwrap_or(&comm)).into_owned();
        // A process that lives below a folder has its paths from there.
        let root = link("root").filter(|root| root != "/").unwrap_or_default();
        let seen = |name: &str| {
            let path = link(name)?;
            let below = path.strip_prefix(&root).filter(|below| below.starts_with('/'));
            Some(if path == root { "/" } else { below.unwrap_or(&path) }.to_owned())
        };
        all.insert(pid, Shown { comm, cmdline, exe: seen("exe"), cwd: seen("cwd") });
    }
    all
}

/// Arguments to compare: no more than the probe keeps, the last NUL of which replaces what was cut.
fn command(bytes: &[u8]) -> String {
    let kept = &bytes[..bytes.len().min(4094)];
    kept.strip_suffix(b"\0").unwrap_or(kept).escape_ascii().to_string()
}

/// A child that does nothing, and is ended with the test.
struct Child(libc::pid_t);

impl Child {
    /// A copy of this process. Writes `title` over its arguments where `ps` reads them, and on into
    /// the environment if it is longer.
    fn titled(title: impl Fn(usize) -> String) -> Self {
        let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
        let numbers: Vec<&str> = stat.rsplit_once(") ").unwrap().1.split(' ').collect();
        // arg_start and arg_end, fields 48 and 49; the first one after the name is field 3.
        let (start, end): (usize, usize) =
            (numbers[45].parse().unwrap(), numbers[46].parse().unwrap());
        let title = title(end - start);
        // SAFETY: the child is this process's copy: it writes to its own arguments, which nobody
        // reads there, allocates nothing and never returns.
        let pid = unsafe { libc::fork() };
        if pid == 0 {
            // SAFETY: as above; arguments and environment are one area of the stack.
            unsafe {
                std::ptr::copy_nonoverlapping(title.as_ptr(), start as *mut u8, title.len());
                loop {
                    libc::pause();
                }
            }
        }
        assert!(pid > 0);
        Self(pid)
    }

    /// A shell with so long a script.
    #[expect(clippy::zombie_processes, reason = "waited for when it is dropped")]
    fn script(len: usize) -> Self {
        let script = format!("read x; : {}", "long ".repeat(len / 5));
        let pipe = std::process::Stdio::piped();
        let child = std::process::Command::new("/bin/sh").args(["-c", &script]).stdin(pipe).spawn();
        let mut child = child.unwrap();
        // Dropping it would end the shell.
        std::mem::forget(child.stdin.take());
        Self(child.id().cast_signed())
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        // SAFETY: this process's own child, which is gone at the end.
        unsafe {
            libc::kill(self.0, libc::SIGKILL);
            libc::waitpid(self.0, std::ptr::null_mut(), 0);
        }
    }
}

#[test]
fn threads_are_those_of_proc() {
    if !peregrine_testkit::root("threads_are_those_of_proc") {
        return;
    }
    // Arguments longer than the probe keeps; a title shorter than the arguments were; one as long,
    // which leaves no NUL at their end; one that goes on into the environment.
    let children = [
        Child::script(10_000),
        Child::titled(|_| "short\0".to_owned()),
        Child::titled(|room| "x".repeat(room)),
        Child::titled(|room| "longer ".repeat(room / 7 + 2) + "\0"),
    ];
    // Until they are what they want to be.
    std::thread::sleep(std::time::Duration::from_millis(100));
    let before = of_proc();
    let seen: Vec<Seen> = records().into_iter().filter(|seen| seen.name == "task").collect();
    let after = of_proc();
    let by_tid: BTreeMap<i64, &Seen> = seen.iter().map(|seen| (seen.tid, seen)).collect();
    assert_eq!(by_tid.len(), seen.len(), "each thread once");
    let mut compared = 0;
    for (pid, reported) in &before {
        // Other processes go on while this looks: those that changed meanwhile say nothing.
        if after.get(pid) != Some(reported) {
            continue;
        }
        let Some(seen) = by_tid.get(pid) else {
            // A zombie, or one that this machine hides even from root.
            assert!(reported.exe.is_none(), "{pid} is missing: {reported:?}");
            continue;
        };
        compared += 1;
        assert_eq!(command(&seen.params[5]), command(&reported.cmdline), "{pid}");
        if !reported.cmdline.is_empty() {
            // A kernel worker shows what it is at just now instead.
            assert_eq!(seen.text(4), reported.comm, "{pid}");
        }
        if let Some(exe) = &reported.exe {
            let exe = exe.replace("/memfd:", "memfd:");
            assert_eq!(seen.text(6), exe.strip_suffix(" (deleted)").unwrap_or(&exe), "{pid}");
        }
        if let Some(cwd) = &reported.cwd {
            assert_eq!(seen.text(9), cwd.strip_suffix(" (deleted)").unwrap_or(cwd), "{pid}");
        }
    }
    assert!(compared > 3, "only {compared} compared");
    for Child(pid) in &children {
        let pid = i64::from(*pid);
        assert!(by_tid.contains_key(&pid) && before.get(&pid) == after.get(&pid), "{pid}");
    }
    let me = by_tid[&i64::from(std::process::id())];
    // SAFETY: asks for numbers.
    let (parent, group, session) = unsafe { (libc::getppid(), libc::getpgrp(), libc::getsid(0)) };
    assert_eq!((me.num(0), me.num(1), me.num(3)), (parent.into(), group.into(), session.into()));
    // The environment, of which the first 4 KiB are kept: the last variable of a longer one may be cut.
    let environment: Vec<String> = std::env::vars_os()
        .map(|(name, value)| format!("{}={}", name.to_string_lossy(), value.to_string_lossy()))
        .collect();
    let mut bytes = 0;
    let whole = environment.iter().take_while(|variable| {
        bytes += variable.len() + 1;
        bytes < 4096
    });
    let (whole, listed) = (whole.count(), me.list(8));
    assert!(listed.len() >= whole, "{} of {whole} variables", listed.len());
    assert!(listed.len() <= environment.len());
    for (n, (seen, own)) in listed.iter().zip(&environment).enumerate() {
        assert!(
            if n < whole { seen == own } else { own.starts_with(seen.as_str()) },
            "{seen}: {own}"
        );
    }
    // Resident memory is counted per CPU and rounded: a small process may show none.
    assert!(me.num(19) > 0);
}

#[test]
fn descriptors_are_told_by_kind() {
    if !peregrine_testkit::root("descriptors_are_told_by_kind") {
        return;
    }
    let mut file = tempfile();
    file.1.write_all(b"x").unwrap();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let client = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let unix = std::os::unix::net::UnixDatagram::unbound().unwrap();
    let folder = std::fs::File::open("/etc").unwrap();
    let (reader, _writer) = std::io::pipe().unwrap();
    let me = i64::from(std::process::id());
    let own: Vec<Seen> =
        records().into_iter().filter(|seen| seen.pid == me && seen.name != "task").collect();
    let reported = |fd: i32| {
        own.iter()
            .find(|seen| seen.num(0) == i64::from(fd))
            .unwrap_or_else(|| panic!("{fd}: {own:?}"))
    };
    let seen = reported(file.1.as_raw_fd());
    assert_eq!(
        (seen.name.as_str(), seen.text(1)),
        ("task_file_regular", file.0.to_string_lossy().into_owned())
    );
    assert_eq!(seen.num(2) & 3, 2, "write only");
    let seen = reported(folder.as_raw_fd());
    assert_eq!((seen.name.as_str(), seen.text(1)), ("task_file_directory", "/etc".to_owned()));
    assert_eq!(reported(reader.as_raw_fd()).name, "task_file_pipe");
    assert_eq!(reported(unix.as_raw_fd()).name, "task_file_socket_unix");
    let seen = reported(client.as_raw_fd());
    assert_eq!(seen.name, "task_file_socket_inet");
    assert_eq!(
        (seen.params[3].as_slice(), seen.params[5].as_slice()),
        (&[127, 0, 0, 1][..], &[127, 0, 0, 1][..])
    );
    assert_eq!(seen.num(4), i64::from(client.local_addr().unwrap().port()));
    assert_eq!(seen.num(6), i64::from(listener.local_addr().unwrap().port()));
    assert_eq!(reported(listener.as_raw_fd()).num(6), 0);
    let _ = std::fs::remove_file(file.0);
}

fn tempfile() -> (std::path::PathBuf, std::fs::File) {
    let path = std::env::temp_dir().join(format!("peregrine-snapshot-{}", std::process::id()));
    let file = std::fs::File::create(&path).unwrap();
    (path.canonicalize().unwrap(), file)
}
