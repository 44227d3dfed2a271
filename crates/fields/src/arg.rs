//! Arguments of fields: what stands in brackets or behind a dot.

use std::collections::HashMap;
use std::sync::LazyLock;

use peregrine_event::EventType;

/// What stood in brackets, or behind the dot.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Arg {
    /// Nothing.
    None,
    /// A number.
    Index(i64),
    /// A word.
    Key(String),
    /// The name of a parameter of events, and where they have it.
    Param {
        /// The name.
        name: String,
        /// Its place in each kind of event.
        places: &'static Places,
    },
    /// Of a field of the configuration: its key and its value.
    Static(String, String),
}

/// Where events have the parameter of one name, by their code.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Places([u8; EventType::COUNT]);

impl Places {
    const NONE: u8 = u8::MAX;

    /// Those of a parameter that some event has.
    pub(crate) fn by_name(name: &str) -> Option<&'static Self> {
        static ALL: LazyLock<HashMap<&'static str, Places>> = LazyLock::new(|| {
            let mut all: HashMap<&str, Places> = HashMap::new();
            for info in EventType::all().filter_map(EventType::info) {
                // Of two parameters with one name the first counts.
                for (place, param) in
                    (0_u8..).zip(info.params).collect::<Vec<_>>().into_iter().rev()
                {
                    let places = &mut all
                        .entry(param.name)
                        .or_insert(Places([Places::NONE; EventType::COUNT]))
                        .0;
                    if let Some(slot) = places.get_mut(usize::from(info.id)) {
                        *slot = place;
                    }
                }
            }
            all
        });
        ALL.get(name)
    }

    /// The place in events of a code.
    pub(crate) fn of(&self, code: EventType) -> Option<usize> {
        let place = *self.0.get(usize::from(code.0))?;
        (place != Self::NONE).then_some(place.into())
    }
}

impl Arg {
    /// The number, where it is one.
    pub(crate) fn index(&self) -> Option<i64> {
        if let Self::Index(index) = self { Some(*index) } else { None }
    }

    /// The word, where it is one.
    pub fn key(&self) -> Option<&str> {
        if let Self::Key(key) | Self::Param { name: key, .. } = self { Some(key) } else { None }
    }

    /// The value the configuration gives.
    pub(crate) fn constant(&self) -> Option<&str> {
        if let Self::Static(_, value) = self { Some(value) } else { None }
    }
}
