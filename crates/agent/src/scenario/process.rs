//! The process that acts in a test, and its ancestors: what no event of the test says comes from here.

use peregrine_event::{EventBuilder, EventInfo, EventType, Origin, TrailerWriter, names};
use peregrine_yaml::{Body, Node};

use super::accounts::{self, Account, Accounts};
use super::container::{self, ContainerTold};
use super::descriptors;
use super::node::{Wrong, number, pairs, text, texts, truth, wrong};

/// When a test's first event happens, nanoseconds since the epoch.
pub(crate) const BEGIN: u64 = 1_700_000_000_000_000_000;
/// The process that acts, where a test does not say it.
const PID: i64 = 1000;
/// The kernel's longest name of a thread.
const LONGEST_NAME: usize = 15;

/// What is said of every process.
const KEYS: [&str; 33] = [
    "name",
    "exe",
    "exepath",
    "args",
    "env",
    "cwd",
    "pid",
    "tid",
    "vpid",
    "vtid",
    "sid",
    "pgid",
    "vpgid",
    "tty",
    "user",
    "uid",
    "group",
    "gid",
    "homedir",
    "shell",
    "loginname",
    "loginuid",
    "cap_permitted",
    "cap_effective",
    "cap_inheritable",
    "is_exe_writable",
    "is_exe_upper_layer",
    "is_exe_lower_layer",
    "is_exe_from_memfd",
    "exe_ino",
    "duration",
    "fds",
    "container",
];

/// Truth values and the bits of `exe_flags` they stand for.
const EXE_FLAGS: [(&str, u32); 4] = [
    ("is_exe_writable", peregrine_state::exe_flags::WRITABLE),
    ("is_exe_upper_layer", peregrine_state::exe_flags::UPPER_LAYER),
    ("is_exe_lower_layer", peregrine_state::exe_flags::LOWER_LAYER),
    ("is_exe_from_memfd", peregrine_state::exe_flags::FROM_MEMFD),
];

/// A process.
#[derive(Debug, Clone)]
struct Process {
    name: String,
    exe: String,
    exepath: String,
    args: Vec<String>,
    env: Vec<String>,
    cwd: String,
    pid: i64,
    tid: i64,
    vpid: i64,
    vtid: i64,
    sid: i64,
    pgid: i64,
    vpgid: i64,
    tty: u32,
    account: Account,
    /// Permitted, effective, inheritable.
    capabilities: [u64; 3],
    flags: u32,
    ino: u64,
    /// When it began; 0: unknown.
    start: u64,
    container: Option<ContainerTold>,
    descriptors: Vec<Vec<u8>>,
}

/// The process that acts and its ancestors.
#[derive(Debug)]
pub(crate) struct Cast {
    /// The one that acts first, then its parent and so on.
    line: Vec<Process>,
    accounts: Accounts,
}

impl Cast {
    /// Reads `process`; what it does not say is made up.
    pub(crate) fn new(node: Option<&Node>) -> Result<Self, Wrong> {
        let empty = Node::detached(Body::Null);
        let node = node.unwrap_or(&empty);
        let known: Vec<&str> = KEYS.iter().copied().chain(["ancestors"]).collect();
        pairs(node, "a process", &known)?;
        let mut line = vec![Process::new(node, None)?];
        match node.get("ancestors").map(|node| (node, &node.body)) {
            None | Some((_, Body::Null)) => {}
            Some((_, Body::List(ancestors))) => {
                for ancestor in ancestors {
                    let child = line.last();
                    let process = Process::new(ancestor, child)?;
                    if line.iter().any(|other| other.pid == process.pid) {
                        let pid = process.pid;
                        return wrong(ancestor, format!("two processes have the pid {pid}"));
                    }
                    line.push(process);
                }
            }
            Some((_, Body::Scalar(name))) => {
                let ancestor = Node::detached(Body::Scalar(name.clone()));
                let process = Process::new(&ancestor, line.last())?;
                line.push(process);
            }
            Some((node, Body::Map(_))) => {
                return wrong(node, "ancestors is a list, the parent first");
            }
        }
        let mut known = Accounts::default();
        for process in &line {
            known.add(&process.account);
        }
        Ok(Self { line, accounts: known })
    }

    /// The users and groups there are.
    pub(crate) fn accounts(&self) -> &Accounts {
        &self.accounts
    }

    /// The thread that acts, and its process.
    pub(crate) fn thread(&self) -> (i64, i64) {
        self.line.first().map_or((PID, PID), |process| (process.tid, process.pid))
    }

    /// The records of a first snapshot: the eldest first.
    pub(crate) fn snapshot(&self) -> Vec<Vec<u8>> {
        let mut records = Vec::new();
        for (place, process) in self.line.iter().enumerate().rev() {
            let parent = self.line.get(place + 1).map_or(0, |parent| parent.pid);
            records.push(process.record(process.pid, parent));
            if process.tid != process.pid {
                records.push(process.record(process.tid, parent));
            }
            records.extend(process.descriptors.iter().cloned());
            records.extend(process.container.as_ref().map(ContainerTold::record));
        }
        records
    }

    /// The value that a parameter of an event has because the process is what it is; `None`: the event
    /// says nothing about it. `program` is the path of the program that an exec starts, where it is given.
    pub(crate) fn parameter(
        &self,
        info: &EventInfo,
        name: &str,
        program: Option<&str>,
    ) -> Option<Vec<u8>> {
        use EventType as E;
        let starts = matches!(info.event_type(), E::SYSCALL_EXECVE_19_X | E::SYSCALL_EXECVEAT_X);
        let makes = matches!(
            info.event_type(),
            E::SYSCALL_CLONE_20_X
                | E::SYSCALL_CLONE3_X
                | E::SYSCALL_FORK_20_X
                | E::SYSCALL_VFORK_20_X
        );
        let process = self.line.first()?;
        let parent = self.line.get(1).map_or(0, |parent| parent.pid);
        let text = |text: &str| [text.as_bytes(), b"\0"].concat();
        let list = |list: &[String]| list.iter().flat_map(|one| text(one)).collect::<Vec<u8>>();
        let number = |number: i64| {
            let param = info.params.iter().find(|param| param.name == name)?;
            Some(number.to_le_bytes().into_iter().take(param.ty.size()?).collect::<Vec<u8>>())
        };
        let bits = |set: u64| number(set.cast_signed());
        if !starts && !makes {
            return match name {
                "tid" => number(process.tid),
                "pid" => number(process.pid),
                _ => None,
            };
        }
        let of_program = |own: &str| text(program.unwrap_or(own));
        match name {
            "exe" => Some(of_program(&process.exe)),
            "trusted_exepath" | "filename" => Some(of_program(&process.exepath)),
            "comm" => Some(text(&program.map_or_else(|| process.name.clone(), name_of))),
            "args" => Some(list(&process.args)),
            "env" => Some(list(&process.env)),
            "cgroups" => Some(list(&process.cgroups())),
            "cwd" => Some(text(&process.cwd)),
            "tid" => number(process.tid),
            "pid" => number(process.pid),
            "ptid" => number(parent),
            "vtid" => number(process.vtid),
            "vpid" => number(process.vpid),
            "pgid" => number(process.pgid),
            "vpgid" => number(process.vpgid),
            "tty" => number(process.tty.into()),
            "uid" => number(process.account.uid.into()),
            "gid" => number(process.account.gid.into()),
            "loginuid" => number(process.account.loginuid.into()),
            "fdlimit" => number(1024),
            "flags" if starts => number(process.flags.into()),
            "exe_ino" => bits(process.ino),
            "cap_permitted" => bits(process.capabilities[0]),
            "cap_effective" => bits(process.capabilities[1]),
            "cap_inheritable" => bits(process.capabilities[2]),
            _ => None,
        }
    }
}

/// The name of a thread that runs a program.
fn name_of(path: &str) -> String {
    let name = path.rsplit('/').next().unwrap_or_default();
    name.chars().take(LONGEST_NAME).collect()
}

impl Process {
    /// Reads a process, or the ancestor of `child`: an ancestor may be only a name or a path, and what it
    /// does not say of its user, folder, terminal and container is as its child's.
    fn new(node: &Node, child: Option<&Self>) -> Result<Self, Wrong> {
        let short = node.scalar();
        if child.is_some() && short.is_none() {
            pairs(node, "an ancestor", &KEYS)?;
        }
        let get = |key: &str| node.get(key).map(|value| text(value, key)).transpose();
        let list =
            |key: &str| node.get(key).map_or_else(|| Ok(Vec::new()), |value| texts(value, key));
        let id = |key: &str, other: i64| match node.get(key) {
            Some(value) => number::<u32>(value, key).map(i64::from),
            None => Ok(other),
        };
        let program = match short {
            Some(name) => Some(name),
            None => get("name")?,
        };
        let exepath = get("exepath")?;
        // What is given by its path is named after the file.
        let path = program.filter(|name| name.starts_with('/')).or(exepath);
        let name = match (program.filter(|name| !name.starts_with('/')), path) {
            (Some(name), _) => name.to_owned(),
            (None, Some(path)) => name_of(path),
            (None, None) => "cat".to_owned(),
        };
        let path = path.map_or_else(|| format!("/usr/bin/{name}"), str::to_owned);
        // Parents have lower numbers than their children.
        let pid = id("pid", child.map_or(PID, |child| child.pid - 1))?;
        let tid = id("tid", pid)?;
        let vpid = id("vpid", pid)?;
        let pgid = id("pgid", pid)?;
        let mut flags = 0;
        for (key, bit) in EXE_FLAGS {
            if node.get(key).map_or(Ok(false), |value| truth(value, key))? {
                flags |= bit;
            }
        }
        let container = match node.get("container") {
            Some(value) => container::read(value)?,
            None => child.and_then(|child| child.container.clone()),
        };
        let start = match node.get("duration") {
            Some(value) => BEGIN - duration(value)?,
            None => 0,
        };
        Ok(Self {
            exe: get("exe")?.unwrap_or(&name).to_owned(),
            name,
            exepath: path,
            args: list("args")?,
            env: list("env")?,
            cwd: get("cwd")?
                .map(str::to_owned)
                .or_else(|| child.map(|child| child.cwd.clone()))
                .unwrap_or_else(|| "/root".to_owned()),
            pid,
            tid,
            vtid: id("vtid", if tid == pid { vpid } else { tid })?,
            vpid,
            sid: id("sid", pid)?,
            vpgid: id("vpgid", pgid)?,
            pgid,
            tty: match node.get("tty") {
                Some(value) => number(value, "tty")?,
                None => child.map_or(0, |child| child.tty),
            },
            account: accounts::read(node, child.map(|child| &child.account))?,
            capabilities: [
                capabilities(node, "cap_permitted")?,
                capabilities(node, "cap_effective")?,
                capabilities(node, "cap_inheritable")?,
            ],
            flags,
            ino: node.get("exe_ino").map_or(Ok(0), |value| number(value, "exe_ino"))?,
            start,
            container,
            descriptors: descriptors::read(node.get("fds"), pid)?,
        })
    }

    fn cgroups(&self) -> Vec<String> {
        self.container.iter().map(ContainerTold::cgroup).collect()
    }

    /// A thread of it as a record of a first snapshot.
    fn record(&self, tid: i64, parent: i64) -> Vec<u8> {
        let small = |number: i64| i32::try_from(number).unwrap_or(0);
        let argv = std::iter::once(&self.exe).chain(&self.args).map(String::as_bytes);
        let vtid = if tid == self.pid { self.vpid } else { self.vtid };
        let block = EventBuilder::new(EventType::ITER_TASK_E, 0, tid)
            .i32(small(parent))
            .i32(small(self.pgid))
            .i32(small(self.vpgid))
            .i32(small(self.sid))
            .str(self.name.as_bytes())
            .strs(argv)
            .str(self.exepath.as_bytes())
            .u32(self.flags)
            .strs(self.env.iter().map(String::as_bytes))
            .str(self.cwd.as_bytes())
            .u64(1024)
            .u32(self.account.uid)
            .u32(self.account.gid)
            .u64(self.capabilities[0])
            .u64(self.capabilities[1])
            .u64(self.capabilities[2])
            .u64(self.ino)
            .u64(0)
            .u64(0)
            .u32(0)
            .u32(0)
            .u32(0)
            .u64(0)
            .u64(0)
            .i32(small(vtid))
            .i32(small(self.vpid))
            .u64(0)
            .strs(self.cgroups().iter().map(String::as_bytes))
            .str(b"/")
            .u64(self.start)
            .u32(self.tty)
            .u32(self.account.loginuid);
        let pid = u32::try_from(self.pid).unwrap_or_default();
        let trailer = TrailerWriter::default().origin(Origin { cpu: 0, flags: 0, pid });
        [block.finish(), trailer.finish()].concat()
    }
}

/// A set of capabilities by their names.
fn capabilities(node: &Node, key: &str) -> Result<u64, Wrong> {
    let Some(node) = node.get(key) else { return Ok(0) };
    let mut set = 0;
    for name in texts(node, key)? {
        let of_name = |bit: &u64| names::capability_names(*bit).any(|one| one == name);
        let Some(bit) = (0..64).map(|bit| 1 << bit).find(of_name) else {
            let near = names::nearest(&name, names::capability_names(u64::MAX));
            let near = near.map(|near| format!("; did you mean {near}?")).unwrap_or_default();
            return wrong(node, format!("no capability is called {name}{near}"));
        };
        set |= bit;
    }
    Ok(set)
}

/// How long a process has been running, in nanoseconds: `90s`, `5m`, `2h 30m`.
fn duration(node: &Node) -> Result<u64, Wrong> {
    let written = text(node, "duration")?;
    let long = written.parse::<jiff::SignedDuration>().ok();
    match long.and_then(|long| u64::try_from(long.as_nanos()).ok()).filter(|long| *long < BEGIN) {
        Some(long) => Ok(long),
        None => wrong(node, format!("{written} is no duration: write it as 90s, 5m or 2h 30m")),
    }
}
