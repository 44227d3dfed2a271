//! `plugins` and `load_plugins`.

use std::path::PathBuf;

use serde_json::{Map, Value as Json, json};

use crate::container_plugin::{self, WrongSetting};
use crate::model::containers::ContainerEngines;
use crate::problem::ProblemKind;
use crate::reader::{Reader, joined, wrong_value};
use crate::scalar;
use crate::setting::{Kind, Value};
use crate::tree::{Body, Node};

/// The plugin whose fields Peregrine has built in, and its library.
pub(crate) const CONTAINER: &str = "container";
pub(crate) const CONTAINER_LIBRARY: &str = "libcontainer.so";

/// One plugin that may be loaded.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Plugin {
    /// Its name, as `load_plugins` has it.
    pub name: String,
    /// Its library.
    pub library_path: PathBuf,
    /// What it is started with: a text, or a map that becomes JSON.
    pub init_config: Json,
    /// What its source of events is opened with.
    pub open_params: String,
}

impl Plugin {
    /// The one that is built in, as Falco's packages have it.
    pub(crate) fn container() -> Self {
        let library_path = PathBuf::from(CONTAINER_LIBRARY);
        Self { name: CONTAINER.to_owned(), library_path, ..Self::default() }
    }

    /// Whether its library is that of the plugin that is built in.
    pub fn is_built_in(&self) -> bool {
        self.library_path.file_name().is_some_and(|name| name == CONTAINER_LIBRARY)
    }
}

/// Names of the plugins that are loaded, out of those there are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadPlugins(pub Vec<String>);

impl Default for LoadPlugins {
    fn default() -> Self {
        Self(vec![CONTAINER.to_owned()])
    }
}

impl LoadPlugins {
    /// Whether the fields of containers are on.
    pub fn has_containers(&self) -> bool {
        self.0.iter().any(|name| name == CONTAINER)
    }
}

impl Value for LoadPlugins {
    fn kind() -> Kind {
        <Vec<String> as Value>::kind()
    }

    fn read(node: &Node, key: &str, reader: &mut Reader) -> Option<Self> {
        let names = reader.texts(node, key)?;
        for (at, name) in names.iter().enumerate().filter(|(_, name)| *name != CONTAINER) {
            let place = if let Body::List(list) = &node.body { list.get(at) } else { None };
            let what = format!("plugin {name} is not loaded: plugins are not supported yet");
            reader.warn(place.unwrap_or(node), key, ProblemKind::NotSupportedValue(what));
        }
        Some(Self(names))
    }

    fn json(&self) -> Json {
        json!(self.0)
    }
}

impl Value for Vec<Plugin> {
    fn kind() -> Kind {
        let entry = json!({
            "type": "object", "additionalProperties": false, "required": ["library_path", "name"],
            "properties": {
                "name": {"type": "string"},
                "library_path": {"type": "string"},
                "init_config": {"type": ["object", "string", "null"]},
                "open_params": {"type": "string"},
            },
        });
        Kind {
            words: "a list of plugins, each with a name and a library_path".to_owned(),
            schema: json!({"type": "array", "items": entry}),
        }
    }

    fn read(node: &Node, key: &str, reader: &mut Reader) -> Option<Self> {
        let words = Self::kind().words;
        let mut plugins = Self::new();
        for entry in reader.maps(node, key, &words)? {
            if entry.map().is_none() {
                return reader.wrong(entry, key, words);
            }
            let mut plugin = Plugin::default();
            for (name, value) in reader.pairs(entry, key) {
                let full = joined(key, name);
                match name {
                    "name" => plugin.name = reader.text(value, &full)?,
                    "library_path" => plugin.library_path = reader.text(value, &full)?.into(),
                    "init_config" => plugin.init_config = init_config(value),
                    // Nothing is as good as an empty text.
                    "open_params" if value.body == Body::Null => {}
                    "open_params" => plugin.open_params = reader.text(value, &full)?,
                    _ => reader.unknown(value, &full),
                }
            }
            if plugin.name.is_empty() || plugin.library_path.as_os_str().is_empty() {
                return reader.wrong(entry, key, words);
            }
            if plugin.is_built_in()
                && let Some(node) = entry.get("init_config")
                && let Err(WrongSetting { key: below, expected }) =
                    container_plugin::read(&plugin.init_config, &ContainerEngines::default())
            {
                let full = joined(key, "init_config");
                let full = if below.is_empty() { full } else { joined(&full, &below) };
                let place = below.split('.').try_fold(node, |node, part| node.get(part));
                let place = place.unwrap_or(node);
                reader.refuse(place, &full, wrong_value(place, expected));
                return None;
            }
            plugins.push(plugin);
        }
        Some(plugins)
    }

    fn json(&self) -> Json {
        self.iter()
            .map(|plugin| {
                json!({
                    "name": plugin.name,
                    "library_path": plugin.library_path.to_string_lossy(),
                    "init_config": plugin.init_config,
                    "open_params": plugin.open_params,
                })
            })
            .collect()
    }
}

/// The settings of a plugin as JSON; what looks like a number or a truth value is one.
pub(crate) fn init_config(node: &Node) -> Json {
    match &node.body {
        Body::Null => Json::Null,
        Body::Scalar(text) => {
            let number = scalar::whole(text).and_then(|number| i64::try_from(number).ok());
            let real = || scalar::real(text).and_then(serde_json::Number::from_f64);
            number
                .map(Json::from)
                .or_else(|| real().map(Json::from))
                .or_else(|| scalar::flag(text).map(Json::from))
                .unwrap_or_else(|| Json::from(text.as_str()))
        }
        Body::List(list) => list.iter().map(init_config).collect(),
        Body::Map(pairs) => Json::Object(
            pairs
                .iter()
                .map(|(key, value)| (key.clone(), init_config(value)))
                .collect::<Map<_, _>>(),
        ),
    }
}
