//! `scap_converter` and `scap_file_expectations`: old events become today's.

use std::fs::File;
use std::path::Path;

use peregrine_event::{EventFlags, EventInfo, EventType, EventView, ParamType};
use peregrine_scap::{Converter, Item, Reader, Step};
use serde_json::Value as Json;

use super::{Outcome, is_later};

/// The code of an event by Falco's name of it.
pub(crate) fn code(name: &str) -> Option<&'static EventInfo> {
    let bare = name.strip_prefix("PPME_").unwrap_or(name);
    EventType::all().filter_map(EventType::info).find(|info| info.code == bare)
}

/// The bytes of a parameter as the cases write it: a number, a text, a buffer, nothing.
fn param(value: &Json, ty: ParamType) -> Vec<u8> {
    if let Some(number) = value.as_i64().or_else(|| value.as_u64().map(u64::cast_signed)) {
        let bytes = number.to_le_bytes();
        return bytes.get(..ty.size().unwrap_or(8)).unwrap_or(&bytes).to_vec();
    }
    if let Some(text) = value.as_str() {
        return [text.as_bytes(), b"\0"].concat();
    }
    if let Some(hex) = value["hex"].as_str() {
        return unhex(hex);
    }
    if let Some(parts) = value["init"].as_array() {
        return match parts.first() {
            Some(first) if first["id"] == "nullptr" => Vec::new(),
            // A number where it lies.
            Some(first) if first["un"] == "&" && first["x"].is_i64() => {
                param(&first["x"], ParamType::Int64)
            }
            // The tests' buffers are four bytes of one to four.
            Some(Json::Object(_)) => vec![1, 2, 3, 4],
            Some(Json::String(text)) => [text.as_bytes(), b"\0"].concat(),
            _ => Vec::new(),
        };
    }
    if let Some(args) = value["args"].as_array() {
        return args.first().map(|text| param(text, ty)).unwrap_or_default();
    }
    if value["id"].is_string() {
        // A constant of the test: any number, the same wherever it stands.
        return 7_i64.to_le_bytes().get(..ty.size().unwrap_or(8)).unwrap_or_default().to_vec();
    }
    Vec::new()
}

pub(crate) fn unhex(hex: &str) -> Vec<u8> {
    let pairs = hex.as_bytes().chunks(2);
    pairs.filter_map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect()
}

/// A block with any number of parameters, `{type, ts, tid, params, empty_params}`.
fn block(event: &Json) -> Option<Vec<u8>> {
    let info = code(event["type"].as_str()?)?;
    let params = params(info, &event["params"], &event["empty_params"], param)?;
    Some(record(info, event["ts"].as_u64()?, event["tid"].as_i64()?, &params))
}

/// The bytes of parameters as a case writes them, each by `bytes`; those whose places are in `empty`
/// have none.
pub(crate) fn params(
    info: &EventInfo,
    values: &Json,
    empty: &Json,
    bytes: fn(&Json, ParamType) -> Vec<u8>,
) -> Option<Vec<Vec<u8>>> {
    let empty: Vec<u64> = empty.as_array().into_iter().flatten().filter_map(Json::as_u64).collect();
    let all = values.as_array()?.iter().enumerate().map(|(index, value)| {
        let ty = info.params.get(index).map_or(ParamType::Bytebuf, |param| param.ty);
        if empty.contains(&(index as u64)) { Vec::new() } else { bytes(value, ty) }
    });
    Some(all.collect())
}

pub(crate) fn record(info: &EventInfo, ts: u64, tid: i64, params: &[Vec<u8>]) -> Vec<u8> {
    let width = if info.flags.has(EventFlags::LARGE_PAYLOAD) { 4 } else { 2 };
    let small = |number: usize| u32::try_from(number).unwrap_or(u32::MAX).to_le_bytes();
    let values: usize = params.iter().map(Vec::len).sum();
    let mut block = Vec::new();
    block.extend_from_slice(&ts.to_le_bytes());
    block.extend_from_slice(&tid.to_le_bytes());
    block.extend_from_slice(&small(26 + params.len() * width + values));
    block.extend_from_slice(&info.id.to_le_bytes());
    block.extend_from_slice(&small(params.len()));
    for param in params {
        block.extend_from_slice(&small(param.len())[..width]);
    }
    block.extend(params.iter().flatten());
    block
}

/// One case: steps over one converter.
pub(crate) fn case(case: &Json) -> Outcome {
    if is_later(case) {
        return Outcome::Later;
    }
    let mut converter = Converter::default();
    for step in case["steps"].as_array().into_iter().flatten() {
        let Some(op) = step["op"].as_str() else { continue };
        let input = if step["input"].is_null() { &step["args"][0] } else { &step["input"] };
        let Some(mut bytes) = block(input) else {
            return Outcome::Failed(format!("no event: {input}"));
        };
        let tid = input["tid"].as_i64().unwrap_or(0);
        let good = match op {
            "drop" | "assert_no_conversion_drop" => converter.step(&bytes) == Ok(Step::Dropped),
            // Nothing is to be done, for which the table has no row.
            "pass" | "failure" => converter.step(&bytes) == Ok(Step::Same),
            "stored" => converter.keeps(tid, &bytes),
            "convert" => block(&step["output"])
                .is_some_and(|out| converter.step(&bytes) == Ok(Step::Became(out))),
            "full_convert" => {
                converter.convert(&mut bytes) == Ok(true) && Some(bytes) == block(&step["output"])
            }
            other => return Outcome::Failed(format!("no step is called {other}")),
        };
        if !good {
            return Outcome::Failed(format!("{op} at line {}", step["line"]));
        }
    }
    Outcome::Passed
}

/// What a capture has to hold once it is read.
pub(crate) fn file_case(folder: &Path, case: &Json) -> Outcome {
    let Some(name) = case["file"].as_str().filter(|_| !is_later(case)) else {
        return Outcome::Later;
    };
    let Ok(file) = File::open(folder.join("captures").join(name)) else { return Outcome::Later };
    let mut reader = match Reader::new(file) {
        Ok(reader) => reader,
        Err(error) => return Outcome::Failed(error.to_string()),
    };
    let wanted = case["type"].as_str().and_then(code);
    let exact = block(&case["event"]);
    let (mut count, mut present) = (0_u64, false);
    loop {
        match reader.next_item() {
            Ok(Some(Item::Event { record, .. })) => {
                let Ok((view, _)) = EventView::parse(&record) else { continue };
                count += u64::from(wanted.is_some_and(|info| info.id == view.event_type().0));
                present |= Some(&*record) == exact.as_deref();
            }
            Ok(Some(_)) => {}
            Ok(None) => break,
            Err(error) => return Outcome::Failed(error.to_string()),
        }
    }
    match (case["count"].as_u64(), present) {
        (Some(expected), _) if expected == count => Outcome::Passed,
        (Some(expected), _) => Outcome::Failed(format!("{count} events, {expected} expected")),
        (None, true) => Outcome::Passed,
        (None, false) => Outcome::Failed("the event is not there".to_owned()),
    }
}
