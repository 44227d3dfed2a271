//! An `io_uring`, with nothing between the test and the kernel.

#![expect(missing_docs, reason = "fields and numbers have the kernel's names")]
#![expect(clippy::cast_ptr_alignment, reason = "the kernel aligns what it maps")]

use std::marker::PhantomData;
use std::sync::atomic::{AtomicU32, Ordering};

fn call(number: libc::c_long, args: [usize; 6]) -> Result<i64, String> {
    // SAFETY: each caller passes what the call asks for; memory it names outlives the call.
    let result =
        unsafe { libc::syscall(number, args[0], args[1], args[2], args[3], args[4], args[5]) };
    if result < 0 { Err(std::io::Error::last_os_error().to_string()) } else { Ok(result) }
}

/// `IORING_SETUP_*`.
pub mod setup {
    pub const SQPOLL: u32 = 2;
    pub const CQSIZE: u32 = 8;
}

/// `IOSQE_*`.
pub mod with {
    pub const FIXED_FILE: u8 = 1;
    pub const LINK: u8 = 4;
    pub const ASYNC: u8 = 16;
    pub const SKIP_SUCCESS: u8 = 64;
}

/// `IORING_OP_*`.
pub mod op {
    pub const NOP: u8 = 0;
    pub const SENDMSG: u8 = 9;
    pub const RECVMSG: u8 = 10;
    pub const ACCEPT: u8 = 13;
    pub const CONNECT: u8 = 16;
    pub const OPENAT: u8 = 18;
    pub const CLOSE: u8 = 19;
    pub const SEND: u8 = 26;
    pub const RECV: u8 = 27;
    pub const READ: u8 = 22;
    pub const OPENAT2: u8 = 28;
    pub const SHUTDOWN: u8 = 34;
    pub const RENAMEAT: u8 = 35;
    pub const UNLINKAT: u8 = 36;
    pub const MKDIRAT: u8 = 37;
    pub const SYMLINKAT: u8 = 38;
    pub const LINKAT: u8 = 39;
    pub const SOCKET: u8 = 45;
    pub const BIND: u8 = 56;
    pub const LISTEN: u8 = 57;
}

const GETEVENTS: usize = 1;
const SQ_WAKEUP: usize = 2;
const REGISTER_FILES: usize = 2;

/// `struct io_uring_sqe`. It holds the addresses of names as numbers, so a test that drops a name before
/// the request is done would be none the wiser: whoever makes one says what it borrows.
#[derive(Debug, Clone, Copy, Default)]
#[repr(C)]
pub struct Entry<'a> {
    pub opcode: u8,
    pub flags: u8,
    pub ioprio: u16,
    pub fd: i32,
    pub off: u64,
    pub addr: u64,
    pub len: u32,
    pub op_flags: u32,
    pub user_data: u64,
    pub buf: u16,
    pub personality: u16,
    pub slot: u32,
    pub rest: [u64; 2],
    pub borrows: PhantomData<&'a ()>,
}

/// `struct io_uring_cqe`.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct End {
    pub user_data: u64,
    pub res: i32,
    pub flags: u32,
}

#[derive(Debug, Default)]
#[repr(C)]
struct Offsets {
    head: u32,
    tail: u32,
    mask: u32,
    entries: u32,
    /// Submission: flags. Completion: overflow.
    fifth: u32,
    /// Submission: dropped. Completion: the entries.
    sixth: u32,
    /// Submission: array.
    seventh: u32,
    resv: u32,
    user: u64,
}

#[derive(Debug, Default)]
#[repr(C)]
struct Params {
    sq_entries: u32,
    cq_entries: u32,
    flags: u32,
    cpu: u32,
    idle: u32,
    features: u32,
    wq_fd: u32,
    resv: [u32; 3],
    sq: Offsets,
    cq: Offsets,
}

/// A ring, mapped.
#[derive(Debug)]
pub struct Ring {
    fd: i32,
    params: Params,
    rings: *mut u8,
    entries: *mut Entry<'static>,
}

impl Ring {
    /// A ring, or the reason there is none.
    pub fn new(size: u32, flags: u32, cq: u32) -> Result<Self, String> {
        let mut params = Params { flags, cq_entries: cq, idle: 1000, ..Params::default() };
        let at = (&raw mut params) as usize;
        let fd = call(libc::SYS_io_uring_setup, [size as usize, at, 0, 0, 0, 0])?;
        let fd = i32::try_from(fd).map_err(|error| error.to_string())?;
        let whole = |offset: i64, len: usize| {
            // SAFETY: a fresh mapping of the ring, kept until the test ends.
            let at = unsafe {
                libc::mmap(
                    std::ptr::null_mut(),
                    len,
                    libc::PROT_READ | libc::PROT_WRITE,
                    libc::MAP_SHARED,
                    fd,
                    offset,
                )
            };
            if at == libc::MAP_FAILED {
                return Err(std::io::Error::last_os_error().to_string());
            }
            Ok(at)
        };
        let sq_len = params.sq.seventh as usize + 4 * params.sq_entries as usize;
        let cq_len = params.cq.sixth as usize + 16 * params.cq_entries as usize;
        let rings = whole(0, sq_len.max(cq_len))?.cast();
        let entries = whole(0x1000_0000, 64 * params.sq_entries as usize)?.cast();
        Ok(Self { fd, params, rings, entries })
    }

    fn word(&self, offset: u32) -> &AtomicU32 {
        // SAFETY: the kernel says where in its mapping its words are.
        unsafe { &*self.rings.add(offset as usize).cast::<AtomicU32>() }
    }

    /// Puts requests into the ring; the kernel does not know of them yet.
    pub fn put(&self, requests: &[Entry<'_>]) {
        let tail = self.word(self.params.sq.tail);
        for request in requests {
            let at = tail.load(Ordering::Acquire);
            let index = at & self.word(self.params.sq.mask).load(Ordering::Relaxed);
            // SAFETY: the index is inside the mapped entries.
            unsafe { self.entries.add(index as usize).cast::<Entry<'_>>().write(*request) };
            self.word(self.params.sq.seventh + 4 * index).store(index, Ordering::Relaxed);
            tail.store(at + 1, Ordering::Release);
        }
    }

    /// Hands in what was put and waits for this many ends.
    ///
    /// # Panics
    /// Where the kernel does not take it.
    pub fn enter(&self, submit: usize, wait: usize) {
        // Whether the kernel's thread sleeps is not looked up: it may be about to.
        let polled = self.params.flags & setup::SQPOLL != 0;
        let flags = if polled { GETEVENTS | SQ_WAKEUP } else { GETEVENTS };
        let fd = self.fd.unsigned_abs() as usize;
        let done = call(libc::SYS_io_uring_enter, [fd, submit, wait, flags, 0, 0]);
        assert!(done.is_ok(), "io_uring_enter: {done:?}");
    }

    /// The ends there are.
    pub fn ends(&self) -> Vec<End> {
        let head = self.word(self.params.cq.head);
        let mut at = head.load(Ordering::Acquire);
        let mut ends = Vec::new();
        while at != self.word(self.params.cq.tail).load(Ordering::Acquire) {
            let index = at & self.word(self.params.cq.mask).load(Ordering::Relaxed);
            // SAFETY: the index is inside the mapped ends.
            ends.push(unsafe {
                self.rings
                    .add(self.params.cq.sixth as usize)
                    .cast::<End>()
                    .add(index as usize)
                    .read()
            });
            at += 1;
            head.store(at, Ordering::Release);
        }
        ends
    }

    /// Does requests and gives back their results in the order of their words.
    pub fn run(&self, requests: &[Entry<'_>]) -> Vec<i64> {
        self.put(requests);
        self.enter(requests.len(), requests.len());
        let mut ends = Vec::new();
        while ends.len() < requests.len() {
            ends.extend(self.ends());
            std::thread::yield_now();
        }
        ends.sort_by_key(|end| end.user_data);
        ends.iter().map(|end| i64::from(end.res)).collect()
    }

    /// Makes room for this many registered files.
    ///
    /// # Panics
    /// Where the kernel does not.
    pub fn register(&self, count: usize) {
        let none = vec![-1_i32; count];
        let fd = self.fd.unsigned_abs() as usize;
        let words = [fd, REGISTER_FILES, none.as_ptr() as usize, count, 0, 0];
        let done = call(libc::SYS_io_uring_register, words);
        assert!(done.is_ok(), "io_uring_register: {done:?}");
    }
}

impl Drop for Ring {
    fn drop(&mut self) {
        // SAFETY: the descriptor is ours.
        unsafe { libc::close(self.fd) };
    }
}
