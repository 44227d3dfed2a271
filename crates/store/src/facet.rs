//! Facets: how many alerts have which value.

use std::collections::HashMap;
use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use peregrine_alert::Priority;
use rusqlite::Connection;
use serde::Serialize;

use crate::answer::{Budget, Exactness, FacetValue, Facets, Window};
use crate::bars::whole_hours;
use crate::error::StoreError;
use crate::page::{Reading, ids};
use crate::query::Query;
use crate::sqlite::read;
use crate::store::Store;

/// What alerts are counted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum FacetKind {
    /// The host.
    Host,
    /// The rule.
    Rule,
    /// The priority.
    Priority,
    /// The source.
    Source,
    /// The name of the process.
    Process,
    /// The name of the user.
    User,
    /// The name of the container.
    Container,
    /// The fingerprint: rule, program, parent, image and command line without what differs each time.
    Issue,
}

impl FacetKind {
    /// All of them; the place is their number in files.
    pub const ALL: [Self; 8] = [
        Self::Host,
        Self::Rule,
        Self::Priority,
        Self::Source,
        Self::Process,
        Self::User,
        Self::Container,
        Self::Issue,
    ];

    /// Those whose values have a number in each file.
    pub(crate) const NAMED: [Self; 6] =
        [Self::Host, Self::Rule, Self::Source, Self::Process, Self::User, Self::Container];

    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::Rule => "rule",
            Self::Priority => "priority",
            Self::Source => "source",
            Self::Process => "process",
            Self::User => "user",
            Self::Container => "container",
            Self::Issue => "issue",
        }
    }

    /// The field that conditions name it by.
    pub fn field(self) -> &'static str {
        match self {
            Self::Host => "hostname",
            Self::Process => "proc.name",
            Self::User => "user.name",
            Self::Container => "container.name",
            other => other.name(),
        }
    }

    /// Its number in files.
    pub(crate) fn number(self) -> i64 {
        Self::ALL
            .iter()
            .position(|kind| *kind == self)
            .and_then(|place| i64::try_from(place).ok())
            .unwrap_or(-1)
    }

    /// Its column in the table of alerts.
    pub(crate) fn column(self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::Rule => "rule",
            Self::Priority => "prio",
            Self::Source => "source",
            Self::Process => "proc",
            Self::User => "usr",
            Self::Container => "cont",
            Self::Issue => "issue",
        }
    }
}

impl fmt::Display for FacetKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A text that is no kind of facet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no facet: one of host, rule, priority, source, process, user, container, issue")]
pub struct UnknownFacet;

impl FromStr for FacetKind {
    type Err = UnknownFacet;

    fn from_str(text: &str) -> Result<Self, UnknownFacet> {
        Self::ALL.into_iter().find(|kind| kind.name() == text).ok_or(UnknownFacet)
    }
}

/// How often each value was found.
type Counts = HashMap<String, u64>;

impl Store {
    /// Which values the alerts have that a query is true for, `values` of each kind at most. Over all alerts of a time
    /// where nothing else is asked, else over the newest.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub fn facets(
        &self,
        query: &Query,
        window: Window,
        kinds: &[FacetKind],
        values: usize,
        budget: Budget,
    ) -> Result<Facets, StoreError> {
        let range = ids(query, window);
        let mut all: Vec<Counts> = kinds.iter().map(|_| Counts::new()).collect();
        let (counted, exactness) = if query.is_all() {
            (self.values_of_all(&range, kinds, &mut all)?, Exactness::Exact)
        } else {
            self.values_of_hits(query, &range, kinds, &mut all, budget)?
        };
        let sorted = |counts: Counts| {
            let mut list: Vec<FacetValue> =
                counts.into_iter().map(|(value, count)| FacetValue { value, count }).collect();
            list.sort_by(|one, other| {
                other.count.cmp(&one.count).then_with(|| one.value.cmp(&other.value))
            });
            list.truncate(values);
            list
        };
        let kinds = kinds.iter().copied().zip(all.into_iter().map(sorted)).collect();
        Ok(Facets { kinds, counted, exactness })
    }

    /// Of all alerts of a range, from the counts by hour.
    fn values_of_all(
        &self,
        range: &Range<i64>,
        kinds: &[FacetKind],
        all: &mut [Counts],
    ) -> Result<u64, StoreError> {
        let mut counted = 0;
        for part in self.parts() {
            let Some(ids) = part.overlap(range) else { continue };
            // What of the file's own range is no whole hour of the question.
            let inside = part.meta().ids.is_some_and(|(first, last)| {
                ids.start == first && ids.end == last.saturating_add(1)
            });
            let (hours, edges) =
                if inside { (i64::MIN..i64::MAX, Vec::new()) } else { whole_hours(range) };
            counted += part.ask(|connection| {
                let by_hour = read::hours(connection, &hours)?;
                let mut counted: u64 = by_hour.iter().map(|(_, count)| count).sum();
                for edge in &edges {
                    counted += read::count(connection, edge)?;
                }
                for (kind, counts) in kinds.iter().zip(all.iter_mut()) {
                    let mut numbers = read::values_of_hours(connection, *kind, &hours)?;
                    for edge in edges.iter().filter(|edge| !edge.is_empty()) {
                        numbers.extend(read::values_of_rows(connection, *kind, edge)?);
                    }
                    add(connection, *kind, numbers, counts)?;
                }
                Ok(counted)
            })?;
        }
        Ok(counted)
    }

    /// Of the newest hits.
    fn values_of_hits(
        &self,
        query: &Query,
        range: &Range<i64>,
        kinds: &[FacetKind],
        all: &mut [Counts],
        budget: Budget,
    ) -> Result<(u64, Exactness), StoreError> {
        let exact = self.is_exact(query, range)?;
        let expression = query.plan.required.expression();
        let most = self.options.facet_hits;
        let mut counted = 0;
        let mut exactness = Exactness::Exact;
        for part in self.parts().iter().rev() {
            let Some(ids) = part.overlap(range) else { continue };
            let mut hits = Vec::new();
            if exact {
                part.ask(|connection| {
                    read::ids(connection, expression.as_deref(), &ids, &mut |id| {
                        let room = counted < most;
                        if room {
                            hits.push(id);
                            counted += 1;
                        } else {
                            exactness = Exactness::Sampled;
                        }
                        room
                    })
                })?;
            } else {
                let mut reading = Reading::new(query, expression.as_deref(), part, ids);
                while !reading.is_done() && exactness == Exactness::Exact {
                    if budget.is_spent() {
                        exactness = Exactness::Partial;
                    } else if counted >= most {
                        exactness = Exactness::Sampled;
                    } else {
                        reading.advance()?;
                        let found = reading.take_found();
                        counted += found.len() as u64;
                        hits.extend(found.into_iter().map(|hit| hit.id));
                    }
                }
            }
            part.ask(|connection| {
                let mut numbers: Vec<HashMap<i64, u64>> =
                    kinds.iter().map(|_| HashMap::new()).collect();
                for id in hits {
                    let Some(row) = read::numbers(connection, id)? else { continue };
                    for (kind, numbers) in kinds.iter().zip(&mut numbers) {
                        let place = usize::try_from(kind.number()).unwrap_or(usize::MAX);
                        if let Some(number) = row.get(place).copied().flatten() {
                            *numbers.entry(number).or_default() += 1;
                        }
                    }
                }
                for ((kind, counts), numbers) in kinds.iter().zip(all.iter_mut()).zip(numbers) {
                    add(connection, *kind, numbers.into_iter().collect(), counts)?;
                }
                Ok(())
            })?;
            if exactness != Exactness::Exact {
                break;
            }
        }
        Ok((counted, exactness))
    }
}

/// Adds counts by number to those by value.
fn add(
    connection: &Connection,
    kind: FacetKind,
    numbers: Vec<(i64, u64)>,
    counts: &mut Counts,
) -> rusqlite::Result<()> {
    let texts = if FacetKind::NAMED.contains(&kind) && !numbers.is_empty() {
        read::texts(connection, kind)?
    } else {
        HashMap::new()
    };
    for (number, count) in numbers {
        let value = match kind {
            FacetKind::Priority => {
                let priority = usize::try_from(number).ok();
                let priority = priority.and_then(|number| Priority::ALL.get(number));
                priority.map(|priority| priority.name().to_owned())
            }
            FacetKind::Issue => Some(format!("{number:010x}")),
            _ => texts.get(&number).cloned(),
        };
        if let Some(value) = value {
            *counts.entry(value).or_default() += count;
        }
    }
    Ok(())
}
