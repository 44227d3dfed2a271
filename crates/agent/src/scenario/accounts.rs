//! The users and groups of a test, those its processes have.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use peregrine_state::{ContainerThreads, Group, HostInfo, Interface, User};
use peregrine_yaml::Node;

use super::node::{Wrong, number, text, wrong};

/// No login user.
const NOBODY: u32 = u32::MAX;
/// The first user who is a person.
const FIRST: u32 = 1000;

/// Whose a process is.
#[derive(Debug, Clone)]
pub(crate) struct Account {
    pub(crate) uid: u32,
    pub(crate) gid: u32,
    pub(crate) loginuid: u32,
    user: Option<String>,
    group: Option<String>,
    login: Option<String>,
    homedir: Option<String>,
    shell: Option<String>,
}

/// Reads whose a process is: a number follows from a name and the name of root from its number; what is
/// not said is as for `child`, or root.
pub(crate) fn read(node: &Node, child: Option<&Account>) -> Result<Account, Wrong> {
    let name = |key: &str| -> Result<Option<String>, Wrong> {
        let Some(value) = node.get(key) else { return Ok(None) };
        let name = text(value, key)?;
        if name.parse::<u32>().is_ok() {
            let number = if key == "group" { "gid" } else { "uid" };
            return wrong(value, format!("{key} is a name; its number is {number}"));
        }
        Ok(Some(name.to_owned()))
    };
    let id = |key: &str| node.get(key).map(|value| number::<u32>(value, key)).transpose();
    let path =
        |key: &str| node.get(key).map(|value| text(value, key).map(str::to_owned)).transpose();
    let number_of = |name: &str, others: u32| if name == "root" { 0 } else { others };
    let (user, uid) = (name("user")?, id("uid")?);
    let (group, gid) = (name("group")?, id("gid")?);
    let (login, loginuid) = (name("loginname")?, id("loginuid")?);
    let (homedir, shell) = (path("homedir")?, path("shell")?);
    let as_child = user.is_none() && uid.is_none();
    let mut account = match child {
        Some(child) => child.clone(),
        None => Account {
            uid: 0,
            gid: 0,
            loginuid: NOBODY,
            user: None,
            group: None,
            login: None,
            homedir: None,
            shell: None,
        },
    };
    if !as_child {
        account.uid =
            uid.or_else(|| user.as_deref().map(|name| number_of(name, FIRST))).unwrap_or(0);
        account.gid = account.uid;
        (account.group, account.homedir, account.shell) = (user.clone(), None, None);
        account.user = user;
    }
    if gid.is_some() || group.is_some() {
        account.gid =
            gid.or_else(|| group.as_deref().map(|name| number_of(name, FIRST))).unwrap_or(0);
        account.group = group;
    }
    if loginuid.is_some() || login.is_some() {
        // The one who logged in may be the user itself.
        let other = if account.uid == FIRST { FIRST + 1 } else { FIRST };
        let same = login.is_some() && login == account.user;
        let made_up =
            || login.as_deref().map(|name| if same { account.uid } else { number_of(name, other) });
        account.loginuid = loginuid.or_else(made_up).unwrap_or(NOBODY);
        account.login = login;
    }
    account.homedir = homedir.or(account.homedir);
    account.shell = shell.or(account.shell);
    Ok(account)
}

/// The users and groups there are. Nobody else is known but root.
#[derive(Debug, Clone)]
pub(crate) struct Accounts {
    users: BTreeMap<u32, User>,
    groups: BTreeMap<u32, Group>,
}

impl Default for Accounts {
    fn default() -> Self {
        let mut accounts = Self { users: BTreeMap::new(), groups: BTreeMap::new() };
        accounts.add_user(0, 0, "root", None, None);
        accounts.groups.insert(0, Group { gid: 0, name: Arc::from("root") });
        accounts
    }
}

impl Accounts {
    /// Adds whose a process is.
    pub(crate) fn add(&mut self, account: &Account) {
        let Account { uid, gid, loginuid, user, group, login, homedir, shell } = account;
        let name = user.as_deref().or_else(|| (*uid == 0).then_some("root"));
        if let Some(name) = name {
            self.add_user(*uid, *gid, name, homedir.as_deref(), shell.as_deref());
        }
        if let Some(name) = group {
            self.groups.insert(*gid, Group { gid: *gid, name: Arc::from(name.as_str()) });
        }
        if let Some(name) = login.as_deref().filter(|_| !self.users.contains_key(loginuid)) {
            self.add_user(*loginuid, *loginuid, name, None, None);
        }
    }

    fn add_user(
        &mut self,
        uid: u32,
        gid: u32,
        name: &str,
        home: Option<&str>,
        shell: Option<&str>,
    ) {
        let usual = if uid == 0 { "/root".to_owned() } else { format!("/home/{name}") };
        self.users.insert(
            uid,
            User {
                uid,
                gid,
                name: Arc::from(name),
                home: Arc::from(home.unwrap_or(&usual)),
                shell: Arc::from(shell.unwrap_or("/bin/bash")),
            },
        );
    }
}

impl HostInfo for Accounts {
    fn user(&self, uid: u32) -> Option<User> {
        self.users.get(&uid).cloned()
    }

    fn group(&self, gid: u32) -> Option<Group> {
        self.groups.get(&gid).cloned()
    }

    // A test's users are those of the place its process runs in.
    fn container_user(&self, _inside: &ContainerThreads<'_>, uid: u32) -> Option<User> {
        self.user(uid)
    }

    fn container_group(&self, _inside: &ContainerThreads<'_>, gid: u32) -> Option<Group> {
        self.group(gid)
    }

    fn hostname(&self) -> String {
        String::new()
    }

    fn interfaces(&self) -> Rc<[Interface]> {
        Rc::default()
    }

    fn utc_offset(&self, _time_ns: u64) -> i32 {
        0
    }

    fn thread(&self, _tid: i64, _write: &mut dyn FnMut(&[u8])) {}
}
