//! An event that no rule hits costs no allocation, whatever the rules look at. One field is left out:
//! `evt.args`, the line of all arguments that is made for people.

#![expect(clippy::unwrap_used, reason = "a failed test may panic")]

mod support;

use std::collections::BTreeMap;

use peregrine_engine::{Engine, Matching};
use peregrine_event::Event;
use peregrine_fields::{EventContext, Texts};
use peregrine_state::{Limits, NoHostInfo, State};
use peregrine_testkit::allocations::Counted;
use peregrine_testkit::events::World;

#[global_allocator]
static COUNTED: Counted = Counted;

#[test]
fn an_event_without_a_hit_allocates_nothing() {
    const EVENTS: u64 = 20_000;
    let (mut rules, text) = support::rules("no_allocation");
    let all = rules.rules.len();
    rules.rules.retain(|rule| {
        let mut line = false;
        rule.condition.root.predicates(&mut |predicate| {
            predicate.fields(&mut |field| line |= field.info.name == "evt.args");
        });
        !line
    });
    assert!(rules.rules.len() + 5 > all, "most rules are looked at");
    let mut engine = Engine::new(&rules, Matching::First);
    let mut world = World::new(&text);
    let mut state = State::new(Limits { threads: 64, fds: 64, all_fds: 1024, ..Limits::default() });
    let mut texts = Texts::default();
    let mut hits = Vec::with_capacity(16);
    let (mut quiet, mut grown) = (0_u64, 0_u64);
    let mut allocated: BTreeMap<&str, u64> = BTreeMap::new();
    for num in 1..=EVENTS {
        let record = world.event(num);
        let event = Event::parse(num, &record).unwrap();
        state.apply(&event, &NoHostInfo);
        let mut evaluate = || {
            texts.clear();
            hits.clear();
            let before = Counted::so_far();
            let context = EventContext::new(&event, &state, &NoHostInfo).with_texts(&texts);
            engine.evaluate(&context, &mut hits);
            (Counted::so_far() - before, hits.is_empty())
        };
        // The rooms of texts grow to what the first events write into them.
        let (first, _) = evaluate();
        let (again, no_hit) = evaluate();
        if no_hit {
            quiet += 1;
            grown += first;
            if again > 0 {
                *allocated.entry(event.view.info().code).or_default() += again;
            }
        }
    }
    assert!(allocated.is_empty(), "{allocated:?}");
    assert!(quiet > EVENTS / 2, "{quiet} events without a hit show little");
    assert!(grown < EVENTS / 10, "rooms grew {grown} times");
}

#[test]
fn the_counter_counts() {
    let before = Counted::so_far();
    drop(std::hint::black_box(vec![1_u8; 100]));
    assert_eq!(Counted::so_far() - before, 1);
}
