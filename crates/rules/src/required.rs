//! What a file requires: an engine, plugins.

use peregrine_yaml::{Body, Node};
use serde_json::json;

use crate::ENGINE_VERSION;
use crate::diagnostic::Link;
use crate::item::{Item, ItemResult, link};
use crate::kind::{ItemError, ShapeError};

pub(crate) fn engine_version(item: &Item<'_, '_>) -> ItemResult<(u64, u64, u64)> {
    let (text, version_node) = item.needed("required_engine_version")?;
    let mut parts = text.split('.').map(str::parse::<u64>);
    let version = match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some(Ok(minor)), None, None, None) => (0, minor, 0),
        (Some(Ok(major)), Some(Ok(minor)), Some(Ok(patch)), None) => (major, minor, patch),
        _ => {
            return Err(
                item.error_of(version_node, ShapeError::EngineVersion { text: text.to_owned() })
            );
        }
    };
    if version.0 == ENGINE_VERSION.0 && version <= ENGINE_VERSION {
        return Ok(version);
    }
    Err(item.error_of(version_node, ItemError::EngineVersion { required: version }))
}

/// Plugins whose work is built in, with the version of the plugin it stands for.
const BUILT_IN: [(&str, (u64, u64, u64)); 1] = [("container", (0, 7, 1))];

/// The text of a key of a required plugin.
fn part<'n>(item: &Item<'n, '_>, links: &[Link], node: &'n Node, key: &str) -> ItemResult<&'n str> {
    let Some(value) = node.get(key) else {
        return Err(item.error_in(links, ShapeError::MissingKey { key: key.to_owned() }));
    };
    let of_value = |kind: ShapeError| {
        let links = [links, &[link("value for", key, value.place)]].concat();
        item.error_in(&links, kind)
    };
    match &value.body {
        Body::Null => Err(item.error_in(links, ShapeError::EmptyKey { key: key.to_owned() })),
        Body::Scalar(text) if text.is_empty() => Err(of_value(ShapeError::EmptyValue)),
        Body::Scalar(text) => Ok(text),
        _ => Err(of_value(ShapeError::NotScalar)),
    }
}

pub(crate) fn plugin_versions(
    item: &Item<'_, '_>,
    unmet: &mut Vec<String>,
    plugins: &mut Vec<serde_json::Value>,
) -> ItemResult<()> {
    let Some(Body::List(list)) = item.node.get(item.kind).map(|node| &node.body) else {
        return Err(item.wrong(ShapeError::PluginsNotSequence));
    };
    for required in list {
        let unnamed = link("required plugin versions entry", "", required.place);
        if required.map().is_none() {
            return Err(item.error_in(&[unnamed], ShapeError::PluginNotMapping));
        }
        let name = part(item, std::slice::from_ref(&unnamed), required, "name")?;
        let entry = Link { name: name.to_owned(), ..unnamed };
        let version = part(item, std::slice::from_ref(&entry), required, "version")?;
        let mut any = vec![(name, version)];
        if let Some(alternatives) = required.get("alternatives") {
            let Body::List(list) = &alternatives.body else {
                return Err(item.error_in(&[entry], ShapeError::AlternativesNotSequence));
            };
            for other in list {
                let unnamed = link("required plugin versions alternative", "", other.place);
                let links = [entry.clone(), unnamed.clone()];
                if other.map().is_none() {
                    return Err(item.error_in(&links, ShapeError::AlternativeNotMapping));
                }
                let name = part(item, &links, other, "name")?;
                let links = [entry.clone(), Link { name: name.to_owned(), ..unnamed }];
                any.push((name, part(item, &links, other, "version")?));
            }
        }
        let mut met = false;
        for (place, (name, version)) in any.iter().enumerate() {
            let refuse = |kind: ItemError| item.error_in(std::slice::from_ref(&entry), kind);
            let numbers: Option<Vec<u64>> =
                version.split('.').map(|part| part.parse().ok()).collect();
            let Some([major, minor, patch]) = numbers.as_deref() else {
                let (plugin, version) = ((*name).to_owned(), (*version).to_owned());
                return Err(refuse(ItemError::PluginVersion { plugin, version }));
            };
            if any.iter().take(place).any(|(before, _)| before == name) {
                return Err(refuse(ItemError::PluginTwice { plugin: (*name).to_owned() }));
            }
            met |= BUILT_IN.iter().any(|(known, have)| {
                known == name && have.0 == *major && *have >= (*major, *minor, *patch)
            });
        }
        let reported: Vec<_> =
            any.iter().map(|(name, version)| json!({"name": name, "version": version})).collect();
        if let [(name, version), ..] = any.as_slice() {
            plugins.push(json!({
                "name": name, "version": version, "alternatives": reported.get(1..).unwrap_or_default(),
            }));
        }
        if !met {
            let any: Vec<String> =
                any.iter().map(|(name, version)| format!("{name} (>= {version})")).collect();
            unmet.push(format!(
                "Plugin requirement not satisfied, must load one of: {}",
                any.join(", ")
            ));
        }
    }
    Ok(())
}
