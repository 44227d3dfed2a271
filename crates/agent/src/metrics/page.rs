//! The page of metrics for people, made from the table.

use std::fmt::Write as _;
use std::path::Path;

use super::row::{Group, Kind};
use super::{Metric, Row};

const INTRODUCTION: &str = "\
# Metrics

`metrics.enabled: true` turns figures on, for four kinds of readers:

- Prometheus, at `/metrics` of the web server (`webserver.enabled`, `webserver.prometheus_metrics_enabled`);
- every output, as an alert of the rule `Falco internal: metrics snapshot` each `metrics.interval` (`metrics.output_rule`);
- a file, a line of JSON each `metrics.interval` (`metrics.output_file`): `{\"output_fields\":{...},\"sample\":1}`;
- people: `peregrine status` shows what matters most, whether metrics are on or not.

What Falco has too has Falco's names and types, so that dashboards and alerts made for Falco work. What only Peregrine has is
for Prometheus only, under names that begin with `peregrine_`; `metrics.peregrine_metrics_enabled: false` leaves it out, and it
is left out where the program is called `falco`. Falco's names do not follow the advice of Prometheus in all (`promtool check
metrics` says so of them): they are kept for dashboards that exist.

Figures come from copies that the pipeline makes when somebody asks, at most ten times a second: however many ask, no event
waits. All pages together are made by as many threads as `webserver.threadiness` says. A client has 5 seconds for a request and
may keep its connection for a minute; of more than 256 connections the oldest is closed.

`contrib/grafana/peregrine.json` is a dashboard for Grafana. A job of Prometheus for it:

    scrape_configs:
      - job_name: peregrine
        static_configs: [{targets: ['localhost:8765']}]

In the alert and the file fields also have, since the snapshot before: `falco.num_evts_prev`, `falco.evts_rate_sec`,
`scap.n_evts_prev`, `scap.evts_rate_sec`, `scap.n_drops_prev`, `scap.evts_drop_rate_sec`, `scap.n_drops_perc`; and of that moment
`evt.time`, `evt.source`, `falco.rules.matches_total`, `scap.n_drops_buffer_total`. Memory is in megabytes there (`_mb`), unless
`metrics.convert_memory_to_mb` is off. Figures that are 0 are left out, unless `metrics.include_empty_values` is on.

This page is made from the table in `crates/agent/src/metrics/table.rs`.
";

/// `docs/metrics.md`.
fn page() -> String {
    let mut page = INTRODUCTION.to_owned();
    for group in Group::ALL {
        let title =
            group.key().map_or_else(|| "Always".to_owned(), |key| format!("`metrics.{key}`"));
        let _ = write!(page, "\n## {title}\n\n");
        page.push_str(
            "| Prometheus | alert and file | type | labels | what |\n|---|---|---|---|---|\n",
        );
        for row in Metric::ALL.iter().map(|metric| metric.row()).filter(|row| row.group == group) {
            rows_of(&mut page, row);
        }
    }
    page
}

/// The rows of a metric: one for each name that it has for Prometheus.
fn rows_of(page: &mut String, row: &Row) {
    let code = |text: &str| format!("`{text}`");
    let labels: Vec<String> = row.labels.iter().map(|label| code(label)).collect();
    let labels = labels.join(", ");
    let field = row.falco.and_then(|falco| falco.field).map(code).unwrap_or_default();
    let mut add = |name: &str, field: &str, kind: Kind, labels: &str, what: &str| {
        let _ = writeln!(page, "| {name} | {field} | {} | {labels} | {what} |", kind.prometheus());
    };
    match row.falco.map(|falco| (falco.prometheus, falco.summed)) {
        Some((Some((name, kind)), true)) => {
            add(&code(name), &field, kind, "", &format!("The sum of `{}`.", row.name));
        }
        Some((Some((name, kind)), false)) => add(&code(name), &field, kind, &labels, row.help),
        Some((None, _)) if !row.is_own() => add("", &field, row.kind, &labels, row.help),
        _ => {}
    }
    if row.is_own() {
        let field = if row.falco.is_some_and(|falco| falco.summed) { "" } else { &field };
        add(&code(row.name), field, row.kind, &labels, row.help);
    }
}

/// Compares the committed page with what the table makes; `cargo xtask pages` writes it.
#[test]
fn the_page_is_fresh() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/metrics.md");
    if std::env::var_os("PEREGRINE_WRITE_DOCS").is_some() {
        std::fs::write(&file, page()).unwrap();
    }
    let committed = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(committed == page(), "docs/metrics.md is stale: cargo xtask pages writes it");
}
