//! Processes that act on command, one act after the other: whoever gives the orders waits for the end
//! of each, so that nothing happens at the same time and the same seed makes the same acts.
//!
//! In: a folder, orders. Out: real calls, by real processes that start others, become other programs
//! and other users, rename themselves, end. They are this test's own program once more, which looks at its
//! arguments before it begins; the acts are numbers to begin dice with, so both sides know them.

#![expect(unsafe_code, reason = "makes calls itself")]

mod calls;
mod files;
mod io_acts;
mod opens;
mod process;
mod processes;
mod sandbox;

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::events::Dice;

pub use calls::{current_thread, mark};
pub use io_acts::{ADDRESSES, PORTS};
pub use opens::{FILES, FOLDERS};
pub use processes::{NAMES, USERS};
pub use sandbox::Sandbox;

use files::FileAct;
use io_acts::IoAct;
use opens::Open;
use processes::Become;

/// Processes at once.
pub const PLACES: usize = 8;
/// Where the ends of the pipes stand: two of each place for orders, two for answers.
const PIPES: i32 = 600;
/// Descriptors that acts use.
const HELD: std::ops::Range<i32> = 3..14;
/// The word that makes this program an actor.
const WORD: &str = "peregrine-actor";

/// What acts are mostly about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Theme {
    /// Opens, and what changes names of files.
    Files,
    /// What processes are.
    Processes,
    /// Data that moves.
    Data,
}

/// One act of a process that stays what it is, but for its names, users, folders and descriptors.
#[derive(Debug)]
pub enum Act {
    /// Opens something.
    Open(Open),
    /// Changes what names lead to.
    File(FileAct),
    /// Reads, writes, sends, receives.
    Io(IoAct),
    /// Becomes something else.
    Become(Become),
    /// A thread of its own does this and ends.
    Thread(Vec<Self>),
    /// Another process does this and ends before this act does; it is another program where a name says so.
    Child(Option<&'static str>, Theme, u64),
}

impl Act {
    /// The act that dice beginning with `seed` make.
    pub fn of(theme: Theme, seed: u64) -> Self {
        // Seeds that are near each other begin alike.
        let mut dice = Dice::new(seed);
        (0..8).for_each(|_| _ = dice.roll(2));
        Self::some(&mut dice, theme, true)
    }

    fn some(dice: &mut Dice, theme: Theme, whole: bool) -> Self {
        let turn = dice.roll(if whole { 20 } else { 16 });
        match (theme, turn) {
            (_, 16..18) => {
                Self::Thread((0..=dice.roll(4)).map(|_| Self::some(dice, theme, false)).collect())
            }
            (_, 18..) => {
                let program = (dice.roll(3) == 0).then(|| dice.of(&NAMES));
                Self::Child(program, theme, dice.word())
            }
            (Theme::Files, 0..11) | (_, 0) => Self::Open(Open::some(dice)),
            (Theme::Files, 11..=14) => Self::File(FileAct::some(dice)),
            (Theme::Files, _) => Self::Become(Become::some(dice)),
            (Theme::Processes, 1..6) => Self::Become(Become::some(dice)),
            (Theme::Processes, 6..9) => Self::Io(IoAct::some(dice)),
            (Theme::Processes, _) => Self::File(FileAct::removal(dice)),
            (Theme::Data, 1 | 2) => Self::Become(Become::some(dice)),
            (Theme::Data, _) => Self::Io(IoAct::some(dice)),
        }
    }
}

/// How a process is started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Birth {
    Fork,
    /// It is a child of the caller's parent.
    Sibling,
    /// Into the control group of this place.
    Into(u8),
}

/// What one of the processes is ordered to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// An act, as [`Act::of`] makes it.
    Act(Theme, u64),
    /// Starts a process at another place.
    Start(usize, Birth),
    /// Becomes the program of a name, also from a thread that is not the first.
    Program(&'static str, bool),
    /// The first thread ends, another one goes on.
    LeaveFirst,
    /// Goes to the control group of this place.
    Group(u8),
    /// Ends.
    End,
}

/// The answer to an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answer {
    /// What the last call of it said.
    pub result: i64,
    /// The process that answers.
    pub pid: i32,
}

/// The processes.
#[derive(Debug)]
pub struct Actors {
    places: [Option<i32>; PLACES],
    first: Child,
}

impl Actors {
    /// Starts the first one, in a network of its own, on a scene where nothing happened yet.
    ///
    /// # Panics
    /// When there are no pipes, no scene or no process.
    pub fn start(sandbox: &Sandbox) -> Self {
        std::hint::black_box(&process::BEGIN);
        sandbox::set_scene(sandbox.base());
        calls::make_pipes();
        let first = Command::new(sandbox.base().join(NAMES[0]))
            .args([WORD, "0"])
            .arg(sandbox.base())
            .arg(sandbox.groups().unwrap_or_else(|| Path::new("")))
            .current_dir(sandbox.scene())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .expect("a process");
        let mut actors = Self { places: [None; PLACES], first };
        let begun = actors.answer(0, None);
        actors.places[0] = Some(begun.pid);
        actors
    }

    /// Those that live: place and number.
    pub fn living(&self) -> Vec<(usize, i32)> {
        let all = self.places.iter().enumerate();
        all.filter_map(|(place, pid)| Some((place, (*pid)?))).collect()
    }

    /// A place nobody has.
    pub fn free(&self) -> Option<usize> {
        self.places.iter().position(Option::is_none)
    }

    /// Has the process at a place do something, and waits until it is done.
    ///
    /// # Panics
    /// When it does not answer.
    pub fn order(&mut self, place: usize, order: Order) -> Answer {
        let pid = self.places[place].expect("somebody is there");
        calls::write_all(PIPES + 4 * calls::int(place) + 1, &process::packed(order));
        if order == Order::End {
            self.places[place] = None;
            wait_for_end(pid);
            return Answer { result: 0, pid };
        }
        let answer = self.answer(place, Some(order));
        self.places[place] = Some(answer.pid);
        if let Order::Start(child, _) = order
            && answer.result > 0
        {
            self.places[child] = Some(self.answer(child, Some(order)).pid);
        }
        answer
    }

    fn answer(&self, place: usize, order: Option<Order>) -> Answer {
        let from = PIPES + 4 * calls::int(place) + 2;
        let Some(bytes) = calls::read_within(from, Duration::from_secs(20)) else {
            let pid = self.places[place].unwrap_or(0);
            let at = |name| std::fs::read_to_string(format!("/proc/{pid}/{name}"));
            let stands = ["stat", "syscall", "wchan"].map(at);
            panic!("place {place} of {:?}, {order:?}, does not answer: {stands:?}", self.places);
        };
        let (result, pid) = bytes.split_at(8);
        Answer {
            result: i64::from_ne_bytes(result.try_into().expect("eight bytes")),
            pid: i32::from_ne_bytes(pid[..4].try_into().expect("four bytes")),
        }
    }
}

impl Drop for Actors {
    fn drop(&mut self) {
        for (_, pid) in self.living() {
            crate::actor::end(pid);
            wait_for_end(pid);
        }
        let _ = self.first.kill();
        let _ = self.first.wait();
    }
}

/// Until it is gone, or only its number is left.
fn wait_for_end(pid: i32) {
    let late = Instant::now() + Duration::from_secs(10);
    loop {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        let state = stat.rsplit(") ").next().and_then(|rest| rest.chars().next());
        if state.is_none_or(|state| state == 'Z' || state == 'X') {
            return;
        }
        assert!(Instant::now() < late, "{pid} does not end");
        std::thread::sleep(Duration::from_micros(100));
    }
}
