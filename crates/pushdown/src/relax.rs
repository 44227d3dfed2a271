//! Weaker conditions for where the full ones are too long for the kernel's table: of each rule only
//! tests of numbers and one set of names remain; rules that differ in names only are merged.

use peregrine_kfilter::{NameTest, Test};

use crate::cond::Cond;

/// A weaker and shorter condition: it is true wherever the given one is.
pub(crate) fn relax(cond: Cond) -> Cond {
    let parts = match cond {
        Cond::Or(parts) => parts,
        one => vec![one],
    };
    let mut groups: Vec<(Vec<Cond>, Vec<NameTest>)> = Vec::new();
    for part in parts {
        let tests = match part {
            Cond::And(tests) => tests,
            one => vec![one],
        };
        let names = tests.iter().find_map(names).unwrap_or_default();
        let numbers: Vec<Cond> = tests.into_iter().filter(is_of_number).collect();
        let same = |(other, set): &&mut (Vec<Cond>, Vec<NameTest>)| {
            *other == numbers && set.is_empty() == names.is_empty()
        };
        match groups.iter_mut().find(same) {
            Some((_, all)) => all.extend(names),
            None => groups.push((numbers, names)),
        }
    }
    Cond::or(groups.into_iter().map(|(mut tests, mut names)| {
        names.sort();
        names.dedup();
        if !names.is_empty() {
            tests.push(Cond::test(Test::Name(names)));
        }
        Cond::and(tests)
    }))
}

fn is_of_number(cond: &Cond) -> bool {
    match cond {
        Cond::Test(test, _) => !matches!(test, Test::Name(_) | Test::Dots),
        _ => false,
    }
}

/// Names of which one must be present for a condition to be true.
fn names(cond: &Cond) -> Option<Vec<NameTest>> {
    match cond {
        Cond::Test(Test::Name(set), false) => Some(set.clone()),
        Cond::And(parts) => parts.iter().find_map(names),
        Cond::Or(parts) => {
            let sets: Option<Vec<_>> = parts.iter().map(names).collect();
            sets.map(|sets| sets.concat())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TESTS: u64 = 8;

    fn some(dice: &mut impl FnMut(u64) -> u64, depth: u64) -> Cond {
        let many = |dice: &mut dyn FnMut(u64) -> u64| 2 + dice(3);
        match dice(if depth == 0 { 3 } else { 5 }) {
            0 => Cond::Test(Test::ResultIs(i64::try_from(dice(3)).unwrap_or(0)), dice(2) == 0),
            1 | 2 => {
                let name = |number: u64| NameTest::Exact(vec![u8::try_from(number).unwrap_or(0)]);
                Cond::Test(Test::Name((0..=dice(2)).map(name).collect()), dice(3) == 0)
            }
            3 => Cond::and((0..many(dice)).map(|_| some(dice, depth - 1)).collect::<Vec<_>>()),
            _ => Cond::or((0..many(dice)).map(|_| some(dice, depth - 1)).collect::<Vec<_>>()),
        }
    }

    /// `world`: a bit for each test that is true.
    fn holds(cond: &Cond, world: u64) -> bool {
        match cond {
            Cond::True => true,
            Cond::False => false,
            Cond::And(parts) => parts.iter().all(|part| holds(part, world)),
            Cond::Or(parts) => parts.iter().any(|part| holds(part, world)),
            Cond::Test(Test::ResultIs(number), not) => (world >> number & 1 == 1) != *not,
            Cond::Test(Test::Name(set), not) => {
                let is = |name: &NameTest| matches!(name, NameTest::Exact(text) if world >> (3 + text.first().unwrap_or(&0)) & 1 == 1);
                set.iter().any(is) != *not
            }
            Cond::Test(..) => false,
        }
    }

    #[test]
    fn it_holds_wherever_the_whole_does() {
        let mut seed = 88_172_645_463_325_252_u64;
        let mut dice = |sides: u64| {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            seed % sides
        };
        let mut shorter = 0;
        for _ in 0..5_000 {
            let cond = some(&mut dice, 3);
            let short = relax(cond.clone());
            shorter += usize::from(short != cond);
            for world in 0..1 << TESTS {
                assert!(!holds(&cond, world) || holds(&short, world), "{cond:?} {short:?} {world}");
            }
        }
        assert!(shorter > 1_000, "{shorter}");
    }
}
