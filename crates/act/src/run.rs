//! Run: a program with arguments that are never given to a shell, as a user, killed when it takes too long.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::Read as _;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::os::unix::process::CommandExt as _;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use peregrine_respond::Bytes;
use rustix::process::{Pid, Signal, kill_process_group};

use crate::error::{ActError, tried};

/// What programs find themselves in.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
/// Bytes of what a program writes that are kept.
const OUTPUT: u64 = 4096;

/// How a program ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ended {
    pub(crate) success: bool,
    /// How it ended, and what it wrote.
    pub(crate) said: String,
}

/// An account of `/etc/passwd`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Account {
    pub(crate) name: String,
    pub(crate) uid: u32,
    pub(crate) gid: u32,
    pub(crate) home: String,
    pub(crate) shell: String,
}

/// The accounts there are.
pub(crate) fn accounts(text: &str) -> impl Iterator<Item = Account> {
    text.lines().filter_map(|line| {
        let parts: Vec<&str> = line.split(':').collect();
        let [name, _, uid, gid, _, home, shell] = parts.as_slice() else { return None };
        Some(Account {
            name: (*name).to_owned(),
            uid: uid.parse().ok()?,
            gid: gid.parse().ok()?,
            home: (*home).to_owned(),
            shell: (*shell).to_owned(),
        })
    })
}

/// Runs a program.
pub(crate) fn run(argv: &[Bytes], user: &str, timeout: Duration) -> Result<Ended, ActError> {
    let words: Vec<OsString> = argv.iter().map(|word| OsString::from_vec(word.0.clone())).collect();
    let Some((program, arguments)) = words.split_first() else {
        return Err(ActError::Missing("a program without a name".to_owned()));
    };
    let passwd = fs::read_to_string("/etc/passwd").map_err(tried("/etc/passwd"))?;
    let number = user.parse::<u32>().ok();
    let account = accounts(&passwd).find(|one| one.name == user || Some(one.uid) == number);
    let account = account.ok_or_else(|| ActError::Missing(format!("the user {user}")))?;
    let mut command = Command::new(program);
    command.args(arguments).env_clear().env("PATH", PATH).current_dir("/");
    let Account { name, uid, gid, home, .. } = account;
    command.env("USER", &name).env("LOGNAME", &name).env("HOME", home);
    if uid != rustix::process::geteuid().as_raw() {
        // That leaves the groups of this process, too.
        command.uid(uid).gid(gid);
    }
    finish(command, program, timeout)
}

/// Runs a tool of the system as this process, with something on its standard input.
pub(crate) fn tool(program: &str, arguments: &[&OsStr], input: &[u8]) -> Result<String, ActError> {
    let mut command = Command::new(program);
    command.args(arguments).env_clear().env("PATH", PATH).env("LC_ALL", "C").current_dir("/");
    let mut file = std::io::Cursor::new(input.to_vec());
    let (reader, mut writer) = std::io::pipe().map_err(tried(program))?;
    command.stdin(reader);
    let feeding = std::thread::spawn(move || std::io::copy(&mut file, &mut writer));
    let ended = finish(command, OsStr::new(program), Duration::from_secs(30));
    // It wrote all, or nobody reads any more.
    let _ = feeding.join();
    let Ended { success, said } = ended?;
    if success { Ok(said) } else { Err(ActError::Tool { program: program.to_owned(), said }) }
}

/// All that a tool of the system writes; none where it fails.
pub(crate) fn output(program: &str, arguments: &[&OsStr]) -> Option<Vec<u8>> {
    let mut command = Command::new(program);
    command.args(arguments).env_clear().env("PATH", PATH).env("LC_ALL", "C").current_dir("/");
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    output.status.success().then_some(output.stdout)
}

/// Starts a program in a group of its own and waits for it; what takes too long is killed with all it started there.
fn finish(mut command: Command, program: &OsStr, timeout: Duration) -> Result<Ended, ActError> {
    let shown = || Bytes(program.as_bytes().to_vec()).to_string();
    let (reader, writer) = std::io::pipe().map_err(tried(shown()))?;
    let again = writer.try_clone().map_err(tried(shown()))?;
    command.process_group(0).stdout(writer).stderr(again);
    if command.get_envs().next().is_none() {
        command.stdin(Stdio::null());
    }
    let mut child = command.spawn().map_err(tried(shown()))?;
    // The ends that the command holds are closed: reading ends with the program.
    drop(command);
    let output = std::thread::spawn(move || {
        let mut text = Vec::new();
        let mut reader = reader;
        let _ = (&mut reader).take(OUTPUT).read_to_end(&mut text);
        // The rest is read so that the program can write it.
        let _ = std::io::copy(&mut reader, &mut std::io::sink());
        text
    });
    let end = Instant::now() + timeout;
    let group = Pid::from_raw(child.id().cast_signed());
    let mut pause = Duration::from_millis(1);
    let status = loop {
        if let Some(status) = child.try_wait().map_err(tried(shown()))? {
            break Some(status);
        }
        if Instant::now() >= end {
            break None;
        }
        std::thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(50));
    };
    if status.is_none()
        && let Some(group) = group
    {
        let _ = kill_process_group(group, Signal::KILL);
        let _ = child.wait();
    }
    let how = match &status {
        Some(status) => status.to_string(),
        None => {
            format!("killed after {}", peregrine_respond::shown_duration(timeout))
        }
    };
    // Who left the group may hold the pipe: what came so far is not waited for.
    let text = if output.is_finished() || status.is_some_and(|status| status.success()) {
        wait_for(output, Duration::from_secs(1))
    } else {
        wait_for(output, Duration::from_millis(100))
    };
    let text = Bytes(text.trim_ascii().to_vec()).to_string();
    let said = if text.is_empty() { how } else { format!("{how}: {text}") };
    Ok(Ended { success: status.is_some_and(|status| status.success()), said })
}

fn wait_for(output: std::thread::JoinHandle<Vec<u8>>, most: Duration) -> Vec<u8> {
    let end = Instant::now() + most;
    while !output.is_finished() {
        if Instant::now() >= end {
            return Vec::new();
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    output.join().unwrap_or_default()
}
