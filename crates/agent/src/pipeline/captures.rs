//! What captures on a match get of the pipeline besides events, and who answers matches.

use std::time::Duration;

use peregrine_alert::AlertSink;
use peregrine_state::{HostInfo, StaleThreads};

use super::Pipeline;
use crate::notice::CaptureNotice;
use crate::on_match::{Feed, LastCaptures, Settings};
use crate::parking::Parking;
use crate::respond::ResponseFeed;

impl<H: HostInfo, S: AlertSink> Pipeline<H, S> {
    /// Passes matches on to responses.
    #[must_use]
    pub(crate) fn with_responses(mut self, responses: Option<ResponseFeed>) -> Self {
        self.responses = responses;
        self
    }

    /// The same while it runs.
    pub(crate) fn set_responses(&mut self, responses: Option<ResponseFeed>) {
        self.responses = responses;
    }

    /// Has captures written of what happens around matches. Whoever does so calls [`Self::pass_captures`]
    /// often.
    #[must_use]
    pub(crate) fn with_captures(mut self, captures: Option<Feed>) -> Self {
        self.captures = captures;
        if let Some(captures) = &mut self.captures {
            captures.follow_names(self.generation.follow_names);
        }
        self
    }

    /// Has captures written as other settings say, or none, while a host is watched. Returns what the former ones
    /// leave to be waited for, where they are others.
    ///
    /// # Errors
    /// When there can be no thread: captures are written as before.
    pub(crate) fn set_captures(
        &mut self,
        settings: Option<Settings>,
    ) -> std::io::Result<Option<LastCaptures>> {
        if settings.as_ref() == self.captures.as_ref().map(Feed::settings) {
            return Ok(None);
        }
        let feed = |settings| Feed::start_after(settings, self.captures.as_ref());
        let mut feed = settings.map(feed).transpose()?;
        let held_from = self.held_from();
        if let Some(feed) = &mut feed {
            feed.follow_names(self.generation.follow_names);
            // It has the host as it is from here on.
            feed.pass(held_from, self.stream.state_mut(), &self.host);
        }
        Ok(std::mem::replace(&mut self.captures, feed).map(Feed::retire))
    }

    /// The clock was set forward by so many nanoseconds.
    pub(crate) fn clock_moved(&mut self, by: i64) {
        self.stream.state_mut().clock_moved(by);
        if let Some(captures) = &mut self.captures {
            captures.clock_moved(by);
        }
    }

    /// Removes threads whose exit was lost.
    pub(crate) fn remove_stale(&mut self, gone: &StaleThreads) {
        self.stream.state_mut().remove_stale(gone);
        if let Some(captures) = &mut self.captures {
            captures.stale(gone);
        }
    }

    /// Has the state take no more than so many bytes, and captures keep nothing in memory for now.
    pub(crate) fn shed_to(&mut self, most: usize) {
        self.stream.state_mut().shed_to(most);
        if let Some(captures) = &mut self.captures {
            captures.shed(most);
        }
    }

    /// Passes on what happened to the thread that writes captures. Returns what there is to say about them.
    pub(crate) fn pass_captures(&mut self) -> Vec<CaptureNotice> {
        let held_from = self.held_from();
        let Some(captures) = &mut self.captures else { return Vec::new() };
        captures.pass(held_from, self.stream.state_mut(), &self.host);
        captures.notices()
    }

    /// The first event that may still turn out to match: its container is not described yet.
    fn held_from(&self) -> u64 {
        self.parking.as_ref().and_then(Parking::first).unwrap_or(u64::MAX)
    }

    /// The first snapshot is complete.
    pub(crate) fn begin_captures(&mut self) {
        if let Some(captures) = &mut self.captures {
            captures.begin();
        }
    }

    /// Has captures written to their end, and waits for that, `patience` at most. Returns what there is to
    /// say about them.
    pub(crate) fn finish_captures(&mut self, patience: Duration) -> Vec<CaptureNotice> {
        let Some(captures) = &mut self.captures else { return Vec::new() };
        captures.finish(patience);
        captures.notices()
    }
}
