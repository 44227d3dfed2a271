//! `filter_eval`, `field_values`: fields and conditions on the events of scripts.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::Path;
use std::rc::Rc;

use anyhow::{Context as _, Result};
use peregrine_alert::format_event;
use peregrine_event::{
    Event, EventBuilder, EventFlags, EventType, Origin, ParamType, TrailerWriter,
};
use peregrine_fields::{Catalogue, EventContext, Field};
use peregrine_filter::{Checked, DEFAULT_DEPTH, Template, Value, check, parse, reference};
use peregrine_state::{Group, HostInfo, Interface, Limits, State, User};
use serde_json::{Value as Json, json};

use super::converter::{code, params, record, unhex};
use super::{Outcome, is_later};

/// The scripts by file and test, and what begins each of them.
pub(crate) struct Scripts {
    scripts: BTreeMap<(String, String), Json>,
    init: Json,
}

impl Scripts {
    pub(crate) fn read(unit: &Path) -> Result<Self> {
        let json = |name: &str| -> Result<Json> {
            let file = unit.join(name);
            let text =
                std::fs::read_to_string(&file).with_context(|| file.display().to_string())?;
            serde_json::from_str(&text).with_context(|| file.display().to_string())
        };
        let mut scripts: BTreeMap<(String, String), Json> = json("resolved_scripts.json")?["cases"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|script| (key(script), script.clone()))
            .collect();
        // Users that are made within an expectation are no op there.
        for whole in json("event_scripts.json")?["cases"].as_array().into_iter().flatten() {
            let Some(script) = scripts.get_mut(&key(whole)) else { continue };
            let steps = whole["steps"].as_array().into_iter().flatten().enumerate();
            for (step, args) in steps.filter_map(|(at, step)| Some((at, made_user(step)?))) {
                if let Some(ops) = script["ops"].as_array_mut() {
                    let at = ops.partition_point(|op| op["step"].as_u64() < Some(step as u64));
                    ops.insert(
                        at,
                        json!({ "step": step, "op": "add_user", "args": args, "within": true }),
                    );
                }
            }
        }
        Ok(Self { scripts, init: json("helpers.json")?["init_thread"].clone() })
    }
}

/// The arguments of a user that an expectation makes.
fn made_user(step: &Json) -> Option<&Json> {
    let call = step["expect"].as_str().map(|_| &step["args"][0])?;
    (call["call"] == "m_inspector.m_usergroup_manager.add_user").then(|| &call["args"])
}

fn key(case: &Json) -> (String, String) {
    let text = |key: &str| case[key].as_str().unwrap_or_default().to_owned();
    (text("file"), text("test"))
}

/// The users the scripts know.
#[derive(Default)]
pub(super) struct World {
    pub(super) users: RefCell<BTreeMap<u32, User>>,
}

impl HostInfo for World {
    fn user(&self, uid: u32) -> Option<User> {
        // Somebody is always the superuser.
        let root = || User {
            uid: 0,
            gid: 0,
            name: "root".into(),
            home: "/root".into(),
            shell: "<NA>".into(),
        };
        self.users.borrow().get(&uid).cloned().or_else(|| (uid == 0).then(root))
    }
    fn group(&self, gid: u32) -> Option<Group> {
        (gid == 0).then(|| Group { gid, name: "root".into() })
    }
    fn hostname(&self) -> String {
        String::new()
    }
    fn interfaces(&self) -> Rc<[Interface]> {
        let loopback = IpAddr::from([127, 0, 0, 1]);
        Rc::from([Interface { address: loopback, netmask: IpAddr::from([255, 0, 0, 0]) }])
    }
    fn utc_offset(&self, _time_ns: u64) -> i32 {
        0
    }
    fn thread(&self, _tid: i64, _write: &mut dyn FnMut(&[u8])) {}
}

fn number(thread: &Json, key: &str) -> u64 {
    let value = &thread[key];
    value.as_u64().or_else(|| value.as_i64().map(i64::cast_unsigned)).unwrap_or(0)
}

/// A thread of the initial table, and its descriptors.
pub(super) fn thread(state: &mut State, world: &World, thread: &Json, clone_ts: u64) {
    let text = |key: &str| thread[key].as_str().unwrap_or_default().as_bytes().to_vec();
    let list = |key: &str| -> Vec<Vec<u8>> {
        let list = thread[key].as_array().into_iter().flatten();
        list.filter_map(|item| Some(item.as_str()?.as_bytes().to_vec())).collect()
    };
    let small = |key: &str| i32::try_from(thread[key].as_i64().unwrap_or(-1)).unwrap_or(-1);
    let wide = |key: &str| u32::try_from(number(thread, key)).unwrap_or(u32::MAX);
    let flag = |key: &str, bit: u32| if thread[key] == true { bit } else { 0 };
    let tid = thread["tid"].as_i64().unwrap_or(1);
    let pid = thread["pid"].as_i64().unwrap_or(tid);
    let mut argv = vec![text("exe")];
    argv.extend(list("args"));
    let (env, cgroups) = (list("env"), list("cgroups"));
    let flags = flag("exe_writable", 1)
        | flag("exe_upper_layer", 2)
        | flag("exe_from_memfd", 4)
        | flag("exe_lower_layer", 8);
    let block = EventBuilder::new(EventType::ITER_TASK_E, 0, tid)
        .i32(small("ptid"))
        .i32(small("pgid"))
        .i32(small("vpgid"))
        .i32(small("sid"))
        .str(&text("comm"))
        .strs(argv.iter().map(Vec::as_slice))
        .str(&text("exepath"))
        .u32(flags)
        .strs(env.iter().map(Vec::as_slice))
        .str(&text("cwd"))
        .u64(number(thread, "fdlimit"))
        .u32(wide("uid"))
        .u32(wide("gid"))
        .u64(number(thread, "cap_permitted"))
        .u64(number(thread, "cap_effective"))
        .u64(number(thread, "cap_inheritable"))
        .u64(0)
        .u64(0)
        .u64(0)
        .u32(wide("vmsize_kb"))
        .u32(wide("vmrss_kb"))
        .u32(wide("vmswap_kb"))
        .u64(number(thread, "pfmajor"))
        .u64(number(thread, "pfminor"))
        .i32(small("vtid"))
        .i32(small("vpid"))
        .u64(0)
        .strs(cgroups.iter().map(Vec::as_slice))
        .str(&text("root"))
        .u64(clone_ts)
        .u32(wide("tty"))
        .u32(wide("loginuid"));
    known(state, world, block, pid);
    for fd in thread["fds"].as_array().into_iter().flatten() {
        let block = EventBuilder::new(EventType::ITER_TASK_FILE_REGULAR_E, 0, tid)
            .i32(i32::try_from(fd["fd"].as_i64().unwrap_or(0)).unwrap_or(0))
            .str(fd["name"].as_str().unwrap_or_default().as_bytes())
            .u32(u32::try_from(number(fd, "open_flags")).unwrap_or(0))
            .u32(u32::try_from(number(fd, "mount_id")).unwrap_or(0))
            .u64(number(fd, "ino"));
        known(state, world, block, pid);
    }
}

fn known(state: &mut State, world: &World, block: EventBuilder, pid: i64) {
    let mut bytes = block.finish();
    let pid = u32::try_from(pid).unwrap_or(0);
    bytes.extend(TrailerWriter::default().origin(Origin { cpu: 0, flags: 0, pid }).finish());
    if let Ok(event) = Event::parse(0, &bytes) {
        state.apply(&event, world);
    }
}

/// The block of an op `{ts, tid, type, params, empty}`.
fn block(op: &Json) -> Option<Vec<u8>> {
    let info = code(op["type"].as_str()?)?;
    let params = params(info, &op["params"], &op["empty"], bytes)?;
    let ts = op["ts"].as_u64().unwrap_or(0);
    Some(record(info, ts, op["tid"].as_i64().unwrap_or(0), &params))
}

fn bytes(value: &Json, ty: ParamType) -> Vec<u8> {
    let number = value.as_i64().or_else(|| value.as_u64().map(u64::cast_signed));
    match (number, value.as_str(), value["hex"].as_str()) {
        (Some(number), ..) => {
            let all = number.to_le_bytes();
            all.get(..ty.size().unwrap_or(8)).unwrap_or(&all).to_vec()
        }
        (_, Some(text), _) => [text.as_bytes(), b"\0"].concat(),
        (_, _, Some(hex)) => unhex(hex),
        _ => Vec::new(),
    }
}

/// Plays the script up to a step and shows the event the case looks at.
fn play(
    scripts: &Scripts,
    case: &Json,
    look: impl FnOnce(&EventContext<'_>) -> Outcome,
) -> Outcome {
    let Some(script) = scripts.scripts.get(&key(case)) else {
        return Outcome::Failed("no such script".to_owned());
    };
    let step = case["step"].as_i64().unwrap_or(i64::MAX);
    let wanted = case["event"].as_u64();
    let world = World::default();
    let mut state = State::new(Limits::default());
    let mut shown: Option<Vec<u8>> = None;
    let mut events = 0;
    let mut index = 0;
    for op in script["ops"].as_array().into_iter().flatten() {
        if op["step"].as_i64().unwrap_or(0) >= step {
            break;
        }
        let arg = |index: usize| op["args"][index].as_str().unwrap_or_default().to_owned();
        match op["op"].as_str().unwrap_or_default() {
            "init_thread" => {
                let mut init = scripts.init.clone();
                for (key, value) in op["set"].as_object().into_iter().flatten() {
                    init[key] = value.clone();
                }
                thread(&mut state, &world, &init, op["clone_ts"].as_u64().unwrap_or(0));
            }
            "add_user" => {
                let uid = op["args"][2].as_u64().and_then(|uid| u32::try_from(uid).ok());
                let gid = op["args"][3].as_u64().and_then(|gid| u32::try_from(gid).ok());
                // Without texts of its own it is who it was.
                let named = op["args"][4].is_string();
                if let (Some(uid), Some(gid), true) = (uid, gid, named) {
                    let user = User {
                        uid,
                        gid,
                        name: arg(4).into(),
                        home: arg(5).into(),
                        shell: arg(6).into(),
                    };
                    world.users.borrow_mut().insert(uid, user);
                }
            }
            "rm_user" => {
                if let Some(uid) = op["args"][1].as_u64().and_then(|uid| u32::try_from(uid).ok()) {
                    world.users.borrow_mut().remove(&uid);
                }
            }
            "event" => {
                let Some(bytes) = block(op) else {
                    return Outcome::Failed(format!("no event: {op}"));
                };
                events += 1;
                let Ok(event) = Event::parse(events, &bytes) else {
                    return Outcome::Failed(format!("no event: {op}"));
                };
                state.apply(&event, &world);
                if wanted == Some(index) {
                    shown = Some(bytes);
                }
            }
            _ => {}
        }
        // Cases number the ops as they are in the file.
        index += u64::from(op["within"] != true);
    }
    let Some(mut event) = shown.as_ref().and_then(|bytes| Event::parse(events, bytes).ok()) else {
        return Outcome::Failed("the case looks at no event".to_owned());
    };
    event.cpu = 1;
    let mut context = EventContext::new(&event, &state, &world);
    context.containers = false;
    look(&context)
}

pub(crate) fn filter(scripts: &Scripts, case: &Json) -> Outcome {
    if is_later(case) || case["resolvable"] == false {
        return Outcome::Later;
    }
    let text = case["filter"].as_str().unwrap_or_default();
    let condition =
        parse(text, DEFAULT_DEPTH).map_err(|error| error.to_string()).and_then(|tree| {
            check(&tree, &Catalogue::default()).map_err(|errors| {
                errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
            })
        });
    let expected = &case["expected"];
    let condition = match (condition, expected.as_str(), case["what"] == "filter_compiles") {
        (Err(_), Some("throws"), _) | (Ok(_), Some("no_throw"), _) => return Outcome::Passed,
        (Ok(_), Some("throws"), _) => return Outcome::Failed(format!("{text} must be refused")),
        (condition, _, true) => {
            return super::compare(&condition.is_ok(), &(*expected == true));
        }
        (Err(why), ..) => return Outcome::Failed(format!("{text}: {why}")),
        (Ok(condition), ..) => condition,
    };
    play(scripts, case, |context| {
        match super::compare(&holds(&condition, context), &(*expected == true)) {
            Outcome::Failed(why) => Outcome::Failed(format!("{text}: {why}")),
            passed => passed,
        }
    })
}

/// An event outside the codes a condition can be true for is not even asked.
pub(super) fn holds(condition: &Checked<Field>, context: &EventContext<'_>) -> bool {
    let code = context.event.view.event_type().0;
    condition.kinds.contains(code) && reference::holds(&condition.root, context)
}

pub(crate) fn field(scripts: &Scripts, case: &Json) -> Outcome {
    if is_later(case) || case["resolvable"] == false {
        return Outcome::Later;
    }
    let name = case["field"].as_str().unwrap_or_default();
    let template = |name: &str| Template::parse(&format!("*%{name}"), &Catalogue::default());
    let Ok(asked) = template(name) else { return Outcome::Failed(format!("no field {name}")) };
    play(scripts, case, |context| {
        let value = asked.tokens().next().and_then(|token| token.getter.value(context));
        let expected = &case["expected"];
        if case["op"] == "HAS_VALUE" {
            return match super::compare(&value.is_some(), &(*expected != false)) {
                Outcome::Failed(why) => Outcome::Failed(format!("{name} has a value: {why}")),
                passed => passed,
            };
        }
        let got = format_event(&asked, context, false).text;
        if let (Some(hex), Some(Value::Str(text))) = (expected["bytes_hex"].as_str(), &value) {
            return super::compare(&text.to_vec(), &unhex(hex));
        }
        let same = expected["same_as_field"].as_str().and_then(|name| template(name).ok());
        let wanted = match (expected.as_str(), same) {
            (Some(text), _) => text.to_owned(),
            (None, Some(other)) => format_event(&other, context, false).text,
            _ => return Outcome::Later,
        };
        let equal = (got == wanted) == (case["op"] != "NE");
        if equal {
            Outcome::Passed
        } else {
            Outcome::Failed(format!("{name}: {got:?}, expected {wanted:?}"))
        }
    })
}

/// A program started by an old event: what came later is empty.
pub(crate) fn empty_params(scripts: &Scripts, case: &Json) -> Outcome {
    let Some(info) = EventType::SYSCALL_EXECVE_19_X.info() else {
        return Outcome::Failed("no execve".to_owned());
    };
    debug_assert!(!info.flags.has(EventFlags::LARGE_PAYLOAD), "lengths are short");
    let params: Vec<Vec<u8>> = info
        .params
        .iter()
        .enumerate()
        .map(|(index, param)| match (index, param.name) {
            (18.., _) => Vec::new(),
            (_, "exe") => b"/bin/test-exe\0".to_vec(),
            (_, "comm") => b"test-exe\0".to_vec(),
            (_, "tid" | "pid") => 1_i64.to_le_bytes().to_vec(),
            _ => vec![0; param.ty.size().unwrap_or(0)],
        })
        .collect();
    let text = case["filter"].as_str().unwrap_or_default();
    let condition =
        parse(text, DEFAULT_DEPTH).ok().and_then(|tree| check(&tree, &Catalogue::default()).ok());
    let condition = match (condition, case["expected"] == "throws") {
        (None, true) => return Outcome::Passed,
        (Some(_), true) => return Outcome::Failed(format!("{text} must be refused")),
        (None, false) => return Outcome::Failed(format!("{text} is refused")),
        (Some(condition), false) => condition,
    };
    let world = World::default();
    let mut state = State::new(Limits::default());
    thread(&mut state, &world, &scripts.init, 1);
    let bytes = record(info, 2, 1, &params);
    let Ok(event) = Event::parse(1, &bytes) else { return Outcome::Failed("no event".to_owned()) };
    state.apply(&event, &world);
    let holds = reference::holds(&condition.root, &EventContext::new(&event, &state, &world));
    match super::compare(&holds, &(case["expected"] == true)) {
        Outcome::Failed(why) => Outcome::Failed(format!("{text}: {why}")),
        passed => passed,
    }
}
