//! How a program is started: by whom, where, with what, within which limits.

use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use peregrine_config::{Environment, Program as Keys, ProgramLimits, Whole};
use rustix::process::geteuid;

use super::running::Running;
use crate::error::SinkError;

/// Where programs are looked for.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
/// A process that has used up its processor time is asked to end, and killed after so many seconds more.
const CPU_GRACE: i64 = 5;

/// How a program is started.
#[derive(Debug, Clone)]
pub(super) struct Start {
    /// The program and its arguments.
    argv: Vec<String>,
    /// How long it may take for one alert; then it is killed.
    pub(super) limit: Duration,
    /// None: as Falco starts it, with all this process has.
    confined: Option<Confined>,
}

#[derive(Debug, Clone)]
struct Confined {
    user: User,
    /// Whether this process is another user's.
    switches: bool,
    directory: PathBuf,
    environment: Environment,
    /// What a shell does before it becomes the program, which sets its limits; empty where it has none. The program
    /// has them before its first instruction, and this process needs no right over another user's.
    gate: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct User {
    name: String,
    uid: u32,
    gid: u32,
    home: String,
}

impl Start {
    /// A command as a shell reads it, which has all this process has.
    pub(super) fn shell(command: &str, limit: Duration) -> Self {
        // The last is what the shell calls itself, as that of `popen` does.
        let argv = ["/bin/sh", "-c", command, "sh"].map(str::to_owned).to_vec();
        Self { argv, limit, confined: None }
    }

    /// What the configuration says.
    ///
    /// # Errors
    /// When that cannot work: there is no such program or user.
    pub(super) fn confined(keys: &Keys, limit: Duration) -> Result<Self, SinkError> {
        let wrong = |words: String| SinkError::Configuration(words);
        let mut start = match (keys.argv.first(), keys.command.is_empty()) {
            (Some(program), true) => {
                find(program, &keys.directory).map_err(wrong)?;
                Self { argv: keys.argv.clone(), limit, confined: None }
            }
            (None, false) => Self::shell(&keys.command, limit),
            _ => return Err(wrong("set one of `argv` and `command`".to_owned())),
        };
        if !keys.directory.is_dir() {
            return Err(wrong(format!("directory: {} is no folder", keys.directory.display())));
        }
        let accounts = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
        let switches = !keys.user.is_empty();
        let own = geteuid().as_raw().to_string();
        let name = if switches { &keys.user } else { &own };
        let user = user(name, &accounts).map_err(wrong)?;
        if switches && !geteuid().is_root() && name != &own {
            return Err(wrong(format!("user: only root can start a program as {name}")));
        }
        if keys.limits.processes.is_some() && user.uid == 0 {
            return Err(wrong(
                "limits.processes: the kernel does not count those of root: set `user`".to_owned(),
            ));
        }
        start.confined = Some(Confined {
            user,
            switches,
            directory: keys.directory.clone(),
            environment: keys.environment.clone(),
            gate: gate(&keys.limits),
        });
        Ok(start)
    }

    /// Whether nothing of it may outlive this process.
    pub(super) fn is_confined(&self) -> bool {
        self.confined.is_some()
    }

    /// Starts it, in a process group of its own.
    pub(super) fn start(&self) -> Result<Running, SinkError> {
        let gate = self.confined.as_ref().map(|confined| confined.gate.as_str());
        let gate = gate.filter(|gate| !gate.is_empty()).map(|gate| ["/bin/sh", "-c", gate, "sh"]);
        let argv = self.argv.iter().map(String::as_str);
        let mut words = gate.into_iter().flatten().chain(argv);
        let mut command = Command::new(words.next().unwrap_or_default());
        command.args(words).process_group(0);
        if let Some(confined) = &self.confined {
            confined.apply(&mut command)?;
        }
        // As `popen`: standard output and error stay; all other descriptors are closed.
        command.stdin(Stdio::piped());
        let child = command.spawn().map_err(|source| SinkError::Exchange {
            what: "the program cannot be started".to_owned(),
            source: source.into(),
        })?;
        let running = Running::new(child)?;
        running.set_nonblocking()?;
        Ok(running)
    }

    pub(super) fn slow(&self) -> SinkError {
        let limit = self.limit.as_secs_f64();
        SinkError::Receiver(format!("the program takes longer than {limit} s and was killed"))
    }
}

impl Confined {
    fn apply(&self, command: &mut Command) -> Result<(), SinkError> {
        command.env_clear().env("PATH", PATH).current_dir(&self.directory);
        let User { name, uid, gid, home } = &self.user;
        command.env("USER", name).env("LOGNAME", name).env("HOME", home);
        if self.switches {
            // That leaves the groups of this process, too.
            command.uid(*uid).gid(*gid);
        }
        for (name, value) in &self.environment.0 {
            let value = value.load().map_err(|error| {
                SinkError::Configuration(format!("environment.{name}: {error}"))
            })?;
            command.env(name, value);
        }
        Ok(())
    }
}

/// The commands of a shell that set limits and start what its arguments are.
fn gate(keys: &ProgramLimits) -> String {
    let mut commands = Vec::new();
    // Shells count memory in KiB.
    commands.extend(keys.memory.map(|most| format!("ulimit -v {}", most.0.div_ceil(1024))));
    commands.extend(keys.open_files.map(|most| format!("ulimit -n {}", most.0)));
    commands
        .extend(keys.cpu_seconds.map(|Whole(most)| {
            format!("ulimit -S -t {most} && ulimit -H -t {}", most + CPU_GRACE)
        }));
    // One shell calls it so, the other so.
    commands.extend(
        keys.processes
            .map(|Whole(most)| format!("{{ ulimit -u {most} 2>/dev/null || ulimit -p {most}; }}")),
    );
    if !commands.is_empty() {
        commands.push("exec \"$@\"".to_owned());
    }
    commands.join(" && ")
}

/// Whether there is such a program.
fn find(program: &str, directory: &Path) -> Result<(), String> {
    let is_there = |path: &Path| {
        rustix::fs::access(path, rustix::fs::Access::EXEC_OK).is_ok() && path.is_file()
    };
    let found = if program.contains('/') {
        is_there(&directory.join(program))
    } else {
        std::env::split_paths(PATH).any(|folder| is_there(&folder.join(program)))
    };
    if found {
        return Ok(());
    }
    let place = if program.contains('/') { String::new() } else { format!(" in {PATH}") };
    Err(format!("argv: there is no program {program}{place}"))
}

/// The user of a name or number, by the lines of `/etc/passwd`. A number without a line is its own group.
fn user(name: &str, accounts: &str) -> Result<User, String> {
    let number = name.parse::<u32>().ok();
    for line in accounts.lines() {
        let parts: Vec<&str> = line.split(':').collect();
        let [known, _, uid, gid, _, home, ..] = parts.as_slice() else { continue };
        let (Ok(uid), Ok(gid)) = (uid.parse(), gid.parse()) else { continue };
        if *known == name || number == Some(uid) {
            return Ok(User { name: (*known).to_owned(), uid, gid, home: (*home).to_owned() });
        }
    }
    match number {
        Some(uid) => Ok(User { name: name.to_owned(), uid, gid: uid, home: "/".to_owned() }),
        None => Err(format!("user: /etc/passwd has no user {name}: make one, or give a number")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_are_found_by_name_and_number() {
        let accounts = "root:x:0:0:root:/root:/bin/sh\nbroken\nlog:x:12:34::/var/log:/bin/false\n";
        let check = |name: &str, expected: Option<(&str, u32, u32, &str)>| {
            let user = user(name, accounts);
            let got = user.as_ref().ok().map(|user| (&*user.name, user.uid, user.gid, &*user.home));
            assert_eq!(got, expected, "{name}: {user:?}");
        };
        check("log", Some(("log", 12, 34, "/var/log")));
        check("12", Some(("log", 12, 34, "/var/log")));
        check("99", Some(("99", 99, 99, "/")));
        check("nosuch", None);
        check("-1", None);
    }
}
