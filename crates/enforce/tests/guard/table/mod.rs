//! Acts by every way there is, at every level of this kernel: the effect is absent. The same way without a policy has it.
//!
//! Each attempt prints a row, from which `cargo xtask vm guard` makes the table of docs/guard.md.

mod files;
mod programs;
mod room;
mod sockets;
mod ways;
mod wires;

use peregrine_enforce::{Guard, Options, kernel::capabilities};
use peregrine_guard::layout::{self, flag, needs};
use peregrine_guard::{Act, Capabilities, Compiled, Level, Mode, PathKind};

use crate::acts::{Outcome, forked};
use crate::policies;
use room::Room;

/// An act on what is not protected.
type Free = (&'static str, fn(&Room) -> Outcome);

/// One way to do something.
pub(crate) struct Case {
    act: &'static str,
    way: &'static str,
    effect: Effect,
    /// Levels that are known not to stop it.
    passes: &'static [Level],
    attempt: fn(&Room) -> Outcome,
}

/// How an effect shows.
#[derive(PartialEq, Eq)]
enum Effect {
    /// The process that acts says so: it read what it should not, or the call succeeded.
    Told,
    /// The room is another one.
    Left,
}

/// A way whose effect its process tells.
const fn told(act: &'static str, way: &'static str, attempt: fn(&Room) -> Outcome) -> Case {
    Case { act, way, effect: Effect::Told, passes: &[], attempt }
}

/// A way whose effect is seen from outside.
const fn left(act: &'static str, way: &'static str, attempt: fn(&Room) -> Outcome) -> Case {
    Case { act, way, effect: Effect::Left, passes: &[], attempt }
}

impl Case {
    /// It is known not to be stopped there.
    const fn passes(mut self, levels: &'static [Level]) -> Self {
        self.passes = levels;
        self
    }

    fn act(&self) -> Act {
        Act::ALL.into_iter().find(|act| act.name() == self.act).unwrap()
    }

    /// Whether the level is to stop this, or could be thought to.
    fn is_for(&self, level: Level) -> bool {
        level.exists_for(self.act())
            || (level == Level::KillBefore && self.act() == Act::MapExec && self.way == "ld.so")
    }

    /// Does it; whether it had its effect, and what was said.
    fn has_effect(&self, room: &Room) -> (bool, Option<i32>) {
        room.offer();
        let before = room.state();
        let said = forked(|| (self.attempt)(room));
        let changed = room.state() != before;
        // What a way leaves beside its effect goes, too.
        let effect = match self.effect {
            Effect::Told => said == Some(0),
            Effect::Left => changed,
        };
        if effect || changed {
            room.fill_again();
        }
        (effect, said)
    }
}

const CASES: [&[Case]; 7] = [
    files::OPENS,
    files::NAMES,
    files::ATTRIBUTES,
    programs::PROGRAMS,
    programs::PROCESSES,
    programs::KERNEL,
    sockets::CASES,
];

/// Everything protected in the room is denied.
fn deny_all(room: &Room) -> Compiled {
    let mut compiled = Compiled::none();
    let number = policies::policy(&mut compiled, "room", Mode::Enforce, true);
    let mut path = |name: &str, kind, bit| {
        policies::path(&mut compiled, &room.path(name), kind, bit);
    };
    path("file", PathKind::Exact, 0);
    path("dir", PathKind::Below, 0);
    path("program", PathKind::Exact, 1);
    path("script", PathKind::Exact, 1);
    path("point", PathKind::Exact, 2);
    path("stream", PathKind::Exact, 3);
    path("datagrams", PathKind::Exact, 3);
    path("work", PathKind::Exact, 4);
    // This test's processes: what others do meanwhile is none of its business.
    let own = std::env::current_exe().unwrap();
    policies::path(&mut compiled, &own, PathKind::Exact, 5);
    policies::parent(&mut compiled, &own, 0);
    for act in [Act::Open, Act::Create, Act::Remove, Act::Link, Act::Attributes] {
        policies::deny_object(&mut compiled, act, number, 0);
    }
    for (act, bit) in [
        (Act::Exec, 1),
        (Act::MapExec, 1),
        (Act::Mount, 2),
        (Act::UnixConnect, 3),
        (Act::Unmount, 4),
        (Act::Trace, 5),
        (Act::Signal, 5),
    ] {
        policies::deny_object(&mut compiled, act, number, bit);
    }
    let ours = (layout::PARENT, 1);
    for act in [Act::ChangeUser, Act::LoadModule, Act::LoadBpf, Act::SetTime] {
        policies::on(&mut compiled, act, number, needs::PARENT, &[ours]);
    }
    let memfd = [ours, (layout::FLAGS, flag::MEMFD)];
    policies::on(&mut compiled, Act::Exec, number, needs::OBJECT | needs::PARENT, &memfd);
    let raw = [ours, (layout::FLAGS, flag::RAW | flag::PACKET)];
    policies::on(&mut compiled, Act::Socket, number, needs::PARENT, &raw);
    let wires = &room.wires;
    for (act, port, set) in [
        (Act::Connect, wires.port, 1),
        (Act::Bind, wires.unbound, 2),
        (Act::Listen, wires.unheard, 4),
    ] {
        compiled.ports.push((port..=port, [set, 0]));
        let tests = [ours, (layout::NET, set)];
        policies::on(&mut compiled, act, number, needs::PORTS | needs::PARENT, &tests);
    }
    compiled
}

/// The levels that this kernel offers, and that are tried here.
fn levels(host: &Capabilities) -> Vec<Level> {
    let offers = |level: &Level| match level {
        Level::Cgroup => host.of_act(Act::Connect).contains(*level),
        Level::KillBefore => true,
        _ => host.of_act(Act::Open).contains(*level),
    };
    let all = [Level::Lsm, Level::FmodRet, Level::Cgroup, Level::KillBefore];
    all.into_iter().filter(offers).collect()
}

/// The ways that have an effect here where nothing is denied.
fn possible(room: &Room, levels: &[Level]) -> Vec<&'static Case> {
    let cases = CASES.iter().flat_map(|cases| cases.iter());
    let cases = cases.filter(|case| levels.iter().any(|level| case.is_for(*level)));
    let mut possible = Vec::new();
    for case in cases {
        match case.has_effect(room) {
            (true, _) => possible.push(case),
            (false, said) => {
                println!("ROW\t-\t{}\t{}\tnot here\t{said:?}", case.act, case.way);
            }
        }
    }
    possible
}

#[test]
fn the_effect_of_denied_acts_is_absent() {
    let _alone = crate::acts::alone();
    if !peregrine_testkit::root("the_effect_of_denied_acts_is_absent") {
        return;
    }
    let host = capabilities();
    let levels = levels(&host);
    let room = Room::new();
    let possible = possible(&room, &levels);
    let mut wrong = Vec::new();
    for level in levels {
        let options = Options { level: Some(level), ..Options::default() };
        let guard = Guard::start(&deny_all(&room), &options).unwrap();
        let mut attempts = 0;
        for case in possible.iter().filter(|case| case.is_for(level)) {
            let (effect, said) = case.has_effect(&room);
            attempts += 1;
            let known = case.passes.contains(&level);
            let word = if effect { "passes" } else { "denied" };
            println!("ROW\t{}\t{}\t{}\t{word}\t{said:?}", level.name(), case.act, case.way);
            // Where programs of P2 are skipped now and then, this may be such a time.
            let skipped = level == Level::FmodRet && host.skips_fmod_ret;
            if effect && !known && !skipped {
                wrong.push(format!("{} {} by {}: {said:?}", level.name(), case.act, case.way));
            }
            if !effect && known {
                wrong.push(format!(
                    "{} {} by {} is denied by now",
                    level.name(),
                    case.act,
                    case.way
                ));
            }
        }
        wrong.extend(not_free(&room, level));
        let losses = guard.counts().unwrap().losses;
        println!("TABLE {} {attempts} attempts, {losses:?}", level.name());
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What is not protected goes on; says what does not.
fn not_free(room: &Room, level: Level) -> Vec<String> {
    use crate::acts::call;
    let free: &[Free] = &[
        ("open", |r| ways::open(&r.c("free/c"), libc::O_RDONLY).map(drop)),
        ("create", |r| ways::open(&r.c("free/new"), libc::O_CREAT).map(drop)),
        ("remove", |r| call!(unlink(r.c("free/new").as_ptr())).map(drop)),
        ("exec", |r| {
            let (program, none) = (r.c("free/program"), std::ptr::null());
            let to = r.c("free/touched");
            let words = [program.as_ptr(), to.as_ptr(), none];
            call!(execve(program.as_ptr(), words.as_ptr(), [none].as_ptr())).map(drop)
        }),
        ("bind, listen", |_| std::net::TcpListener::bind("127.0.0.1:0").map(drop).map_err(|_| 1)),
        ("signal itself", |_| call!(raise(libc::SIGCHLD)).map(drop)),
    ];
    let said = free.iter().map(|(act, attempt)| (act, forked(|| attempt(room))));
    let wrong = said.filter(|(_, said)| *said != Some(0));
    wrong.map(|(act, said)| format!("{} free {act}: {said:?}", level.name())).collect()
}
