//! What the pure layers cannot know and ask for.

/// A user account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// The number.
    pub uid: u32,
    /// The primary group.
    pub gid: u32,
    /// The name.
    pub name: String,
    /// The home folder.
    pub home: String,
    /// The login shell.
    pub shell: String,
}

/// A group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// The number.
    pub gid: u32,
    /// The name.
    pub name: String,
}

/// Answers from outside the stream of events. `hostinfo` answers from the live host, a capture from
/// its own lists, tests from tables. Answers are cheap: who implements it keeps them.
pub trait Outside {
    /// The account with this number.
    fn user(&self, uid: u32) -> Option<User>;

    /// The group with this number.
    fn group(&self, gid: u32) -> Option<Group>;

    /// The host's name.
    fn hostname(&self) -> String;

    /// The name of a service: `ssh` for port 22.
    fn service(&self, port: u16, udp: bool) -> Option<String>;

    /// Seconds east of Greenwich at a time (nanoseconds since the epoch).
    fn utc_offset(&self, time_ns: u64) -> i32;

    /// Writes what is known of a thread no event told of, as records of the first snapshot (an
    /// `ITER_TASK` block, then blocks of its descriptors). Writes nothing when it is gone.
    fn thread(&self, tid: i64, write: &mut dyn FnMut(&[u8]));
}

/// Knows nothing: for captures without lists, and for tests.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoOutside;

impl Outside for NoOutside {
    fn user(&self, _uid: u32) -> Option<User> {
        None
    }
    fn group(&self, _gid: u32) -> Option<Group> {
        None
    }
    fn hostname(&self) -> String {
        String::new()
    }
    fn service(&self, _port: u16, _udp: bool) -> Option<String> {
        None
    }
    fn utc_offset(&self, _time_ns: u64) -> i32 {
        0
    }
    fn thread(&self, _tid: i64, _write: &mut dyn FnMut(&[u8])) {}
}
