//! What happens on the host now, by call, rule, process and container, for who looks on.
//!
//! Whoever looks on asks again and again ([`ActivityBoard`]); the pipeline's thread counts while they do
//! ([`Counting`]) and publishes what came in each interval. Nobody looks on: nothing is counted.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use peregrine_control::{
    Activity, CallActivity, ContainerActivity, Failure, ProcessActivity, RuleActivity,
};
use peregrine_event::EventView;
use peregrine_state::{Cgroups, State};

use crate::source::{EventRecord, Record};

/// What is counted is published this often.
const INTERVAL: Duration = Duration::from_secs(1);
/// Who did not ask for so long looks on no more.
const LEASE: Duration = Duration::from_secs(4);
/// How long an answer is waited for: where the pipeline hangs there is none.
const PATIENCE: Duration = Duration::from_secs(3);
/// So many processes are counted one by one in an interval, and so many containers; what others do is counted together.
const KEYS: usize = 4096;
/// So many of each are published.
const ROWS: usize = 200;

/// What the last interval had, and when somebody asked for it last.
#[derive(Debug, Default)]
struct Published {
    asked: Option<Instant>,
    /// None: nothing was counted since somebody began to look on.
    latest: Option<(Arc<Activity>, Instant)>,
}

/// Where intervals are published.
#[derive(Debug, Default)]
pub(crate) struct ActivityBoard {
    published: Mutex<Published>,
    changed: Condvar,
}

impl ActivityBoard {
    fn lock(&self) -> MutexGuard<'_, Published> {
        self.published.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The last interval; who is the first to ask waits until it is over.
    ///
    /// # Errors
    /// When the pipeline does not count in time.
    pub(crate) fn current(&self) -> Result<Arc<Activity>, Failure> {
        let mut published = self.lock();
        published.asked = Some(Instant::now());
        let waited = self
            .changed
            .wait_timeout_while(published, PATIENCE, |published| published.latest.is_none());
        let (published, _) = waited.unwrap_or_else(PoisonError::into_inner);
        let latest = published.latest.as_ref();
        // An old one would be shown as what happens now.
        let recent = latest.filter(|(_, at)| at.elapsed() < INTERVAL + PATIENCE);
        recent.map(|(activity, _)| Arc::clone(activity)).ok_or_else(|| {
            Failure::failed("the pipeline hangs: it does not say what happens".to_owned())
        })
    }

    /// Whether somebody looks on.
    fn is_watched(&self) -> bool {
        let mut published = self.lock();
        let is_watched = published.asked.is_some_and(|asked| asked.elapsed() < LEASE);
        if !is_watched {
            *published = Published::default();
        }
        is_watched
    }

    fn publish(&self, activity: Activity) {
        self.lock().latest = Some((Arc::new(activity), Instant::now()));
        self.changed.notify_all();
    }
}

/// Matches of each rule since the start.
pub(crate) type Matches = BTreeMap<String, u64>;

/// The counting of one interval after the other.
#[derive(Debug)]
pub(crate) struct Counting {
    begin: Instant,
    events: u64,
    calls: HashMap<&'static str, u64>,
    processes: HashMap<i64, Process>,
    containers: HashMap<Arc<str>, u64>,
    left_out: u64,
    /// Up to the begin of the interval.
    matches: Matches,
}

/// What is known of a process from its first event in the interval.
#[derive(Debug)]
struct Process {
    comm: Arc<[u8]>,
    container: Option<Arc<str>>,
    events: u64,
}

/// What an event is before the state takes it: the thread may be gone then.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seen {
    name: &'static str,
    tid: i64,
}

impl Seen {
    /// The event of a record; none where it is none that people would call so.
    pub(crate) fn of(record: &Record<'_>) -> Option<Self> {
        let Record::Event(EventRecord { bytes, .. }) = record else { return None };
        let (view, _) = EventView::parse(bytes).ok()?;
        Some(Self { name: view.type_name(), tid: view.tid() })
    }
}

impl Counting {
    fn new(matches: Matches) -> Self {
        Self {
            begin: Instant::now(),
            events: 0,
            calls: HashMap::new(),
            processes: HashMap::new(),
            containers: HashMap::new(),
            left_out: 0,
            matches,
        }
    }

    /// Counts an event whose thread the state knows. False where it does not.
    pub(crate) fn count(&mut self, seen: Seen, state: &State) -> bool {
        let Some(thread) = state.thread(seen.tid) else { return false };
        if let Some(process) = self.processes.get_mut(&thread.pid) {
            process.events += 1;
            if let Some(id) = &process.container {
                increment(&mut self.containers, id, &mut self.left_out);
            }
        } else if self.processes.len() < KEYS {
            let container = container_of(&thread.cgroups);
            if let Some(id) = &container {
                increment(&mut self.containers, id, &mut self.left_out);
            }
            let comm = Arc::clone(&state.main_thread(thread.pid).unwrap_or(thread).comm);
            self.processes.insert(thread.pid, Process { comm, container, events: 1 });
        } else {
            self.left_out += 1;
        }
        self.count_call(seen);
        true
    }

    /// Counts an event of a thread that nobody knows.
    pub(crate) fn count_call(&mut self, seen: Seen) {
        self.events += 1;
        *self.calls.entry(seen.name).or_default() += 1;
    }

    /// What the interval had; the next one begins.
    fn finish(&mut self, state: &State, matches: Matches) -> Activity {
        let now = Instant::now();
        let seconds = now.saturating_duration_since(self.begin).as_secs_f64();
        let before = std::mem::replace(&mut self.matches, matches);
        let rules = self.matches.iter().filter_map(|(name, total)| {
            let matches = total.saturating_sub(before.get(name).copied().unwrap_or(0));
            (matches > 0).then(|| RuleActivity { name: name.clone(), matches })
        });
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let processes = self.processes.drain().map(|(pid, process)| ProcessActivity {
            pid,
            name: text(&process.comm),
            container: process.container.map(|id| id.to_string()),
            events: process.events,
        });
        let containers = self.containers.drain().map(|(id, events)| {
            let known = state.container(&id);
            ContainerActivity {
                name: known.map(|known| known.name.clone()).unwrap_or_default(),
                image: known.map(|known| known.image.clone()).unwrap_or_default(),
                id: id.to_string(),
                events,
            }
        });
        let calls = self.calls.drain();
        let calls = calls.map(|(name, events)| CallActivity { name: name.to_owned(), events });
        let mut left_out = std::mem::take(&mut self.left_out);
        let activity = Activity {
            seconds,
            events: std::mem::take(&mut self.events),
            calls: most(calls, |call| (call.events, call.name.clone())).0,
            rules: most(rules, |rule| (rule.matches, rule.name.clone())).0,
            processes: {
                let (rows, rest) = most(processes, |process| (process.events, process.pid));
                left_out += rest.iter().map(|process| process.events).sum::<u64>();
                rows
            },
            containers: most(containers, |container| (container.events, container.id.clone())).0,
            left_out,
        };
        self.begin = now;
        activity
    }
}

/// Begins and ends the counting, and publishes each interval; to be called between two polls. `matches` are those of each
/// rule since the start.
pub(crate) fn look(
    counting: &mut Option<Counting>,
    board: &ActivityBoard,
    state: &State,
    matches: impl FnOnce() -> Matches,
) {
    let is_over = |counting: &Counting| counting.begin.elapsed() >= INTERVAL;
    match counting {
        // Asked every time: the first one waits for it.
        None if board.is_watched() => *counting = Some(Counting::new(matches())),
        Some(running) if is_over(running) => {
            if board.is_watched() {
                board.publish(running.finish(state, matches()));
            } else {
                *counting = None;
            }
        }
        _ => {}
    }
}

/// The most frequent of them, and the rest.
fn most<T, K: Ord>(all: impl Iterator<Item = T>, key: impl Fn(&T) -> (u64, K)) -> (Vec<T>, Vec<T>) {
    let mut rows: Vec<T> = all.collect();
    rows.sort_by_cached_key(|row| {
        let (events, name) = key(row);
        (std::cmp::Reverse(events), name)
    });
    let rest = rows.split_off(rows.len().min(ROWS));
    (rows, rest)
}

fn increment(counts: &mut HashMap<Arc<str>, u64>, id: &Arc<str>, left_out: &mut u64) {
    if let Some(count) = counts.get_mut(id) {
        *count += 1;
    } else if counts.len() < KEYS {
        counts.insert(Arc::clone(id), 1);
    } else {
        *left_out += 1;
    }
}

/// The id of the container that control groups name, as rules see it.
fn container_of(cgroups: &Cgroups) -> Option<Arc<str>> {
    let found = cgroups.container()?;
    Some(String::from_utf8_lossy(found.short_id()).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The counting of an interval that is over.
    fn over() -> Counting {
        let begin = Instant::now().checked_sub(INTERVAL).unwrap();
        Counting { begin, ..Counting::new(Matches::from([("old".to_owned(), 3)])) }
    }

    fn seen(name: &'static str, tid: i64) -> Seen {
        Seen { name, tid }
    }

    #[test]
    fn an_interval_has_what_came_in_it() {
        let state = State::new(peregrine_state::Limits::default());
        let mut counting = over();
        assert!(!counting.count(seen("openat", 7), &state), "nobody knows this thread");
        for name in ["openat", "close", "openat"] {
            counting.count_call(seen(name, 7));
        }
        let matches = [("new", 2), ("old", 3)].map(|(name, count)| (name.to_owned(), count));
        let activity = counting.finish(&state, Matches::from(matches));
        let calls: Vec<(&str, u64)> =
            activity.calls.iter().map(|call| (&*call.name, call.events)).collect();
        assert_eq!(calls, [("openat", 2), ("close", 1)]);
        assert_eq!((activity.events, activity.left_out), (3, 0));
        let new = RuleActivity { name: "new".to_owned(), matches: 2 };
        assert_eq!(activity.rules, [new], "only what came since");
        assert!(activity.seconds >= INTERVAL.as_secs_f64());
        let next = counting.finish(&state, Matches::new());
        assert_eq!((next.events, next.calls.len(), next.rules.len()), (0, 0, 0));
    }

    #[test]
    fn the_most_frequent_are_kept() {
        let rows = (0..u64::try_from(ROWS).unwrap() + 2).map(|number| (number, 0));
        let (rows, rest) = most(rows, |row| *row);
        assert_eq!((rows.len(), rest.as_slice()), (ROWS, &[(1, 0), (0, 0)][..]));
        let mut counts = HashMap::new();
        let mut left_out = 0;
        for number in 0..=KEYS {
            increment(&mut counts, &number.to_string().into(), &mut left_out);
        }
        increment(&mut counts, &"1".into(), &mut left_out);
        assert_eq!((counts.len(), counts["1"], left_out), (KEYS, 2, 1));
    }

    #[test]
    fn nothing_is_counted_while_nobody_looks_on() {
        let state = State::new(peregrine_state::Limits::default());
        let board = Arc::new(ActivityBoard::default());
        let mut counting = None;
        look(&mut counting, &board, &state, || unreachable!());
        assert!(counting.is_none());
        let asking = Arc::clone(&board);
        let asked = std::thread::spawn(move || asking.current());
        while counting.is_none() {
            look(&mut counting, &board, &state, Matches::new);
        }
        counting = Some(Counting { events: 5, ..over() });
        look(&mut counting, &board, &state, Matches::new);
        assert_eq!(asked.join().unwrap().unwrap().events, 5);
        // The next one has it at once.
        assert_eq!(board.current().unwrap().events, 5);
        board.lock().asked = Instant::now().checked_sub(LEASE);
        counting = Some(over());
        look(&mut counting, &board, &state, || unreachable!());
        assert!(counting.is_none() && board.lock().latest.is_none());
    }
}
