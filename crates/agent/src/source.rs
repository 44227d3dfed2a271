//! Where records come from: this host, a capture. From here on there is one code for all of them.

/// One record of a source.
#[derive(Debug, Clone, Copy)]
pub enum Record<'r> {
    /// A thread or descriptor of the host as it was before the first event.
    Snapshot(&'r [u8]),
    /// An event.
    Event(EventRecord<'r>),
}

/// An event of a source.
#[derive(Debug, Clone, Copy)]
pub struct EventRecord<'r> {
    /// The event block and its trailer.
    pub bytes: &'r [u8],
    /// The CPU, where the source reports it beside the block.
    pub cpu: Option<u16>,
    /// The event changes the state of the host; rules do not look at it and nobody shows it.
    pub state_only: bool,
}

impl EventRecord<'_> {
    /// When it happened, nanoseconds since the epoch; 0 where it is no event.
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

/// Where a source stands after a poll.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Poll {
    /// It handed out all there was, this many records; more may come.
    Drained(usize),
    /// There is more at once.
    More,
    /// Nothing comes any more.
    End,
}

/// A stream of records in order of time.
pub trait Source {
    /// Why it cannot go on.
    type Error: std::error::Error;

    /// Hands out records that are there; never waits for one.
    ///
    /// # Errors
    /// When the source breaks off. What it handed out before stands.
    fn poll(&mut self, sink: &mut dyn FnMut(Record<'_>)) -> Result<Poll, Self::Error>;
}
