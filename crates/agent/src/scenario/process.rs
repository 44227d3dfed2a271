//! The process that acts in a test, and its ancestors.

use peregrine_event::{EventBuilder, EventType};
use peregrine_yaml::{Body, Node};

use super::event::TID;
use super::node::{Wrong, text, texts, wrong};

/// The acting process and its ancestors, the nearest first, as records of a first snapshot.
pub(crate) fn process(node: Option<&Node>) -> Result<Vec<Vec<u8>>, Wrong> {
    const KEYS: [&str; 9] =
        ["name", "exe", "exepath", "args", "env", "cwd", "uid", "gid", "ancestors"];
    let empty = Node::detached(Body::Null);
    let node = node.unwrap_or(&empty);
    for (key, _) in node.map().unwrap_or_default() {
        let name = text(key, "a property")?;
        if !KEYS.contains(&name) {
            return wrong(key, format!("a process has no {name}; it has {}", KEYS.join(", ")));
        }
    }
    let get = |key: &str, default: &str| -> Result<String, Wrong> {
        node.get(key)
            .map_or_else(|| Ok(default.to_owned()), |value| text(value, key).map(str::to_owned))
    };
    let id = |key: &str| -> Result<u32, Wrong> {
        let Some(value) = node.get(key) else { return Ok(0) };
        text(value, key)?.parse().or_else(|_| wrong(value, format!("{key} must be a number")))
    };
    let list = |key: &str| node.get(key).map_or_else(|| Ok(Vec::new()), |value| texts(value, key));
    let name = get("name", "cat")?;
    let mut chain = vec![name];
    chain.extend(list("ancestors")?);
    let mut blocks = Vec::new();
    let chain: Vec<(i64, String)> = (0..).zip(chain).collect();
    for (distance, name) in chain.iter().rev() {
        // An ancestor given by its path is named after the file.
        let path = name.starts_with('/').then(|| name.clone());
        let name = name.rsplit('/').next().unwrap_or_default().to_owned();
        let path = path.unwrap_or_else(|| format!("/usr/bin/{name}"));
        let distance = *distance;
        let tid = TID - distance;
        let last = usize::try_from(distance).is_ok_and(|distance| distance + 1 == chain.len());
        let acts = distance == 0;
        let own = |value: String, other: String| if acts { value } else { other };
        let exe = own(get("exe", &name)?, name.clone());
        let exepath = own(get("exepath", &path)?, path.clone());
        let args = if acts { list("args")? } else { Vec::new() };
        let env = if acts { list("env")? } else { Vec::new() };
        let small = |number: i64| i32::try_from(number).unwrap_or(0);
        let argv: Vec<&[u8]> =
            std::iter::once(exe.as_bytes()).chain(args.iter().map(String::as_bytes)).collect();
        let block = EventBuilder::new(EventType::ITER_TASK_E, 0, tid)
            .i32(if last { 0 } else { small(tid - 1) })
            .i32(small(tid))
            .i32(small(tid))
            .i32(small(tid))
            .str(name.as_bytes())
            .strs(argv)
            .str(exepath.as_bytes())
            .u32(0)
            .strs(env.iter().map(String::as_bytes))
            .str(get("cwd", "/root")?.as_bytes())
            .u64(1024)
            .u32(id("uid")?)
            .u32(id("gid")?);
        blocks.push(block.finish());
    }
    Ok(blocks)
}
