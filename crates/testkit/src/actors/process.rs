//! The side of the processes: orders in, answers out.

use std::ffi::CString;

use super::calls::{HERE, Here, int, read, reg, sys, write_all};
use super::processes::{NAMES, SIGCHLD_ONLY};
use super::{Act, Birth, HELD, Order, PIPES, PLACES, Theme, WORD};
use crate::events::Dice;

/// Runs before anything else of the program, and makes it an actor where the arguments say so.
#[used]
#[unsafe(link_section = ".init_array")]
pub(super) static BEGIN: extern "C" fn() = begin;

extern "C" fn begin() {
    let mut words = std::env::args().skip(1);
    if words.next().as_deref() != Some(WORD) {
        return;
    }
    let mut next = || words.next().unwrap_or_default();
    let (place, base, groups) = (next(), next(), next());
    HERE.with_borrow_mut(|here| *here = Here { base, groups, ..Here::default() });
    // A socket nobody reads ends nobody.
    super::processes::ignore(libc::SIGPIPE, true);
    // A child that lives for one act.
    if let Some(seed) = place.strip_prefix("once-") {
        let (theme, seed) = seed.split_once('-').unwrap_or_default();
        once(theme_of(theme.parse().unwrap_or(0)), seed.parse().unwrap_or(0));
    }
    let place: usize = place.parse().unwrap_or(0);
    HERE.with_borrow_mut(|here| here.place = place);
    // The first one, and only once.
    if place == 0 && next() != "again" {
        sys(libc::SYS_close_range, &[3, reg(i64::from(PIPES)) - 1, 0]);
        sys(libc::SYS_close_range, &[reg(i64::from(PIPES)) + 4 * PLACES, u32::MAX as usize, 0]);
        super::io_acts::network_of_its_own();
        secluded();
    }
    answer(0);
    play();
}

/// Acts are only for where they can do no harm.
fn secluded() {
    let base = HERE.with_borrow(|here| here.base.clone());
    let beside = ["/acts-beside", "/", "/tmp/", "/dev/"].map(|place| match place {
        "/acts-beside" => format!("{base}{place}"),
        place => format!("{place}acts-beside"),
    });
    let kept = !base.is_empty() && beside.iter().all(|path| std::fs::write(path, "").is_err());
    assert!(kept, "acts could reach the machine: none is done");
}

/// Does the acts that seed makes, and ends.
pub(super) fn once(theme: Theme, seed: u64) -> ! {
    let mut dice = Dice::new(seed);
    for _ in 0..=dice.roll(4) {
        Act::some(&mut dice, theme, false).commit();
    }
    crate::actor::exit()
}

fn answer(result: i64) {
    let place = HERE.with_borrow(|here| here.place);
    let pid = sys(libc::SYS_getpid, &[]);
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&result.to_ne_bytes());
    bytes[8..].copy_from_slice(&pid.to_ne_bytes());
    write_all(PIPES + 4 * int(place) + 3, &bytes);
}

/// Takes orders until the end.
fn play() -> ! {
    loop {
        let place = HERE.with_borrow(|here| here.place);
        let Some(order) = read(PIPES + 4 * int(place)).map(|bytes| unpacked(&bytes)) else {
            crate::actor::exit();
        };
        let result = match order {
            Order::Act(theme, seed) => Act::of(theme, seed).commit(),
            Order::Start(child, birth) => start(child, birth),
            Order::Program(name, beside) => become_program(name, beside),
            Order::LeaveFirst => leave_first(),
            Order::Group(group) => super::processes::group(group),
            Order::End => crate::actor::exit(),
        };
        answer(result);
    }
}

impl Act {
    pub(super) fn commit(&self) -> i64 {
        match self {
            Self::Open(open) => open.commit(),
            Self::File(act) => act.commit(),
            Self::Io(act) => act.commit(),
            Self::Become(act) => act.commit(),
            Self::Thread(acts) => {
                let here = HERE.with_borrow(Clone::clone);
                let run = || {
                    HERE.set(here);
                    acts.iter().fold(0, |_, act| act.commit())
                };
                std::thread::scope(|scope| {
                    std::thread::Builder::new()
                        .spawn_scoped(scope, run)
                        .map_or(-1, |thread| thread.join().unwrap_or(-1))
                })
            }
            Self::Child(program, theme, seed) => {
                let made = sys(libc::SYS_clone, &[SIGCHLD_ONLY, 0, 0, 0, 0]);
                if made == 0 {
                    if let Some(name) = program {
                        execute(name, &format!("once-{}-{seed}", number_of(*theme)), false);
                    }
                    once(*theme, *seed);
                }
                let mut status = 0_i32;
                sys(libc::SYS_wait4, &[reg(made), (&raw mut status) as usize, 0, 0]);
                made
            }
        }
    }
}

fn start(child: usize, birth: Birth) -> i64 {
    let group;
    let made = match birth {
        Birth::Fork => sys(libc::SYS_clone, &[SIGCHLD_ONLY, 0, 0, 0, 0]),
        Birth::Sibling => {
            sys(libc::SYS_clone, &[SIGCHLD_ONLY | libc::CLONE_PARENT as usize, 0, 0, 0, 0])
        }
        Birth::Into(number) => {
            let path = HERE.with_borrow(|here| format!("{}/{number}", here.groups));
            let path = CString::new(path).unwrap_or_default();
            group = sys(libc::SYS_open, &[path.as_ptr() as usize, libc::O_DIRECTORY as usize]);
            let mut args = [0_u64; 11];
            args[0] = 0x2_0000_0000; // CLONE_INTO_CGROUP
            args[4] = SIGCHLD_ONLY as u64;
            args[10] = group.cast_unsigned();
            let made = sys(libc::SYS_clone3, &[args.as_ptr() as usize, size_of_val(&args)]);
            sys(libc::SYS_close, &[reg(group)]);
            made
        }
    };
    if made == 0 {
        HERE.with_borrow_mut(|here| here.place = child);
        answer(0);
        play();
    }
    made
}

/// Becomes the program of a name. Comes back where it cannot, with the error.
fn become_program(name: &str, beside: bool) -> i64 {
    let place = HERE.with_borrow(|here| here.place).to_string();
    if !beside {
        return execute(name, &place, true);
    }
    let here = HERE.with_borrow(Clone::clone);
    std::thread::scope(|scope| {
        let run = || {
            HERE.set(here);
            execute(name, &place, true)
        };
        let thread = std::thread::Builder::new().spawn_scoped(scope, run);
        thread.map_or(-1, |thread| thread.join().unwrap_or(-1))
    })
}

fn execute(name: &str, place: &str, again: bool) -> i64 {
    let here = HERE.with_borrow(Clone::clone);
    let path = CString::new(format!("{}/{name}", here.base)).unwrap_or_default();
    let words = [name, WORD, place, &here.base, &here.groups, if again { "again" } else { "" }];
    let words = words.map(|word| CString::new(word).unwrap_or_default());
    let mut argv: Vec<*const libc::c_char> = words.iter().map(|word| word.as_ptr()).collect();
    argv.push(std::ptr::null());
    let env: [*const libc::c_char; 1] = [std::ptr::null()];
    let (argv, env) = (argv.as_ptr() as usize, env.as_ptr() as usize);
    sys(libc::SYS_execve, &[path.as_ptr() as usize, argv, env])
}

/// The first thread ends; what comes then is done by another.
fn leave_first() -> i64 {
    let here = HERE.with_borrow(Clone::clone);
    let first = sys(libc::SYS_gettid, &[]);
    let stat = format!("/proc/self/task/{first}/stat");
    // It ends once.
    if first != sys(libc::SYS_getpid, &[]) || std::fs::read(&stat).is_err() {
        return 0;
    }
    let go_on = move || {
        HERE.set(here);
        // Until it is no more than a number.
        while !std::fs::read_to_string(&stat).unwrap_or_default().contains(") Z ") {
            std::thread::yield_now();
        }
        answer(first);
        play();
    };
    if std::thread::Builder::new().spawn(go_on).is_ok() {
        // Only this thread: the process goes on.
        sys(libc::SYS_exit, &[0]);
    }
    -1
}

fn number_of(theme: Theme) -> u8 {
    match theme {
        Theme::Files => 0,
        Theme::Processes => 1,
        Theme::Data => 2,
    }
}

fn theme_of(number: u8) -> Theme {
    [Theme::Files, Theme::Processes, Theme::Data][usize::from(number % 3)]
}

/// An order in sixteen bytes: what it is, two small numbers, and a seed.
pub(super) fn packed(order: Order) -> [u8; 16] {
    let small = |number: usize| u8::try_from(number).unwrap_or(0);
    let (head, seed) = match order {
        Order::Act(theme, seed) => ([0, number_of(theme), 0], seed),
        Order::Start(place, Birth::Fork) => ([1, small(place), 0], 0),
        Order::Start(place, Birth::Sibling) => ([2, small(place), 0], 0),
        Order::Start(place, Birth::Into(group)) => ([3, small(place), group], 0),
        Order::Program(name, beside) => {
            let number = NAMES.iter().position(|one| *one == name).unwrap_or(0);
            ([4, small(number), u8::from(beside)], 0)
        }
        Order::LeaveFirst => ([5, 0, 0], 0),
        Order::Group(group) => ([6, group, 0], 0),
        Order::End => ([7, 0, 0], 0),
    };
    let mut bytes = [0; 16];
    bytes[..3].copy_from_slice(&head);
    bytes[8..].copy_from_slice(&seed.to_ne_bytes());
    bytes
}

fn unpacked(bytes: &[u8; 16]) -> Order {
    let [kind, one, two, ..] = *bytes;
    let mut seed = [0; 8];
    seed.copy_from_slice(&bytes[8..]);
    let place = usize::from(one) % PLACES;
    match kind {
        0 => Order::Act(theme_of(one), u64::from_ne_bytes(seed)),
        1 => Order::Start(place, Birth::Fork),
        2 => Order::Start(place, Birth::Sibling),
        3 => Order::Start(place, Birth::Into(two)),
        4 => Order::Program(NAMES[usize::from(one) % NAMES.len()], two != 0),
        5 => Order::LeaveFirst,
        6 => Order::Group(one),
        _ => Order::End,
    }
}

/// A descriptor acts may use, which may be none.
pub(super) fn some_fd(dice: &mut Dice) -> i32 {
    HELD.start + int(dice.roll(HELD.len()))
}

/// Keeps a descriptor where acts find it, or closes it: there are not so many places.
pub(super) fn keep(fd: i64) -> i64 {
    if fd >= i64::from(HELD.end) {
        sys(libc::SYS_close, &[reg(fd)]);
    }
    fd
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_arrive_as_they_were_given() {
        for order in [
            Order::Act(Theme::Data, 77),
            Order::Start(3, Birth::Fork),
            Order::Start(4, Birth::Sibling),
            Order::Start(5, Birth::Into(2)),
            Order::Program(NAMES[2], true),
            Order::LeaveFirst,
            Order::Group(1),
            Order::End,
        ] {
            assert_eq!(unpacked(&packed(order)), order);
        }
    }
}
