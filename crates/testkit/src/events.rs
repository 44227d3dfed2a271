//! Events nobody made: of every kind, with values rules look for, the same ones every time.

use peregrine_event::{EventBuilder, EventFlags, EventInfo, EventType, ParamType};

/// Numbers, the same ones every time.
#[derive(Debug)]
pub struct Dice(u64);

impl Dice {
    /// Begins where `seed` says.
    pub fn new(seed: u64) -> Self {
        Self(seed.max(1))
    }

    /// A number below `sides`.
    pub fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % sides.max(1) as u64).unwrap_or(0)
    }

    /// One of these.
    ///
    /// # Panics
    /// When there are none.
    pub fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.roll(all.len())]
    }

    /// A number of 64 bits.
    pub fn word(&self) -> u64 {
        self.0
    }
}

/// A condition of comparisons, joined `depth` times at most.
pub fn condition(
    dice: &mut Dice,
    depth: usize,
    comparison: &dyn Fn(&mut Dice) -> String,
) -> String {
    let part = |dice: &mut Dice| condition(dice, depth - 1, comparison);
    match dice.roll(if depth == 0 { 1 } else { 5 }) {
        1 => format!("not ({})", part(dice)),
        2 | 3 => format!("({} and {})", part(dice), part(dice)),
        4 => format!("({} or {})", part(dice), part(dice)),
        _ => comparison(dice),
    }
}

/// Words rules compare with, and paths made of them.
pub fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = text
        .split(|c: char| c.is_whitespace() || "()[],\"'=:%".contains(c))
        .filter(|word| !word.is_empty() && word.len() < 40)
        .map(str::to_owned)
        .collect();
    words.sort();
    words.dedup();
    words
}

/// Makes events of every kind that is written today, of a few threads.
#[derive(Debug)]
pub struct World {
    dice: Dice,
    words: Vec<String>,
    codes: Vec<&'static EventInfo>,
}

impl World {
    /// Values are made of the words of `text`: those of rule files come near their rules.
    pub fn new(text: &str) -> Self {
        let codes = EventType::all()
            .filter_map(EventType::info)
            .filter(|info| {
                info.live
                    && !info.flags.has(EventFlags::OLD_VERSION)
                    && (info.event_type().is_exit() || info.name == "procexit")
            })
            .collect();
        Self { dice: Dice::new(0x1234_5678_9abc_def1), words: words(text), codes }
    }

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
                let bits = i64::try_from(self.dice.roll(1 << 17)).unwrap_or(0);
                let number = if self.dice.roll(2) == 0 { number } else { bits };
                number.to_le_bytes().iter().copied().cycle().take(size).collect()
            }
        }
    }

    /// The next event.
    pub fn event(&mut self, num: u64) -> Vec<u8> {
        let info = self.codes[self.dice.roll(self.codes.len())];
        let tid = i64::try_from(self.dice.roll(8)).unwrap_or(0) + 1;
        let mut block = EventBuilder::new(info.event_type(), num * 1000, tid);
        for param in info.params {
            let absent = self.dice.roll(20) == 0;
            let value = if absent { Vec::new() } else { self.value(param.ty) };
            block = block.bytes(&value);
        }
        block.finish()
    }
}
