//! The settings of Falco's plugin `container` (`init_config`), which say what `container_engines` says.

use std::path::PathBuf;

use serde_json::{Map, Value as Json};

use crate::model::containers::ContainerEngines;
use crate::values::Whole;

/// A setting that is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct WrongSetting {
    /// Its key below `init_config`; empty: the whole.
    pub(crate) key: String,
    /// What would be right.
    pub(crate) expected: &'static str,
}

const ENGINES: &str = "one of docker, podman, containerd, cri, lxc, libvirt_lxc, bpm";
const KEYS: &str = "one of label_max_len, with_size, hooks, log_level, engines";

/// The engines, with what a plugin's settings (a map, or a text of JSON) say of them in place of what
/// `engines` said.
pub(crate) fn read(
    init_config: &Json,
    engines: &ContainerEngines,
) -> Result<ContainerEngines, WrongSetting> {
    let mut engines = engines.clone();
    let parsed;
    let map = match init_config {
        Json::Null => return Ok(engines),
        Json::String(text) if text.trim().is_empty() => return Ok(engines),
        Json::String(text) => {
            parsed = serde_json::from_str::<Json>(text).unwrap_or_default();
            map(&parsed, "")?
        }
        other => map(other, "")?,
    };
    for (key, value) in map {
        match &**key {
            "label_max_len" => {
                let number = value.as_i64().filter(|number| (0..=65_536).contains(number));
                engines.label_max_len =
                    Whole(number.ok_or_else(|| wrong(key, "a whole number from 0 to 65536"))?);
            }
            // No field shows the size; a container is looked up when its first process runs, and that waits
            // for the answer; notices have a level of their own.
            "with_size" => drop(flag(value, key)?),
            "hooks" => drop(texts(value, key)?),
            "log_level" => drop(text(value, key)?),
            "engines" => {
                for (engine, value) in self::map(value, key)? {
                    set(&mut engines, engine, value)?;
                }
            }
            _ => return Err(wrong(key, KEYS)),
        }
    }
    Ok(engines)
}

/// Takes the settings of one engine.
fn set(engines: &mut ContainerEngines, engine: &str, value: &Json) -> Result<(), WrongSetting> {
    let full = format!("engines.{engine}");
    let mut none = Vec::new();
    let (enabled, sockets) = match engine {
        "docker" => (&mut engines.docker.enabled, &mut engines.docker.sockets),
        "podman" => (&mut engines.podman.enabled, &mut engines.podman.sockets),
        "containerd" => (&mut engines.containerd.enabled, &mut engines.containerd.sockets),
        "cri" => (&mut engines.cri.enabled, &mut engines.cri.sockets),
        "lxc" => (&mut engines.lxc.enabled, &mut none),
        "libvirt_lxc" => (&mut engines.libvirt_lxc.enabled, &mut none),
        "bpm" => (&mut engines.bpm.enabled, &mut none),
        _ => return Err(wrong(&full, ENGINES)),
    };
    for (key, value) in map(value, &full)? {
        let full = format!("{full}.{key}");
        match &**key {
            "enabled" => *enabled = flag(value, &full)?,
            "sockets" => {
                *sockets = texts(value, &full)?.into_iter().map(PathBuf::from).collect();
            }
            _ => return Err(wrong(&full, "enabled or sockets")),
        }
    }
    Ok(())
}

fn wrong(key: &str, expected: &'static str) -> WrongSetting {
    WrongSetting { key: key.to_owned(), expected }
}

fn map<'j>(value: &'j Json, key: &str) -> Result<&'j Map<String, Json>, WrongSetting> {
    value.as_object().ok_or_else(|| wrong(key, "a map of keys and values"))
}

fn flag(value: &Json, key: &str) -> Result<bool, WrongSetting> {
    value.as_bool().ok_or_else(|| wrong(key, "true or false"))
}

fn text(value: &Json, key: &str) -> Result<String, WrongSetting> {
    value.as_str().map(str::to_owned).ok_or_else(|| wrong(key, "a text"))
}

fn texts(value: &Json, key: &str) -> Result<Vec<String>, WrongSetting> {
    let list = value.as_array().ok_or_else(|| wrong(key, "a list of texts"))?;
    list.iter().map(|one| text(one, key)).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_plugin_says_what_container_engines_says() {
        let own = ContainerEngines { label_max_len: Whole(7), ..ContainerEngines::default() };
        let said = json!({
            "with_size": true, "hooks": ["create"], "log_level": "info", "engines": {
                "docker": {"enabled": false}, "lxc": {"enabled": false},
                "cri": {"enabled": true, "sockets": ["/a", "/b"]},
            },
        });
        let mut expected = own.clone();
        (expected.docker.enabled, expected.lxc.enabled) = (false, false);
        expected.cri.sockets = vec!["/a".into(), "/b".into()];
        assert_eq!(read(&said, &own), Ok(expected.clone()));
        assert_eq!(read(&Json::from(said.to_string()), &own), Ok(expected));
        let label = read(&json!({"label_max_len": 50}), &own).map(|engines| engines.label_max_len);
        assert_eq!(label, Ok(Whole(50)));
        for nothing in [Json::Null, json!(""), json!({})] {
            assert_eq!(read(&nothing, &own), Ok(own.clone()));
        }
    }

    #[test]
    fn settings_that_are_none_are_named() {
        let check = |said: &Json, key: &str, expected: &str| {
            let found = read(said, &ContainerEngines::default()).unwrap_err();
            assert_eq!((&*found.key, found.expected), (key, expected), "{said}");
        };
        check(&json!("hello"), "", "a map of keys and values");
        check(&json!(["x"]), "", "a map of keys and values");
        check(&json!({"nosuch": 1}), "nosuch", KEYS);
        check(&json!({"label_max_len": "x"}), "label_max_len", "a whole number from 0 to 65536");
        check(&json!({"label_max_len": -1}), "label_max_len", "a whole number from 0 to 65536");
        check(&json!({"hooks": "create"}), "hooks", "a list of texts");
        check(&json!({"engines": {"rkt": {}}}), "engines.rkt", ENGINES);
        let one = |value: Json| json!({"engines": {"cri": value}});
        check(&one(json!(true)), "engines.cri", "a map of keys and values");
        check(&one(json!({"enabled": 1})), "engines.cri.enabled", "true or false");
        check(&one(json!({"sockets": [5]})), "engines.cri.sockets", "a text");
        check(&one(json!({"socket": []})), "engines.cri.socket", "enabled or sockets");
    }
}
