//! Plugins as Falco lists them: those the configuration loads.

use std::fmt::Write as _;

use peregrine_config::Plugin;

use super::version;

/// What is said of the plugin that is built in.
fn container() -> String {
    format!(
        "Name: container\nDescription: Falco container metadata enrichment Plugin\nContact: github.com/falcosecurity/plugins\nVersion: {}\nCapabilities: \n  - Field Extraction\n  - Event Parsing\n  - Async Events\n",
        version::CONTAINER
    )
}

/// All plugins.
pub(super) fn list(plugins: &[Plugin]) -> String {
    let mut out = format!("{} Plugins Loaded:\n\n", plugins.len());
    for _ in plugins.iter().filter(|plugin| plugin.is_built_in()) {
        let _ = writeln!(out, "{}", container());
    }
    out + "\n"
}

/// One plugin, by its name or its library.
pub(super) fn info(plugins: &[Plugin], name: &str) -> Result<String, String> {
    let named =
        |plugin: &&Plugin| plugin.name == name || plugin.library_path.display().to_string() == name;
    let Some(plugin) = plugins.iter().find(named) else {
        return Err(format!("can't find plugin and no config for plugin \"{name}\""));
    };
    if plugin.is_built_in() {
        return Ok(container());
    }
    Err(format!("the plugin {name} is not supported yet"))
}
