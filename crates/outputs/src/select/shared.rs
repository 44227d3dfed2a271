//! Texts of outputs that want the same: each alert is rendered once for all of them. To render one takes 3 to 10
//! microseconds, with a value of 100 KiB 100 to 300; to find it here less than 0.1.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use peregrine_alert::Alert;

use super::text::{Text, Writer};

/// Texts that are kept for the other outputs. One that is further behind the first renders anew.
const MOST: usize = 1024;
/// Bytes of these.
const MOST_BYTES: usize = 4 << 20;

/// The writers of all outputs, each once.
#[derive(Debug, Default)]
pub(crate) struct Writers(Vec<Arc<Shared>>);

impl Writers {
    /// The texts of an earlier output that wants the same, else these.
    pub(super) fn known(&mut self, texts: &Arc<Shared>) -> Arc<Shared> {
        if let Some(known) = self.0.iter().find(|known| known.writer.writes_as(&texts.writer)) {
            return Arc::clone(known);
        }
        self.0.push(Arc::clone(texts));
        Arc::clone(texts)
    }
}

/// A writer with the texts it wrote last.
#[derive(Debug)]
pub(crate) struct Shared {
    writer: Writer,
    recent: Mutex<Recent>,
}

/// Number and time of an alert: no two of a host have the same.
type Key = (u64, u64);
/// A text, once it is rendered.
type Slot = Arc<OnceLock<Arc<Text>>>;

#[derive(Debug, Default)]
struct Recent {
    texts: HashMap<Key, Slot>,
    /// In which order they came, and how many bytes they have.
    order: VecDeque<(Key, usize)>,
    bytes: usize,
}

impl Shared {
    pub(super) fn new(writer: Writer) -> Self {
        Self { writer, recent: Mutex::default() }
    }

    /// What is sent of an alert: rendered now, or for another output before. Whoever comes while it is rendered waits
    /// for it.
    pub(super) fn text(self: &Arc<Self>, alert: &Alert) -> Arc<Text> {
        // Beside the outputs only the list of writers has it, while they are opened.
        if Arc::strong_count(self) == 1 {
            return Arc::new(self.writer.text(alert));
        }
        let key = (alert.id.sequence, alert.time_ns);
        let slot = Arc::clone(self.recent().texts.entry(key).or_default());
        let mut is_new = false;
        let text = Arc::clone(slot.get_or_init(|| {
            is_new = true;
            Arc::new(self.writer.text(alert))
        }));
        if is_new {
            self.recent().add(key, text.text.len());
        }
        text
    }

    fn recent(&self) -> std::sync::MutexGuard<'_, Recent> {
        self.recent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Recent {
    /// Counts a text that was rendered; the oldest ones go where there are too many.
    fn add(&mut self, key: Key, bytes: usize) {
        self.order.push_back((key, bytes));
        self.bytes += bytes;
        while self.order.len() > MOST || self.bytes > MOST_BYTES {
            let Some((oldest, bytes)) = self.order.pop_front() else { break };
            self.bytes -= bytes;
            self.texts.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::Ordering;

    use peregrine_alert::Form;
    use peregrine_config::{Delivery, Format, Template};

    use super::*;
    use crate::select::Selection;
    use crate::tests::alert;

    fn selections(wanted: &[(Format, &str)]) -> Vec<Selection> {
        let mut writers = Writers::default();
        wanted
            .iter()
            .map(|(format, template)| {
                let template = Template((*template).to_owned());
                let common = Delivery { format: Some(*format), template, ..Delivery::default() };
                let mut selection = Selection::new(&common, Format::Text, Form::default()).unwrap();
                selection.share(&mut writers);
                selection
            })
            .collect()
    }

    fn rendered(selection: &Selection) -> usize {
        selection.texts.writer.rendered.load(Ordering::Relaxed)
    }

    #[test]
    fn an_alert_is_rendered_once_for_all_that_want_the_same() {
        let template = "{{ rule }} {{ sequence }}";
        let all = selections(&[
            (Format::Json, ""),
            (Format::Text, ""),
            (Format::Json, ""),
            (Format::Text, template),
            (Format::Json, template),
            (Format::Message, ""),
        ]);
        std::thread::scope(|scope| {
            for selection in &all {
                scope.spawn(move || {
                    for n in 0..200 {
                        let text = selection.text(&alert(n));
                        assert!(text.text.contains(&n.to_string()), "{}", text.text);
                    }
                });
            }
        });
        // Those that share a writer show its count.
        let counts: Vec<usize> = all.iter().map(rendered).collect();
        assert_eq!(counts, [200, 200, 200, 200, 200, 200]);
        let same = |one: usize, other: usize| Arc::ptr_eq(&all[one].texts, &all[other].texts);
        assert!(same(0, 2) && same(3, 4) && !same(0, 1) && !same(1, 3) && !same(1, 5));
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let all = selections(&[(Format::Message, ""), (Format::Message, "")]);
        let kept = || {
            let recent = all[0].texts.recent();
            assert!(recent.bytes <= MOST_BYTES);
            (recent.order.len(), recent.texts.len())
        };
        for n in 0..3 * MOST as u64 {
            all[0].text(&alert(n));
        }
        assert_eq!(kept(), (MOST, MOST));
        // One that lags gets what it needs all the same.
        assert_eq!(all[1].text(&alert(5)).text, "alert 5");
        assert_eq!(rendered(&all[0]), 3 * MOST + 1);
        let mut large = (*alert(0)).clone();
        large.message = "x".repeat(MOST_BYTES / 3);
        for n in 0..10 {
            large.id.sequence = 10_000 + n;
            all[0].text(&large);
        }
        assert_eq!(kept(), (3, 3));
    }
}
