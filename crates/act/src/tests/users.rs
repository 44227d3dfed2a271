//! A real user of this host, made by the test and removed after it.

use std::fs;
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use peregrine_respond::{Bytes, Task};
use peregrine_testkit::Folder;

use super::files::{as_before, make, seen};
use super::{done, host, is_root, undone, until};
use crate::process_table::{Entry, all, user};

struct User {
    name: String,
    uid: u32,
    home: PathBuf,
}

impl User {
    /// With a home in a folder.
    fn make(folder: &Path, letter: char) -> Self {
        let name = format!("act{letter}{}", std::process::id());
        let home = folder.join(&name);
        let mut make = Command::new("useradd");
        make.args(["-M", "-s", "/bin/sh", "-d"]).arg(&home).arg(&name);
        assert!(make.status().unwrap().success());
        let passwd = fs::read_to_string("/etc/passwd").unwrap();
        let line = passwd.lines().find(|line| line.starts_with(&format!("{name}:"))).unwrap();
        let uid = line.split(':').nth(2).unwrap().parse().unwrap();
        fs::create_dir(&home).unwrap();
        chown(&home, Some(uid), Some(uid)).unwrap();
        Self { name, uid, home }
    }

    /// A command that runs as this user.
    fn command(&self) -> String {
        format!("exec setpriv --reuid={0} --regid={0} --clear-groups sleep 600", self.uid)
    }

    fn processes(&self) -> Vec<Entry> {
        let own = |one: &Entry| !one.is_over() && user(one.pid) == Some(self.uid);
        all().into_iter().filter(own).collect()
    }
}

impl Drop for User {
    fn drop(&mut self) {
        let _ = Command::new("userdel").arg(&self.name).stderr(Stdio::null()).status();
    }
}

/// A process that ends with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn run(program: &str, args: &[&str]) -> Running {
    let mut command = Command::new(program);
    let command = command.args(args).stdin(Stdio::null()).stdout(Stdio::null());
    Running(command.spawn().unwrap())
}

#[test]
fn a_key_is_removed_and_put_back() {
    if !is_root() {
        eprintln!("skipped: needs root");
        return;
    }
    let folder = Folder::new("act-key");
    let mut host = host(&folder);
    let user = User::make(folder.path(), 'k');
    let keys = user.home.join(".ssh/authorized_keys");
    fs::create_dir(user.home.join(".ssh")).unwrap();
    make(&keys);
    let text = "# mine\nssh-ed25519 AAAAgood me@here\nfrom=\"*\" ssh-rsa AAAAevil them@there\n";
    fs::write(&keys, text).unwrap();
    chown(&keys, Some(user.uid), Some(user.uid)).unwrap();
    let before = as_before(&keys);
    let key = |key: &str| Task::RemoveKey {
        user: Bytes::from(user.name.as_str()),
        key: Bytes::from(key),
    };
    let line = done(&mut host, key("AAAAevil"));
    let now = seen(&keys);
    assert_eq!(now.bytes, b"# mine\nssh-ed25519 AAAAgood me@here\n");
    assert!(now.has_rights_of(&before), "{now:?}");
    undone(&mut host, line.id);
    assert_eq!(seen(&keys), before);
    let missing = super::act(&mut host, key("AAAAelse"));
    assert!(missing.detail.contains("such a line"), "{}", missing.detail);
    assert_eq!(seen(&keys).bytes, text.as_bytes());
}

#[test]
fn sessions_of_a_user_end_and_nothing_else() {
    if !is_root() {
        eprintln!("skipped: needs root");
        return;
    }
    let folder = Folder::new("act-sessions");
    let mut host = host(&folder);
    let (user, other) = (User::make(folder.path(), 's'), User::make(folder.path(), 'o'));
    let at_terminal = |user: &User| run("script", &["-qfc", &user.command(), "/dev/null"]);
    let (_one, _of_other) = (at_terminal(&user), at_terminal(&other));
    // What a service does for the user is no session.
    let _service = run("setsid", &["sh", "-c", &user.command()]);
    until("all are there", || user.processes().len() == 2 && other.processes().len() == 1);
    let sessions = |user: &User| user.processes().iter().filter(|one| one.has_terminal).count();
    assert_eq!((sessions(&user), sessions(&other)), (1, 1));
    let task = Task::EndSessions { user: Bytes::from(user.name.as_str()) };
    let line = done(&mut host, task);
    assert_eq!(line.detail, "1 processes ended");
    until("its session ended", || sessions(&user) == 0);
    assert_eq!((user.processes().len(), sessions(&other)), (1, 1));
    for left in user.processes() {
        let held = crate::identity::Held::same(left.pid, left.ticks).unwrap();
        held.signal(rustix::process::Signal::KILL).unwrap();
    }
}
