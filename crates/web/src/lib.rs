//! The page of the hub: the files that browsers load, as they lie in `assets`.
//!
//! In: nothing. Out: bytes and their types by path. Never: a build step, code of others, a script or style inside HTML:
//! the page runs under a policy that allows neither.

/// A file of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asset {
    /// Its path, without the first slash; of the page itself it is empty.
    pub path: &'static str,
    /// Its type, as `Content-Type` has it.
    pub kind: &'static str,
    /// Its bytes.
    pub bytes: &'static [u8],
}

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const JSON: &str = "application/json";
const SVG: &str = "image/svg+xml";

macro_rules! asset {
    ($path:literal, $file:literal, $kind:expr) => {
        Asset { path: $path, kind: $kind, bytes: include_bytes!(concat!("../assets/", $file)) }
    };
}

/// What browsers may load only from here, and nothing else.
pub const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// All files.
pub const ASSETS: &[Asset] = &[
    asset!("", "index.html", HTML),
    asset!("style.css", "style.css", CSS),
    asset!("icon.svg", "icon.svg", SVG),
    asset!("app/main.js", "app/main.js", SCRIPT),
    asset!("app/api.js", "app/api.js", SCRIPT),
    asset!("app/bars.js", "app/bars.js", SCRIPT),
    asset!("app/drawer.js", "app/drawer.js", SCRIPT),
    asset!("app/element.js", "app/element.js", SCRIPT),
    asset!("app/facets.js", "app/facets.js", SCRIPT),
    asset!("app/live.js", "app/live.js", SCRIPT),
    asset!("app/state.js", "app/state.js", SCRIPT),
    asset!("app/table.js", "app/table.js", SCRIPT),
    asset!("app/text.js", "app/text.js", SCRIPT),
    asset!("text/en.json", "text/en.json", JSON),
    asset!("text/zh.json", "text/zh.json", JSON),
];

/// The file at a path, without the first slash.
pub fn asset(path: &str) -> Option<&'static Asset> {
    ASSETS.iter().find(|asset| asset.path == path)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn text(path: &str) -> &'static str {
        std::str::from_utf8(asset(path).unwrap().bytes).unwrap()
    }

    #[test]
    fn every_language_has_every_text_and_each_is_used() {
        let keys = |path: &str| {
            let texts: serde_json::Value = serde_json::from_str(text(path)).unwrap();
            texts.as_object().unwrap().keys().cloned().collect::<BTreeSet<_>>()
        };
        let english = keys("text/en.json");
        assert_eq!(english, keys("text/zh.json"));
        let scripts: String =
            ASSETS.iter().filter(|one| one.kind == SCRIPT).map(|one| text(one.path)).collect();
        for key in &english {
            let prefix = key.split('.').next().unwrap_or_default();
            let whole = scripts.contains(&format!("\"{key}\""));
            assert!(whole || scripts.contains(&format!("`{prefix}.$")), "{key} is used by nobody");
        }
    }

    #[test]
    fn the_page_needs_nothing_from_elsewhere_and_runs_nothing_inline() {
        for one in ASSETS.iter().filter(|one| one.kind != SVG) {
            // A name, and no place to load from.
            let file = text(one.path).replace("http://www.w3.org/2000/svg", "");
            for part in ["https:", "http:", "innerHTML", "eval(", "style=", " onclick="] {
                assert!(!file.contains(part), "{} has {part}", one.path);
            }
        }
        // What a script imports is there.
        for one in ASSETS.iter().filter(|one| one.kind == SCRIPT) {
            for import in text(one.path).split("from \"./").skip(1) {
                let name = import.split('"').next().unwrap_or_default();
                assert!(asset(&format!("app/{name}")).is_some(), "{} imports {name}", one.path);
            }
        }
        let all: usize = ASSETS.iter().map(|one| one.bytes.len()).sum();
        assert!(all < 150 << 10, "{all} bytes");
    }
}
