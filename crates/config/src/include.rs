//! `config_files`: further files and how each changes what is set.

use std::path::{Path, PathBuf};

use serde_json::{Value as Json, json};

use crate::reader::Reader;
use crate::setting::{Kind, Value};
use crate::tree::{Body, Node, Strategy};

/// What the key may be.
fn words() -> String {
    let [first, second, third] = Strategy::NAMED.map(|(name, _)| name);
    format!("a list of paths or {{path: PATH, strategy: {first}, {second} or {third}}}")
}

/// A file to include, or a folder of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigFile {
    /// Where it is.
    pub path: PathBuf,
    /// How it changes what is set.
    pub strategy: Strategy,
}

impl Value for Vec<ConfigFile> {
    fn kind() -> Kind {
        let names = Strategy::NAMED.map(|(name, _)| name);
        let map = json!({
            "type": "object", "additionalProperties": false, "required": ["path"],
            "properties": {
                "path": {"type": "string"},
                "strategy": {"type": "string", "enum": names},
            },
        });
        let item = json!({"anyOf": [{"type": "string"}, map]});
        Kind { words: words(), schema: json!({"type": "array", "items": item}) }
    }

    fn read(node: &Node, key: &str, reader: &mut Reader) -> Option<Self> {
        let nodes = match &node.body {
            Body::List(list) => list.as_slice(),
            Body::Null => &[],
            Body::Scalar(_) | Body::Map(_) => std::slice::from_ref(node),
        };
        nodes.iter().map(|node| file(node, key, reader)).collect()
    }

    fn json(&self) -> Json {
        self.iter()
            .map(|file| {
                let path = file.path.to_string_lossy();
                let name = Strategy::NAMED.iter().find(|(_, strategy)| *strategy == file.strategy);
                match name {
                    Some((name, strategy)) if *strategy != Strategy::Append => {
                        json!({"path": path, "strategy": name})
                    }
                    _ => json!(path),
                }
            })
            .collect()
    }
}

fn file(node: &Node, key: &str, reader: &mut Reader) -> Option<ConfigFile> {
    if node.scalar().is_some() {
        let path = reader.text(node, key)?.into();
        return Some(ConfigFile { path, strategy: Strategy::default() });
    }
    let Some(path) = node.get("path") else { return reader.wrong(node, key, words()) };
    let path = reader.text(path, key)?.into();
    let strategy = match node.get("strategy") {
        None => Strategy::default(),
        Some(node) => {
            let name = reader.text(node, key)?;
            match Strategy::named(&name) {
                Some(strategy) => strategy,
                None => return reader.wrong(node, key, words()),
            }
        }
    };
    Some(ConfigFile { path, strategy })
}

/// The files meant: a folder stands for the files in it in alphabetical order, what is missing for none.
///
/// # Errors
/// Where a folder cannot be read.
pub(crate) fn files(path: &Path) -> std::io::Result<Vec<PathBuf>> {
    match std::fs::metadata(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Ok(meta) if meta.is_dir() => {}
        // One that cannot be read is found out when it is.
        _ => return Ok(vec![path.to_path_buf()]),
    }
    let mut files = Vec::new();
    for entry in std::fs::read_dir(path)? {
        let file = entry?.path();
        if file.is_file() {
            files.push(file);
        }
    }
    files.sort();
    Ok(files)
}
