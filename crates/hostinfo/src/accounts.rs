//! Users and groups from the host's own files, read again when they change.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use peregrine_state::{Group, User};

/// How often the files' modification times are checked.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub(crate) struct Accounts {
    /// Below this folder the host's files are.
    root: PathBuf,
    users: Kept<User>,
    groups: Kept<Group>,
}

impl Accounts {
    pub(crate) fn below(root: PathBuf) -> Self {
        Self { root, users: Kept::default(), groups: Kept::default() }
    }

    fn users(&mut self) -> &HashMap<u32, User> {
        self.users.fresh(&self.root.join("etc/passwd"), users)
    }

    fn groups(&mut self) -> &HashMap<u32, Group> {
        self.groups.fresh(&self.root.join("etc/group"), groups)
    }

    pub(crate) fn user(&mut self, uid: u32) -> Option<User> {
        self.users().get(&uid).cloned()
    }

    pub(crate) fn group(&mut self, gid: u32) -> Option<Group> {
        self.groups().get(&gid).cloned()
    }

    /// All of them, by number.
    pub(crate) fn all(&mut self) -> (Vec<User>, Vec<Group>) {
        let mut users: Vec<User> = self.users().values().cloned().collect();
        users.sort_unstable_by_key(|user| user.uid);
        let mut groups: Vec<Group> = self.groups().values().cloned().collect();
        groups.sort_unstable_by_key(|group| group.gid);
        (users, groups)
    }
}

#[derive(Debug)]
struct Kept<T> {
    rows: HashMap<u32, T>,
    looked: Option<Instant>,
    changed: Option<SystemTime>,
}

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self { rows: HashMap::new(), looked: None, changed: None }
    }
}

impl<T> Kept<T> {
    fn fresh(&mut self, path: &Path, read: fn(&str) -> HashMap<u32, T>) -> &HashMap<u32, T> {
        if self.looked.is_none_or(|looked| looked.elapsed() >= LOOK_AGAIN) {
            self.looked = Some(Instant::now());
            let changed = std::fs::metadata(path).and_then(|meta| meta.modified()).ok();
            if changed != self.changed || changed.is_none() {
                self.changed = changed;
                // An unreadable file has no entries: names are then unknown.
                let bytes = std::fs::read(path).unwrap_or_default();
                self.rows = read(&String::from_utf8_lossy(&bytes));
            }
        }
        &self.rows
    }
}

/// `name:x:uid:gid:comment:home:shell`; of two rows with one number the first counts.
pub(crate) fn users(text: &str) -> HashMap<u32, User> {
    let mut rows = HashMap::new();
    for line in text.lines() {
        let mut parts = line.split(':');
        let mut next = || parts.next().unwrap_or_default();
        let (name, _, uid, gid, _, home, shell) =
            (next(), next(), next(), next(), next(), next(), next());
        let (Ok(uid), Ok(gid)) = (uid.parse(), gid.parse()) else { continue };
        rows.entry(uid).or_insert_with(|| User {
            uid,
            gid,
            name: name.into(),
            home: home.into(),
            shell: shell.into(),
        });
    }
    rows
}

/// `name:x:gid:members`.
pub(crate) fn groups(text: &str) -> HashMap<u32, Group> {
    let mut rows = HashMap::new();
    for line in text.lines() {
        let mut parts = line.split(':');
        let (name, _, gid) = (parts.next(), parts.next(), parts.next());
        let (Some(name), Some(Ok(gid))) = (name, gid.map(str::parse)) else { continue };
        rows.entry(gid).or_insert_with(|| Group { gid, name: name.into() });
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_read_and_the_first_of_a_number_counts() {
        let text = "root:x:0:0:root:/root:/bin/bash\n# no row\nbad:x:many:0:::\ntoor:x:0:0::/:/bin/sh\nwww:x:33:33:w:/var/www:/usr/sbin/nologin\n";
        let users = users(text);
        assert_eq!(users.len(), 2);
        assert_eq!((&*users[&0].name, &*users[&0].shell), ("root", "/bin/bash"));
        assert_eq!(&*users[&33].home, "/var/www");
        let groups = groups("root:x:0:\nadm:x:4:syslog,me\nbroken\n");
        assert_eq!((groups.len(), &*groups[&4].name), (2, "adm"));
    }

    #[test]
    fn accounts_are_those_below_the_root() {
        let scratch = peregrine_testkit::Folder::new("root");
        let root = scratch.path().to_path_buf();
        std::fs::create_dir_all(root.join("etc")).unwrap();
        std::fs::write(root.join("etc/passwd"), "node:x:0:0::/:/bin/sh\n").unwrap();
        std::fs::write(root.join("etc/group"), "nodes:x:0:\n").unwrap();
        let mut accounts = Accounts::below(root);
        let (user, group) = (accounts.user(0), accounts.group(0));
        assert_eq!(user.map(|user| user.name.to_string()).as_deref(), Some("node"));
        assert_eq!(group.map(|group| group.name.to_string()).as_deref(), Some("nodes"));
    }
}
