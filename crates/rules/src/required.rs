//! What a file requires: an engine, plugins.

use crate::ENGINE_VERSION;
use crate::diagnostic::Code;
use crate::item::{Item, Told};
use crate::yaml::{Body, Node};

pub(crate) fn engine_version(item: &Item<'_, '_>) -> Told<()> {
    let (text, place) = item.needed("required_engine_version")?;
    let mut parts = text.split('.').map(str::parse::<u64>);
    let version = match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some(Ok(minor)), None, None, None) => (0, minor, 0),
        (Some(Ok(major)), Some(Ok(minor)), Some(Ok(patch)), None) => (major, minor, patch),
        _ => {
            let message = format!(
                "Unable to parse engine version '{text}' as a semver string. Expected \"x.y.z\" semver format."
            );
            return Err(item.error(place, Code::ErrYamlValidate, message));
        }
    };
    if version.0 == ENGINE_VERSION.0 && version <= ENGINE_VERSION {
        return Ok(());
    }
    let show = |(major, minor, patch): (u64, u64, u64)| format!("{major}.{minor}.{patch}");
    let message = format!(
        "Rules require engine version {}, but engine version is {}",
        show(version),
        show(ENGINE_VERSION)
    );
    Err(item.error(place, Code::ErrValidate, message))
}

/// Plugins whose work is built in, with the version of the plugin it stands for.
const BUILT_IN: [(&str, (u64, u64, u64)); 1] = [("container", (0, 7, 1))];

pub(crate) fn plugin_versions(item: &Item<'_, '_>, unmet: &mut Vec<String>) -> Told<()> {
    let Some(Body::List(list)) = item.node.get(item.kind).map(|node| &node.body) else {
        return Err(item.wrong(item.node.place, "Value is not a sequence"));
    };
    for required in list {
        let alternatives = match required.get("alternatives").map(|node| &node.body) {
            Some(Body::List(list)) => list.as_slice(),
            _ => &[],
        };
        let mut any = Vec::new();
        let mut met = false;
        for one in std::iter::once(required).chain(alternatives) {
            let part = |key: &str| {
                one.get(key).and_then(Node::scalar).ok_or_else(|| {
                    item.wrong(one.place, format!("Item has no mapping for key '{key}'"))
                })
            };
            let (name, version) = (part("name")?, part("version")?);
            let numbers: Vec<u64> =
                version.split('.').map_while(|part| part.parse().ok()).collect();
            let [major, minor, patch] = numbers[..] else {
                let message =
                    format!("Unable to parse plugin version '{version}' as a semver string");
                return Err(item.error(one.place, Code::ErrYamlValidate, message));
            };
            met |= BUILT_IN.iter().any(|(known, have)| {
                *known == name && have.0 == major && *have >= (major, minor, patch)
            });
            any.push(format!("{name} (>= {version})"));
        }
        if !met {
            unmet.push(format!(
                "Plugin requirement not satisfied, must load one of: {}",
                any.join(", ")
            ));
        }
    }
    Ok(())
}
