//! The API of falcosidekick's page, version 1.

use std::collections::BTreeMap;
use std::collections::HashMap;

use axum::Router;
use axum::extract::{Path, Query as Parameters, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use peregrine_store::{
    BarsRequest, Budget, Document, FacetKind, Hit, Page, PageRequest, Query, Store, Window,
};
use serde_json::{Value as Json, json};

use crate::api::Api;
use crate::clock;
use crate::limits::Limits;
use crate::problem::Problem;

/// Alerts that pages may begin behind, and that tags are counted over.
const MOST: usize = 20_000;
/// Alerts of a page unless it says otherwise.
const LIMIT: usize = 100;

type Asked = HashMap<String, String>;

/// The routes.
pub(crate) fn router() -> Router<Api> {
    Router::new()
        .route("/api/v1/auth", post(auth))
        .route("/api/v1/authenticate", post(auth))
        .route("/api/v1/events/count", get(count))
        .route("/api/v1/events/count/{kind}", get(count_by))
        .route("/api/v1/events/search", get(search))
        .route("/api/v1/outputs", get(outputs))
        .route("/api/v1/version", get(version))
        .route("/api/v1/healthz", any(|| async { axum::Json(json!({ "status": "ok" })) }))
        .route("/api/v1/config", get(configuration))
        .route("/api/v1/configuration", get(configuration))
}

/// There is no login where only this host is answered.
async fn auth() -> Response {
    ([(header::CONTENT_TYPE, "application/json")], "\"authorized\"\n").into_response()
}

async fn outputs(State(api): State<Api>) -> Response {
    axum::Json(api.progress.outputs()).into_response()
}

async fn version() -> Response {
    axum::Json(json!({
        "GitVersion": env!("CARGO_PKG_VERSION"), "GitCommit": "", "GitTreeState": "", "BuildDate": "",
        "GoVersion": "", "Compiler": "rustc",
        "Platform": format!("{}/{}", std::env::consts::OS, std::env::consts::ARCH),
    }))
    .into_response()
}

async fn configuration() -> Response {
    axum::Json(json!({
        "listen-address": "127.0.0.1", "listen-port": 2802, "redis-server": "", "redis-password": "", "ttl": 0,
        "disableauth": true, "credentials": "", "dev": false, "loglevel": "info",
    }))
    .into_response()
}

/// The condition of a request's filters, and the time it is about.
fn question(asked: &Asked) -> Result<(Query, Window), Problem> {
    const FIELDS: [(&str, &str); 5] = [
        ("source", "source"),
        ("priority", "priority"),
        ("rule", "rule"),
        ("hostname", "hostname"),
        ("tags", "tags"),
    ];
    let quoted = |text: &str| {
        let escaped = text.replace('\\', "\\\\").replace('"', "\\\"");
        format!("\"{}\"", escaped.replace('\n', "\\n").replace('\r', "\\r").replace('\t', "\\t"))
    };
    let mut all = Vec::new();
    for (parameter, field) in FIELDS {
        let Some(values) = asked.get(parameter).filter(|values| !values.is_empty()) else {
            continue;
        };
        let one = |value: &str| match (value, field) {
            ("null", "tags") => "not tags exists".to_owned(),
            ("null", _) => format!("{field} = \"\""),
            (value, _) => format!("{field} = {}", quoted(value)),
        };
        let any: Vec<String> = values.split(',').map(one).collect();
        all.push(format!("({})", any.join(" or ")));
    }
    if let Some(part) = asked.get("filter").filter(|part| !part.is_empty()) {
        all.push(format!("output icontains {}", quoted(part)));
    }
    let query = Query::parse(&all.join(" and "))?;
    let window = match asked.get("since").filter(|since| !since.is_empty()) {
        Some(since) => {
            let since =
                seconds(since).ok_or_else(|| Problem::bad("code=400, message=wrong since"))?;
            let now_us = i64::try_from(clock::wall_ns() / 1000).unwrap_or(i64::MAX);
            let from = now_us.saturating_sub(since.saturating_mul(1_000_000));
            Window { from_us: Some(from), to_us: None }
        }
        None => Window::default(),
    };
    Ok((query, window))
}

/// Seconds of `15m`, `24h`, `1 week`.
fn seconds(text: &str) -> Option<i64> {
    let text = text.trim();
    let digits = text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at_checked(digits)?;
    let unit = unit.trim();
    let word = unit.strip_suffix('s').filter(|word| word.len() > 1).unwrap_or(unit);
    let unit = match word {
        "s" | "sec" | "second" => 1,
        "m" | "min" | "minute" => 60,
        "h" | "hour" => 3600,
        "d" | "day" => 86_400,
        "w" | "week" => 7 * 86_400,
        "M" | "month" => 30 * 86_400,
        "y" | "year" => 365 * 86_400,
        _ => return None,
    };
    number.parse::<i64>().ok()?.checked_mul(unit)
}

fn budget() -> Budget {
    Budget::of(Limits::ALL.budget_most)
}

fn total(store: &Store, query: &Query, window: Window) -> Result<u64, Problem> {
    Ok(store.bars(query, &BarsRequest { window, bars: 1, budget: budget() })?.total)
}

/// The newest alerts, at most [`MOST`].
fn newest(store: &Store, query: &Query, window: Window, most: usize) -> Result<Vec<Hit>, Problem> {
    let mut hits: Vec<Hit> = Vec::new();
    let mut before = None;
    let budget = budget();
    while hits.len() < most {
        let limit = (most - hits.len()).min(1000);
        let request = PageRequest { window, before, limit, budget };
        let Page { hits: more, next, partial, .. } = store.search(query, &request)?;
        hits.extend(more);
        before = next;
        if partial || before.is_none() {
            break;
        }
    }
    Ok(hits)
}

fn answer(value: &Json, asked: &Asked) -> Response {
    let pretty = asked.get("pretty").is_some_and(|pretty| pretty != "false");
    let text =
        if pretty { serde_json::to_string_pretty(value) } else { serde_json::to_string(value) };
    let json = [(header::CONTENT_TYPE, "application/json")];
    (json, format!("{}\n", text.unwrap_or_default())).into_response()
}

async fn count(State(api): State<Api>, Parameters(asked): Parameters<Asked>) -> Response {
    let (query, window) = match question(&asked) {
        Ok(question) => question,
        Err(problem) => return problem.into_response(),
    };
    match api.search(move |store| total(store, &query, window)).await {
        Ok(0) => answer(&json!({ "statistics": {} }), &asked),
        Ok(all) => answer(&json!({ "statistics": { "all": all } }), &asked),
        Err(problem) => problem.into_response(),
    }
}

async fn count_by(
    State(api): State<Api>,
    Path(kind): Path<String>,
    Parameters(asked): Parameters<Asked>,
) -> Response {
    let facet = match kind.as_str() {
        "priority" => Some(FacetKind::Priority),
        "rule" => Some(FacetKind::Rule),
        "source" => Some(FacetKind::Source),
        "hostname" => Some(FacetKind::Host),
        "tags" => None,
        _ => {
            let wrong = json!({ "message": "code=400, message=wrong Group By field" });
            return (StatusCode::BAD_REQUEST, axum::Json(wrong)).into_response();
        }
    };
    let (query, window) = match question(&asked) {
        Ok(question) => question,
        Err(problem) => return problem.into_response(),
    };
    let counted = api
        .search(move |store| {
            if let Some(facet) = facet {
                let facets = store.facets(&query, window, &[facet], MOST, budget())?;
                let values = facets.kinds.into_iter().flat_map(|(_, values)| values);
                let values = values.map(|one| (one.value, one.count)).collect();
                return Ok((values, facets.counted));
            }
            let hits = newest(store, &query, window, MOST)?;
            let mut values: BTreeMap<String, u64> = BTreeMap::new();
            for document in hits.iter().filter_map(|hit| Document::parse(&hit.body).ok()) {
                for tag in document.alert.tags {
                    *values.entry(tag).or_default() += 1;
                }
            }
            Ok((values, hits.len() as u64))
        })
        .await;
    match counted {
        Ok((values, all)) => {
            let mut statistics = serde_json::Map::new();
            // Zeros are left out.
            for (name, number) in [("distincts", values.len() as u64), ("all", all)] {
                if number > 0 {
                    statistics.insert(name.to_owned(), number.into());
                }
            }
            answer(&json!({ "results": values, "statistics": statistics }), &asked)
        }
        Err(problem) => problem.into_response(),
    }
}

async fn search(State(api): State<Api>, Parameters(asked): Parameters<Asked>) -> Response {
    let (query, window) = match question(&asked) {
        Ok(question) => question,
        Err(problem) => return problem.into_response(),
    };
    let number = |name: &str, other: usize| match asked.get(name) {
        Some(text) => text.parse::<usize>().ok().filter(|number| *number > 0),
        None => Some(other),
    };
    let (Some(page), Some(limit)) = (number("page", 1), number("limit", LIMIT)) else {
        return Problem::bad("`page` and `limit` are numbers from 1").into_response();
    };
    let limit = limit.min(Limits::ALL.page);
    let begin = (page - 1).saturating_mul(limit);
    if begin.saturating_add(limit) > MOST {
        let detail = format!(
            "this API shows the newest {MOST} alerts: ask for a shorter time, or use /api/v2/search/hits"
        );
        return Problem::bad(detail).into_response();
    }
    let found = api
        .search(move |store| {
            let hits = newest(store, &query, window, begin + limit)?;
            Ok((hits, total(store, &query, window)?))
        })
        .await;
    match found {
        Ok((hits, all)) => {
            let events: Vec<Json> = hits.iter().skip(begin).filter_map(event).collect();
            let mut statistics = serde_json::Map::new();
            for (name, number) in [("returned", events.len() as u64), ("all", all)] {
                if number > 0 {
                    statistics.insert(name.to_owned(), number.into());
                }
            }
            answer(&json!({ "results": events, "statistics": statistics }), &asked)
        }
        Err(problem) => problem.into_response(),
    }
}

/// An alert as that API shows it.
fn event(hit: &Hit) -> Option<Json> {
    let Document { alert, uuid } = Document::parse(&hit.body).ok()?;
    let json: Json = serde_json::from_slice(&hit.body).ok()?;
    Some(json!({
        "uuid": uuid.unwrap_or_else(|| uuid_of(hit)),
        "output": without_head(&alert.message),
        "priority": alert.priority.name(),
        "rule": alert.rule,
        "time": json.get("time"),
        "source": alert.source,
        "output_fields": alert.fields,
        "hostname": alert.id.host,
        "tags": alert.tags,
    }))
}

/// The UUID of an alert that came without one: always the same.
fn uuid_of(hit: &Hit) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&hit.id.to_le_bytes());
    hasher.update(&hit.body);
    let hash = hasher.finalize().to_hex();
    let part = |from: usize, to: usize| hash.get(from..to).unwrap_or_default().to_owned();
    // Version 8: made of what it names.
    format!("{}-{}-8{}-8{}-{}", part(0, 8), part(8, 12), part(13, 16), part(17, 20), part(20, 32))
}

/// A message without `14:03:07.482913554: Warning`, which it begins with.
fn without_head(message: &str) -> &str {
    let behind = message.split_once(": ").and_then(|(clock, rest)| {
        let is_clock = clock.len() == 18
            && clock.bytes().all(|byte| byte.is_ascii_digit() || b":.".contains(&byte));
        is_clock.then_some(rest)
    });
    let Some(rest) = behind else { return message };
    match rest.split_once(' ') {
        Some((word, rest)) if word.parse::<peregrine_alert::Priority>().is_ok() => rest,
        _ => rest,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_numbers_with_a_unit() {
        let check =
            |text: &str, expected: Option<i64>| assert_eq!(seconds(text), expected, "{text}");
        check("15m", Some(900));
        check("24h", Some(86_400));
        check("1 week", Some(604_800));
        check("2 minutes", Some(120));
        check("30s", Some(30));
        check("1M", Some(2_592_000));
        check("x", None);
        check("5", None);
        check("99999999999999999999s", None);
    }

    #[test]
    fn a_message_is_shown_without_its_head() {
        let check = |message: &str, expected: &str| {
            assert_eq!(without_head(message), expected, "{message}");
        };
        check("14:03:07.482913554: Warning A file: x", "A file: x");
        check("14:03:07.482913554: A file", "A file");
        check("A file: Warning x", "A file: Warning x");
        check("日本", "日本");
    }

    #[test]
    fn filters_are_values_and_never_conditions() {
        let check = |pairs: &[(&str, &str)]| {
            let asked = pairs
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect();
            question(&asked).unwrap_or_else(|problem| panic!("{pairs:?}: {problem:?}"));
        };
        check(&[("rule", "a\" or rule exists or rule = \"b")]);
        check(&[("tags", "null,网络"), ("source", "null"), ("priority", "warning,Debug")]);
        check(&[("filter", "\\"), ("hostname", "'; DROP TABLE alert; --")]);
        check(&[("rule", "a\nb\tc"), ("since", "1h")]);
    }
}
