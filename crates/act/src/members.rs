//! Which processes an action is about: a tree, a session, a container, a user.

use std::collections::{BTreeMap, BTreeSet};

use peregrine_respond::What;

use crate::error::ActError;
use crate::process_table::{Entry, all, is_in_container, program, user};

/// Which processes are members.
#[derive(Debug)]
pub(crate) enum Members {
    One(Entry),
    Tree(Tree),
    Session(i32),
    Container(String),
    User(u32),
}

/// The children of all threads of a process.
fn children(pid: i32) -> Vec<Entry> {
    let threads = std::fs::read_dir(format!("/proc/{pid}/task"));
    let mut found = Vec::new();
    for thread in threads.into_iter().flatten().flatten() {
        let text = std::fs::read_to_string(thread.path().join("children")).unwrap_or_default();
        let pids = text.split_ascii_whitespace().filter_map(|pid| pid.parse().ok());
        found.extend(pids.filter_map(Entry::of).filter(|child| child.parent == pid));
    }
    found
}

/// The descendants of a process, as far as they were seen.
#[derive(Debug)]
pub(crate) struct Tree {
    root: Entry,
    /// What the root runs, and in which groups: its orphans are known by these.
    root_program: Option<(u64, u64)>,
    /// All that were ever seen, by number, with their starts.
    known: BTreeMap<i32, u64>,
}

impl Members {
    /// Of a process that is held.
    pub(crate) fn new(what: What, root: Entry, container: Option<&str>) -> Result<Self, ActError> {
        let never = |why| ActError::Protected { what: format!("the {what} of {}", root.pid), why };
        Ok(match what {
            What::Process => Self::One(root),
            What::Tree => Self::Tree(Tree {
                root,
                root_program: program(root.pid),
                known: BTreeMap::from([(root.pid, root.ticks)]),
            }),
            What::Session if root.session == 0 => return Err(never("it is the kernel's")),
            What::Session => Self::Session(root.session),
            What::Container => {
                let id = container.unwrap_or_default();
                if !is_in_container(root.pid, id) {
                    return Err(ActError::NoContainer(id.to_owned()));
                }
                Self::Container(id.to_owned())
            }
            What::User => match user(root.pid) {
                None => return Err(ActError::Gone(root.pid)),
                Some(0) => return Err(never("root has most of the host")),
                Some(uid) => Self::User(uid),
            },
        })
    }

    /// Of a container, whoever of it is still there.
    pub(crate) fn of_container(id: &str) -> Result<Self, ActError> {
        let is_there = all().iter().any(|one| !one.is_over() && is_in_container(one.pid, id));
        let members = is_there.then(|| Self::Container(id.to_owned()));
        members.ok_or_else(|| ActError::NoContainer(id.to_owned()))
    }

    /// Those among all processes.
    pub(crate) fn among(&mut self, all: &[Entry]) -> Vec<Entry> {
        let living = || all.iter().filter(|entry| !entry.is_over()).copied();
        match self {
            Self::One(root) => living()
                .filter(|entry| entry.pid == root.pid && entry.ticks == root.ticks)
                .collect(),
            Self::Tree(tree) => tree.among(all),
            Self::Session(session) => living().filter(|entry| entry.session == *session).collect(),
            Self::Container(id) => {
                living().filter(|entry| is_in_container(entry.pid, id)).collect()
            }
            Self::User(uid) => living().filter(|entry| user(entry.pid) == Some(*uid)).collect(),
        }
    }
}

impl Tree {
    /// Stops the process and its descendants, each before its children are looked for: who is stopped forks no more, so
    /// none is missed that has its parent. Those that were stopped.
    pub(crate) fn descend(
        &mut self,
        stop: &mut dyn FnMut(Entry) -> Result<bool, ActError>,
    ) -> Result<(), ActError> {
        let mut next = vec![self.root];
        while let Some(entry) = next.pop() {
            if !stop(entry)? {
                continue;
            }
            self.known.insert(entry.pid, entry.ticks);
            next.extend(children(entry.pid));
        }
        Ok(())
    }

    fn among(&mut self, all: &[Entry]) -> Vec<Entry> {
        let mut children: BTreeMap<i32, Vec<&Entry>> = BTreeMap::new();
        for entry in all {
            children.entry(entry.parent).or_default().push(entry);
        }
        let numbers: BTreeMap<i32, u64> =
            all.iter().map(|entry| (entry.pid, entry.ticks)).collect();
        // Who has the number of one that ended leads a session and group of its own, also once it ended too: a number is
        // free only when neither has anybody left.
        self.known.retain(|pid, ticks| numbers.get(pid).is_none_or(|now| now == ticks));
        let is_there = |(pid, ticks): (&i32, &u64)| numbers.get(pid) == Some(ticks);
        let mut found: BTreeSet<i32> =
            self.known.iter().filter(|known| is_there(*known)).map(|(pid, _)| *pid).collect();
        let mut next: Vec<i32> = found.iter().copied().collect();
        next.extend(self.orphans(all).filter(|pid| found.insert(*pid)).collect::<Vec<_>>());
        while let Some(parent) = next.pop() {
            for child in children.get(&parent).into_iter().flatten() {
                if found.insert(child.pid) {
                    next.push(child.pid);
                }
            }
        }
        let members: Vec<Entry> =
            all.iter().filter(|entry| found.contains(&entry.pid)).copied().collect();
        self.known.extend(members.iter().map(|entry| (entry.pid, entry.ticks)));
        members.into_iter().filter(|entry| !entry.is_over()).collect()
    }

    /// Those whose parent ended before it was seen: of a session or group that one of the tree leads, or with the
    /// session, group and program of the root; started after it, and with a parent that is nobody of the tree but who
    /// takes orphans.
    fn orphans<'a>(&'a self, all: &'a [Entry]) -> impl Iterator<Item = i32> + 'a {
        let root = &self.root;
        let leads = |number: i32| self.known.contains_key(&number);
        let takes_orphans = |parent: i32| {
            parent == 1 || all.iter().any(|entry| entry.pid == parent && entry.ticks < root.ticks)
        };
        all.iter().filter_map(move |entry| {
            let later = entry.ticks >= root.ticks && entry.pid != root.pid;
            let led = leads(entry.session) || leads(entry.group);
            let alike = || {
                entry.session == root.session
                    && entry.group == root.group
                    && self.root_program.is_some()
                    && program(entry.pid) == self.root_program
            };
            let orphan = later && entry.parent != root.parent && takes_orphans(entry.parent);
            (orphan && (led || alike())).then_some(entry.pid)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A process that leads `group`, or is of it, a child of `parent`.
    fn child(parent: i32, pid: i32, group: i32, ticks: u64) -> Entry {
        let line = format!(
            "{pid} (x) S {parent} {group} {group} 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 {ticks} 0"
        );
        Entry::parse(line.as_bytes()).unwrap()
    }

    /// A child of the first process.
    fn process(pid: i32, group: i32, ticks: u64) -> Entry {
        child(1, pid, group, ticks)
    }

    fn pids(members: &[Entry]) -> Vec<i32> {
        members.iter().map(|entry| entry.pid).collect()
    }

    #[test]
    fn who_got_the_number_of_a_member_leads_nobody_of_the_tree() {
        // One number no process has, so that the root runs no program that others could run too.
        let root = child(2, i32::MAX, i32::MAX, 10);
        let mut tree =
            Tree { root, root_program: None, known: BTreeMap::from([(root.pid, 10), (200, 20)]) };
        let mut check = |all: &[Entry], expected: &[i32]| {
            assert_eq!(pids(&tree.among(all)), expected, "{all:?}");
        };
        // The leader ended, and its group is known by it.
        check(&[root, process(201, 200, 30)], &[root.pid, 201]);
        // All of the group ended, and somebody else has the number and leads.
        let (other, of_it) = (process(200, 200, 90), process(300, 200, 91));
        check(&[root, other, of_it], &[root.pid]);
        // The other leader ended as well.
        check(&[root, of_it], &[root.pid]);
        check(&[root, of_it, process(301, 200, 92)], &[root.pid]);
    }
}
