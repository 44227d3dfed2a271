//! Pages of alerts, the newest first, merged over the files.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

use crate::answer::{Budget, Hit, Page, Window};
use crate::codec::Codec;
use crate::error::StoreError;
use crate::plan::Required;
use crate::query::Query;
use crate::sqlite::read;
use crate::store::{Part, Store};

/// Alerts that are read at once: first, and at most.
const FIRST: usize = 64;
const MOST: usize = 1024;

/// Which page.
#[derive(Debug, Clone, Copy)]
pub struct PageRequest {
    /// Alerts of this time.
    pub window: Window,
    /// Alerts below this number: where the last page ended.
    pub before: Option<i64>,
    /// Alerts at most.
    pub limit: usize,
    /// How long it may take.
    pub budget: Budget,
}

/// The ids of the alerts a query can be true for in a time.
pub(crate) fn ids(query: &Query, window: Window) -> Range<i64> {
    let (first, last) = query.plan.times;
    let from = window.from_us.unwrap_or(0).max(first).max(0);
    let to = window.to_us.unwrap_or(i64::MAX).min(last.saturating_add(1)).max(0);
    let id = |microseconds: i64| microseconds.checked_mul(1024).unwrap_or(i64::MAX);
    if query.plan.required == Required::None { 0..0 } else { id(from)..id(to) }
}

/// What of one file was not looked at yet, and what was found in it.
pub(crate) struct Reading<'q> {
    query: &'q Query,
    expression: Option<&'q str>,
    part: Arc<Part>,
    codec: Arc<Codec>,
    left: Range<i64>,
    found: VecDeque<Hit>,
    chunk: usize,
    pub(crate) read: u64,
}

impl<'q> Reading<'q> {
    pub(crate) fn new(
        query: &'q Query,
        expression: Option<&'q str>,
        part: &Arc<Part>,
        left: Range<i64>,
    ) -> Self {
        let (part, codec) = (Arc::clone(part), part.codec());
        let (found, chunk, read) = (VecDeque::new(), FIRST, 0);
        Self { query, expression, part, codec, left, found, chunk, read }
    }

    /// The newest id that its next alert may have.
    fn bound(&self) -> Option<i64> {
        match self.found.front() {
            Some(hit) => Some(hit.id),
            None => (!self.left.is_empty()).then(|| self.left.end - 1),
        }
    }

    /// Looks at some more alerts.
    pub(crate) fn advance(&mut self) -> Result<(), StoreError> {
        let failed = || StoreError::file("read", &self.part.path);
        // Its dictionary may have come since.
        self.codec = self.part.codec();
        let mut unpacker = self.codec.unpacker().map_err(failed())?;
        let rows = self.part.ask(|connection| {
            read::bodies(connection, &mut unpacker, self.expression, &self.left, self.chunk)
        })?;
        self.read += rows.len() as u64;
        self.left.end = match rows.last() {
            Some((id, _)) if rows.len() == self.chunk => *id,
            _ => self.left.start,
        };
        self.chunk = (self.chunk * 2).min(MOST);
        for (id, body) in rows {
            if self.query.holds_for(id, &body) {
                self.found.push_back(Hit { id, body });
            }
        }
        Ok(())
    }

    /// What was found since this was asked last.
    pub(crate) fn take_found(&mut self) -> VecDeque<Hit> {
        std::mem::take(&mut self.found)
    }

    pub(crate) fn is_done(&self) -> bool {
        self.left.is_empty()
    }
}

impl Store {
    /// The newest alerts that a query is true for.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub fn search(&self, query: &Query, request: &PageRequest) -> Result<Page, StoreError> {
        let mut range = ids(query, request.window);
        range.end = range.end.min(request.before.unwrap_or(i64::MAX));
        let expression = query.plan.required.expression();
        let mut readings: Vec<Reading<'_>> = self
            .parts()
            .iter()
            .filter_map(|part| {
                let ids = part.overlap(&range)?;
                Some(Reading::new(query, expression.as_deref(), part, ids))
            })
            .collect();
        let mut page = Page { hits: Vec::new(), next: None, partial: false, read: 0 };
        // Whoever goes on with `next` comes to an end: each page gets further down.
        let begin = readings.iter().filter_map(Reading::bound).max();
        loop {
            // Of two with the same bound the one first that was not looked at: what it has may be newer.
            let bounds = readings
                .iter_mut()
                .filter_map(|one| Some(((one.bound()?, one.found.is_empty()), one)));
            let newest = bounds.max_by_key(|(bound, _)| *bound);
            let Some(((bound, _), reading)) = newest else { break };
            if page.hits.len() >= request.limit {
                page.next = Some(bound.saturating_add(1));
                break;
            }
            if let Some(hit) = reading.found.pop_front() {
                page.hits.push(hit);
                continue;
            }
            if Some(bound) < begin && request.budget.is_spent() {
                page.partial = true;
                page.next = Some(bound.saturating_add(1));
                break;
            }
            reading.advance()?;
        }
        page.read = readings.iter().map(|reading| reading.read).sum();
        Ok(page)
    }
}
