//! `formatter`: output formats, on the event the cases describe.

use peregrine_alert::format_event;
use peregrine_event::{Event, EventBuilder, EventType};
use peregrine_fields::{Catalogue, EventContext};
use peregrine_filter::Template;
use peregrine_state::{Limits, NoHostInfo, State};
use serde_json::{Map, Value as Json};

use super::{Outcome, is_later};

/// The threads of the cases: init, and where a case looks at others, bash (2) and its child (3).
fn threads() -> State {
    let mut state = State::new(Limits::default());
    let init = EventBuilder::new(EventType::ITER_TASK_E, 0, 1)
        .i32(0)
        .i32(1)
        .i32(1)
        .i32(0)
        .str(b"init")
        .strs([&b"/sbin/init"[..], b"context", b"ls", b"--format", b"{{json .}}"])
        .str(b"/sbin/init")
        .u32(1)
        .strs([&b"TEST_ENV_PARENT_LINEAGE=secret"[..], b"HOME=/home/user/parent"])
        .str(b"/root/")
        .finish();
    let mut blocks = vec![init];
    for (tid, parent, name) in [(2_i64, 1_i64, &b"bash"[..]), (3, 2, b"child")] {
        let clone = EventBuilder::new(EventType::SYSCALL_CLONE_20_X, 1, tid)
            .i64(0)
            .str(name)
            .bytes(b"")
            .i64(tid)
            .i64(tid)
            .i64(parent)
            .str(b"")
            .i64(0)
            .u64(0)
            .u64(0)
            .u32(0)
            .u32(0)
            .u32(0)
            .str(name)
            .bytes(b"")
            .u32(0x0080_0000)
            .u32(0)
            .u32(0)
            .i64(tid)
            .i64(tid)
            .u64(0)
            .finish();
        blocks.push(clone);
    }
    for block in &blocks {
        if let Ok(event) = Event::parse(0, block) {
            state.apply(&event, &NoHostInfo);
        }
    }
    state
}

pub(crate) fn case(case: &Json) -> Outcome {
    if is_later(case) {
        return Outcome::Later;
    }
    let format = case["format"].as_str().unwrap_or_default();
    let expect = &case["expect"];
    let template = Template::parse(format, &Catalogue::default());
    let template = match (template, expect["throws"].as_bool()) {
        (Err(_), Some(true)) | (Ok(_), Some(false)) => return Outcome::Passed,
        (Ok(_), Some(true)) => return Outcome::Failed(format!("{format:?} must be refused")),
        (Err(error), _) => return Outcome::Failed(format!("{format:?}: {error}")),
        (Ok(template), None) => template,
    };
    let mut state = threads();
    let tid = case["tid"].as_i64().unwrap_or(1);
    let block =
        EventBuilder::new(EventType::SYSCALL_GETCWD_X, 2, tid).i64(-2).str(b"/test/dir").finish();
    let Ok(event) = Event::parse(1, &block) else { return Outcome::Failed("no event".to_owned()) };
    state.apply(&event, &NoHostInfo);
    let context = EventContext::new(&event, &state, &NoHostInfo);
    let resolve = case["resolve_transformed"].as_bool().unwrap_or(true);
    let got = format_event(&template, &context, resolve);
    if let Some(names) = expect["num_field_names"].as_u64()
        && template.tokens().count() as u64 != names
    {
        return Outcome::Failed(format!("{format:?}: {} fields", template.tokens().count()));
    }
    if let Some(whole) = expect["result"].as_bool()
        && whole != got.whole
    {
        return Outcome::Failed(format!("{format:?}: whole {}", got.whole));
    }
    if let Some(output) = expect["output"].as_str() {
        let text = if case["output_format"] == "OF_JSON" { object(&got.fields) } else { got.text };
        if text != output {
            return Outcome::Failed(format!("{format:?}: expected {output:?}, got {text:?}"));
        }
    }
    if let Some(count) = expect["num_fields"].as_u64()
        && got.fields.len() as u64 != count
    {
        return Outcome::Failed(format!(
            "{format:?}: expected {count} fields, got {:?}",
            got.fields
        ));
    }
    for (name, value) in expect["fields"].as_object().into_iter().flatten() {
        let have = got.fields.get(name).map(|value| match value {
            Json::String(text) => text.clone(),
            Json::Null => "<NA>".to_owned(),
            other => other.to_string(),
        });
        if have.as_deref() != value.as_str() {
            return Outcome::Failed(format!("{format:?}: {name} is {have:?}, expected {value}"));
        }
    }
    Outcome::Passed
}

fn object(fields: &Map<String, Json>) -> String {
    if fields.is_empty() { "null".to_owned() } else { Json::Object(fields.clone()).to_string() }
}
