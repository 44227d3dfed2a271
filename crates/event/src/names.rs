//! Names of numbers: errors, signals, capabilities, kinds of descriptors, constants.

use crate::info::{FdKind, Named};
use crate::name_tables::{CAPABILITIES, CONSTANTS, ERRNO, FD_KINDS, SIGNALS};

fn name_of(table: &'static [Named], value: i64) -> Option<&'static str> {
    table.iter().find(|named| named.value == value).map(|named| named.name)
}

fn value_of(table: &'static [Named], name: &str) -> Option<i64> {
    table.iter().find(|named| named.name == name).map(|named| named.value)
}

/// `ENOENT` for 2 or -2.
pub fn errno_name(number: i64) -> Option<&'static str> {
    name_of(ERRNO, i64::try_from(number.unsigned_abs()).ok()?)
}

/// `SIGKILL` for 9.
pub fn signal_name(number: u8) -> Option<&'static str> {
    name_of(SIGNALS, i64::from(number))
}

/// The names of the capabilities in a set, in order of their bits.
pub fn capability_names(set: u64) -> impl Iterator<Item = &'static str> {
    CAPABILITIES
        .iter()
        .filter(move |named| {
            u32::try_from(named.value)
                .ok()
                .and_then(|bit| set.checked_shr(bit))
                .is_some_and(|s| s & 1 == 1)
        })
        .map(|named| named.name)
}

/// The value of a constant of the capture format: `PPM_O_CREAT`.
pub fn constant(name: &str) -> Option<i64> {
    value_of(CONSTANTS, name)
}

/// The row of a kind of descriptor.
pub fn fd_kind(id: i8) -> Option<&'static FdKind> {
    // The rows stand in the order of their numbers, from -1 on.
    let place = usize::try_from(i16::from(id) + 1).ok()?;
    FD_KINDS.get(place).filter(|kind| kind.id == id)
}

/// The number of an error or a signal by its name: `ENOENT` is 2, `SIGKILL` 9.
pub fn number(name: &str) -> Option<i64> {
    value_of(ERRNO, name).or_else(|| value_of(SIGNALS, name))
}

/// The candidate most like a name that was mistyped; none where nothing is alike.
pub fn nearest<'n>(name: &str, candidates: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let (changes, candidate) =
        candidates.map(|candidate| (distance(candidate, name), candidate)).min()?;
    (changes <= 1 + name.len() / 4).then_some(candidate)
}

/// How many bytes are to be put in, taken out, changed or swapped with the next to make one name the
/// other.
pub fn distance(one: &str, other: &str) -> usize {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=other.len()).collect();
    for (index, letter) in one.iter().enumerate() {
        let mut row = Vec::with_capacity(other.len() + 1);
        row.push(index + 1);
        for (column, theirs) in other.iter().enumerate() {
            let of =
                |row: &[usize], column: usize| row.get(column).copied().unwrap_or(usize::MAX / 2);
            let changed = of(&above, column) + usize::from(letter != theirs);
            let mut cost = changed.min(of(&above, column + 1) + 1).min(of(&row, column) + 1);
            let swapped = column.checked_sub(1).zip(index.checked_sub(1)).filter(|(left, up)| {
                one.get(*up) == Some(theirs) && other.get(*left) == Some(letter)
            });
            if let Some((left, _)) = swapped {
                cost = cost.min(of(&before, left) + 1);
            }
            row.push(cost);
        }
        before = std::mem::replace(&mut above, row);
    }
    above.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_mistyped_name_is_recognized() {
        let check = |name: &str, expected: Option<&str>| {
            let names = ["open", "openat", "execve", "proc.name", "proc.pname", "fd.name"];
            assert_eq!(nearest(name, names.into_iter()), expected, "{name}");
        };
        check("proc.nmae", Some("proc.name"));
        check("opne", Some("open"));
        check("opnat", Some("openat"));
        check("exceve", Some("execve"));
        check("fd.nam", Some("fd.name"));
        check("evt.time", None);
        check("x", None);
    }
}
