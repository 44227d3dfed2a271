//! Room for the texts that are made while an event is looked at: used again for the next event, so
//! that nothing is allocated for an event no rule hits.

use std::cell::{Cell, OnceCell};

/// More texts than the conditions of one event ask for; past that they are allocated.
const MOST: usize = 256;
/// A longer room is given back.
const LONGEST: usize = 64 << 10;

/// Room for texts that live as long as one event is looked at.
pub struct Texts {
    rooms: Vec<Room>,
    taken: Cell<usize>,
}

#[derive(Default)]
struct Room {
    text: OnceCell<Vec<u8>>,
    /// What the text of the next event is written into.
    spare: Cell<Vec<u8>>,
}

impl std::fmt::Debug for Texts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Texts").field("taken", &self.taken).finish_non_exhaustive()
    }
}

impl Default for Texts {
    fn default() -> Self {
        Self { rooms: (0..MOST).map(|_| Room::default()).collect(), taken: Cell::new(0) }
    }
}

impl Texts {
    /// Takes every text back, before the next event.
    pub fn clear(&mut self) {
        let taken = self.taken.take();
        for room in self.rooms.iter_mut().take(taken) {
            let mut text = room.text.take().unwrap_or_default();
            text.clear();
            text.shrink_to(LONGEST);
            room.spare.set(text);
        }
    }

    /// Keeps what `write` writes; `None` where there is no room left, or nothing to write.
    pub(crate) fn keep(&self, write: &dyn Fn(&mut Vec<u8>) -> Option<()>) -> Option<&[u8]> {
        let room = self.rooms.get(self.taken.get())?;
        let mut text = room.spare.take();
        let done = write(&mut text);
        self.taken.set(self.taken.get() + 1);
        let text = room.text.get_or_init(|| text);
        done.map(|()| text.as_slice())
    }

    /// Whether there is room for another text.
    pub(crate) fn has_room(&self) -> bool {
        self.taken.get() < self.rooms.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_stay_until_cleared_and_their_room_is_used_again() {
        let mut texts = Texts::default();
        let write = |word: &'static str| {
            move |out: &mut Vec<u8>| {
                out.extend_from_slice(word.as_bytes());
                Some(())
            }
        };
        let place = {
            let first = texts.keep(&write("first")).unwrap();
            let second = texts.keep(&write("second")).unwrap();
            assert_eq!((first, second), (&b"first"[..], &b"second"[..]));
            first.as_ptr()
        };
        texts.clear();
        let again = texts.keep(&write("third")).unwrap();
        assert_eq!((again, again.as_ptr()), (&b"third"[..], place));
        assert!(texts.keep(&|_| None).is_none());
        for _ in 2..MOST {
            assert!(texts.keep(&write("more")).is_some());
        }
        assert!(!texts.has_room());
        assert!(texts.keep(&write("too many")).is_none());
    }
}
