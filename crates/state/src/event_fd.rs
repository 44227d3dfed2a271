//! The descriptor an event is about.

use std::sync::LazyLock;

use peregrine_event::{Event, EventFlags, EventInfo, EventType, ParamType};

use crate::fd::FdInfo;
use crate::state::State;

impl State {
    /// The number of the descriptor the event being looked at works on or makes; negative where
    /// the call that makes one failed.
    pub fn event_fd_number(&self) -> Option<i64> {
        self.event_fd
    }

    /// Whether the event being looked at gave its descriptor another name than it had.
    pub fn event_fd_renamed(&self) -> bool {
        self.fd_renamed
    }

    /// What the descriptor of the event being looked at is.
    pub fn event_fd(&self, event: &Event<'_>) -> Option<&FdInfo> {
        let number = self.event_fd?;
        if self.unstored_fd.is_some() || number < 0 {
            return self.unstored_fd.as_ref();
        }
        self.fd(self.thread(event.view.tid())?.files(), number)
    }
}

/// Where events of a kind tell the number of the descriptor they work on or make.
fn fd_place(info: &EventInfo) -> Option<usize> {
    let works = info.flags.has(EventFlags::USES_FD)
        || info.flags.has(EventFlags::CREATES_FD)
        || info.flags.has(EventFlags::DESTROYS_FD);
    if !works {
        return None;
    }
    let is_fd = |ty: ParamType| matches!(ty, ParamType::Fd | ParamType::Fd32);
    // Of two it is the one data goes to.
    let name = if info.name == "splice" { "fd_out" } else { "fd" };
    let named = info.params.iter().position(|param| param.name == name && is_fd(param.ty));
    named
        .or_else(|| info.params.iter().position(|param| is_fd(param.ty)))
        // What is made is the result.
        .or_else(|| info.flags.has(EventFlags::CREATES_FD).then_some(0))
}

/// The number of the descriptor an event works on or makes.
pub(crate) fn fd_number(event: &Event<'_>) -> Option<i64> {
    /// Its place by event code.
    static PLACES: LazyLock<Vec<Option<usize>>> =
        LazyLock::new(|| EventType::all().filter_map(EventType::info).map(fd_place).collect());
    let place = (*PLACES.get(usize::from(event.view.event_type().0))?)?;
    let told = event.view.i64(place).or_else(|| event.view.i32(place).map(i64::from));
    let makes = !event.view.info().flags.has(EventFlags::USES_FD);
    // Old captures lack it: a descriptor, but which? And what was to be made is none where that failed.
    Some(told.filter(|fd| !makes || *fd >= 0).unwrap_or(-1))
}
