//! The plan gives what the naive evaluator gives, on the rules people use, over generated events:
//! threads start, run programs, change who they are and end between one event and the next.
//!
//! `PEREGRINE_EVENTS=1000000 cargo nextest run --release -p peregrine-engine` looks at a million.

#![expect(clippy::unwrap_used, reason = "a failed test may panic")]

mod support;

use peregrine_engine::{Engine, Matching};
use peregrine_event::Event;
use peregrine_fields::{EventContext, Texts};
use peregrine_filter::reference;
use peregrine_state::{Limits, NoHostInfo, State};
use peregrine_testkit::events::World;

#[test]
fn the_plan_equals_the_reference() {
    let (rules, text) = support::rules("equals_reference");
    let count = std::env::var("PEREGRINE_EVENTS").map_or(20_000, |n| n.parse().unwrap());
    let mut world = World::new(&text);
    let mut state = State::new(Limits { threads: 64, fds: 64, all_fds: 1024, ..Limits::default() });
    let mut all = Engine::new(&rules, Matching::All);
    let mut first = Engine::new(&rules, Matching::First);
    let mut texts = Texts::default();
    let (mut hits, mut total) = (Vec::new(), 0_usize);
    for num in 1..=count {
        let record = world.event(num);
        let Ok(event) = Event::parse(num, &record) else { continue };
        state.apply(&event, &NoHostInfo);
        let context = EventContext::new(&event, &state, &NoHostInfo);
        let expected: Vec<u32> = (0_u32..)
            .zip(&rules.rules)
            .filter(|(_, rule)| reference::holds(&rule.condition.root, &context))
            .map(|(number, _)| number)
            .collect();
        // The plan may use rooms for texts, the reference does without.
        texts.clear();
        let context = context.with_texts(&texts);
        hits.clear();
        all.evaluate(&context, &mut hits);
        assert_eq!(hits, expected, "event {num}: {:?}", event.view);
        hits.clear();
        first.evaluate(&context, &mut hits);
        assert_eq!(hits.as_slice(), expected.get(..1).unwrap_or_default(), "event {num}");
        total += expected.len();
    }
    assert!(total > 0, "the events must make some rules true, or nothing is shown");
}
