//! A configuration as Falco 0.44.1 reads it: values that are not of their type are as good as missing, keys
//! that are missing have the defaults of Falco's code, and what does not start Falco does not start here.
//!
//! `option.rs` puts `-o` in, `schema.rs` says whether a file fits Falco's JSON schema, `values.rs` goes over
//! the keys in Falco's order and leaves a tree that the typed [`Config`] takes as it is.

mod defaults;
pub mod error;
mod items;
mod option;
mod plugins;
mod schema;
mod values;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use peregrine_rules::{Decoded, decode};
use peregrine_yaml::{Body as YamlBody, Node as YamlNode, Place};

use crate::choices::EngineKind;
use crate::include;
use crate::keys::is_own;
use crate::model::Config;
use crate::origin::Origin;
use crate::reader::Reader;
use crate::setting::{Setting as _, Status};
use crate::tree::{Body, Node, Strategy};

pub use error::{Error, Notice, Refused};
pub use plugins::PLUGIN_FOLDER;
pub use schema::schema;
pub use values::{BaseNames, Settings};

use error::{FileProblem, SyntaxProblem};

/// What came of a configuration.
#[derive(Debug, Clone, Default)]
pub struct Loaded {
    /// The settings.
    pub config: Config,
    /// What stands beside them.
    pub settings: Settings,
    /// The files, each with how it fits the schema: `ok` or what does not.
    pub files: BTreeMap<String, String>,
    /// Files and folders that were read, in order, to be watched for changes.
    pub watched: Vec<String>,
    /// Where each key was set; one that is missing has its default.
    pub origins: Origins,
    /// What Falco remarks.
    pub notices: Vec<Notice>,
    /// The settings of all files and options as one line of YAML, as `--support` has them.
    pub dump: String,
}

/// Reads a configuration file, those it includes, and `key=value` settings over them.
///
/// # Errors
/// The first thing that keeps Falco from starting.
pub fn load(file: &Path, options: &[String]) -> Result<Loaded, Refused> {
    let name = file.display().to_string();
    let (tree, mut loaded) = gather(file, &name, options).map_err(Refused::unread)?;
    loaded.dump = dump(&tree);
    take(tree, &name, loaded)
}

/// `key=value` settings over the defaults of Falco, where there is no file at all.
///
/// # Errors
/// The first thing that keeps Falco from starting.
pub fn without_file(options: &[String]) -> Result<Loaded, Refused> {
    let mut tree = Node::empty();
    for option in options {
        option::set(&mut tree, option).map_err(Refused::unread)?;
    }
    take(tree, "", Loaded::default())
}

/// The settings of all files and options.
fn gather(file: &Path, name: &str, options: &[String]) -> Result<(Node, Loaded), Error> {
    let mut loaded = Loaded::default();
    let mut tree = read(file, name, &mut loaded.files)
        .map_err(|why| Error::MainFile { file: name.to_owned(), why })?;
    for option in options.iter().filter(|option| option.starts_with("config_files")) {
        option::set(&mut tree, option)?;
    }
    loaded.watched.push(name.to_owned());
    include_files(&mut tree, file, name, &mut loaded)?;
    for option in options {
        option::set(&mut tree, option)?;
    }
    Ok((tree, loaded))
}

/// Takes the settings of a tree.
fn take(mut tree: Node, name: &str, mut loaded: Loaded) -> Result<Loaded, Refused> {
    let read = values::read(&mut tree, name, &mut loaded.notices);
    let settings = read.as_ref().cloned().unwrap_or_default();
    let (mut config, origins, own) = typed(&tree, &settings);
    if config.engine.kind == EngineKind::Replay {
        // Threads of a capture's first snapshot are kept whatever the bound, one that is raised holds.
        let least = Config::default().falco_libs.thread_table_size;
        let size = &mut config.falco_libs.thread_table_size;
        if size.0 < least.0 {
            *size = least;
        }
    }
    match read.and_then(|settings| own.map_or(Ok(settings), |why| Err(Error::Own(why)))) {
        Ok(settings) => Ok(Loaded { config, settings, origins, ..loaded }),
        Err(error) => Err(Refused { error, notices: loaded.notices, config: Box::new(config) }),
    }
}

/// A file as a tree; how it fits the schema is noted.
fn read(
    file: &Path,
    name: &str,
    files: &mut BTreeMap<String, String>,
) -> Result<Node, FileProblem> {
    let bytes = std::fs::read(file).map_err(|error| match error.kind() {
        std::io::ErrorKind::IsADirectory => FileProblem::IsFolder,
        _ => FileProblem::Closed(name.to_owned()),
    })?;
    let Decoded { text, .. } = decode(bytes);
    let first = peregrine_yaml::parse_first_unmerged(&text)
        .map_err(|error| FileProblem::Syntax(SyntaxProblem::of(&error, &text)))?;
    let null = || YamlNode { place: Place::at(&text, 0), span: 0..0, body: YamlBody::Null };
    let top = first.filter(|top| !matches!(top.body, YamlBody::Null)).unwrap_or_else(null);
    let tree = Node::of_file(&Arc::from(name), &top, None);
    let fits = schema::violation(&tree).unwrap_or_else(|| "ok".to_owned());
    files.insert(name.to_owned(), fits);
    Ok(tree)
}

/// Takes the files in that `config_files` names.
fn include_files(
    tree: &mut Node,
    main: &Path,
    name: &str,
    loaded: &mut Loaded,
) -> Result<(), Error> {
    for file in items::config_files(tree)? {
        if file.path == main {
            return Err(Error::IncludesItself(name.to_owned()));
        }
        // What is missing is left out.
        let Ok(meta) = std::fs::metadata(&file.path) else { continue };
        if meta.is_file() || meta.is_dir() {
            loaded.watched.push(file.path.display().to_string());
        }
        let paths = match (meta.is_file(), include::files(&file.path)) {
            (true, _) => vec![file.path.clone()],
            (false, Ok(paths)) if meta.is_dir() => paths,
            _ => continue,
        };
        for path in paths {
            let name = path.display().to_string();
            let more = read(&path, &name, &mut loaded.files).map_err(Error::IncludedFile)?;
            merge(tree, more, file.strategy, &name)?;
        }
    }
    Ok(())
}

/// Takes the keys of an included file in.
fn merge(tree: &mut Node, more: Node, strategy: Strategy, file: &str) -> Result<(), Error> {
    let pairs = match more.body {
        Body::Map(pairs) => pairs,
        Body::List(list) if !list.is_empty() => return Err(Error::IncludesList),
        _ => return Ok(()),
    };
    option::into_map(tree);
    for (key, value) in pairs {
        if key == "config_files" {
            return Err(Error::NestedInclude(file.to_owned()));
        }
        let Body::Map(known) = &mut tree.body else {
            let why = error::Access::OfScalar { place: tree.place, key };
            return Err(Error::Scalar(why));
        };
        let Some((_, known)) = known.iter_mut().find(|(name, _)| *name == key) else {
            // No element makes no list.
            let is_no_list = matches!(&value.body, Body::List(list) if list.is_empty());
            if !is_no_list || strategy != Strategy::Append {
                known.push((key, value));
            }
            continue;
        };
        match (strategy, &mut known.body, value.body) {
            (Strategy::AddOnly, ..) => {}
            (Strategy::Append, Body::List(list), Body::List(more)) => list.extend(more),
            (Strategy::Append, body @ Body::Null, Body::List(more)) if !more.is_empty() => {
                *body = Body::List(more);
            }
            (Strategy::Append, _, Body::List(more)) if more.is_empty() => {}
            (Strategy::Append, _, Body::List(_)) => return Err(Error::NotAList),
            (_, _, body) => *known = Node { body, ..value },
        }
    }
    Ok(())
}

type Origins = BTreeMap<String, Origin>;

/// The typed configuration, where each key was set, and what is wrong with a key that Falco does not have.
/// Values of Falco's keys are of their types by now.
fn typed(tree: &Node, settings: &Settings) -> (Config, Origins, Option<String>) {
    let mut reader = Reader::default();
    let mut config = Config::of_falco();
    config.set(tree, "", Status::Section, &mut reader);
    let mut own = reader.problems.iter().filter(|problem| problem.is_error && is_own(&problem.key));
    let why = own.next().map(ToString::to_string);
    config.load_plugins = settings.loaded_names();
    (config, reader.origins, why)
}

/// A tree as one line: every scalar in double quotes, maps and lists in brackets.
fn dump(node: &Node) -> String {
    match &node.body {
        Body::Null => "null".to_owned(),
        Body::Scalar(text) => quoted(text),
        Body::List(list) => {
            format!("[{}]", list.iter().map(dump).collect::<Vec<_>>().join(", "))
        }
        Body::Map(pairs) => {
            let pairs: Vec<_> = pairs
                .iter()
                .map(|(key, value)| format!("{}: {}", quoted(key), dump(value)))
                .collect();
            format!("{{{}}}", pairs.join(", "))
        }
    }
}

fn quoted(text: &str) -> String {
    let mut out = "\"".to_owned();
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            '\x08' => out.push_str("\\b"),
            '\x0c' => out.push_str("\\f"),
            '\0'..='\x1f' | '\u{80}'..='\u{a0}' => {
                let _ = write!(out, "\\x{:02x}", u32::from(letter));
            }
            '\u{feff}' => out.push_str("\\ufeff"),
            letter => out.push(letter),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests;
