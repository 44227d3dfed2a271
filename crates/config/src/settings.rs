//! Settings from a file and from the command line into a [`Config`].

use std::path::{Path, PathBuf};

use peregrine_engine::Matching;
use peregrine_rules::{Selected, Selection};
use peregrine_yaml::{self as yaml, Body, Node};

use crate::drops::{self, Fault};
use crate::keys::{self, Use};
use crate::model::{Config, ConfigError, Place};
use crate::variables::expand;

/// Reads a configuration file, then applies `key=value` settings over it.
///
/// # Errors
/// The first setting that cannot be, with its place. Unknown keys and keys without effect are
/// warnings in [`Config::warnings`].
pub fn load(file: Option<&Path>, options: &[String]) -> Result<Config, ConfigError> {
    let mut config = Config::default();
    if let Some(path) = file {
        let name = path.display().to_string();
        let text = std::fs::read_to_string(path)
            .map_err(|error| ConfigError(format!("cannot read {name}: {error}")))?;
        read(&mut config, &name, &text)?;
    }
    for option in options {
        let (key, value) = option.split_once('=').ok_or_else(|| {
            ConfigError(format!(
                "-o {option}: not of the form key=value, as in -o json_output=true"
            ))
        })?;
        let place = Place(format!("-o {option}"), None);
        // `rules[].disable.rule=*` adds `{disable: {rule: "*"}}` to the list `rules`.
        let (key, below) =
            key.split_once("[].").map_or((key, None), |(key, below)| (key, Some(below)));
        let scalar = |text: &str| Node { place: yaml_start(), body: Body::Scalar(text.to_owned()) };
        let node = match below {
            Some(below) => below.rsplit('.').fold(scalar(value), |node, name| Node {
                place: yaml_start(),
                body: Body::Map(vec![(scalar(name), node)]),
            }),
            None => yaml::parse(value)
                .map_err(|error| ConfigError(format!("{place}: {}", error.message)))?
                .into_iter()
                .next()
                .unwrap_or_else(|| Node { place: yaml_start(), body: Body::Null }),
        };
        let (key, append) =
            key.strip_suffix("[]").map_or_else(|| (key, below.is_some()), |key| (key, true));
        let mut setter = Setter { config: &mut config, place: &place, append };
        setter.walk(key, &node)?;
    }
    Ok(config)
}

fn yaml_start() -> peregrine_yaml::Place {
    peregrine_yaml::Place { line: 1, column: 1, offset: 0 }
}

fn read(config: &mut Config, name: &str, text: &str) -> Result<(), ConfigError> {
    let documents = yaml::parse(text).map_err(|error| {
        let (line, column) = (error.place.line, error.place.column);
        ConfigError(format!("{name}:{line}:{column}: {}", error.message))
    })?;
    // What Falco's packages append stands in their file: one that says nothing of it appends nothing.
    config.suggested_output = false;
    let Some(top) = documents.first() else { return Ok(()) };
    let Some(pairs) = top.map() else {
        return Err(ConfigError(format!(
            "{name}:1:1: a configuration is a map of keys and values"
        )));
    };
    for (key, value) in pairs {
        let place = Place(name.to_owned(), Some(key.place));
        let mut setter = Setter { config, place: &place, append: false };
        setter.walk(key.scalar().unwrap_or_default(), value)?;
    }
    Ok(())
}

pub(crate) struct Setter<'c> {
    pub(crate) config: &'c mut Config,
    place: &'c Place,
    pub(crate) append: bool,
}

impl Setter<'_> {
    fn walk(&mut self, key: &str, node: &Node) -> Result<(), ConfigError> {
        if let Some(pairs) = node.map().filter(|_| keys::is_section(key)) {
            for (name, value) in pairs {
                let place = Place(self.place.0.clone(), self.place.1.map(|_| name.place));
                let below = format!("{key}.{}", name.scalar().unwrap_or_default());
                Setter { config: self.config, place: &place, append: false }.walk(&below, value)?;
            }
            return Ok(());
        }
        match keys::use_of(key) {
            Some(Use::Taken) => self.set(key, node),
            Some(Use::Quiet) => Ok(()),
            Some(Use::Missing(quiet)) => {
                if !keys::asks_for_nothing(node, quiet) {
                    self.warn(&format!("{key} is not supported yet: ignored"));
                }
                Ok(())
            }
            Some(Use::Unbuilt) | None if keys::asks_for_output(key, node) => {
                Err(ConfigError(format!("{}: {key}: {}", self.place, keys::NO_OUTPUT)))
            }
            Some(Use::Unbuilt) => Ok(()),
            None => {
                let guess = keys::nearest(key).map(|near| format!(", did you mean {near}?"));
                self.warn(&format!("unknown key {key}: ignored{}", guess.unwrap_or_default()));
                Ok(())
            }
        }
    }

    pub(crate) fn warn(&mut self, text: &str) {
        self.config.warnings.push(format!("{}: {text}", self.place));
    }

    pub(crate) fn wrong(&self, key: &str, expected: &str) -> ConfigError {
        ConfigError(format!("{}: {key} must be {expected}", self.place))
    }

    fn set(&mut self, key: &str, node: &Node) -> Result<(), ConfigError> {
        match key {
            "json_output" => self.config.form.json = self.flag(key, node)?,
            "json_include_output_property" => {
                self.config.form.include_output = self.flag(key, node)?;
            }
            "json_include_message_property" => {
                self.config.form.include_message = self.flag(key, node)?;
            }
            "json_include_output_fields_property" => {
                self.config.form.include_fields = self.flag(key, node)?;
            }
            "json_include_tags_property" => self.config.form.include_tags = self.flag(key, node)?,
            "time_format_iso_8601" => self.config.form.iso_time = self.flag(key, node)?,
            "engine.modern_ebpf.pushdown" => self.config.pushdown = self.flag(key, node)?,
            "buffered_outputs" => self.config.buffered = self.flag(key, node)?,
            "stdout_output.enabled" => self.config.stdout = self.flag(key, node)?,
            "file_output.enabled" => self.config.file = self.flag(key, node)?,
            "file_output.keep_alive" => self.config.file_keep_open = self.flag(key, node)?,
            "file_output.filename" => {
                self.config.file_name = PathBuf::from(self.text(key, node)?);
            }
            "priority" => {
                let text = self.text(key, node)?;
                self.config.priority = text.parse().map_err(|error| {
                    ConfigError(format!("{}: {key} {text}: {error}", self.place))
                })?;
            }
            "rule_matching" => {
                self.config.matching = match self.text(key, node)?.as_str() {
                    "first" => Matching::First,
                    "all" => Matching::All,
                    _ => return Err(self.wrong(key, "first or all")),
                };
            }
            "base_syscalls.all" => self.config.base_syscalls.all = self.flag(key, node)?,
            "base_syscalls.repair" => self.config.base_syscalls.repair = self.flag(key, node)?,
            "base_syscalls.custom_set" => {
                let names = self.texts(key, node)?;
                let set = self.config.base_syscalls.set_custom(&names, self.append);
                set.map_err(|wrong| ConfigError(format!("{}: {key}: {wrong}", self.place)))?;
            }
            "outputs_queue.capacity" => self.config.queue_capacity = self.number(key, node)?,
            "falco_libs.proc_name_follows_prctl" => {
                self.config.base_syscalls.names = self.flag(key, node)?;
            }
            "engine.modern_ebpf.arguments_max" => {
                let most = self.number(key, node)?;
                if !self.config.set_arguments_max(most) {
                    return Err(self.wrong(key, "a number of bytes from 4096 to 12285"));
                }
            }
            "falco_libs.thread_table_size" => {
                self.config.limits.threads = self.number(key, node)?.max(1);
            }
            "engine.modern_ebpf.buf_size_preset" => {
                let preset = self.number(key, node)?;
                if !(1..=10).contains(&preset) {
                    return Err(self.wrong(key, "a number from 1 (1 MB) to 10 (512 MB)"));
                }
                self.config.ring_bytes = 1 << (19 + preset);
            }
            "engine.kind" => match self.text(key, node)?.as_str() {
                "modern_ebpf" => {}
                other @ ("kmod" | "replay" | "nodriver") => {
                    let text = format!(
                        "engine.kind {other} is not supported: this host is watched with eBPF"
                    );
                    self.warn(&text);
                }
                _ => return Err(self.wrong(key, "modern_ebpf")),
            },
            "rules_files" | "rules_file" => {
                let files = self.texts(key, node)?.into_iter().map(PathBuf::from);
                if !self.append {
                    self.config.rules_files.clear();
                }
                self.config.rules_files.extend(files);
            }
            "load_plugins" => {
                let names = self.texts(key, node)?;
                self.config.containers = names.iter().any(|name| name == "container");
                for name in names.iter().filter(|name| *name != "container") {
                    self.warn(&format!(
                        "plugin {name} is not loaded: plugins are not supported yet"
                    ));
                }
            }
            "rules" => self.selections(node)?,
            "append_output" => self.append_output(node)?,
            "static_fields" => {
                let pairs = match &node.body {
                    Body::Null => &[],
                    Body::Map(pairs) => pairs.as_slice(),
                    _ => return Err(self.wrong(key, "a map of keys and texts")),
                };
                for (key, value) in pairs {
                    self.static_field(&self.text("static_fields", key)?, value)?;
                }
            }
            _ => {
                if let Some(name) = key.strip_prefix("syscall_event_drops.") {
                    match drops::check(name, node) {
                        Ok(()) => {}
                        Err(Fault::Refused(expected)) => return Err(self.wrong(key, expected)),
                        Err(Fault::Ignored(expected)) => {
                            self.warn(&format!("{key} is ignored: it must be {expected}"));
                        }
                    }
                }
                if let Some(name) = key.strip_prefix("static_fields.") {
                    self.static_field(name, node)?;
                }
            }
        }
        Ok(())
    }

    /// `[{enable: {tag: x}}, {disable: {rule: "*"}}]`.
    fn selections(&mut self, node: &Node) -> Result<(), ConfigError> {
        const FORM: &str = "a list of {enable: {rule: NAME}}, {disable: {tag: TAG}} and the like";
        let list = match &node.body {
            Body::Null => return Ok(()),
            Body::List(list) => list.as_slice(),
            Body::Map(_) => std::slice::from_ref(node),
            Body::Scalar(_) => return Err(self.wrong("rules", FORM)),
        };
        if !self.append {
            self.config.selections.clear();
        }
        for entry in list {
            for (action, what) in entry.map().ok_or_else(|| self.wrong("rules", FORM))? {
                let enable = match action.scalar() {
                    Some("enable") => true,
                    Some("disable") => false,
                    _ => return Err(self.wrong("rules", FORM)),
                };
                for (key, value) in what.map().ok_or_else(|| self.wrong("rules", FORM))? {
                    let name = self.text("rules", value)?;
                    let of = match key.scalar() {
                        Some("rule") => Selected::Rule(name),
                        Some("tag") => Selected::Tag(name),
                        _ => return Err(self.wrong("rules", FORM)),
                    };
                    self.config.selections.push(Selection { enable, of });
                }
            }
        }
        Ok(())
    }

    fn static_field(&mut self, key: &str, node: &Node) -> Result<(), ConfigError> {
        let name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.');
        if key.is_empty() || !key.chars().all(name) {
            let expected = format!("made of letters, digits, _ and . to be a field, not '{key}'");
            return Err(self.wrong("a key of static_fields", &expected));
        }
        let value = self.text(key, node)?;
        self.config.static_fields.retain(|(known, _)| known != key);
        self.config.static_fields.push((key.to_owned(), value));
        Ok(())
    }

    pub(crate) fn flag(&self, key: &str, node: &Node) -> Result<bool, ConfigError> {
        match self.text(key, node)?.to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" | "y" => Ok(true),
            "false" | "no" | "off" | "n" => Ok(false),
            _ => Err(self.wrong(key, "true or false")),
        }
    }

    fn number(&self, key: &str, node: &Node) -> Result<usize, ConfigError> {
        self.text(key, node)?.parse().map_err(|_| self.wrong(key, "a whole number from 0"))
    }

    pub(crate) fn text(&self, key: &str, node: &Node) -> Result<String, ConfigError> {
        node.scalar().map(expand).ok_or_else(|| self.wrong(key, "a single value"))
    }

    pub(crate) fn texts(&self, key: &str, node: &Node) -> Result<Vec<String>, ConfigError> {
        match &node.body {
            Body::Null => Ok(Vec::new()),
            Body::Scalar(text) => Ok(vec![expand(text)]),
            Body::List(list) => list.iter().map(|item| self.text(key, item)).collect(),
            Body::Map(_) => Err(self.wrong(key, "a list")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use peregrine_rules::ExtraOutput;

    fn of(text: &str, options: &[&str]) -> Result<Config, ConfigError> {
        let mut config = Config::default();
        read(&mut config, "f.yaml", text)?;
        let options: Vec<String> = options.iter().map(|option| (*option).to_owned()).collect();
        let over = load(None, &options)?;
        Ok(if options.is_empty() { config } else { over })
    }

    #[test]
    fn settings_are_taken() {
        let config = of(
            "json_output: true\nfile_output:\n  enabled: yes\n  filename: /x/${NO_SUCH_NAME}y\npriority: Warning\nrules_files: [a, b]\nengine: {kind: modern_ebpf, modern_ebpf: {buf_size_preset: 1}}\n",
            &[],
        )
        .unwrap();
        assert!(config.form.json && config.file && config.stdout);
        assert_eq!(config.file_name, Path::new("/x/y"));
        assert_eq!(config.rules_files, [Path::new("a"), Path::new("b")]);
        assert_eq!(config.ring_bytes, 1 << 20);
        assert_eq!(config.warnings, Vec::<String>::new());
        let config =
            of("", &["load_plugins=[]", "rules_files[]=x", "rules_files[]=y", "rule_matching=all"])
                .unwrap();
        assert_eq!(config.appended_output(), []);
        assert_eq!(config.rules_files.len(), 2);
        assert_eq!(config.matching, Matching::All);
        let config = of("", &["append_output=[{extra_output: 'a=%evt.num'}]"]).unwrap();
        assert_eq!(config.appended_output(), [ExtraOutput::everywhere("a=%evt.num")]);
        let appended = load(None, &[]).unwrap().appended_output();
        assert!(appended[0].format.contains("container_id=%container.id"));
    }

    #[test]
    fn a_file_without_append_output_appends_nothing() {
        let check = |text: &str, expected: bool| {
            let appended = of(text, &[]).unwrap().appended_output();
            assert_eq!(!appended.is_empty(), expected, "{text}: {appended:?}");
        };
        check("", false);
        check("json_output: true\nstatic_fields: {site: a}\n", false);
        check("append_output: []\n", false);
        check("append_output: [{suggested_output: true}]\n", true);
        check("append_output: [{extra_output: x}]\n", true);
    }

    #[test]
    fn mistakes_name_their_place() {
        let check = |text: &str, expected: &str| {
            assert_eq!(of(text, &[]).map(|_| ()), Err(ConfigError(expected.to_owned())), "{text}");
        };
        check("json_output: maybe\n", "f.yaml:1:1: json_output must be true or false");
        check(
            "a: 1\nfile_output:\n  filename: [x]\n",
            "f.yaml:3:3: file_output.filename must be a single value",
        );
        check(
            "base_syscalls: {custom_set: [read, '!opne']}\n",
            "f.yaml:1:17: base_syscalls.custom_set: there is no system call opne, did you mean open?",
        );
        check(
            "syscall_event_drops:\n  threshold: 2\n",
            "f.yaml:2:3: syscall_event_drops.threshold must be a number from 0 to 1",
        );
        check("- a\n", "f.yaml:1:1: a configuration is a map of keys and values");
        check(
            "engine: {modern_ebpf: {buf_size_preset: 11}}\n",
            "f.yaml:1:24: engine.modern_ebpf.buf_size_preset must be a number from 1 (1 MB) to 10 (512 MB)",
        );
        let check = |option: &str, expected: &str| {
            assert_eq!(of("", &[option]).map(|_| ()), Err(ConfigError(expected.to_owned())));
        };
        check(
            "json_output",
            "-o json_output: not of the form key=value, as in -o json_output=true",
        );
        check("json_output=x", "-o json_output=x: json_output must be true or false");
        check(
            "priority=loud",
            "-o priority=loud: priority loud: not a priority: one of emergency, alert, critical, error, warning, notice, informational, debug",
        );
    }

    #[test]
    fn rules_are_selected() {
        let config = of("rules: [{disable: {rule: '*'}}, {enable: {tag: host}}]\n", &[]).unwrap();
        assert_eq!(config.selections.len(), 2);
        assert!(config.selections[1].enable);
        assert_eq!(config.selections[0].of, Selected::Rule("*".to_owned()));
        let error = of("rules: [{stop: {rule: x}}]\n", &[]).map(|_| ()).unwrap_err();
        assert!(error.0.starts_with("f.yaml:1:1: rules must be a list of"), "{error}");
    }

    #[test]
    fn fields_are_added() {
        let check = |text: &str, options: &[&str], expected: &[(&str, &str)]| {
            let told = of(text, options).unwrap().static_fields;
            let told: Vec<_> = told.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
            assert_eq!(told, expected, "{text} {options:?}");
        };
        check("static_fields:\n", &[], &[]);
        check("static_fields: {site: a, rank: 3}\n", &[], &[("site", "a"), ("rank", "3")]);
        check("static_fields: {site: a}\n", &["static_fields.site=b"], &[("site", "b")]);
        let error = of("static_fields: {a b: c}\n", &[]).map(|_| ()).unwrap_err();
        assert!(
            error.0.starts_with("f.yaml:1:1: a key of static_fields must be made of"),
            "{error}"
        );
    }

    #[test]
    fn what_has_no_effect_is_told() {
        let check = |text: &str, expected: &[&str]| {
            assert_eq!(of(text, &[]).unwrap().warnings, expected, "{text}");
        };
        check(
            "http_output: {enabled: false, url: x}\nwebserver: {enabled: false}\nplugins: []\n",
            &[],
        );
        check(
            "webserver:\n  enabled: true\n",
            &["f.yaml:2:3: webserver.enabled is not supported yet: ignored"],
        );
        check(
            "jsn_output: true\n",
            &["f.yaml:1:1: unknown key jsn_output: ignored, did you mean json_output?"],
        );
    }
}
