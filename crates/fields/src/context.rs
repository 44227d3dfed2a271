//! One event and all that is known around it.

use peregrine_event::{Category, Event, arguments};
use peregrine_filter::Value;
use peregrine_state::{FdInfo, HostInfo, State, Thread};

use crate::buffer_format::BufferFormat;
use crate::texts::Texts;

/// What fields are taken from.
#[derive(Clone, Copy)]
pub struct EventContext<'a> {
    /// The event; the state has applied it already.
    pub event: &'a Event<'a>,
    /// The state of the host.
    pub state: &'a State,
    /// What neither knows.
    pub outside: &'a dyn HostInfo,
    /// When the stream's first event happened that is no message about the host; 0 before it.
    pub first_ts: u64,
    /// Whether containers are looked at: a number inside one need not be the host's user.
    pub containers: bool,
    /// Of buffers among the arguments this many bytes are shown; 0: all.
    pub shown_bytes: usize,
    /// How buffers become text: for output, after conditions are evaluated.
    pub buffers: BufferFormat,
    /// Another name of a path of the event: fields of paths have it in place of the one asked for.
    other: Option<PathAlias<'a>>,
    /// Looked up once: most fields are about these two.
    thread: Option<&'a Thread>,
    fd: Option<&'a FdInfo>,
    texts: Option<&'a Texts>,
}

/// Whether relative times count from this event on, where none before it was such: messages about
/// the host (processes, containers, accounts) are not.
pub fn counts_as_first(event: &Event<'_>) -> bool {
    !event.view.info().is(Category::Metaevent)
}

/// One name more of a file that an event is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PathAlias<'a> {
    /// Whether the event's descriptor has it.
    pub descriptor: bool,
    /// The parameter that has it.
    pub param: Option<usize>,
    /// The name.
    pub path: &'a [u8],
}

impl std::fmt::Debug for EventContext<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EventContext").field("event", self.event).finish_non_exhaustive()
    }
}

impl<'a> EventContext<'a> {
    /// The context of an event that begins its stream.
    pub fn new(event: &'a Event<'a>, state: &'a State, outside: &'a dyn HostInfo) -> Self {
        let ts = event.view.ts();
        Self {
            event,
            state,
            outside,
            first_ts: ts,
            containers: true,
            shown_bytes: 0,
            buffers: BufferFormat::Dotted,
            other: None,
            thread: state.thread(event.view.tid()),
            fd: state.event_fd(event),
            texts: None,
        }
    }

    /// The same event, its file under another name.
    #[must_use]
    pub fn under<'o>(&self, other: PathAlias<'o>) -> EventContext<'o>
    where
        'a: 'o,
    {
        EventContext { other: Some(other), ..*self }
    }

    /// Texts made for conditions are written into rooms that are used again; without, each is
    /// allocated.
    #[must_use]
    pub fn with_texts(mut self, texts: &'a Texts) -> Self {
        self.texts = Some(texts);
        self
    }

    /// The text that `write` makes; no value where it says `None`.
    pub(crate) fn text(&self, write: impl Fn(&mut Vec<u8>) -> Option<()>) -> Option<Value<'a>> {
        if let Some(texts) = self.texts.filter(|texts| texts.has_room()) {
            return texts.keep(&write).map(Value::str);
        }
        let mut text = Vec::new();
        write(&mut text)?;
        Some(Value::string(text))
    }

    /// The thread that did it.
    pub fn thread(&self) -> Option<&'a Thread> {
        self.thread
    }

    /// The first thread of its process.
    pub(crate) fn main_thread(&self) -> Option<&'a Thread> {
        let thread = self.thread()?;
        Some(self.state.main_thread(thread.pid).unwrap_or(thread))
    }

    /// The descriptor it works on.
    pub fn fd(&self) -> Option<&'a FdInfo> {
        self.fd
    }

    /// The name of its descriptor: as asked for, or the other one that is looked at.
    pub(crate) fn fd_name(&self, info: &'a FdInfo) -> &'a [u8] {
        self.other.filter(|other| other.descriptor).map_or(&info.name, |other| other.path)
    }

    /// The other name of a parameter, where one is looked at.
    pub(crate) fn other_param(&self, index: usize) -> Option<&'a [u8]> {
        self.other.filter(|other| other.param == Some(index)).map(|other| other.path)
    }

    /// Its result: the parameter `res`, or the descriptor it made.
    pub(crate) fn result(&self) -> Option<i64> {
        let info = self.event.view.info();
        if !info.event_type().is_exit() {
            return None;
        }
        if let Some(result) = self.event.trailer.number(arguments::RESULT) {
            return Some(result);
        }
        let first = info.params.first()?;
        let is_result = first.name == "res"
            || (first.name == "fd" && info.flags.has(peregrine_event::EventFlags::CREATES_FD));
        if !is_result {
            return None;
        }
        self.event.view.i64(0).or_else(|| self.event.view.u64(0).map(u64::cast_signed))
    }
}
