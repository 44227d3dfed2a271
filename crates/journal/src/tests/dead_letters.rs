//! What outputs could not deliver, kept within bounds.

use super::alert;
use super::disk::Disk;
use crate::dead_letters::{DeadLetter, DeadLetters, dead_letters};

fn letter(n: u64) -> DeadLetter {
    DeadLetter {
        output: "http".to_owned(),
        reason: "the answer is 400: \"no\"\n".to_owned(),
        time_ns: n,
        record: n.is_multiple_of(2).then_some(n),
        alert: alert(n, n),
    }
}

#[test]
fn dead_letters_are_read_as_they_were_added_and_the_oldest_go() {
    let disk = Disk::new(1);
    assert_eq!(dead_letters(&disk).unwrap(), (Vec::new(), 0));
    let mut all = DeadLetters::new(Box::new(disk.clone()), 5000);
    (0..4).for_each(|n| all.add(&letter(n)).unwrap());
    assert_eq!(dead_letters(&disk).unwrap(), ((0..4).map(letter).collect(), 0));
    for n in 4..200 {
        all.add(&letter(n)).unwrap();
        assert!(disk.used() <= 6000, "{}", disk.used());
    }
    let (kept, broken) = dead_letters(&disk).unwrap();
    assert!(kept.len() > 3 && broken == 0, "{kept:?}");
    assert_eq!(kept, (200 - kept.len() as u64..200).map(letter).collect::<Vec<_>>());
}

#[test]
fn a_line_that_a_full_disk_tore_spoils_no_other() {
    let disk = Disk::new(1);
    let mut all = DeadLetters::new(Box::new(disk.clone()), 1 << 20);
    all.add(&letter(0)).unwrap();
    disk.set_room(Some(disk.used() + 30));
    all.add(&letter(1)).unwrap_err();
    disk.set_room(None);
    all.add(&letter(2)).unwrap();
    let (kept, broken) = dead_letters(&disk).unwrap();
    assert_eq!(kept, [letter(0), letter(2)]);
    assert!(broken <= 1);
}
