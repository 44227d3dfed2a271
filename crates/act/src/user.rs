//! Accounts: disabled and enabled again, sessions ended.

use std::ffi::OsStr;
use std::fs;
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use peregrine_respond::{Bytes, Signal};

use crate::error::{ActError, tried};
use crate::identity::Held;
use crate::ledger::Undo;
use crate::process_table::{Entry, all, user};
use crate::protect::Protection;
use crate::run::{Account, accounts, tool};

/// Groups whose members may become root.
const ADMINISTRATORS: &[&str] = &["sudo", "wheel", "admin"];

/// The files with the accounts of a host.
#[derive(Debug, Clone)]
pub(crate) struct Accounts {
    /// The root directory they lie below; `/`, but for tests.
    pub(crate) root: PathBuf,
}

/// A line of `/etc/shadow`, as far as it matters.
struct Shadow {
    password: String,
    expires: String,
}

impl Shadow {
    /// Whether somebody can log in by a password.
    fn is_unlocked(&self) -> bool {
        !self.password.is_empty() && !self.password.starts_with(['!', '*'])
    }

    fn is_expired(&self) -> bool {
        let today = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        self.expires.parse::<u64>().is_ok_and(|day| day <= today.as_secs() / 86_400)
    }
}

impl Accounts {
    fn read(&self, name: &str) -> Result<String, ActError> {
        let path = self.root.join("etc").join(name);
        fs::read_to_string(&path).map_err(tried(path.display().to_string()))
    }

    /// The account of a name.
    pub(crate) fn find(&self, name: &Bytes) -> Result<Account, ActError> {
        let found = accounts(&self.read("passwd")?).find(|one| one.name.as_bytes() == name.0);
        found.ok_or_else(|| ActError::Missing(format!("the user {name}")))
    }

    fn shadow(&self, name: &str) -> Option<Shadow> {
        let text = self.read("shadow").ok()?;
        text.lines().find_map(|line| {
            let parts: Vec<&str> = line.split(':').collect();
            (*parts.first()? == name).then_some(())?;
            let part = |at: usize| parts.get(at).map(|part| (*part).to_owned());
            Some(Shadow { password: part(1)?, expires: part(7)? })
        })
    }

    /// Whether somebody can log in with it.
    fn is_enabled(&self, account: &Account) -> bool {
        let shell = account.shell.rsplit('/').next().unwrap_or_default();
        let Some(shadow) = self.shadow(&account.name) else { return false };
        let home = self.root.join(account.home.trim_start_matches('/'));
        let keys = fs::metadata(home.join(".ssh/authorized_keys"));
        let has_keys = keys.is_ok_and(|meta| meta.len() > 0);
        !matches!(shell, "nologin" | "false")
            && !shadow.is_expired()
            && (shadow.is_unlocked() || has_keys)
    }

    /// Those who may become root.
    fn administrators(&self) -> Result<Vec<Account>, ActError> {
        let groups = self.read("group")?;
        let mut names = Vec::new();
        let mut numbers = Vec::new();
        for line in groups.lines() {
            let parts: Vec<&str> = line.split(':').collect();
            let [name, _, number, members] = parts.as_slice() else { continue };
            if ADMINISTRATORS.contains(name) {
                names.extend(members.split(','));
                numbers.extend(number.parse::<u32>().ok());
            }
        }
        let is_one = |account: &Account| {
            account.uid == 0 || numbers.contains(&account.gid) || names.contains(&&*account.name)
        };
        Ok(accounts(&self.read("passwd")?).filter(is_one).collect())
    }

    fn usermod(&self, arguments: &[&str]) -> Result<(), ActError> {
        let prefix = self.root.as_os_str();
        let mut all: Vec<&OsStr> = Vec::new();
        if prefix != "/" {
            all.extend([OsStr::new("--prefix"), prefix]);
        }
        all.extend(arguments.iter().map(OsStr::new));
        tool("usermod", &all, b"").map(drop)
    }

    /// Locks an account: neither password nor key lets anybody in.
    pub(crate) fn disable(&self, name: &Bytes) -> Result<Undo, ActError> {
        let account = self.find(name)?;
        let administrators = self.administrators()?;
        let is_administrator = administrators.iter().any(|one| one.name == account.name);
        let others = administrators.iter().filter(|one| one.name != account.name);
        if is_administrator && others.filter(|one| self.is_enabled(one)).count() == 0 {
            let (what, why) = (format!("the user {name}"), "it is the last enabled administrator");
            return Err(ActError::Protected { what, why });
        }
        let shadow = self.shadow(&account.name);
        let shadow =
            shadow.ok_or_else(|| ActError::Missing(format!("the user {name} in /etc/shadow")))?;
        let undo = Undo::EnableUser { unlocked: shadow.is_unlocked(), expires: shadow.expires };
        self.usermod(&["--lock", "--expiredate", "1", &account.name])?;
        Ok(undo)
    }

    /// Whether an account is locked and expired.
    pub(crate) fn is_disabled(&self, name: &Bytes) -> bool {
        let shadow = self.find(name).ok().and_then(|account| self.shadow(&account.name));
        shadow.is_some_and(|shadow| !shadow.is_unlocked() && shadow.is_expired())
    }

    /// Makes an account what it was.
    pub(crate) fn enable(
        &self,
        name: &Bytes,
        unlocked: bool,
        expires: &str,
    ) -> Result<(), ActError> {
        let account = self.find(name)?;
        if unlocked {
            self.usermod(&["--unlock", &account.name])?;
        }
        self.usermod(&["--expiredate", expires, &account.name])
    }

    /// Ends what a user does who is logged in: processes of a session of theirs or at a terminal.
    pub(crate) fn end_sessions(
        &self,
        name: &Bytes,
        protection: &Protection,
    ) -> Result<usize, ActError> {
        let account = self.find(name)?;
        if account.uid == 0 {
            let (what, why) = ("the sessions of root".to_owned(), "root has most of the host");
            return Err(ActError::Protected { what, why });
        }
        let mut ended = 0;
        for signal in [Signal::Hup, Signal::Kill] {
            let sessions: Vec<Entry> =
                all().into_iter().filter(|entry| is_of_session(entry, account.uid)).collect();
            for entry in sessions {
                if entry.is_over() || protection.of(&entry).is_some() {
                    continue;
                }
                if let Ok(held) = Held::same(entry.pid, entry.ticks) {
                    held.signal(crate::signals::number(signal))?;
                    held.wait(std::time::Duration::from_millis(200));
                    ended += usize::from(signal == Signal::Hup);
                }
            }
        }
        Ok(ended)
    }
}

/// Whether a process belongs to somebody who logged in as a user.
fn is_of_session(entry: &Entry, uid: u32) -> bool {
    let logged_in = || {
        let text = fs::read_to_string(format!("/proc/{}/loginuid", entry.pid)).unwrap_or_default();
        text.trim().parse() == Ok(uid)
    };
    (entry.has_terminal && user(entry.pid) == Some(uid)) || logged_in()
}

/// The name of whoever runs this program: who logged in, and as whom.
pub fn person() -> String {
    let own = rustix::process::getuid().as_raw();
    let text = fs::read_to_string("/proc/self/loginuid").unwrap_or_default();
    let login = text.trim().parse::<u32>().ok().filter(|uid| *uid != u32::MAX);
    let passwd = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let name = |uid: u32| {
        let account = accounts(&passwd).find(|account| account.uid == uid);
        account.map_or_else(|| uid.to_string(), |account| account.name)
    };
    match login.filter(|login| *login != own) {
        Some(login) => format!("{} (logged in as {})", name(own), name(login)),
        None => name(own),
    }
}
