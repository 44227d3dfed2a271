//! Two watchers of the same host: one gets everything, the other what the kernel's filter passes.
//!
//! Both are asked at the return of each call, the one that gets everything first: of a thread's
//! events it gets the one reported to both before the other, and none of that thread's comes between.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use peregrine_agent::live::ContainerCgroups;
use peregrine_agent::syscall_interest::SyscallInterest;
use peregrine_engine::{Engine, Matching};
use peregrine_event::{Event, EventType, TrailerItem, syscalls};
use peregrine_fields::{EventContext, Texts};
use peregrine_hostinfo::{Host, Snapshots};
use peregrine_kfilter::Pushdown;
use peregrine_probe::{Attach, Options, Probe};
use peregrine_pushdown::pushdown;
use peregrine_rules::RuleSet;
use peregrine_state::{Limits, State};
use peregrine_testkit::actors::{Actors, current_thread, mark};

/// An event of one of the actors, and the rules that match it.
#[derive(Debug, Clone)]
pub struct Told {
    pub ts: u64,
    pub tid: i64,
    pub code: EventType,
    pub result: Vec<u8>,
    pub hits: Vec<u32>,
    /// For people.
    pub shown: String,
}

/// One of the two: its programs, its state, and what came since the last comparison.
struct Side {
    probe: Probe,
    state: State,
    events: Vec<Told>,
}

/// Everything there is to see.
pub struct Differential {
    /// Told everything, then what passes.
    sides: [Side; 2],
    outside: Host,
    snapshots: Snapshots,
    pub rules: RuleSet,
    engine: Engine,
    pub pushed: Pushdown,
    cgroups: Option<ContainerCgroups>,
    groups: PathBuf,
    interest: SyscallInterest,
    /// Processes whose events are compared.
    own: BTreeSet<u32>,
    count: u64,
    /// What came before is of another table.
    since: u64,
}

/// What a comparison found.
#[derive(Debug, Default)]
pub struct Compared {
    /// Told events of actors that some rule matches.
    pub matched: usize,
    /// Events of actors that no rule matches, of calls the kernel decides about: reported all the same, and
    /// left out.
    pub for_nothing: usize,
    pub spared: usize,
    /// What all processes did that was left out, by event.
    pub left_out: BTreeMap<&'static str, usize>,
    /// What was not as it should be.
    pub wrong: Vec<String>,
}

impl Compared {
    pub fn add(&mut self, other: &Self) {
        self.matched += other.matched;
        self.for_nothing += other.for_nothing;
        self.spared += other.spared;
        for (name, count) in &other.left_out {
            *self.left_out.entry(name).or_default() += count;
        }
    }
}

impl Differential {
    /// Both watch these calls and have the same first state; the kernel leaves nothing out.
    pub fn start(rules: RuleSet, interest: SyscallInterest, groups: &Path) -> Self {
        let engine = Engine::new(&rules, Matching::All);
        let sides = [(); 2].map(|()| {
            let mut probe =
                Probe::load(&Options { ring_bytes: 16 << 20, ..Options::default() }).unwrap();
            probe.set_interest(&interest.calls).unwrap();
            probe.attach(Attach::Watch).unwrap();
            Side { probe, state: State::new(Limits::default()), events: Vec::new() }
        });
        let mut watchers = Self {
            sides,
            outside: Host::new(),
            snapshots: Snapshots::new(),
            rules,
            engine,
            pushed: Pushdown::default(),
            cgroups: None,
            groups: groups.to_owned(),
            interest,
            own: BTreeSet::new(),
            count: 0,
            since: 0,
        };
        watchers.look_at_threads();
        watchers
    }

    /// What one of these does is compared from now on.
    pub fn know_all(&mut self, actors: &Actors) {
        self.own.extend(actors.living().iter().map(|(_, pid)| u32::try_from(*pid).unwrap()));
    }

    /// Looks at all threads there are, as an agent does now and then. What came before is judged by
    /// what was known before.
    pub fn look_at_threads(&mut self) {
        self.settle();
        let Self { sides, outside, snapshots, .. } = self;
        snapshots.first(&mut |record| {
            let event = Event::parse(0, record).unwrap();
            for side in sides.iter_mut() {
                side.state.apply(&event, outside);
            }
        });
    }

    /// Other rules from now on, and another table in the kernel.
    pub fn watch(&mut self, rules: RuleSet) {
        self.engine = Engine::new(&rules, Matching::All);
        self.pushed = pushdown(&rules, &self.interest.calls, &self.interest.unfiltered);
        self.rules = rules;
        self.settle();
        self.level();
        // Rules know files by their whole paths before they are asked.
        self.outside = Host::new();
        self.outside.wanted().set_files(self.engine.exact_paths(), |_| {}).unwrap();
        self.sides[1].probe.set_filtered(&self.interest.calls, &self.pushed).unwrap();
        self.cgroups = ContainerCgroups::new(&self.pushed, &self.groups);
        self.upkeep();
        self.since = now();
    }

    /// Both begin with the same state: former rules made it that of the second, too.
    fn level(&mut self) {
        let mut states = [(); 2].map(|()| State::new(Limits::default()));
        self.sides[0].state.dump(&mut |record| {
            let event = Event::parse(0, record).unwrap();
            for state in &mut states {
                state.apply(&event, &self.outside);
            }
        });
        for (side, state) in self.sides.iter_mut().zip(states) {
            side.state = state;
        }
    }

    /// The kernel leaves nothing out any more.
    pub fn pass_everything(&mut self) {
        self.sides[1].probe.set_interest(&self.interest.calls).unwrap();
    }

    /// Gives the kernel what an agent gives it now and then.
    fn upkeep(&mut self) {
        let Self { sides, outside, cgroups, groups, .. } = self;
        let [_, Side { probe, state, .. }] = sides;
        if let Some(files) = outside.changed_files() {
            probe.set_known_files(&files).unwrap();
        }
        if let Some(cgroups) = cgroups {
            cgroups.sync(state, groups, &mut |cgroup, container| {
                probe.set_container(cgroup, container).unwrap();
            });
        }
    }

    /// Takes what came.
    pub fn look(&mut self) {
        let Self { sides, outside, engine, own, count, .. } = self;
        outside.later();
        let mut texts = Texts::default();
        let mut hits = Vec::new();
        // What one of the two has, the other has, too, or will not get.
        for side in sides.iter_mut().rev() {
            let Side { probe, state, events } = side;
            probe.drain(&mut |record| {
                *count += 1;
                let event = Event::parse(*count, record).unwrap();
                state.apply(&event, outside);
                let code = event.view.event_type();
                let pid = event.trailer.origin().map_or(0, |origin| origin.pid);
                // Who is born to one of the actors is one, too.
                if event.view.info().name.starts_with("clone")
                    && let Some(thread) = state.thread(event.view.tid())
                    && state.parent(thread).is_some_and(|above| is_in(own, above.pid))
                {
                    own.insert(pid);
                }
                hits.clear();
                texts.clear();
                let mut shown = String::new();
                if own.contains(&pid) {
                    let context = EventContext::new(&event, state, outside).with_texts(&texts);
                    engine.evaluate(&context, &mut hits);
                    shown = show(&event, state);
                }
                events.push(Told {
                    ts: event.view.ts(),
                    tid: event.view.tid(),
                    code,
                    result: event.view.param(0).unwrap_or_default().to_vec(),
                    hits: hits.clone(),
                    shown,
                });
            });
            state.settle();
        }
        outside.later();
        self.upkeep();
    }

    /// Takes all that came until now. The youngest half millisecond stays in the rings, and so does what
    /// stands behind a record that somebody began and has no CPU to end: marks in all rings come last.
    fn settle(&mut self) {
        let me = current_thread();
        let marks = mark();
        let late = Instant::now() + Duration::from_secs(20);
        let of_mark = |event: &Told| (event.tid, event.code) == (me, EventType::SYSCALL_CHDIR_X);
        loop {
            std::thread::sleep(Duration::from_millis(1));
            self.look();
            let came = |side: &Side| side.events.iter().filter(|event| of_mark(event)).count();
            if self.sides.iter().all(|side| came(side) >= marks) {
                break;
            }
            if Instant::now() >= late {
                let losses = self.sides.each_ref().map(|side| side.probe.losses());
                panic!("marks do not come: {losses:?}");
            }
        }
        for side in &mut self.sides {
            side.events.retain(|event| !of_mark(event));
        }
    }

    /// Takes all that came until now and holds the two against each other. `from`: what came before is
    /// of another table.
    pub fn compare(&mut self, from: u64) -> Compared {
        self.settle();
        // Others go on: of what they did just now one of the two may not have all.
        let until = now() - 100_000_000;
        let open = |event: &Told| event.shown.is_empty() && event.ts >= until;
        let [all, passed] = &mut self.sides;
        let mut found = Compared::default();
        // Alike but for the time, which is in order: others may do the same a million times.
        let key = |event: &Told| (event.tid, event.code, event.result.clone());
        let mut alike: BTreeMap<_, Vec<(Told, bool)>> = BTreeMap::new();
        for event in all.events.drain(..) {
            alike.entry(key(&event)).or_default().push((event, false));
        }
        for others in alike.values_mut() {
            others.sort_by_key(|(other, _)| other.ts);
        }
        for event in std::mem::take(&mut passed.events) {
            let others = alike.entry(key(&event)).or_default();
            let by_then = others.partition_point(|(other, _)| other.ts <= event.ts);
            let twin = others[..by_then].iter_mut().rev().find(|(_, taken)| !taken);
            let Some((other, taken)) = twin else {
                if !event.shown.is_empty() {
                    found.wrong.push(format!("reported twice, or of nothing: {event:?}"));
                } else if open(&event) {
                    passed.events.push(event);
                }
                continue;
            };
            *taken = true;
            if event.ts < self.since {
                continue;
            }
            if !event.hits.is_empty() {
                found.matched += 1;
            } else if !event.shown.is_empty() && decides(&self.pushed, event.code) {
                found.for_nothing += 1;
            }
            if other.hits != event.hits {
                found.wrong.push(format!("another state: {other:?}\n  against {event:?}"));
            }
        }
        for (event, taken) in alike.into_values().flatten() {
            if taken || event.ts < from {
                continue;
            }
            if open(&event) {
                all.events.push(event);
                continue;
            }
            *found.left_out.entry(event.code.name()).or_default() += 1;
            found.spared += usize::from(!event.shown.is_empty());
            if !event.hits.is_empty() && event.ts >= self.since {
                found.wrong.push(format!("lost: {event:?}"));
            }
        }
        found
    }

    /// What the kernel says it left out, by event.
    pub fn filtered(&self) -> BTreeMap<&'static str, usize> {
        let mut filtered = BTreeMap::new();
        for (call, count) in self.sides[1].probe.filtered().unwrap() {
            let code = syscalls::by_name(call).unwrap().exit.unwrap();
            *filtered.entry(code.name()).or_default() += usize::try_from(count).unwrap();
        }
        filtered
    }

    /// What the kernel is asked.
    pub fn steps(&self) -> String {
        let name = |call: u16| syscalls::by_id(call).map_or("?", |call| call.name);
        let asked = self.pushed.calls.iter();
        let lines = asked.map(|(call, steps)| format!("{}: {steps:?}", name(*call)));
        lines.collect::<Vec<_>>().join("\n")
    }

    /// What could not be delivered.
    pub fn lost(&self) -> u64 {
        self.sides.iter().map(|side| side.probe.losses().unwrap().total()).sum()
    }
}

/// Whether the kernel is asked about such events.
fn decides(pushed: &Pushdown, code: EventType) -> bool {
    let of_code = |call: u16| syscalls::by_id(call).and_then(|call| call.exit) == Some(code);
    pushed.calls.iter().any(|(call, _)| of_code(*call))
}

fn is_in(own: &BTreeSet<u32>, pid: i64) -> bool {
    u32::try_from(pid).is_ok_and(|pid| own.contains(&pid))
}

/// The time of events.
pub fn now() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    u64::try_from(now.as_nanos()).unwrap()
}

/// An event, and what the state has of who made it.
fn show(event: &Event<'_>, state: &State) -> String {
    let view = &event.view;
    let params: Vec<String> = (0..view.nparams())
        .map(|at| {
            let name = view.info().params.get(at).map_or("?", |param| param.name);
            let bytes = view.param(at).unwrap_or_default();
            format!(
                "{name}={}",
                bytes.get(..40.min(bytes.len())).unwrap_or_default().escape_ascii()
            )
        })
        .collect();
    let thread = state.thread(view.tid());
    let above: Vec<String> = thread
        .into_iter()
        .flat_map(|thread| state.ancestors(thread))
        .map(|thread| format!("{} {}", thread.pid, String::from_utf8_lossy(&thread.comm)))
        .collect();
    let who = thread.map(|thread| {
        format!(
            "{} uid {} groups {:?}",
            String::from_utf8_lossy(&thread.comm),
            thread.uid,
            thread
                .cgroups
                .container()
                .map(|id| String::from_utf8_lossy(id.short_id()).into_owned())
        )
    });
    let cwd = thread.map(|thread| String::from_utf8_lossy(state.cwd(thread)).into_owned());
    let descriptors: Vec<String> = event
        .trailer
        .iter()
        .filter_map(|item| match item {
            TrailerItem::Descriptor(item) => Some(item),
            _ => None,
        })
        .map(|item| format!("{} kind {} {}", item.fd, item.kind, item.payload.escape_ascii()))
        .collect();
    format!(
        "{}({}) by {who:?} in {cwd:?} below {above:?}; {descriptors:?}",
        view.info().name,
        params.join(", ")
    )
}
