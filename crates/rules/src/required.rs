//! What a file requires: an engine, plugins.

use peregrine_yaml::{Body, Node};

use crate::ENGINE_VERSION;
use crate::diagnostic::{Code, Link};
use crate::item::{Item, Told, link};

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

/// The text of a key of a required plugin.
fn part<'n>(item: &Item<'n, '_>, links: &[Link], node: &'n Node, key: &str) -> Told<&'n str> {
    let wrong = |message: String| item.error_in(links, Code::ErrYamlValidate, message);
    let Some(value) = node.get(key) else {
        return Err(wrong(format!("Item has no mapping for key '{key}'")));
    };
    let of_value = |message: &str| {
        let links = [links, &[link("value for", key, value.place)]].concat();
        item.error_in(&links, Code::ErrYamlValidate, message)
    };
    match &value.body {
        Body::Null => Err(wrong(format!("Mapping for key '{key}' is empty"))),
        Body::Scalar(text) if text.is_empty() => Err(of_value("Value must be non-empty")),
        Body::Scalar(text) => Ok(text),
        _ => Err(of_value("Value is not a scalar value")),
    }
}

pub(crate) fn plugin_versions(item: &Item<'_, '_>, unmet: &mut Vec<String>) -> Told<()> {
    let Some(Body::List(list)) = item.node.get(item.kind).map(|node| &node.body) else {
        return Err(item.wrong("Value of required_plugin_versions must be a sequence"));
    };
    for required in list {
        let unnamed = link("required plugin versions entry", "", required.place);
        let wrong =
            |links: &[Link], message: &str| item.error_in(links, Code::ErrYamlValidate, message);
        if required.map().is_none() {
            return Err(wrong(&[unnamed], "Plugin version must be a mapping"));
        }
        let name = part(item, std::slice::from_ref(&unnamed), required, "name")?;
        let entry = Link { name: name.to_owned(), ..unnamed };
        let version = part(item, std::slice::from_ref(&entry), required, "version")?;
        let mut any = vec![(name, version)];
        if let Some(alternatives) = required.get("alternatives") {
            let Body::List(list) = &alternatives.body else {
                let message = "Value of plugin version alternatives must be a sequence";
                return Err(wrong(&[entry], message));
            };
            for other in list {
                let unnamed = link("required plugin versions alternative", "", other.place);
                let links = [entry.clone(), unnamed.clone()];
                if other.map().is_none() {
                    return Err(wrong(&links, "Plugin version alternative must be a mapping"));
                }
                let name = part(item, &links, other, "name")?;
                let links = [entry.clone(), Link { name: name.to_owned(), ..unnamed }];
                any.push((name, part(item, &links, other, "version")?));
            }
        }
        let mut met = false;
        for (place, (name, version)) in any.iter().enumerate() {
            let refuse = |message: String| {
                item.error_in(std::slice::from_ref(&entry), Code::ErrValidate, message)
            };
            let numbers: Option<Vec<u64>> =
                version.split('.').map(|part| part.parse().ok()).collect();
            let Some([major, minor, patch]) = numbers.as_deref() else {
                return Err(refuse(format!(
                    "Invalid required version '{version}' for plugin '{name}'"
                )));
            };
            if any.iter().take(place).any(|(before, _)| before == name) {
                return Err(refuse(format!(
                    "Defined multiple alternative version requirements for plugin '{name}'"
                )));
            }
            met |= BUILT_IN.iter().any(|(known, have)| {
                known == name && have.0 == *major && *have >= (*major, *minor, *patch)
            });
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
