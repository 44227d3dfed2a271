//! A capture made by hand: a list of threads, then events.

use peregrine_event::{Event, EventBuilder, EventType};
use peregrine_fields::{Catalogue, EventContext};
use peregrine_filter::{Scheme, Source, Value};
use peregrine_state::{Limits, NoHostInfo, State};

/// A thread of the first list.
#[derive(Clone, Copy)]
pub(crate) struct Listed {
    pub(crate) tid: i64,
    pub(crate) pid: i64,
    pub(crate) ptid: i32,
    pub(crate) comm: &'static str,
    pub(crate) sid: i32,
    pub(crate) vpgid: i32,
    pub(crate) vtid: i32,
    pub(crate) exepath: &'static str,
    pub(crate) args: &'static [&'static [u8]],
}

pub(crate) const INIT: Listed = Listed {
    tid: 1,
    pid: 1,
    ptid: 0,
    comm: "init",
    sid: 1,
    vpgid: 1,
    vtid: 1,
    exepath: "/sbin/init",
    args: &[b"/sbin/init", b"a"],
};
pub(crate) const SHELL: Listed = Listed {
    tid: 24,
    pid: 24,
    ptid: 1,
    comm: "bash",
    sid: 24,
    vpgid: 24,
    vtid: 24,
    exepath: "/bin/bash",
    args: &[b"bash", b"-i"],
};

/// A capture: what it lists, then its events.
pub(crate) struct Capture {
    pub(crate) state: State,
    pub(crate) ts: u64,
}

impl Capture {
    pub(crate) fn new(listed: &[Listed]) -> Self {
        let mut capture = Self { state: State::new(Limits::default()), ts: 1_000_000_000_000 };
        for one in listed {
            capture.list(*one);
        }
        capture
    }

    pub(crate) fn apply(&mut self, block: &[u8]) {
        self.state.apply(&Event::parse(1, block).unwrap(), &NoHostInfo);
        self.ts += 1_000_000;
    }

    pub(crate) fn list(&mut self, one: Listed) {
        use peregrine_event::{Origin, TrailerWriter};
        let small = |number: i64| i32::try_from(number).unwrap();
        let mut block = EventBuilder::new(EventType::ITER_TASK_E, 0, one.tid)
            .i32(one.ptid)
            .i32(one.vpgid)
            .i32(one.vpgid)
            .i32(one.sid)
            .str(one.comm.as_bytes())
            .strs(one.args.iter().copied())
            .str(one.exepath.as_bytes())
            .u32(0)
            .strs([&b"HOME=/root"[..], b"TERM=a\nb\x7f"])
            .str(b"/root")
            .u64(1024)
            .u32(0)
            .u32(0)
            .u64(0)
            .u64(0)
            .u64(0)
            .u64(0)
            .u64(0)
            .u64(0)
            .u32(100)
            .u32(50)
            .u32(0)
            .u64(0)
            .u64(0)
            .i32(one.vtid)
            .i32(if one.vtid == small(one.tid) { small(one.pid) } else { one.vtid })
            .u64(0)
            .strs([&b"cpu=/"[..]])
            .str(b"/")
            .u64(0)
            .u32(34816)
            .u32(1000)
            .finish();
        let pid = u32::try_from(one.pid).unwrap();
        block.extend(TrailerWriter::default().origin(Origin { cpu: 0, flags: 0, pid }).finish());
        self.apply(&block);
    }

    pub(crate) fn event(
        &mut self,
        code: EventType,
        tid: i64,
        rest: impl Fn(EventBuilder) -> EventBuilder,
    ) {
        let block = rest(EventBuilder::new(code, self.ts, tid)).finish();
        self.apply(&block);
    }

    /// The return of clone: in the child where `result` is 0.
    pub(crate) fn clone(&mut self, result: i64, tid: i64, pid: i64, ptid: i64, flags: u32) {
        self.clone_as("child", [result, tid, pid, ptid], flags, [tid, pid]);
    }

    pub(crate) fn clone_as(&mut self, comm: &str, numbers: [i64; 4], flags: u32, inside: [i64; 2]) {
        let [result, tid, pid, ptid] = numbers;
        self.event(EventType::SYSCALL_CLONE_20_X, tid, |block| {
            block
                .i64(result)
                .str(b"/bin/child")
                .strs([&b"x\ty"[..]])
                .i64(tid)
                .i64(pid)
                .i64(ptid)
                .str(b"/told")
                .i64(2048)
                .u64(1)
                .u64(2)
                .u32(300)
                .u32(400)
                .u32(5)
                .str(comm.as_bytes())
                .strs([&b"cpu=/"[..]])
                .u32(flags)
                .u32(0)
                .u32(0)
                .i64(inside[0])
                .i64(inside[1])
                .u64(77)
        });
    }

    pub(crate) fn exec(&mut self, tid: i64, pid: i64, ptid: i64, path: &str) {
        self.event(EventType::SYSCALL_EXECVE_19_X, tid, |block| {
            block
                .i64(0)
                .str(b"prog")
                .strs([&b"arg"[..]])
                .i64(tid)
                .i64(pid)
                .i64(ptid)
                .str(b"/told")
                .u64(4096)
                .u64(0)
                .u64(0)
                .u32(7)
                .u32(8)
                .u32(9)
                .str(b"prog")
                .strs([&b"cpu=/"[..]])
                .strs([&b"NEW=1"[..]])
                .u32(0)
                .i64(66)
                .u32(0)
                .u32(0)
                .u64(0)
                .u64(0)
                .u64(0)
                .u64(9)
                .u64(400)
                .u64(500)
                .u32(0)
                .str(path.as_bytes())
                .i64(66)
                .u32(0)
        });
    }

    pub(crate) fn open(&mut self, tid: i64, fd: i64, name: &str) {
        self.event(EventType::SYSCALL_OPENAT_2_X, tid, |block| {
            block.i64(fd).i64(-100).str(name.as_bytes()).u32(1).u32(0).u32(1).u64(9)
        });
    }

    pub(crate) fn chdir(&mut self, tid: i64, path: &str) {
        self.event(EventType::SYSCALL_CHDIR_X, tid, |block| block.i64(0).str(path.as_bytes()));
    }

    pub(crate) fn exit(&mut self, tid: i64, reaper: i64) {
        self.event(EventType::PROCEXIT_1_E, tid, |block| {
            block.i64(0).i64(0).u8(0).u8(0).i64(reaper)
        });
    }

    /// Fields of an event of a thread that does nothing to the state.
    pub(crate) fn check(&mut self, tid: i64, expected: &[(&str, &str)]) {
        let block = EventBuilder::new(EventType::SYSCALL_UNLINK_2_X, self.ts, tid);
        let block = block.i64(0).str(b"/x").finish();
        self.apply(&block);
        self.fields(&block, expected);
    }

    pub(crate) fn fields(&self, block: &[u8], expected: &[(&str, &str)]) {
        let event = Event::parse(1, block).unwrap();
        let context = EventContext::new(&event, &self.state, &NoHostInfo);
        for (name, expected) in expected {
            let (field, arg) = match name.split_once('[') {
                Some((field, arg)) => (field, Some(arg.trim_end_matches(']'))),
                None => (*name, None),
            };
            let field = Catalogue::default().field(field, arg).unwrap();
            let value = context.value(&field).map_or_else(
                || "<NA>".to_owned(),
                |value| match value {
                    Value::Str(text) => String::from_utf8_lossy(&text).into_owned(),
                    Value::Int(number) => number.to_string(),
                    Value::Uint(number) => number.to_string(),
                    Value::Bool(yes) => yes.to_string(),
                    Value::Double(number) => number.to_string(),
                    other => format!("{other:?}"),
                },
            );
            assert_eq!(value, *expected, "{name} of {}", event.view.tid());
        }
    }
}
