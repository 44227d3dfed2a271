//! Sources of records: this host, a capture. All further code is the same for every source.

/// One record of a source.
#[derive(Debug, Clone, Copy)]
pub enum Record<'r> {
    /// A thread or descriptor of the host as it was before the first event.
    Snapshot(&'r [u8]),
    /// An event.
    Event(EventRecord<'r>),
    /// Another capture begins, with a snapshot of its own: earlier records say nothing of its host.
    Restart,
}

/// An event of a source.
#[derive(Debug, Clone, Copy)]
pub struct EventRecord<'r> {
    /// The event block and its trailer.
    pub bytes: &'r [u8],
    /// The CPU, where the source reports it beside the block.
    pub cpu: Option<u16>,
    /// The event changes the state of the host only; no rule is evaluated for it and nothing shows it.
    pub state_only: bool,
}

impl Record<'_> {
    /// When it happened, nanoseconds since the epoch; 0 where it is no event, or a malformed one.
    pub(crate) fn ts(&self) -> u64 {
        match self {
            Self::Event(event) => event.ts(),
            Self::Snapshot(_) | Self::Restart => 0,
        }
    }
}

impl EventRecord<'_> {
    /// When it happened, nanoseconds since the epoch; 0 for malformed records.
    pub fn ts(&self) -> u64 {
        self.bytes.first_chunk::<8>().map_or(0, |bytes| u64::from_le_bytes(*bytes))
    }
}

impl<'r> Record<'r> {
    /// An event as a live kernel reports it.
    pub fn live(bytes: &'r [u8]) -> Self {
        Self::Event(EventRecord { bytes, cpu: None, state_only: false })
    }
}

/// The result of a poll.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Poll {
    /// All available records were handed out, this many; more may come.
    Drained(usize),
    /// More records are available at once.
    More,
    /// The source ended.
    End,
}

/// A stream of records in order of time.
pub trait Source {
    /// Why it cannot continue.
    type Error: std::error::Error;

    /// Hands out available records; never waits for one.
    ///
    /// # Errors
    /// When the source fails. What it handed out before is valid.
    fn poll(&mut self, sink: &mut dyn FnMut(Record<'_>)) -> Result<Poll, Self::Error>;
}
