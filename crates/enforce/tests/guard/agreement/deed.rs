//! Acts, real and as rules see them.

use std::ffi::CString;
use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Lines, Write as _};
use std::net::IpAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use peregrine_fields::Field;
use peregrine_filter::{Source, Value};
use peregrine_testkit::Folder;

use super::USERS;
use crate::acts::{Outcome, call, forked};

/// What is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verb {
    Read,
    Write,
    Mkdir,
    Unlink,
    Rename,
    Exec,
    Tcp,
    Udp,
}

pub(super) const VERBS: [Verb; 8] = [
    Verb::Read,
    Verb::Write,
    Verb::Mkdir,
    Verb::Unlink,
    Verb::Rename,
    Verb::Exec,
    Verb::Tcp,
    Verb::Udp,
];

/// Somebody does something.
#[derive(Debug)]
pub(super) struct Deed {
    pub(super) verb: Verb,
    pub(super) actor: usize,
    pub(super) uid: u32,
    pub(super) gid: u32,
    pub(super) path: String,
    /// The new name of a rename.
    pub(super) other: String,
    pub(super) address: IpAddr,
    pub(super) port: u16,
}

/// The calls that are one act.
impl Deed {
    pub(super) fn calls(&self) -> &'static [&'static str] {
        match self.verb {
            Verb::Read | Verb::Write => &["open", "openat"],
            Verb::Mkdir => &["mkdir"],
            Verb::Unlink => &["unlink"],
            Verb::Rename => &["rename"],
            Verb::Exec => &["execve"],
            Verb::Tcp | Verb::Udp => &["connect", "sendto"],
        }
    }

    /// The world as it was before.
    pub(super) fn undo(&self) {
        match self.verb {
            Verb::Mkdir => drop(std::fs::remove_dir(&self.path)),
            Verb::Unlink if !Path::new(&self.path).exists() => make(&self.path),
            // Not back: what was at a path that a policy names stays the object of that path.
            Verb::Rename if !Path::new(&self.path).exists() => {
                std::fs::remove_file(&self.other).unwrap();
                make(&self.path);
            }
            _ => {}
        }
    }

    /// Whether what was said is a denial.
    pub(super) fn was_denied(&self, said: Option<i32>) -> bool {
        // A program may be denied to map, and dies.
        said == Some(libc::EPERM) || (self.verb == Verb::Exec && said != Some(0))
    }

    fn line(&self) -> String {
        let verb = VERBS.iter().position(|verb| *verb == self.verb).unwrap();
        let Self { uid, gid, path, other, address, port, .. } = self;
        format!("{verb} {uid} {gid} {path} {other} {address} {port}")
    }

    fn of(line: &str) -> Self {
        let words: Vec<&str> = line.split(' ').collect();
        let [verb, uid, gid, path, other, address, port] = words[..] else { panic!("{line}") };
        Self {
            verb: VERBS[verb.parse::<usize>().unwrap()],
            actor: 0,
            uid: uid.parse().unwrap(),
            gid: gid.parse().unwrap(),
            path: path.to_owned(),
            other: other.to_owned(),
            address: address.parse().unwrap(),
            port: port.parse().unwrap(),
        }
    }

    /// Does it.
    fn act(&self) -> Outcome {
        let path = CString::new(self.path.as_str()).unwrap();
        let other = CString::new(self.other.as_str()).unwrap();
        call!(syscall(libc::SYS_setgid, self.gid)).map_err(|_| 200)?;
        call!(syscall(libc::SYS_setuid, self.uid)).map_err(|_| 201)?;
        let to = (self.address, self.port);
        match self.verb {
            Verb::Read => call!(open(path.as_ptr(), libc::O_RDONLY)).map(drop),
            Verb::Write => call!(open(path.as_ptr(), libc::O_RDWR)).map(drop),
            Verb::Mkdir => call!(mkdir(path.as_ptr(), 0o777)).map(drop),
            Verb::Unlink => call!(unlink(path.as_ptr())).map(drop),
            Verb::Rename => call!(rename(path.as_ptr(), other.as_ptr())).map(drop),
            Verb::Exec => {
                let (words, none) = ([path.as_ptr(), std::ptr::null()], [std::ptr::null()]);
                call!(execve(path.as_ptr(), words.as_ptr(), none.as_ptr())).map(drop)
            }
            Verb::Tcp => denied(std::net::TcpStream::connect(to)),
            Verb::Udp => {
                let any: IpAddr = if to.0.is_ipv4() {
                    [0; 4].into()
                } else {
                    std::net::Ipv6Addr::UNSPECIFIED.into()
                };
                let socket = std::net::UdpSocket::bind((any, 0)).map_err(|_| 202)?;
                denied(socket.send_to(b"x", to))
            }
        }
    }
}

/// Nobody listens: only a denial counts.
fn denied<T>(result: std::io::Result<T>) -> Outcome {
    match result {
        Err(error) if error.raw_os_error() == Some(libc::EPERM) => Err(libc::EPERM),
        _ => Ok(()),
    }
}

/// Files, and programs that act.
pub(super) struct World {
    folder: Folder,
}

/// Files that are there; all are programs, so that each can be started.
const FILES: [&str; 7] = [
    "etc/passwd",
    "etc/shadow",
    "etc/ssh/config",
    "tmp/x",
    "tmp/deep/er/sh",
    "bin/sh",
    "etcetera/passwd",
];
const ACTORS: [&str; 3] = ["bin/nginx", "tmp/deep/x", "etc/passwd-keeper"];

impl World {
    pub(super) fn new() -> Self {
        let world = Self { folder: Folder::new("agreement") };
        for folder in ["", "etc/ssh", "tmp/deep/er", "bin", "etcetera"] {
            let path = world.folder.path().join(folder);
            std::fs::create_dir_all(&path).unwrap();
        }
        for folder in ["", "etc", "etc/ssh", "tmp", "tmp/deep", "tmp/deep/er", "bin", "etcetera"] {
            open_to_all(&world.folder.path().join(folder));
        }
        for file in FILES {
            make(&world.path(file));
        }
        for actor in ACTORS {
            std::fs::copy(super::own(), world.path(actor)).unwrap();
        }
        world
    }

    pub(super) fn path(&self, name: &str) -> String {
        self.folder.join(name)
    }

    pub(super) fn files(&self) -> Vec<String> {
        FILES.iter().map(|name| self.path(name)).collect()
    }

    /// Names that are free.
    pub(super) fn new_names(&self) -> Vec<String> {
        ["etc/new", "tmp/deep/passwd", "etc/ssh/x", "etcetera/sh"]
            .map(|name| self.path(name))
            .to_vec()
    }

    pub(super) fn folders(&self) -> Vec<String> {
        ["etc", "tmp", "etc/ssh", "bin", "tmp/deep"].map(|name| self.path(name)).to_vec()
    }

    pub(super) fn programs(&self) -> Vec<String> {
        ACTORS.iter().map(|name| self.path(name)).collect()
    }

    pub(super) fn actors(&self) -> Vec<Actor> {
        ACTORS.iter().map(|name| Actor::start(&self.path(name))).collect()
    }
}

/// A program that does nothing.
fn make(path: &str) {
    std::fs::copy("/bin/true", path).unwrap();
    open_to_all(path.as_ref());
}

fn open_to_all(path: &Path) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o777)).unwrap();
}

/// A process with a program of its own, whose children act.
pub(super) struct Actor {
    process: Child,
    orders: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
}

impl Actor {
    fn start(program: &str) -> Self {
        let mut process = Command::new(program)
            .args(["--ignored", "--exact", "agreement::acts_as_told", "--nocapture"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let orders = process.stdin.take().unwrap();
        let answers = BufReader::new(process.stdout.take().unwrap()).lines();
        Self { process, orders, answers }
    }

    /// What the kernel said; nothing where who acted was killed.
    pub(super) fn does(&mut self, deed: &Deed) -> Option<i32> {
        writeln!(self.orders, "{}", deed.line()).unwrap();
        let answer = self.answers.by_ref().map(Result::unwrap).find_map(|line| {
            line.split_once("SAID ").map(|(_, said)| said.parse::<i32>().unwrap())
        });
        answer.filter(|said| *said >= 0)
    }
}

impl Drop for Actor {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Reads orders until there are no more.
pub(super) fn act_as_told() {
    for line in std::io::stdin().lines() {
        let deed = Deed::of(&line.unwrap());
        let mut answer = String::new();
        write!(answer, "SAID {}", forked(|| deed.act()).unwrap_or(-1)).unwrap();
        println!("{answer}");
        std::io::stdout().flush().unwrap();
    }
}

/// A deed as an event of one call.
pub(super) struct Event<'d> {
    pub(super) deed: &'d Deed,
    pub(super) world: &'d World,
    pub(super) name: &'d str,
}

fn last_component(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or_default()
}

fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("/", |(folder, _)| folder)
}

impl Source<Field> for Event<'_> {
    fn value(&self, field: &Field) -> Option<Value<'_>> {
        let text = |text: &str| Some(Value::string(text.as_bytes().to_vec()));
        let deed = self.deed;
        let opens = matches!(deed.verb, Verb::Read | Verb::Write);
        let connects = matches!(deed.verb, Verb::Tcp | Verb::Udp);
        let has_path = opens || matches!(deed.verb, Verb::Mkdir | Verb::Unlink);
        let (renames, starts) = (deed.verb == Verb::Rename, deed.verb == Verb::Exec);
        let actor = self.world.path(ACTORS[deed.actor]);
        let test = super::own().display().to_string();
        match field.info.name {
            "evt.type" => text(self.name),
            "evt.is_open_read" => Some(Value::Bool(opens)),
            "evt.is_open_write" => Some(Value::Bool(deed.verb == Verb::Write)),
            "fd.name" if opens => text(&deed.path),
            "fd.directory" if opens => text(folder(&deed.path)),
            "fd.filename" if opens => text(last_component(&deed.path)),
            "fs.path.name" if has_path => text(&deed.path),
            "fs.path.source" if renames => text(&deed.path),
            "fs.path.target" if renames => text(&deed.other),
            "proc.exepath" if starts => text(&deed.path),
            "proc.exepath" | "proc.pexepath" => text(&actor),
            "proc.name" if starts => text(last_component(&deed.path)),
            "proc.name" | "proc.pname" => text(comm(&actor)),
            "proc.aname" => {
                let all = [comm(&actor), "guard", "init"].map(|name| text(name).unwrap());
                Some(Value::Any(all.to_vec()))
            }
            "proc.aexepath" => {
                let all = [actor.as_str(), &test, "/bin/sh"].map(|path| text(path).unwrap());
                Some(Value::Any(all.to_vec()))
            }
            "user.uid" => Some(Value::Uint(deed.uid.into())),
            "group.gid" => Some(Value::Uint(deed.gid.into())),
            "user.name" => text(USERS.get(deed.uid as usize).copied().unwrap_or("other")),
            "container.id" => text("host"),
            "fd.l4proto" if connects => text(if deed.verb == Verb::Tcp { "tcp" } else { "udp" }),
            "fd.sip" | "fd.snet" if connects => Some(Value::Ip(deed.address)),
            "fd.sport" if connects => Some(Value::Uint(deed.port.into())),
            _ => None,
        }
    }
}

/// The name of a process that runs a program.
fn comm(path: &str) -> &str {
    let name = last_component(path);
    &name[..name.len().min(15)]
}
