//! What a rule matches, the loaded programs pass: over generated rules and real acts of real
//! processes, which open files by every kind of name, move folders and themselves, rename themselves and
//! each other's threads, become other users and programs, change control groups, mounts and roots, start
//! others and end, and speak through sockets.
//!
//! Two watchers see the same acts, one of them with the filter that the rules make. What rules match
//! in the state of the one that gets everything is reported to the other, once, and matches there, too.
//! And the kernel counts exactly what it did not report.
//!
//! `PEREGRINE_ROUNDS=1000` makes as many sets of rules, `PEREGRINE_SEED=7` others. A failure names the
//! seed of its round, which makes that round again: `PEREGRINE_ROUNDS=1 PEREGRINE_SEED=...`. Needs root;
//! says so loudly where it has none.

#![expect(clippy::unwrap_used, reason = "a failed test may panic")]
#![expect(unreachable_pub, reason = "modules of one test")]

mod differential;
mod rules;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use peregrine_agent::syscall_interest::SyscallInterest;
use peregrine_config::BaseSyscalls;
use peregrine_engine::{Engine, Matching};
use peregrine_testkit::actors::{Act, Actors, Birth, NAMES, Order, Sandbox, Theme};
use peregrine_testkit::events::Dice;

use differential::{Compared, Differential, now};

const TEST: &str = "live_what_a_rule_matches_the_loaded_filter_passes";
/// Orders in a round.
const ORDERS: usize = 60;
const GROUPS: usize = 3;

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).map_or(otherwise, |text| text.parse().unwrap())
}

/// What somebody is asked to do; none: the agent looks at all threads.
fn order(dice: &mut Dice, free: Option<usize>, first: bool, theme: Theme) -> Option<Order> {
    let births =
        [Birth::Fork, Birth::Fork, Birth::Fork, Birth::Sibling, Birth::Into(0), Birth::Into(1)];
    Some(match dice.roll(40) {
        0..3 if let Some(free) = free => Order::Start(free, dice.of(&births)),
        3 | 4 => Order::Program(dice.of(&NAMES), dice.roll(4) == 0),
        5 => Order::LeaveFirst,
        6 | 7 => Order::Group(u8::try_from(dice.roll(GROUPS)).unwrap()),
        8 | 9 if !first => Order::End,
        10 | 11 => return None,
        _ => Order::Act(theme, dice.word()),
    })
}

/// One act, in words.
fn act(dice: &mut Dice, actors: &mut Actors, watchers: &mut Differential, theme: Theme) -> String {
    let (place, pid) = dice.of(&actors.living());
    let Some(order) = order(dice, actors.free(), place == 0, theme) else {
        watchers.look_at_threads();
        return "a look at all threads".to_owned();
    };
    let answer = actors.order(place, order);
    watchers.know_all(actors);
    let what = match order {
        Order::Act(theme, seed) => format!("{:?}", Act::of(theme, seed)),
        other => format!("{other:?}"),
    };
    format!("{pid}: {what} -> {}", answer.result)
}

/// A set of rules, and acts under it.
fn round(
    seed: u64,
    sandbox: &Sandbox,
    watchers: &mut Differential,
    from: u64,
) -> (Theme, Compared) {
    let mut dice = Dice::new(seed);
    // Seeds that are near each other begin alike.
    (0..8).for_each(|_| _ = dice.roll(2));
    let theme =
        dice.of(&[Theme::Files, Theme::Files, Theme::Processes, Theme::Processes, Theme::Data]);
    let mut actors = Actors::start(sandbox);
    watchers.know_all(&actors);
    watchers.watch(rules::some(&mut dice, theme, &sandbox.scene().display().to_string()));
    let mut acts = Vec::new();
    for _ in 0..ORDERS {
        acts.push(act(&mut dice, &mut actors, watchers, theme));
        if dice.roll(4) == 0 {
            watchers.look();
        }
    }
    let found = watchers.compare(from);
    assert_eq!(watchers.lost(), 0, "nothing may be lost here");
    let rules = || watchers.rules.rules.iter().map(|rule| rule.condition_compiled.as_str());
    assert!(
        found.wrong.is_empty(),
        "PEREGRINE_ROUNDS=1 PEREGRINE_SEED={seed} makes this again:\n{}\n\nrules: {:#?}\n\nacts: {acts:#?}\n\n{}",
        found.wrong.join("\n"),
        rules().collect::<Vec<_>>(),
        watchers.steps(),
    );
    (theme, found)
}

#[test]
fn live_what_a_rule_matches_the_loaded_filter_passes() {
    if !peregrine_testkit::root(TEST) || !peregrine_testkit::own_mounts(TEST) {
        return;
    }
    let (rounds, seed) = (number("PEREGRINE_ROUNDS", 60), number("PEREGRINE_SEED", 1));
    let begin = Instant::now();
    let sandbox = Sandbox::new("pg-loaded");
    let none = rules::load_rules("");
    let interest =
        SyscallInterest::new(&Engine::new(&none, Matching::All).needs(), &BaseSyscalls::default());
    let hierarchy = sandbox.groups().and_then(Path::parent).unwrap_or_else(|| Path::new("/"));
    let mut watchers = Differential::start(none, interest, hierarchy);
    let from = now();
    let mut whole = Compared::default();
    let mut by_theme = BTreeMap::<String, Compared>::new();
    let mut dice = Dice::new(seed);
    for _ in 0..rounds {
        dice.roll(2);
        let seed = if rounds == 1 { seed } else { dice.word() };
        let (theme, found) = round(seed, &sandbox, &mut watchers, from);
        whole.add(&found);
        by_theme.entry(format!("{theme:?}")).or_default().add(&found);
    }
    watchers.pass_everything();
    std::thread::sleep(Duration::from_millis(150));
    whole.add(&watchers.compare(from));
    assert_eq!(watchers.lost(), 0, "nothing may be lost here");
    println!("{rounds} rounds in {:.1} s: {:?}", begin.elapsed().as_secs_f64(), whole.left_out);
    for (theme, found) in &by_theme {
        let Compared { matched, for_nothing, spared, .. } = found;
        println!("{theme}: {matched} matches, {for_nothing} reported for nothing, {spared} spared");
    }
    assert_eq!(whole.left_out, watchers.filtered(), "what is not reported is counted");
    // A few rounds may be about anything.
    for (theme, found) in by_theme.iter().filter(|_| rounds >= 60) {
        assert!(found.matched > 20, "{theme}: {} matches show too little", found.matched);
        let Compared { for_nothing, spared, .. } = found;
        assert!(
            spared > for_nothing,
            "{theme}: {spared} spared, {for_nothing} reported for nothing"
        );
    }
}
