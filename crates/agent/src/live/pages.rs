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
    /// The path of the page about health.
    pub(super) health: String,
    /// What `/versions` says.
    pub(super) versions: Json,
    /// What `/metrics` says; none where it is no page.
    pub(super) figures: Option<Arc<Figures>>,
}

impl Pages {
    /// The page of a path.
    pub(super) fn page(&self, path: &str) -> Option<Page> {
        if path == self.health {
            return Some(self.health());
        }
        match path {
            "/versions" => Some(Page::json(self.versions.to_string())),
            "/metrics" => self.figures.as_ref().map(|figures| figures.page()),
            _ => None,
        }
    }

    /// Falco's page, to the byte, where all is well: scripts compare it.
    fn health(&self) -> Page {
        let silent = self.board.silent();
        if silent > HANGS {
            let detail = format!("the pipeline has not polled for {} s", silent.as_secs());
            let text = json!({ "status": "hangs", "detail": detail }).to_string();
            return Page { status: 503, ..Page::json(text) };
        }
        Page::json(match self.board.reload_error() {
            None => "{\"status\": \"ok\"}".to_owned(),
            Some(why) => format!(
                "{{\"status\": \"ok\", \"detail\": {}}}",
                Json::from(format!("the last reload was rejected, what ran before runs on: {why}"))
            ),
        })
    }
}
