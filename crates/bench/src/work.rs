//! Kinds of work, each done over and over in slices whose time is taken.

use std::fs::{self, File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use peregrine_testkit::actor::{become_program, fork, wait};
use peregrine_testkit::clock::{children_time, thread_time};

use super::scene::{NEIGHBOUR, Scene};

/// Done before each turn and not counted.
const WARM_UP: Duration = Duration::from_millis(20);

/// A kind of work.
pub(super) struct Work {
    /// As the table has it.
    pub(super) name: &'static str,
    /// What one time is.
    pub(super) what: &'static str,
    /// Times in a slice: a few milliseconds.
    slice: u32,
    /// How long a turn is.
    turn: Duration,
    act: Box<dyn FnMut(u32) -> Result<()>>,
}

/// The slices of a turn: nanoseconds one time takes.
#[derive(Debug, Default, Clone)]
pub(super) struct Turn {
    /// By the clock.
    pub(super) wall: Vec<f64>,
    /// On a CPU, with the children.
    pub(super) cpu: Vec<f64>,
    /// How often it was done, the warm-up too.
    pub(super) times: u64,
}

impl Work {
    /// Does it for a turn.
    pub(super) fn turn(&mut self) -> Result<Turn> {
        let mut turn = Turn::default();
        let begin = Instant::now();
        // At the end of a warm-up a slice has been done at least once.
        while turn.times == 0 || begin.elapsed() < WARM_UP {
            (self.act)(self.slice)?;
            turn.times += u64::from(self.slice);
        }
        let begin = Instant::now();
        while begin.elapsed() < self.turn {
            let cpu = || thread_time() + children_time();
            let (before, start) = (cpu(), Instant::now());
            (self.act)(self.slice)?;
            let (wall, used) = (start.elapsed(), cpu().saturating_sub(before));
            let each = |time: Duration| time.as_secs_f64() * 1e9 / f64::from(self.slice);
            turn.wall.push(each(wall));
            turn.cpu.push(each(used));
            turn.times += u64::from(self.slice);
        }
        Ok(turn)
    }

    /// Does it once.
    pub(super) fn once(&mut self) -> Result<()> {
        (self.act)(self.slice)
    }
}

/// All kinds; turns are as long as `turn`, those that start programs longer.
pub(super) fn all(scene: &Scene, turn: Duration) -> Result<Vec<Work>> {
    let mut bytes = [0_u8; 64];
    let open = move || -> Result<()> {
        let mut file = File::open(NEIGHBOUR)?;
        let _ = file.read(&mut bytes)?;
        Ok(())
    };
    let mut null = OpenOptions::new().write(true).open("/dev/null")?;
    let written = [0_u8; 64];
    let tiny = scene.tiny()?;
    let forked = std::ffi::CString::new(tiny.as_os_str().as_bytes())?;
    let spawn = move || -> Result<()> {
        let status = Command::new(&tiny).status()?;
        ensure!(status.success(), "{} failed", tiny.display());
        Ok(())
    };
    Ok(vec![
        times("open-read-close", "a file opened, 64 bytes read, closed", 1500, turn, open),
        times("stat", "stat of a file", 4000, turn, || {
            fs::metadata(NEIGHBOUR)?;
            Ok(())
        }),
        times("write", "64 bytes to /dev/null", 8000, turn, move || Ok(null.write_all(&written)?)),
        Work {
            name: "connect",
            what: "a TCP connection on loopback made, taken and closed",
            slice: 100,
            turn,
            act: Box::new(connect),
        },
        times(
            "spawn",
            "a static program started by posix_spawn and waited for",
            8,
            turn * 2,
            spawn,
        ),
        times("fork-exec", "the same by fork and exec", 8, turn * 2, move || {
            fork(|| become_program(&[forked.as_c_str()]));
            wait();
            Ok(())
        }),
        build(scene, turn * 3)?,
    ])
}

/// Work of which a slice is so many times the same.
fn times(
    name: &'static str,
    what: &'static str,
    slice: u32,
    turn: Duration,
    mut act: impl FnMut() -> Result<()> + 'static,
) -> Work {
    let act = move |count| (0..count).try_for_each(|_| act());
    Work { name, what, slice, turn, act: Box::new(act) }
}

/// Connections to a listener of each slice's own: ports that wait after their end are another's.
fn connect(count: u32) -> Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").context("loopback")?;
    let address = listener.local_addr()?;
    for _ in 0..count {
        let there = TcpStream::connect(address)?;
        let (here, _) = listener.accept()?;
        // Who closes first has the port that waits: the listener's side.
        drop(here);
        drop(there);
    }
    Ok(())
}

/// A build: three sources compiled, linked, the program run, what was made removed.
fn build(scene: &Scene, turn: Duration) -> Result<Work> {
    let folder = scene.programs().join("build");
    fs::create_dir_all(&folder)?;
    let mut objects = Vec::new();
    for number in 0..3 {
        let head = "#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n";
        let body = format!("int part{number}(int x) {{ return printf(\"%d\", abs(x)) > 9; }}\n");
        let main = "int part1(int); int part2(int);\nint main(void) { return part0(0) + part1(0) + part2(0); }\n";
        let text = [head, &body, if number == 0 { main } else { "" }].concat();
        fs::write(folder.join(format!("part{number}.c")), text)?;
        objects.push(folder.join(format!("part{number}.o")));
    }
    let program = folder.join("program");
    let act = move || -> Result<()> {
        for object in &objects {
            let source = object.with_extension("c");
            run(Command::new("cc").args(["-O1", "-c", "-o"]).args([object, &source]))?;
        }
        run(Command::new("cc").arg("-o").arg(&program).args(&objects))?;
        run(Command::new("ls").arg("-l").arg(folder_of(&program)))?;
        run(&mut Command::new(&program))?;
        objects.iter().chain([&program]).try_for_each(|made| Ok(fs::remove_file(made)?))
    };
    Ok(times("build", "three C files compiled, linked and run", 1, turn, act))
}

fn folder_of(program: &Path) -> PathBuf {
    program.parent().map(Path::to_path_buf).unwrap_or_default()
}

fn run(command: &mut Command) -> Result<()> {
    let quiet = command.stdin(Stdio::null()).stdout(Stdio::null());
    let status = quiet.status().with_context(|| format!("{command:?}"))?;
    ensure!(status.success(), "{command:?} failed");
    Ok(())
}
