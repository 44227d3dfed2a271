//! What the `falco` personality says it is: the release Peregrine is compatible with.

use serde_json::{Value as Json, json};

/// Falco's version.
pub(crate) const FALCO: &str = "0.44.1";
const LIBS: &str = "0.25.4";
const PLUGIN_API: &str = "3.12.0";
/// The version of its rule engine.
pub(crate) const ENGINE: &str = "0.62.0";
const DRIVER_API: &str = "10.0.0";
/// The schema of events Falco says it has.
pub(super) const SCHEMA: &str = "4.3.0";
/// The version of the plugin for containers, which is built in.
pub(super) const CONTAINER: &str = "0.7.1";
const DEFAULT_DRIVER: &str = "10.2.0+driver";

/// As text, for `--version`.
pub(super) fn text() -> String {
    format!(
        "Falco version: {FALCO}\nLibs version:  {LIBS}\nPlugin API:    {PLUGIN_API}\nEngine:        {ENGINE}\nDriver:\n  API version:    {DRIVER_API}\n  Schema version: {SCHEMA}\n  Default driver: {DEFAULT_DRIVER}\n"
    )
}

/// As JSON: `--version`, `--support` and the web server have it.
pub(crate) fn json() -> Json {
    let minor = ENGINE.split('.').nth(1).unwrap_or_default();
    json!({
        "default_driver_version": DEFAULT_DRIVER,
        "driver_api_version": DRIVER_API,
        "driver_schema_version": SCHEMA,
        "engine_version": minor,
        "engine_version_semver": ENGINE,
        "falco_version": FALCO,
        "libs_version": LIBS,
        "plugin_api_version": PLUGIN_API,
    })
}
