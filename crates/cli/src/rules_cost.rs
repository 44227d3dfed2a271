//! `peregrine rules explain --capture`: what rules cost.

use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;

use peregrine_agent::capture::rule_cost::{Cost, Costs, rule_costs};
use peregrine_rules::RuleSet;
use serde_json::{Value as Json, json};

use crate::table::{self, Paint};

/// One rule's cost, for its line in the explanation.
#[derive(Debug)]
pub(crate) struct Told(Costs);

/// Measures the rule at a place.
pub(crate) fn of_rule(capture: &Path, rules: &RuleSet, place: usize) -> anyhow::Result<Told> {
    Ok(Told(rule_costs(capture, rules, Some(place))?))
}

impl Told {
    fn cost(&self) -> Cost {
        self.0.rules.first().map(|(_, cost)| *cost).unwrap_or_default()
    }

    pub(crate) fn text(&self) -> String {
        let cost = self.cost();
        format!(
            "{} of {} events come to it, {} hits; {:.0} ns an event, {:.2} ms in all",
            cost.events,
            self.0.events,
            cost.hits,
            cost.ns_per_event,
            cost.milliseconds()
        )
    }

    pub(crate) fn end(self) -> anyhow::Result<ExitCode> {
        end(self.0)
    }

    pub(crate) fn json(&self) -> Json {
        json_of(self.cost())
    }
}

/// Measures every enabled rule and prints all costs, in the order of the rules.
pub(crate) fn of_all(capture: &Path, rules: &RuleSet, json: bool) -> anyhow::Result<ExitCode> {
    let costs = rule_costs(capture, rules, None)?;
    let name = |place: usize| rules.rules.get(place).map_or("", |rule| rule.name.as_str());
    let mut out = std::io::stdout().lock();
    if json {
        for (place, cost) in &costs.rules {
            writeln!(out, "{}", json!({ "name": name(*place), "cost": json_of(*cost) }))?;
        }
        if let Some(together) = costs.together {
            let row = json!({
                "together": json_of(together), "rules": costs.rules.len(), "events": costs.events,
            });
            writeln!(out, "{row}")?;
        }
        return end(costs);
    }
    let paint = Paint::stdout();
    let head = ["events", "hits", "ns an event", "ms in all", "rule"];
    let mut rows = vec![head.map(|word| paint.dim(word)).to_vec()];
    let row = |cost: &Cost, name: &str| {
        vec![
            cost.events.to_string(),
            cost.hits.to_string(),
            format!("{:.0}", cost.ns_per_event),
            format!("{:.2}", cost.milliseconds()),
            name.to_owned(),
        ]
    };
    rows.extend(costs.rules.iter().map(|(place, cost)| row(cost, name(*place))));
    if let Some(together) = &costs.together {
        let all = format!("all {} together, of {} events", costs.rules.len(), costs.events);
        rows.push(row(together, &paint.good(&all)));
    }
    table::write(&mut out, &rows)?;
    end(costs)
}

/// What stands before damage was measured; the damage is reported after it.
fn end(costs: Costs) -> anyhow::Result<ExitCode> {
    costs.damage.map_or(Ok(ExitCode::SUCCESS), |damage| Err(damage.into()))
}

fn json_of(cost: Cost) -> Json {
    let rounded = |number: f64| (number * 1000.0).round() / 1000.0;
    json!({
        "events": cost.events,
        "hits": cost.hits,
        "ns_per_event": rounded(cost.ns_per_event),
        "ms": rounded(cost.milliseconds()),
    })
}
