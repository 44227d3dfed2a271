//! Which plugins Falco loads.

use std::path::PathBuf;

use super::error::Error;
use super::items;
use super::values::Settings;
use crate::plugins::{CONTAINER, LoadPlugins};
use crate::tree::{Body, Node};

/// Where a plugin's library is looked for that has no absolute path.
pub const PLUGIN_FOLDER: &str = "/usr/share/falco/plugins/";
/// The plugins that are loaded, in order: those `load_plugins` names, all where it says nothing.
pub(super) fn read(tree: &mut Node, file: &str) -> Result<Vec<crate::Plugin>, Error> {
    let chosen = items::texts(tree, "load_plugins")?;
    let is_chosen = tree.get("load_plugins").is_some();
    let plugins = items::plugins(tree).map_err(|error| match error {
        Error::BadConversion(place) => Error::Plugins { file: file.to_owned(), place },
        other => other,
    })?;
    if !is_chosen {
        return Ok(plugins);
    }
    let find = |name: String| {
        let plugin = plugins.iter().find(|plugin| plugin.name == name).cloned();
        plugin.ok_or(Error::NoSuchPlugin(name))
    };
    chosen.into_iter().map(find).collect()
}

/// The path of a plugin's library.
pub(super) fn library(path: &str) -> PathBuf {
    if path.is_empty() || path.starts_with('/') {
        PathBuf::from(path)
    } else {
        PathBuf::from(format!("{PLUGIN_FOLDER}{path}"))
    }
}

impl Settings {
    /// The names of the plugins that are loaded; the built-in one by its own.
    pub(super) fn loaded_names(&self) -> LoadPlugins {
        let name = |plugin: &crate::Plugin| {
            if plugin.is_built_in() { CONTAINER.to_owned() } else { plugin.name.clone() }
        };
        LoadPlugins(self.plugins.iter().map(name).collect())
    }
}

/// Whether a node says nothing.
pub(super) fn is_empty(node: &Node) -> bool {
    node.body == Body::Null
}
