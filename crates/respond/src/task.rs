//! What is to be done to whom: plain values that are written down before anything happens, and read again after a
//! crash.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::bytes::Bytes;
use crate::duration::shown_duration;
use crate::kubernetes::KubernetesTask;

/// A process as an event shows it: whoever had the number at that time, and nobody who got it later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Process {
    /// Its number.
    pub pid: i32,
    /// When it had this number, nanoseconds since the epoch.
    pub seen_ns: u64,
    /// When it started as the event says, nanoseconds since the epoch; 0: unknown.
    #[serde(default)]
    pub started_ns: u64,
    /// Inode of its program; 0: unknown.
    #[serde(default)]
    pub exe_ino: u64,
    /// Its name, for people.
    pub name: Bytes,
    /// The full id of its container.
    #[serde(default)]
    pub container: Option<String>,
}

/// A file as an event shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileTarget {
    /// Its path, as the process sees it.
    pub path: Bytes,
    /// Its inode, where the event has it: another file at the path is not touched.
    #[serde(default)]
    pub ino: Option<u64>,
    /// The process whose root directory the path begins at, where that is a container's.
    #[serde(default)]
    pub root_of: Option<Process>,
}

/// Which processes an action is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// The process.
    Process,
    /// It and its descendants.
    Tree,
    /// Those of its session.
    Session,
    /// Those of its container.
    Container,
    /// Those of its user.
    User,
}

impl What {
    pub(crate) const ALL: [(&'static str, Self); 5] = [
        ("process", Self::Process),
        ("tree", Self::Tree),
        ("session", Self::Session),
        ("container", Self::Container),
        ("user", Self::User),
    ];
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let row = Self::ALL.iter().find(|(_, what)| what == self);
        f.write_str(row.map_or("", |(name, _)| name))
    }
}

/// A signal that ends a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
#[expect(missing_docs, reason = "the system's names")]
pub enum Signal {
    Kill,
    Term,
    Int,
    Hup,
    Quit,
    Abrt,
    Usr1,
    Usr2,
}

impl Signal {
    pub(crate) const ALL: [(&'static str, Self); 8] = [
        ("KILL", Self::Kill),
        ("TERM", Self::Term),
        ("INT", Self::Int),
        ("HUP", Self::Hup),
        ("QUIT", Self::Quit),
        ("ABRT", Self::Abrt),
        ("USR1", Self::Usr1),
        ("USR2", Self::Usr2),
    ];
}

impl fmt::Display for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let row = Self::ALL.iter().find(|(_, signal)| signal == self);
        f.write_str(row.map_or("", |(name, _)| name))
    }
}

/// A protocol with ports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the protocols' names")]
pub enum Protocol {
    Tcp,
    Udp,
}

impl Protocol {
    pub(crate) const ALL: [(&'static str, Self); 2] = [("tcp", Self::Tcp), ("udp", Self::Udp)];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
        }
    }
}

/// Which way packets go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// To this host.
    In,
    /// From this host.
    Out,
    /// Both.
    Both,
}

impl Direction {
    pub(crate) const ALL: [(&'static str, Self); 3] =
        [("in", Self::In), ("out", Self::Out), ("both", Self::Both)];
}

/// With whom an isolated host may speak.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Allowed {
    /// An address, or all of a network.
    Network(IpAddr, u8),
    /// A port of an address.
    Port(SocketAddr),
    /// The name servers.
    Dns,
}

impl fmt::Display for Allowed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Network(address, prefix) => write!(f, "{address}/{prefix}"),
            Self::Port(address) => write!(f, "{address}"),
            Self::Dns => f.write_str("dns"),
        }
    }
}

/// The part of a file that is removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RemovedPart {
    /// All of it: a unit, a script.
    Whole,
    /// Lines with this text.
    LinesWith(Bytes),
}

/// One thing to be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum Task {
    /// Sends a signal that ends processes.
    Kill {
        /// Which.
        what: What,
        /// The process they are known by.
        process: Process,
        /// The signal.
        signal: Signal,
    },
    /// Stops processes (`SIGSTOP`). Undone by letting them go on.
    Stop {
        /// Which.
        what: What,
        /// The process they are known by.
        process: Process,
    },
    /// Lets stopped processes go on.
    Continue {
        /// Which.
        what: What,
        /// The process they are known by.
        process: Process,
    },
    /// Freezes the control group of a process.
    Freeze {
        /// The process.
        process: Process,
    },
    /// Moves a file into the store.
    Quarantine {
        /// The file.
        file: FileTarget,
    },
    /// Drops packets from and to addresses.
    BlockAddress {
        /// The address.
        address: IpAddr,
        /// Bits of it that count.
        prefix: u8,
        /// For how long.
        hold: Duration,
    },
    /// Drops packets to a port.
    BlockPort {
        /// The port.
        port: u16,
        /// Of this protocol.
        protocol: Protocol,
        /// Of this host (in), of others (out).
        direction: Direction,
        /// For how long.
        hold: Duration,
    },
    /// Drops all packets but those with some.
    Isolate {
        /// With whom the host may still speak.
        allow: Vec<Allowed>,
        /// For how long.
        hold: Duration,
    },
    /// Locks an account.
    DisableUser {
        /// Its name.
        user: Bytes,
    },
    /// Ends the sessions of a user.
    EndSessions {
        /// The name.
        user: Bytes,
    },
    /// Removes a key that lets a user in.
    RemoveKey {
        /// The user's name.
        user: Bytes,
        /// The key or a part of its line: its base64, its comment.
        key: Bytes,
    },
    /// Removes what would start something again, into the store.
    RemovePersistence {
        /// The file.
        file: FileTarget,
        /// What of it.
        part: RemovedPart,
    },
    /// Pauses a container.
    PauseContainer {
        /// Its full id.
        id: String,
    },
    /// Stops a container.
    StopContainer {
        /// Its full id.
        id: String,
    },
    /// Takes a container off its networks.
    DisconnectContainer {
        /// Its full id.
        id: String,
    },
    /// Does something through the API of Kubernetes.
    Kubernetes {
        /// What.
        what: KubernetesTask,
    },
    /// Records what happens.
    Capture {
        /// For how long.
        hold: Duration,
    },
    /// Collects what is known of a process into a signed archive.
    Evidence {
        /// The process.
        process: Process,
    },
    /// Starts a program.
    Run {
        /// It and its arguments.
        argv: Vec<Bytes>,
        /// The user it runs as.
        user: String,
        /// It is killed after this long.
        timeout: Duration,
    },
    /// Posts the alert to an address.
    Webhook {
        /// Where to.
        url: String,
        /// What is posted.
        body: String,
        /// How long an attempt may take.
        timeout: Duration,
    },
}

impl Task {
    /// The name of the action.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Kill { .. } => "kill",
            Self::Stop { .. } => "stop",
            Self::Continue { .. } => "continue",
            Self::Freeze { .. } => "freeze",
            Self::Quarantine { .. } => "quarantine",
            Self::BlockAddress { .. } => "block_address",
            Self::BlockPort { .. } => "block_port",
            Self::Isolate { .. } => "isolate",
            Self::DisableUser { .. } => "disable_user",
            Self::EndSessions { .. } => "end_sessions",
            Self::RemoveKey { .. } => "remove_key",
            Self::RemovePersistence { .. } => "remove_persistence",
            Self::PauseContainer { .. } => "pause_container",
            Self::StopContainer { .. } => "stop_container",
            Self::DisconnectContainer { .. } => "disconnect_container",
            Self::Kubernetes { what } => what.name(),
            Self::Capture { .. } => "capture",
            Self::Evidence { .. } => "evidence",
            Self::Run { .. } => "run",
            Self::Webhook { .. } => "webhook",
        }
    }

    /// Whether it is done before the alert is rendered, and before slower actions of others.
    pub fn is_fast(&self) -> bool {
        matches!(self, Self::Kill { .. } | Self::Stop { .. } | Self::Continue { .. })
    }

    /// Whether it can be taken back.
    pub fn is_undoable(&self) -> bool {
        !matches!(
            self,
            Self::Kill { .. }
                | Self::Continue { .. }
                | Self::EndSessions { .. }
                | Self::Kubernetes { what: KubernetesTask::DeletePod { .. } }
                | Self::Capture { .. }
                | Self::Evidence { .. }
                | Self::Run { .. }
                | Self::Webhook { .. }
        )
    }
}

impl fmt::Display for Process {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.pid, self.name)?;
        match &self.container {
            Some(id) => write!(f, " in container {}", id.get(..12).unwrap_or(id)),
            None => Ok(()),
        }
    }
}

impl fmt::Display for FileTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.path)?;
        match &self.root_of {
            Some(process) => write!(f, " as process {process} sees it"),
            None => Ok(()),
        }
    }
}

/// One line for people: what, to whom, for how long.
impl fmt::Display for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of = |what: &What| match what {
            What::Process => "process",
            What::Tree => "process tree of",
            What::Session => "session of process",
            What::Container => "container of process",
            What::User => "user of process",
        };
        match self {
            Self::Kill { what, process, signal } => {
                write!(f, "kill {} {process} with SIG{signal}", of(what))
            }
            Self::Stop { what, process } => write!(f, "stop {} {process}", of(what)),
            Self::Continue { what, process } => write!(f, "continue {} {process}", of(what)),
            Self::Freeze { process } => write!(f, "freeze the control group of process {process}"),
            Self::Quarantine { file } => write!(f, "quarantine {file}"),
            Self::BlockAddress { address, prefix, hold } => {
                write!(f, "block {address}/{prefix} for {}", shown_duration(*hold))
            }
            Self::BlockPort { port, protocol, direction, hold } => {
                let way = match direction {
                    Direction::In => "to this host",
                    Direction::Out => "from this host",
                    Direction::Both => "both ways",
                };
                let (protocol, hold) = (protocol.name(), shown_duration(*hold));
                write!(f, "block port {port}/{protocol} {way} for {hold}")
            }
            Self::Isolate { allow, hold } => {
                write!(f, "isolate this host for {}", shown_duration(*hold))?;
                let allow: Vec<String> = allow.iter().map(ToString::to_string).collect();
                if allow.is_empty() { Ok(()) } else { write!(f, " but for {}", allow.join(", ")) }
            }
            Self::DisableUser { user } => write!(f, "disable the user {user}"),
            Self::EndSessions { user } => write!(f, "end the sessions of the user {user}"),
            Self::RemoveKey { user, key } => {
                write!(f, "remove the key {key} from the authorized keys of {user}")
            }
            Self::RemovePersistence { file, part: RemovedPart::Whole } => {
                write!(f, "remove {file} into quarantine")
            }
            Self::RemovePersistence { file, part: RemovedPart::LinesWith(text) } => {
                write!(f, "remove the lines with {text} from {file}")
            }
            Self::PauseContainer { id } => write!(f, "pause the container {id}"),
            Self::StopContainer { id } => write!(f, "stop the container {id}"),
            Self::DisconnectContainer { id } => {
                write!(f, "disconnect the container {id} from its networks")
            }
            Self::Kubernetes { what } => write!(f, "{what}"),
            Self::Capture { hold } => write!(f, "capture {}", shown_duration(*hold)),
            Self::Evidence { process } => write!(f, "collect evidence of process {process}"),
            Self::Run { argv, user, timeout } => {
                let words: Vec<String> = argv.iter().map(|word| format!("\"{word}\"")).collect();
                let (words, timeout) = (words.join(" "), shown_duration(*timeout));
                write!(f, "run {words} as {user} for {timeout} at most")
            }
            Self::Webhook { url, .. } => write!(f, "post the alert to {url}"),
        }
    }
}
