//! A host of few processes: what its kernel knows of them, and what it tells.

use peregrine_event::{Event, EventType, Origin, TrailerWriter};
use peregrine_kfilter::host::{ProcessFacts, Table, Who, name};
use peregrine_state::{NoHostInfo, State};
use peregrine_testkit::events::Dice;
use peregrine_testkit::streams::{Given, event};

use Given::{List, Number, Text};

pub(crate) const NAMES: [&str; 6] = ["init", "bash", "cat", "nginx", "a-name-of-15-ch", "sh"];
/// The number of a control group is its place and one; of the last nobody told.
const CGROUPS: [&str; 4] = [
    "/",
    "/system.slice/a.service",
    "/docker/0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
    "/lxc/untold",
];
const FREE: i64 = 100;

#[derive(Debug, Clone)]
pub(crate) struct Task {
    pub(crate) tid: i64,
    pub(crate) pid: i64,
    parent: i64,
    comm: &'static str,
    uid: u32,
    cgroup: usize,
    facts: Option<ProcessFacts>,
    exiting: bool,
}

/// Two states: of all that happened, and of what the kernel told.
#[derive(Debug)]
pub(crate) struct Host {
    pub(crate) all: State,
    pub(crate) reported: State,
    pub(crate) tasks: Vec<Task>,
    pub(crate) ts: u64,
    next: i64,
}

impl Host {
    pub(crate) fn new(all: State, reported: State) -> Self {
        let init = Task {
            tid: 1,
            pid: 1,
            parent: 0,
            comm: "init",
            uid: 0,
            cgroup: 0,
            facts: None,
            exiting: false,
        };
        let mut host = Self { all, reported, tasks: vec![init], ts: 1000, next: FREE };
        for pid in [2, 3] {
            let shell = Task { tid: pid, pid, parent: 1, comm: "bash", ..host.tasks[0].clone() };
            host.tasks.push(shell);
        }
        // The first look at all threads: first the kernel's own, then the one that is told.
        for index in 0..host.tasks.len() {
            host.remember(index, true);
        }
        for index in 0..host.tasks.len() {
            host.snapshot(index);
        }
        host
    }

    /// An event of a task, with what the probe tells behind it.
    pub(crate) fn record(
        &self,
        task: &Task,
        code: EventType,
        given: &[(&str, Given<'_>)],
    ) -> Vec<u8> {
        let block = event(code, self.ts, task.tid, given);
        let pid = u32::try_from(task.pid).unwrap();
        [block, TrailerWriter::default().origin(Origin { cpu: 0, flags: 0, pid }).finish()].concat()
    }

    pub(crate) fn apply(&mut self, record: &[u8]) {
        let event = Event::parse(1, record).unwrap();
        self.all.apply(&event, &NoHostInfo);
        self.reported.apply(&event, &NoHostInfo);
    }

    /// What clone, exec and a look at all threads tell of a task.
    fn about(&self, task: &Task, code: EventType, result: i64, thread: bool) -> Vec<u8> {
        let groups: Vec<String> = ["cpuset", "cpu", "cpuacct", "io", "memory"]
            .iter()
            .map(|subsystem| format!("{subsystem}={}", CGROUPS[task.cgroup]))
            .collect();
        let groups: Vec<&str> = groups.iter().map(String::as_str).collect();
        self.record(
            task,
            code,
            &[
                ("res", Number(result)),
                ("exe", Text(task.comm)),
                ("tid", Number(task.tid)),
                ("pid", Number(task.pid)),
                ("ptid", Number(task.parent)),
                ("ppid", Number(task.parent)),
                ("comm", Text(task.comm)),
                ("cgroups", List(&groups)),
                ("flags", Number(i64::from(thread) << 13)),
                ("uid", Number(task.uid.into())),
                ("euid", Number(task.uid.into())),
                ("vtid", Number(task.tid)),
                ("vpid", Number(task.pid)),
                ("vtgid", Number(task.tid)),
                ("start_time", Number(500)),
            ],
        )
    }

    fn snapshot(&mut self, index: usize) {
        let record = self.about(&self.tasks[index], EventType::ITER_TASK_E, 0, false);
        self.apply(&record);
    }

    fn first(&self, task: &Task) -> Option<&Task> {
        self.tasks.iter().find(|one| one.tid == task.pid)
    }

    /// As `remember_facts` and, where nothing is known yet, `remember_task`.
    fn remember(&mut self, index: usize, sent: bool) {
        let task = &mut self.tasks[index];
        if sent {
            task.facts = Some(ProcessFacts {
                name: name(task.comm),
                cgroup: task.cgroup as u64 + 1,
                parent: u32::try_from(task.parent).unwrap(),
                uid: task.uid,
                reported: 1,
                ..ProcessFacts::default()
            });
        }
    }

    /// A flag of the task and of the first one of its process.
    fn mark(&mut self, index: usize, set: fn(&mut ProcessFacts)) {
        let (tid, pid) = (self.tasks[index].tid, self.tasks[index].pid);
        for task in self.tasks.iter_mut().filter(|task| task.tid == tid || task.tid == pid) {
            task.facts.iter_mut().for_each(set);
        }
    }

    fn cloned(&mut self, dice: &mut Dice, index: usize, thread: bool) {
        self.next += 1;
        let tid = self.next;
        let caller = self.tasks[index].clone();
        let mut child = Task { tid, facts: None, exiting: false, ..caller };
        if !thread {
            (child.pid, child.parent) = (tid, caller.pid);
            // Put into another group at its birth.
            if dice.roll(4) == 0 {
                child.cgroup = dice.roll(CGROUPS.len());
            }
        }
        let of_child = self.about(&child, EventType::SYSCALL_CLONE_20_X, 0, thread);
        let of_caller = self.about(&caller, EventType::SYSCALL_CLONE_20_X, tid, thread);
        let sent = [dice.roll(12) != 0, dice.roll(12) != 0];
        self.tasks.push(child);
        let last = self.tasks.len() - 1;
        let child_first = dice.roll(2) == 0;
        for turn in [child_first, !child_first] {
            if turn && sent[0] {
                self.apply(&of_child);
                self.remember(last, true);
                let other = if thread {
                    self.first(&caller).map(|one| one.cgroup)
                } else {
                    Some(caller.cgroup)
                };
                let own = self.tasks[last].cgroup;
                if other != Some(own) {
                    self.tasks[last].facts.iter_mut().for_each(|facts| facts.cgroup = 0);
                }
            } else if !turn && sent[1] {
                self.apply(&of_caller);
                let cgroup = self.tasks[index].cgroup as u64 + 1;
                self.tasks[index].facts.iter_mut().for_each(|facts| facts.cgroup = cgroup);
            }
        }
    }

    /// Something happens to a task that is no call rules look at.
    pub(crate) fn step(&mut self, dice: &mut Dice) {
        self.ts += 1000;
        let index = dice.roll(self.tasks.len());
        let ending = self.tasks.iter().position(|task| task.exiting);
        if let Some(ending) = ending.filter(|_| dice.roll(3) == 0) {
            self.ends(dice, ending);
            return;
        }
        match dice.roll(13) {
            0 | 1 | 11 if self.tasks.len() < 14 => self.cloned(dice, index, false),
            2 if self.tasks.len() < 14 => self.cloned(dice, index, true),
            3 | 4 => self.executes(dice, index),
            5 => {
                let task = &mut self.tasks[index];
                task.comm = dice.of(&NAMES);
                task.facts.iter_mut().for_each(|facts| facts.rename(task.comm));
            }
            6 => {
                self.mark(index, |facts| facts.changed = 1);
                self.tasks[index].uid = dice.of(&[0, 1000]);
                let task = &self.tasks[index];
                let uid = Number(task.uid.into());
                let record = self.record(task, EventType::SYSCALL_SETUID_X, &[("uid", uid)]);
                self.apply(&record);
            }
            // Another user without an event.
            7 => self.tasks[index].uid = dice.of(&[0, 1000]),
            8 => {
                let pid = self.tasks[index].pid;
                let cgroup = dice.roll(CGROUPS.len());
                for task in self.tasks.iter_mut().filter(|task| task.pid == pid) {
                    task.cgroup = cgroup;
                }
                self.mark(index, |facts| facts.moved = 1);
            }
            9 => self.ends(dice, index),
            10 | 12 if !self.tasks[index].exiting => self.snapshot(index),
            _ => {}
        }
    }

    fn executes(&mut self, dice: &mut Dice, index: usize) {
        let (tid, pid) = (self.tasks[index].tid, self.tasks[index].pid);
        if tid != pid || self.tasks[index].exiting {
            return;
        }
        self.tasks.retain(|task| task.tid == tid || task.pid != pid);
        let index = self.tasks.iter().position(|task| task.tid == tid).unwrap();
        let task = &mut self.tasks[index];
        task.comm = dice.of(&NAMES);
        task.facts.iter_mut().for_each(|facts| facts.rename(task.comm));
        task.facts.iter_mut().for_each(|facts| facts.reported = 0);
        if dice.roll(12) != 0 {
            let record = self.about(&self.tasks[index], EventType::SYSCALL_EXECVE_19_X, 0, false);
            self.apply(&record);
            self.remember(index, true);
        }
    }

    /// First it is told, then its children have another parent.
    fn ends(&mut self, dice: &mut Dice, index: usize) {
        let (tid, pid) = (self.tasks[index].tid, self.tasks[index].pid);
        if pid <= 1 {
            return;
        }
        if !self.tasks[index].exiting {
            self.tasks[index].exiting = true;
            if dice.roll(12) != 0 {
                let record = self.record(
                    &self.tasks[index],
                    EventType::PROCEXIT_1_E,
                    &[("reaper_tid", Number(1))],
                );
                self.apply(&record);
            }
            return;
        }
        // The first thread stays until the others have ended.
        if tid == pid && self.tasks.iter().any(|task| task.pid == pid && task.tid != pid) {
            return;
        }
        self.tasks.remove(index);
        if !self.tasks.iter().any(|task| task.pid == pid) {
            self.tasks
                .iter_mut()
                .filter(|task| task.parent == pid)
                .for_each(|task| task.parent = 1);
        }
    }

    /// A task that can make calls.
    pub(crate) fn somebody(&self, dice: &mut Dice) -> Task {
        loop {
            let task = &self.tasks[dice.roll(self.tasks.len())];
            if !task.exiting {
                return task.clone();
            }
        }
    }

    /// As `look_at_process` gathers it.
    pub(crate) fn look(&self, table: &Table, task: &Task) -> Who {
        let mut who = Who::default();
        let first = self.first(task);
        let facts = first.and_then(|first| first.facts.as_ref());
        let cgroup = who.own(table, task.facts.as_ref(), facts, task.uid);
        // Of the first three somebody told: a container's is the third.
        who.container = match cgroup {
            1 | 2 => 1,
            3 => 2,
            _ => 0,
        };
        let (Some(mut at), Some(mut facts)) = (first, facts.filter(|facts| facts.reported == 1))
        else {
            return who;
        };
        if at.exiting {
            return who;
        }
        for level in 1..=16 {
            if facts.parent == 0 && level > 1 {
                return who;
            }
            if facts.parent == 0 || i64::from(facts.parent) != at.parent {
                break;
            }
            let above = self.tasks.iter().find(|one| one.tid == at.parent);
            let above = above.filter(|one| !one.exiting);
            let known = above.and_then(|one| one.facts.as_ref());
            if !who.above(table, known, level) {
                break;
            }
            (at, facts) = (above.unwrap(), known.unwrap());
        }
        who.above_ends();
        who
    }
}
