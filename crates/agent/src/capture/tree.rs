//! The processes of captures, each with its time, its user and the commands it ran.

use std::collections::HashMap;
use std::ops::ControlFlow;

use peregrine_event::{Category, EventType};
use peregrine_fields::EventContext;
use peregrine_state::Thread;

use super::cursor::{Entry, for_each};
use super::error::CaptureError;
use super::input::Input;
use super::source::CaptureSource;
use super::window::{Span, Window};
use crate::event_filter::{EventFilter, names_container};

/// A process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Process {
    /// Its number.
    pub pid: i64,
    /// The place of its parent among all of them.
    pub parent: Option<usize>,
    /// When it started, nanoseconds since the epoch; 0 unknown.
    pub start: u64,
    /// When it ended; 0 where the capture does not say so.
    pub end: u64,
    /// Its user, by name where that is known, as it was last.
    pub user: String,
    /// What it ran: the first for as long as the capture knows it, then each program it became, with when.
    pub commands: Vec<(u64, String)>,
    /// An event of its own was asked for; where not, it is here for its children.
    pub chosen: bool,
}

/// The processes of captures, parents before children.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tree {
    /// All of them.
    pub processes: Vec<Process>,
    /// The window, where no event lies in it.
    pub empty_window: Option<Span>,
}

#[derive(Default)]
struct Processes {
    all: Vec<Process>,
    /// Places of those that run.
    running: HashMap<i64, usize>,
}

/// Gathers the processes of captures that have an event in the window for which the condition is true, and
/// those above them; with neither all there are.
///
/// # Errors
/// A filter that is none; a file that is no capture; damage, or events left out.
pub fn tree<'p>(
    input: impl Into<Input<'p>>,
    filter: &str,
    window: Window,
) -> Result<Tree, CaptureError> {
    let all = filter.is_empty() && window.is_whole();
    let containers = names_container(filter);
    let mut filter = EventFilter::new(filter)?;
    let mut source = CaptureSource::open(input, window)?;
    let mut processes = Processes::default();
    // Those of the first snapshot are looked at once it is whole.
    let mut snapshot = false;
    for_each(&mut source, &mut |entry| {
        let Entry::Event(at) = entry else {
            snapshot = true;
            return Ok(ControlFlow::Continue(()));
        };
        let mut context = at.context;
        context.containers = containers;
        if std::mem::take(&mut snapshot) {
            processes.running.clear();
            let mut tids: Vec<i64> = context.state.tids().collect();
            tids.sort_unstable();
            for thread in tids.iter().filter_map(|tid| context.state.main_thread(*tid)) {
                let place = processes.place(&context, thread);
                processes.choose(place, all);
            }
        }
        let internal = context.event.view.info().categories.first() == Category::Internal;
        let shown = at.for_rules && !at.state_only && !internal && filter.fits(&context);
        processes.event(&context, shown, all);
        Ok(ControlFlow::Continue(()))
    })?;
    let Processes { mut all, .. } = processes;
    // Who has a chosen child stays for its sake.
    let mut kept: Vec<bool> = all.iter().map(|process| process.chosen).collect();
    for place in (0..all.len()).rev() {
        let parent = all.get(place).and_then(|process| process.parent);
        if let (Some(true), Some(parent)) = (kept.get(place).copied(), parent)
            && let Some(kept) = kept.get_mut(parent)
        {
            *kept = true;
        }
    }
    keep(&mut all, &kept);
    Ok(Tree { processes: all, empty_window: source.empty_window() })
}

/// Takes the others out, and gives parents their new places.
fn keep(all: &mut Vec<Process>, kept: &[bool]) {
    let mut next = 0;
    let places: Vec<usize> = kept
        .iter()
        .map(|kept| {
            let place = next;
            next += usize::from(*kept);
            place
        })
        .collect();
    let mut kept = kept.iter();
    all.retain(|_| kept.next().copied().unwrap_or_default());
    for process in all {
        process.parent = process.parent.and_then(|parent| places.get(parent).copied());
    }
}

impl Processes {
    /// The place of the process of a thread, which is added where it is new.
    fn place(&mut self, context: &EventContext<'_>, thread: &Thread) -> usize {
        if let Some(place) = self.running.get(&thread.pid) {
            return *place;
        }
        // From the topmost unknown one down: parents stand before children.
        let state = context.state;
        let mut new = vec![state.main_thread(thread.pid).unwrap_or(thread)];
        for above in state.ancestors(thread) {
            if self.running.contains_key(&above.pid) || new.iter().any(|one| one.pid == above.pid) {
                break;
            }
            new.push(above);
        }
        let mut parent = new.last().and_then(|top| state.parent(top));
        let mut parent = parent.take().and_then(|above| self.running.get(&above.pid).copied());
        for thread in new.into_iter().rev() {
            let place = self.all.len();
            self.all.push(Process {
                pid: thread.pid,
                parent,
                start: thread.start_ts,
                end: 0,
                user: user(context, thread),
                commands: vec![(thread.start_ts, command(thread))],
                chosen: false,
            });
            self.running.insert(thread.pid, place);
            parent = Some(place);
        }
        parent.unwrap_or_default()
    }

    fn choose(&mut self, place: usize, chosen: bool) {
        if let Some(process) = self.all.get_mut(place) {
            process.chosen |= chosen;
        }
    }

    /// Takes in an event that the state has applied already.
    fn event(&mut self, context: &EventContext<'_>, shown: bool, all: bool) {
        let Some(thread) = context.thread() else { return };
        let view = &context.event.view;
        let code = view.event_type();
        let ended = matches!(code, EventType::PROCEXIT_E | EventType::PROCEXIT_1_E);
        if ended && !self.running.contains_key(&thread.pid) {
            return;
        }
        let place = self.place(context, thread);
        self.choose(place, all || shown);
        let Some(process) = self.all.get_mut(place) else { return };
        if ended {
            if thread.tid == thread.pid {
                process.end = view.ts();
                self.running.remove(&thread.pid);
            }
            return;
        }
        match view.info().name {
            "execve" | "execveat" => {
                let command = command(thread);
                // A process made by its parent's report runs what that runs until its own first event.
                if process.commands.last().is_some_and(|(_, last)| *last != command) {
                    process.commands.push((view.ts(), command));
                }
                process.user = user(context, thread);
            }
            "setuid" | "setresuid" => process.user = user(context, thread),
            "clone" | "clone3" | "fork" | "vfork" => {
                let child = view.i64(0).filter(|child| *child > 0);
                if let Some(child) = child.and_then(|child| context.state.main_thread(child)) {
                    let place = self.place(context, child);
                    self.choose(place, all);
                }
            }
            _ => {}
        }
    }
}

fn user(context: &EventContext<'_>, thread: &Thread) -> String {
    match context.outside.user(thread.uid) {
        Some(user) => user.name.to_string(),
        None if thread.uid == u32::MAX => String::new(),
        None => thread.uid.to_string(),
    }
}

/// The command line, with nothing in it that a terminal would act upon.
fn command(thread: &Thread) -> String {
    let image = &thread.image;
    let mut line = String::from_utf8_lossy(&thread.comm).into_owned();
    for word in &image.args {
        line.push(' ');
        line.push_str(&String::from_utf8_lossy(word));
    }
    line.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}
