//! Files and `key=value` options into a [`Config`].

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use peregrine_yaml::{self as yaml, Body as YamlBody, Node as YamlNode, Place};

use crate::choices::EngineKind;
use crate::include::{self, ConfigFile};
use crate::model::Config;
use crate::origin::Origin;
use crate::problem::{ConfigError, Problem, ProblemKind};
use crate::reader::Reader;
use crate::setting::{Setting as _, Status, Value as _};
use crate::tree::{Body, Node, Step, path};

/// A configuration, with what people should know of it.
#[derive(Debug, Clone, Default)]
pub struct Loaded {
    /// The settings.
    pub config: Config,
    /// Keys without an effect, each with its place.
    pub warnings: Vec<Problem>,
    /// Where each key was set, by its dotted name; one that is missing has its default.
    pub origins: BTreeMap<String, Origin>,
}

/// In the place of a rule file: the rules that come with Peregrine.
pub const SHIPPED: &str = "shipped";

impl Loaded {
    /// The outputs that are on, as their keys name them (`stdout`, `file`), then those of the list by their names.
    pub fn outputs(&self) -> Vec<String> {
        let on = |(key, value, _): (String, serde_json::Value, Origin)| {
            let name = key.strip_suffix("_output.enabled")?;
            (value == serde_json::Value::Bool(true)).then(|| name.to_owned())
        };
        let list = self.config.outputs.iter().filter(|output| output.common.enabled);
        let list = list.map(|output| output.name.clone());
        self.show().into_iter().filter_map(on).chain(list).collect()
    }

    /// Every key with its value and where that was set.
    pub fn show(&self) -> Vec<(String, serde_json::Value, Origin)> {
        let mut shown = Vec::new();
        self.config.show("", &mut shown);
        let origin = |key: &str| self.origins.get(key).cloned().unwrap_or_default();
        shown
            .into_iter()
            .map(|(key, value)| {
                let origin = origin(&key);
                (key, value, origin)
            })
            .collect()
    }
}

/// Reads a configuration file, the files it includes, then `key=value` settings over them.
///
/// # Errors
/// Everything that is wrong, each with its place. Unknown keys and keys without effect are warnings.
pub fn load(file: Option<&Path>, options: &[String]) -> Result<Loaded, ConfigError> {
    let main = match file {
        Some(path) => Some(read(path).map_err(|problem| ConfigError(vec![problem]))?),
        None => None,
    };
    build(main, options, Path::exists)
}

/// A file as a tree.
fn read(file: &Path) -> Result<Node, Problem> {
    let name = file.display().to_string();
    let text = std::fs::read_to_string(file).map_err(|error| Problem {
        origin: Origin::Default,
        key: name.clone(),
        kind: ProblemKind::Unreadable(error.to_string()),
        is_error: true,
    })?;
    parse(&name, &text)
}

fn parse(name: &str, text: &str) -> Result<Node, Problem> {
    let name: Arc<str> = Arc::from(name);
    let wrong = |place: Place, kind: ProblemKind| Problem {
        origin: Origin::File { name: Arc::clone(&name), place },
        key: String::new(),
        kind,
        is_error: true,
    };
    let documents =
        yaml::parse(text).map_err(|error| wrong(error.place, ProblemKind::NotYaml(error.kind)))?;
    let Some(top) = documents.first() else { return Ok(Node::empty()) };
    if let Some(another) = documents.get(1) {
        return Err(wrong(another.place, ProblemKind::AnotherDocument));
    }
    let mut tree = Node::of_file(&name, top, None);
    if let Body::Map(pairs) = &mut tree.body {
        for (key, _) in pairs {
            if let Some(name) = alias(key) {
                name.clone_into(key);
            }
        }
        return Ok(tree);
    }
    Err(wrong(Place { line: 1, column: 1, offset: 0 }, ProblemKind::NotAMap))
}

/// The key another name stands for.
fn alias(key: &str) -> Option<&'static str> {
    ["rules_file", "rule_files"].contains(&key).then_some("rules_files")
}

/// `exists` says whether a rule file does.
fn build(
    main: Option<Node>,
    options: &[String],
    exists: fn(&Path) -> bool,
) -> Result<Loaded, ConfigError> {
    let mut reader = Reader::default();
    let has_file = main.is_some();
    let mut tree = main.unwrap_or_else(Node::empty);
    let mut assignments = Vec::new();
    for option in options {
        match assignment(option) {
            Ok(assignment) => assignments.push(assignment),
            Err(problem) => reader.problems.push(problem),
        }
    }
    if !has_file && assignments.iter().any(|set| set.grows("append_output")) {
        // What an option adds comes behind what Falco's packages append.
        let suggested = yaml::parse("append_output: [{suggested_output: true}]");
        let suggested = suggested.ok().and_then(|documents| documents.into_iter().next());
        if let Some(node) = suggested {
            tree = Node::of_option(&Arc::from("append_output[]"), &node);
        }
    }
    let (includes, others): (Vec<_>, Vec<_>) =
        assignments.into_iter().partition(|set| set.is_of("config_files"));
    assign(&mut tree, includes, &mut reader);
    include_files(&mut tree, &mut reader);
    assign(&mut tree, others, &mut reader);
    let mut config = Config::default();
    config.set(&tree, "", Status::Section, &mut reader);
    // What Falco's packages append stands in their file: one that says nothing of it appends nothing.
    if has_file && tree.get("append_output").is_none() {
        config.append_output.suggested = false;
    }
    leave_out_missing(&mut config, &tree, &mut reader, exists);
    let engine = &config.engine;
    let kind = tree.get("engine").and_then(|engine| engine.get("kind"));
    if let Some(kind) = kind.filter(|_| engine.kind == EngineKind::Replay)
        && engine.replay.capture_file.as_os_str().is_empty()
    {
        reader.refuse(kind, "engine.kind", ProblemKind::NoCapture);
    }
    if reader.problems.iter().any(|problem| problem.is_error) {
        return Err(ConfigError(reader.problems));
    }
    Ok(Loaded { config, warnings: reader.problems, origins: reader.origins })
}

/// Leaves out rule files that do not exist; one must.
fn leave_out_missing(
    config: &mut Config,
    tree: &Node,
    reader: &mut Reader,
    exists: fn(&Path) -> bool,
) {
    const KEY: &str = "rules_files";
    let Some(node) = tree.get(KEY).filter(|_| !config.rules_files.is_empty()) else { return };
    let item = |at: usize| if let Body::List(list) = &node.body { list.get(at) } else { None };
    let mut there = Vec::new();
    for (at, file) in config.rules_files.iter().enumerate() {
        if file.as_os_str() == SHIPPED || exists(file) {
            there.push(file.clone());
        } else {
            let kind = ProblemKind::NoRulesFile(file.display().to_string());
            reader.warn(item(at).unwrap_or(node), KEY, kind);
        }
    }
    if there.is_empty() {
        reader.refuse(node, KEY, ProblemKind::NoRulesFiles);
    }
    config.rules_files = there;
}

/// Takes the files in that `config_files` names.
fn include_files(tree: &mut Node, reader: &mut Reader) {
    let Some(node) = tree.get("config_files").cloned() else { return };
    // What is wrong with the list is said when all keys are read.
    let Some(includes) = <Vec<ConfigFile>>::read(&node, "config_files", &mut Reader::default())
    else {
        return;
    };
    for include in includes {
        let files = match include::files(&include.path) {
            Ok(files) => files,
            Err(error) => {
                let key = include.path.display().to_string();
                reader.refuse(&node, &key, ProblemKind::Unreadable(error.to_string()));
                continue;
            }
        };
        for file in files {
            match read(&file) {
                Ok(more) => match more.get("config_files") {
                    Some(nested) => {
                        reader.refuse(nested, "config_files", ProblemKind::NestedInclude);
                    }
                    None => tree.merge(more, include.strategy),
                },
                Err(problem) => reader.problems.push(problem),
            }
        }
    }
}

/// One `key=value`.
struct Assignment {
    option: Arc<str>,
    path: Vec<Step>,
    value: Node,
}

impl Assignment {
    fn is_of(&self, key: &str) -> bool {
        self.path.first() == Some(&Step::Key(key.to_owned()))
    }

    /// Whether it adds to the list of a key.
    fn grows(&self, key: &str) -> bool {
        self.is_of(key) && self.path.get(1) == Some(&Step::Append)
    }
}

/// Reads an option. A value in brackets is YAML, any other the text as it is.
fn assignment(option: &str) -> Result<Assignment, Problem> {
    let option: Arc<str> = Arc::from(option);
    let wrong = |key: &str, kind: ProblemKind| Problem {
        origin: Origin::Option(Arc::clone(&option)),
        key: key.to_owned(),
        kind,
        is_error: true,
    };
    let (key, text) = option.split_once('=').ok_or_else(|| wrong("", ProblemKind::NotAnOption))?;
    let mut path = path(key).map_err(|why| wrong(key, ProblemKind::BadPath(why)))?;
    if let Some(Step::Key(first)) = path.first_mut()
        && let Some(name) = alias(first)
    {
        name.clone_into(first);
    }
    let node = if text.starts_with(['{', '[']) {
        let documents =
            yaml::parse(text).map_err(|error| wrong(key, ProblemKind::NotYaml(error.kind)))?;
        documents.into_iter().next()
    } else {
        let body = YamlBody::Scalar(text.to_owned());
        (!text.is_empty()).then(|| YamlNode::detached(body))
    };
    let node = node.unwrap_or_else(|| YamlNode::detached(YamlBody::Null));
    let value = Node::of_option(&option, &node);
    Ok(Assignment { option: Arc::clone(&option), path, value })
}

fn assign(tree: &mut Node, assignments: Vec<Assignment>, reader: &mut Reader) {
    for Assignment { option, path, value } in assignments {
        if let Err(why) = tree.set(&path, value) {
            let key = option.split_once('=').map_or("", |(key, _)| key);
            let origin = Origin::Option(Arc::clone(&option));
            reader.problem(&origin, key, ProblemKind::BadPath(why), true);
        }
    }
}

#[cfg(test)]
mod tests;
