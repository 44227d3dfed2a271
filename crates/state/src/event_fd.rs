//! The descriptor an event is about.

use std::sync::LazyLock;

use peregrine_event::{Event, EventFlags, EventInfo, EventType, ParamType};

use crate::fd::FdInfo;
use crate::state::State;

impl State {
    /// The number of the descriptor the current event uses or creates; negative where the call that
    /// creates one failed.
    #[inline]
    pub fn event_fd_number(&self) -> Option<i64> {
        self.event_fd
    }

    /// Whether the current event changed the name of its descriptor.
    pub fn event_fd_renamed(&self) -> bool {
        self.fd_renamed
    }

    /// The descriptor of the current event.
    pub fn event_fd(&self, event: &Event<'_>) -> Option<&FdInfo> {
        let number = self.event_fd?;
        if self.unstored_fd.is_some() || number < 0 {
            return self.unstored_fd.as_ref();
        }
        self.fd(self.thread(event.view.tid())?.files(), number)
    }
}

/// The index of the parameter with the number of the descriptor an event of this type uses or creates.
fn fd_place(info: &EventInfo) -> Option<usize> {
    let works = info.flags.has(EventFlags::USES_FD)
        || info.flags.has(EventFlags::CREATES_FD)
        || info.flags.has(EventFlags::DESTROYS_FD);
    if !works {
        return None;
    }
    let is_fd = |ty: ParamType| matches!(ty, ParamType::Fd | ParamType::Fd32);
    // Of two it is the one written to.
    let name = if info.name == "splice" { "fd_out" } else { "fd" };
    let named = info.params.iter().position(|param| param.name == name && is_fd(param.ty));
    named
        .or_else(|| info.params.iter().position(|param| is_fd(param.ty)))
        // A created descriptor is the result.
        .or_else(|| info.flags.has(EventFlags::CREATES_FD).then_some(0))
}

/// The number of the descriptor an event uses or creates.
#[inline]
pub(crate) fn fd_number(event: &Event<'_>) -> Option<i64> {
    /// The index by event type.
    static PLACES: LazyLock<Vec<Option<usize>>> =
        LazyLock::new(|| EventType::all().filter_map(EventType::info).map(fd_place).collect());
    let place = (*PLACES.get(usize::from(event.view.event_type().0))?)?;
    let reported = event.view.i64(place).or_else(|| event.view.i32(place).map(i64::from));
    let makes = !event.view.info().flags.has(EventFlags::USES_FD);
    // Old captures lack the parameter: there is a descriptor, but its number is unknown. A failed call
    // creates none.
    Some(reported.filter(|fd| !makes || *fd >= 0).unwrap_or(-1))
}
