//! The tables of the screen: their columns, rows, order and filter.

use std::cmp::Ordering;

use crate::amount::{duration, number};
use crate::top::Said;

/// One table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Calls,
    Rules,
    Processes,
    Containers,
    Outputs,
}

impl Kind {
    pub(super) const ALL: [Self; 5] =
        [Self::Calls, Self::Rules, Self::Processes, Self::Containers, Self::Outputs];

    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Calls => "calls",
            Self::Rules => "rules",
            Self::Processes => "processes",
            Self::Containers => "containers",
            Self::Outputs => "outputs",
        }
    }

    /// The heads of the columns, with the share of the width that each gets.
    pub(super) fn columns(self) -> &'static [(&'static str, u16)] {
        match self {
            Self::Calls => &[("call", 3), ("events/s", 1)],
            Self::Rules => &[("rule", 5), ("matches/s", 1)],
            Self::Processes => &[("pid", 2), ("process", 4), ("container", 3), ("events/s", 2)],
            Self::Containers => &[("container", 3), ("name", 3), ("image", 4), ("events/s", 2)],
            Self::Outputs => &[
                ("output", 3),
                ("state", 3),
                ("delivered", 2),
                ("waiting", 2),
                ("lag", 2),
                ("lost", 2),
                ("last error", 6),
            ],
        }
    }

    /// Its rows, as the agent said them.
    fn rows(self, said: &Said) -> Vec<Vec<Cell>> {
        let Said { status, activity } = said;
        #[expect(clippy::cast_precision_loss, reason = "shown to people")]
        let rate = |events: u64| Cell::Number(events as f64 / activity.seconds.max(0.001), rate);
        let text = |text: &str| Cell::Text(text.to_owned());
        match self {
            Self::Calls => {
                let of = activity.calls.iter();
                of.map(|call| vec![text(&call.name), rate(call.events)]).collect()
            }
            Self::Rules => {
                let of = activity.rules.iter();
                of.map(|rule| vec![text(&rule.name), rate(rule.matches)]).collect()
            }
            Self::Processes => {
                let of = activity.processes.iter().map(|process| {
                    vec![
                        count(u64::try_from(process.pid).unwrap_or(0), |pid| format!("{pid:.0}")),
                        text(&process.name),
                        text(process.container.as_deref().unwrap_or("host")),
                        rate(process.events),
                    ]
                });
                of.collect()
            }
            Self::Containers => {
                let of = activity.containers.iter().map(|container| {
                    vec![
                        text(&container.id),
                        text(&container.name),
                        text(&container.image),
                        rate(container.events),
                    ]
                });
                of.collect()
            }
            Self::Outputs => {
                let of = status.outputs.iter().map(|output| {
                    let lost = output.dropped + output.given_up + output.refused;
                    let error = output.last_error.as_ref();
                    vec![
                        text(&output.name),
                        text(output.state.name()),
                        count(output.delivered, whole),
                        count(output.queued, whole),
                        Cell::Number(output.lag_seconds, duration),
                        count(lost, whole),
                        text(error.map(|error| error.message.as_str()).unwrap_or_default()),
                    ]
                });
                of.collect()
            }
        }
    }
}

/// One value.
#[derive(Debug, Clone)]
pub(super) enum Cell {
    Text(String),
    /// A number, and how it is shown.
    Number(f64, fn(f64) -> String),
}

impl Cell {
    pub(super) fn shown(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Number(number, show) => show(*number),
        }
    }

    fn compare(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Number(one, _), Self::Number(other, _)) => one.total_cmp(other),
            _ => self.shown().to_lowercase().cmp(&other.shown().to_lowercase()),
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "shown to people")]
fn count(value: u64, show: fn(f64) -> String) -> Cell {
    Cell::Number(value as f64, show)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it was a count")]
fn whole(value: f64) -> String {
    number(value as u64)
}

fn rate(value: f64) -> String {
    if value < 10.0 { format!("{value:.1}") } else { whole(value.round()) }
}

/// How a table is shown.
#[derive(Debug, Clone)]
pub(super) struct Panel {
    pub(super) kind: Kind,
    /// The column it is sorted by, and whether the largest is first.
    pub(super) sort: usize,
    pub(super) descending: bool,
    /// Only rows with this text are shown.
    pub(super) filter: String,
    /// So many rows above are not shown.
    pub(super) offset: usize,
}

impl Panel {
    pub(super) fn new(kind: Kind) -> Self {
        // Those of one interval by how much there is of them, outputs in the order they get alerts.
        let last = kind.columns().len() - 1;
        let (sort, descending) = if kind == Kind::Outputs { (0, false) } else { (last, true) };
        Self { kind, sort, descending, filter: String::new(), offset: 0 }
    }

    /// The rows that are shown, in their order.
    pub(super) fn rows(&self, said: &Said) -> Vec<Vec<Cell>> {
        let mut rows = self.kind.rows(said);
        let wanted = self.filter.to_lowercase();
        rows.retain(|row| row.iter().any(|cell| cell.shown().to_lowercase().contains(&wanted)));
        let (at, descending) = (self.sort, self.descending);
        rows.sort_by(|one, other| {
            let order = match (one.get(at), other.get(at)) {
                (Some(one), Some(other)) => one.compare(other),
                _ => Ordering::Equal,
            };
            if descending { order.reverse() } else { order }
        });
        rows
    }

    /// Sorts by the next column: numbers from the largest on, texts from A.
    pub(super) fn sort_by_next(&mut self) {
        let columns = self.kind.columns();
        self.sort = (self.sort + 1) % columns.len();
        let is_rate = |head: &str| head.ends_with("/s");
        self.descending = columns.get(self.sort).is_some_and(|(head, _)| is_rate(head));
        self.offset = 0;
    }
}
