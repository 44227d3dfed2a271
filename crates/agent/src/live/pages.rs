//! The pages of the web server.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value as Json, json};

use super::figures::Figures;
use super::status::Board;
use crate::web::Page;

/// A pipeline that has not polled for so long hangs.
const HANGS: Duration = Duration::from_secs(30);

/// What pages are made from.
pub(super) struct Pages {
    pub(super) board: Arc<Board>,
    /// What `/versions` says.
    pub(super) versions: Json,
    /// What `/metrics` says, and where the page about health is.
    pub(super) figures: Arc<Figures>,
}

impl Pages {
    /// The page of a path.
    pub(super) fn page(&self, path: &str) -> Option<Page> {
        if path == self.figures.shown().health {
            return Some(health(self.board.silent(), self.board.reload_error()));
        }
        match path {
            "/versions" => Some(Page::json(self.versions.to_string())),
            "/metrics" => self.figures.page(),
            _ => None,
        }
    }
}

/// Falco's page, to the byte, where all is well: scripts compare it. `silent`: how long ago the pipeline polled last;
/// `rejected`: why the last reload was.
fn health(silent: Duration, rejected: Option<String>) -> Page {
    if silent > HANGS {
        let detail = format!("the pipeline has not polled for {} s", silent.as_secs());
        let text = json!({ "status": "hangs", "detail": detail }).to_string();
        return Page { status: 503, ..Page::json(text) };
    }
    Page::json(match rejected {
        None => "{\"status\": \"ok\"}".to_owned(),
        Some(why) => format!(
            "{{\"status\": \"ok\", \"detail\": {}}}",
            Json::from(format!("the last reload was rejected, what ran before runs on: {why}"))
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn health_says_what_is_not_well() {
        let check = |silent: u64, rejected: Option<&str>, status: u16, expected: &str| {
            let page = health(Duration::from_secs(silent), rejected.map(str::to_owned));
            assert_eq!((page.status, page.text.as_str()), (status, expected));
            assert_eq!(page.media_type, "application/json");
            serde_json::from_str::<Json>(&page.text).unwrap();
        };
        check(30, None, 200, "{\"status\": \"ok\"}");
        let detail = r#"{"status": "ok", "detail": "the last reload was rejected, what ran before runs on: a.yaml:1:1: no \"x\""}"#;
        check(0, Some("a.yaml:1:1: no \"x\""), 200, detail);
        let hangs = r#"{"detail":"the pipeline has not polled for 31 s","status":"hangs"}"#;
        check(31, Some("a"), 503, hangs);
    }
}
