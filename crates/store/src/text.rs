//! Words of a text: what is indexed of it, and what of a searched text each text that holds it must have.
//!
//! A word is a run of letters and digits in lower case; of a run of Han, Kana or Hangul each two letters that stand
//! together are one, so that Chinese is found by any two of them.

use std::borrow::Cow;

/// Bytes of a word at most: more of it is not indexed.
const MAX_WORD: usize = 64;

/// Whether words are not separated in this script.
fn is_unseparated(letter: char) -> bool {
    matches!(u32::from(letter),
        0x1100..=0x11ff | 0x3005..=0x3007 | 0x3040..=0x30ff | 0x3130..=0x318f | 0x31f0..=0x31ff | 0x3400..=0x4dbf
        | 0x4e00..=0x9fff | 0xac00..=0xd7af | 0xf900..=0xfaff | 0xff66..=0xff9f | 0x20000..=0x3ffff)
}

/// Letters of one kind that stand together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Run<'t> {
    pub(crate) text: &'t str,
    /// Of a script that does not separate words.
    pub(crate) unseparated: bool,
    /// Where in the text it begins.
    pub(crate) start: usize,
}

/// The runs of a text.
pub(crate) fn runs(text: &str) -> impl Iterator<Item = Run<'_>> {
    let kind = |letter: char| {
        if letter.is_ascii() {
            letter.is_ascii_alphanumeric().then_some(false)
        } else if is_unseparated(letter) {
            Some(true)
        } else {
            letter.is_alphanumeric().then_some(false)
        }
    };
    let mut letters = text.char_indices().peekable();
    std::iter::from_fn(move || {
        let (start, first) = letters.find(|(_, letter)| kind(*letter).is_some())?;
        let unseparated = kind(first) == Some(true);
        let mut end = start + first.len_utf8();
        while let Some((at, letter)) =
            letters.next_if(|(_, letter)| kind(*letter) == Some(unseparated))
        {
            end = at + letter.len_utf8();
        }
        Some(Run { text: text.get(start..end)?, unseparated, start })
    })
}

/// A run as it is indexed: in lower case, cut.
fn folded(run: &str) -> Cow<'_, str> {
    let plain = run.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase());
    if plain && run.len() <= MAX_WORD {
        return Cow::Borrowed(run);
    }
    let mut word = String::with_capacity(run.len().min(MAX_WORD + 8));
    for letter in run.chars().flat_map(char::to_lowercase) {
        if word.len() + letter.len_utf8() > MAX_WORD {
            break;
        }
        word.push(letter);
    }
    Cow::Owned(word)
}

/// Calls `take` with each word of a run.
pub(crate) fn words_of(run: Run<'_>, take: &mut impl FnMut(&str)) {
    if !run.unseparated {
        take(&folded(run.text));
        return;
    }
    let mut starts = run.text.char_indices().map(|(at, _)| at);
    let (mut one, mut two) = (starts.next(), starts.next());
    if two.is_none() {
        take(run.text);
    }
    while let (Some(from), Some(_)) = (one, two) {
        let next = starts.next();
        take(run.text.get(from..next.unwrap_or(run.text.len())).unwrap_or_default());
        (one, two) = (two, next);
    }
}

/// Calls `take` with each word of a text.
pub(crate) fn words(text: &str, take: &mut impl FnMut(&str)) {
    for run in runs(text) {
        words_of(run, take);
    }
}

/// Calls `take` with each word that every text has which holds `part`. `begins`: these begin with it, `ends`: they
/// end with it.
pub(crate) fn words_within(part: &str, begins: bool, ends: bool, take: &mut impl FnMut(&str)) {
    for run in runs(part) {
        let left = begins || run.start > 0;
        let right = ends || run.start + run.text.len() < part.len();
        // Two letters stand together wherever they do.
        let pair = run.unseparated && run.text.chars().nth(1).is_some();
        if pair || (left && right) {
            words_of(run, take);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_runs_and_pairs() {
        let check = |text: &str, expected: &[&str]| {
            let mut found = Vec::new();
            words(text, &mut |word| found.push(word.to_owned()));
            assert_eq!(found, expected, "{text}");
        };
        check("/etc/Shadow-2 x_y", &["etc", "shadow", "2", "x", "y"]);
        check("财务报表", &["财务", "务报", "报表"]);
        check("a财b", &["a", "财", "b"]);
        check("Ωmega ÀB", &["ωmega", "àb"]);
        check(" \"*(NEAR ", &["near"]);
        check(&"a".repeat(100), &[&"a".repeat(64)]);
        check(&"é".repeat(40), &[&"é".repeat(32)]);
        check("", &[]);
    }

    #[test]
    fn words_at_a_border_may_be_parts_of_longer_ones() {
        let check = |part: &str, begins: bool, ends: bool, expected: &[&str]| {
            let mut found = Vec::new();
            words_within(part, begins, ends, &mut |word| found.push(word.to_owned()));
            assert_eq!(found, expected, "{part}");
        };
        check("/etc/shadow", false, false, &["etc"]);
        check("/etc/shadow", false, true, &["etc", "shadow"]);
        check("etc/shadow/", false, false, &["shadow"]);
        check("etc/shadow/", true, false, &["etc", "shadow"]);
        check("报表", false, false, &["报表"]);
        check("报", false, false, &[]);
        check("a报b", false, false, &["报"]);
        check("shadow", false, false, &[]);
    }
}
