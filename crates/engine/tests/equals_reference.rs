//! The plan gives what the naive evaluator gives, on the rules people use, over generated events.
//!
//! `PEREGRINE_EVENTS=1000000 cargo nextest run --release -p peregrine-engine` looks at a million.

#![expect(clippy::unwrap_used, reason = "a failed test may panic")]

use peregrine_engine::{Engine, Matching};
use peregrine_event::{Event, EventBuilder, EventFlags, EventInfo, EventType, ParamType};
use peregrine_fields::EventContext;
use peregrine_filter::reference;
use peregrine_rules::{Options, RuleSet, SourceText, load};
use peregrine_state::{Limits, NoOutside, State};

/// Numbers, the same ones every time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(sides.max(1)).unwrap()).unwrap()
    }
}

fn rules() -> (RuleSet, String) {
    let folder = peregrine_testkit::conformance("equals_reference");
    let mut paths: Vec<_> = folder
        .iter()
        .flat_map(|folder| std::fs::read_dir(folder.join("rules")).unwrap())
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "yaml"))
        .collect();
    paths.sort();
    let read = |paths: &[std::path::PathBuf]| -> Vec<(String, String)> {
        let text = |path: &std::path::PathBuf| std::fs::read_to_string(path).unwrap();
        paths.iter().map(|path| (path.display().to_string(), text(path))).collect()
    };
    let mut rules = RuleSet::default();
    let mut words = String::new();
    // Each set by itself: macros of the same names may mean different things.
    for set in [read(&paths), read(&peregrine_testkit::our_rules())] {
        let sources: Vec<SourceText<'_>> =
            set.iter().map(|(name, text)| SourceText { name, text }).collect();
        let loaded = load(&sources, &Options::default());
        assert!(!loaded.failed());
        rules.rules.extend(loaded.rules.rules);
        words.extend(set.into_iter().map(|(_, text)| text));
    }
    for rule in &mut rules.rules {
        rule.enabled = true;
    }
    (rules, words)
}

/// Words rules compare with, and paths made of them.
fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = text
        .split(|c: char| c.is_whitespace() || "()[],\"'=:%".contains(c))
        .filter(|word| !word.is_empty() && word.len() < 40)
        .map(str::to_owned)
        .collect();
    words.sort();
    words.dedup();
    words
}

struct World<'w> {
    dice: Dice,
    words: &'w [String],
    codes: Vec<&'static EventInfo>,
}

impl World<'_> {
    fn word(&mut self) -> String {
        let word = self.words[self.dice.roll(self.words.len())].clone();
        match self.dice.roll(6) {
            0 => format!("{word}/{}", self.words[self.dice.roll(self.words.len())]),
            1 => format!("/tmp/{word}"),
            _ => word,
        }
    }

    fn value(&mut self, ty: ParamType) -> Vec<u8> {
        let small = [0_i64, 1, 2, 3, -1, -2, -13, 16, 4096, 1 << 20, -100];
        let number = small[self.dice.roll(small.len())];
        match ty {
            ParamType::Charbuf | ParamType::Fspath | ParamType::Fsrelpath => {
                let mut text = self.word().into_bytes();
                text.push(0);
                text
            }
            ParamType::Bytebuf | ParamType::Charbufarray => {
                let count = self.dice.roll(4);
                (0..count).flat_map(|_| [self.word().into_bytes(), vec![0]].concat()).collect()
            }
            ParamType::Socktuple => {
                let mut bytes = vec![2];
                for _ in 0..2 {
                    let ip = [[127, 0, 0, 1], [10, 1, 2, 3], [8, 8, 8, 8]][self.dice.roll(3)];
                    bytes.extend_from_slice(&ip);
                    bytes.extend_from_slice(
                        &[22_u16, 80, 443, 3333][self.dice.roll(4)].to_le_bytes(),
                    );
                }
                bytes
            }
            ParamType::Sockaddr => vec![2, 127, 0, 0, 1, 80, 0],
            other => {
                let size = other.size().unwrap_or(0);
                // Flags want several bits, results small numbers.
                let bits = i64::try_from(self.dice.roll(1 << 17)).unwrap();
                let number = if self.dice.roll(2) == 0 { number } else { bits };
                number.to_le_bytes().iter().copied().cycle().take(size).collect()
            }
        }
    }

    fn event(&mut self, num: u64) -> Vec<u8> {
        let info = self.codes[self.dice.roll(self.codes.len())];
        let tid = i64::try_from(self.dice.roll(8)).unwrap() + 1;
        let mut block = EventBuilder::new(info.event_type(), num * 1000, tid);
        for param in info.params {
            let absent = self.dice.roll(20) == 0;
            let value = if absent { Vec::new() } else { self.value(param.ty) };
            block = block.bytes(&value);
        }
        block.finish()
    }
}

#[test]
fn the_plan_equals_the_reference() {
    let (rules, text) = rules();
    let words = words(&text);
    let codes = EventType::all()
        .filter_map(EventType::info)
        .filter(|info| {
            info.live
                && !info.flags.has(EventFlags::OLD_VERSION)
                && (info.event_type().is_exit() || info.name == "procexit")
        })
        .collect();
    let count = std::env::var("PEREGRINE_EVENTS").map_or(20_000, |n| n.parse().unwrap());
    let mut world = World { dice: Dice(0x1234_5678_9abc_def1), words: &words, codes };
    let mut state = State::new(Limits { threads: 64, fds: 64, all_fds: 1024 });
    let mut all = Engine::new(&rules, Matching::All);
    let mut first = Engine::new(&rules, Matching::First);
    let (mut hits, mut total) = (Vec::new(), 0_usize);
    for num in 1..=count {
        let record = world.event(num);
        let Ok(event) = Event::parse(num, &record) else { continue };
        state.apply(&event, &NoOutside);
        let context = EventContext::new(&event, &state, &NoOutside);
        let expected: Vec<u32> = (0_u32..)
            .zip(&rules.rules)
            .filter(|(_, rule)| reference::holds(&rule.condition.root, &context))
            .map(|(number, _)| number)
            .collect();
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
