//! One fixed piece of work for `cargo xtask callgrind`: `costs mixed|opens|execs|hits`.

use peregrine_alert::{Form, RuleOutput, Sequence, render};
use peregrine_engine::{Engine, Matching};
use peregrine_event::Event;
use peregrine_fields::{EventContext, Texts};
use peregrine_rules::{Options, RuleSet, SourceText, load};
use peregrine_state::{Limits, NoHostInfo, State};
use peregrine_testkit::streams;

fn main() -> Result<(), String> {
    let records = match std::env::args().nth(1).as_deref() {
        Some("mixed") => streams::mixed(40_000),
        Some("opens") => streams::opens(20_000),
        Some("execs") => streams::execs(6_000),
        Some("hits") => streams::hits(2_000),
        _ => return Err("costs mixed|opens|execs|hits".to_owned()),
    };
    let text = include_str!("rules.yaml");
    let loaded = load(&[SourceText { name: "rules.yaml", text }], &Options::default());
    if loaded.failed() {
        return Err(format!("{:?}", loaded.diagnostics));
    }
    let bytes = measured(&records, &loaded.rules);
    #[expect(clippy::print_stdout, reason = "the result must be used for something")]
    {
        println!("{} events, {bytes} bytes of alerts", records.len());
    }
    Ok(())
}

/// All that is counted: events applied to the state and evaluated by rules, hits rendered as lines.
#[inline(never)]
fn measured(records: &[Vec<u8>], rules: &RuleSet) -> usize {
    let mut engine = Engine::new(rules, Matching::First);
    let mut state = State::new(Limits::default());
    let sequence = Sequence::new(1);
    let (mut texts, mut hits, mut bytes) = (Texts::default(), Vec::new(), 0);
    for (num, record) in (1..).zip(records) {
        let Ok(event) = Event::parse(num, record) else { continue };
        state.apply(&event, &NoHostInfo);
        if !engine.looks_at(event.view.event_type()) {
            continue;
        }
        texts.clear();
        hits.clear();
        let context = EventContext::new(&event, &state, &NoHostInfo).with_texts(&texts);
        engine.evaluate(&context, &mut hits);
        for rule in hits.iter().filter_map(|hit| rules.rules.get(*hit as usize)) {
            let rule = RuleOutput {
                name: &rule.name,
                priority: rule.priority,
                source: &rule.source,
                tags: &[],
                output: &rule.output,
                extra_fields: &rule.extra_fields,
            };
            let alert = render(sequence.next(), &rule, &context);
            bytes += alert.line(&Form { json: true, ..Form::default() }).len();
        }
    }
    bytes
}
