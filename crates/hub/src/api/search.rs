//! Searches: alerts, bars over time, facets.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query as Parameters, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use peregrine_store::{
    BarsRequest, Budget, Exactness, FacetKind, FacetValue, PageRequest, Query, Window,
};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::Api;
use crate::clock;
use crate::limits::Limits;
use crate::problem::Problem;

/// How long a search may take, milliseconds.
const BUDGET: &str = "peregrine-budget";

/// What every search has.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Asked {
    #[serde(default)]
    q: String,
    /// Another condition, which has to hold as well.
    #[serde(default)]
    filter: String,
    from: Option<String>,
    to: Option<String>,
    before: Option<i64>,
    limit: Option<usize>,
    bars: Option<usize>,
    kinds: Option<String>,
    values: Option<usize>,
}

type Request = Result<Parameters<Asked>, QueryRejection>;

impl Asked {
    fn of(request: Request) -> Result<Self, Problem> {
        let Parameters(asked) = request.map_err(|rejection| Problem::bad(rejection.body_text()))?;
        Ok(asked)
    }

    fn query(&self) -> Result<Query, Problem> {
        Ok(Query::parse(&self.q)?.and(Query::parse(&self.filter)?))
    }

    fn window(&self) -> Result<Window, Problem> {
        window(self.from.as_deref(), self.to.as_deref())
    }
}

/// The part of the time from one text to another.
pub(super) fn window(from: Option<&str>, to: Option<&str>) -> Result<Window, Problem> {
    let time = |name: &str, text: Option<&str>| {
        let wrong = |text: &str| {
            let expected = "a time as 2026-01-31T23:59:59Z is expected";
            Problem::bad(format!("`{name}` is `{text}`: {expected}"))
        };
        let text = text.filter(|text| !text.is_empty());
        text.map(|text| text.parse::<Timestamp>().map_err(|_| wrong(text))).transpose()
    };
    let (from, to) = (time("from", from)?, time("to", to)?);
    Ok(Window {
        from_us: from.map(Timestamp::as_microsecond),
        to_us: to.map(Timestamp::as_microsecond),
    })
}

fn budget(headers: &HeaderMap) -> Result<Budget, Problem> {
    let Some(header) = headers.get(BUDGET) else { return Ok(Budget::of(Limits::ALL.budget)) };
    let milliseconds = header.to_str().ok().and_then(|text| text.parse().ok());
    let time = milliseconds
        .map(Duration::from_millis)
        .ok_or_else(|| Problem::bad(format!("the header {BUDGET} is a number of milliseconds")))?;
    Ok(Budget::of(time.min(Limits::ALL.budget_most)))
}

fn took_ms(begin: Instant) -> f64 {
    begin.elapsed().as_secs_f64() * 1000.0
}

#[derive(Debug, Serialize)]
struct HitBody {
    /// A text: a browser's numbers end at 2^53.
    id: String,
    time: String,
    alert: Box<RawValue>,
}

#[derive(Debug, Serialize)]
struct PageBody {
    hits: Vec<HitBody>,
    next: Option<String>,
    /// Hits always are what the condition holds for.
    exactness: Exactness,
    read: u64,
    took_ms: f64,
}

/// The newest alerts a condition holds for.
pub(crate) async fn hits(
    State(api): State<Api>,
    headers: HeaderMap,
    request: Request,
) -> Result<Response, Problem> {
    let begin = Instant::now();
    let asked = Asked::of(request)?;
    let query = asked.query()?;
    let limit = asked.limit.unwrap_or(100);
    if !(1..=Limits::ALL.page).contains(&limit) {
        return Err(Problem::bad(format!("`limit` is a number from 1 to {}", Limits::ALL.page)));
    }
    let (window, before, budget) = (asked.window()?, asked.before, budget(&headers)?);
    let request = PageRequest { window, before, limit, budget };
    let page = api.search(move |store| Ok(store.search(&query, &request)?)).await?;
    let hit = |hit: peregrine_store::Hit| {
        let text = String::from_utf8(hit.body).ok()?;
        let alert = RawValue::from_string(text).ok()?;
        Some(HitBody { id: hit.id.to_string(), time: clock::text(hit.id >> 10), alert })
    };
    Ok(Json(PageBody {
        hits: page.hits.into_iter().filter_map(hit).collect(),
        next: page.next.map(|next| next.to_string()),
        exactness: if page.partial { Exactness::Partial } else { Exactness::Exact },
        read: page.read,
        took_ms: took_ms(begin),
    })
    .into_response())
}

#[derive(Debug, Serialize)]
struct Histogram {
    start: String,
    step_s: i64,
    counts: Vec<u64>,
    total: u64,
    exactness: Exactness,
    took_ms: f64,
}

/// How many alerts there are over time.
pub(crate) async fn histogram(
    State(api): State<Api>,
    headers: HeaderMap,
    request: Request,
) -> Result<Response, Problem> {
    let begin = Instant::now();
    let asked = Asked::of(request)?;
    let query = asked.query()?;
    let bars = asked.bars.unwrap_or(60);
    let request = BarsRequest { window: asked.window()?, bars, budget: budget(&headers)? };
    let bars = api.search(move |store| Ok(store.bars(&query, &request)?)).await?;
    Ok(Json(Histogram {
        start: clock::text(bars.start_us),
        step_s: bars.step_us / 1_000_000,
        counts: bars.counts,
        total: bars.total,
        exactness: bars.exactness,
        took_ms: took_ms(begin),
    })
    .into_response())
}

#[derive(Debug, Serialize)]
struct FacetsBody {
    facets: BTreeMap<FacetKind, Vec<FacetValue>>,
    counted: u64,
    exactness: Exactness,
    took_ms: f64,
}

/// Which values alerts have.
pub(crate) async fn facets(
    State(api): State<Api>,
    headers: HeaderMap,
    request: Request,
) -> Result<Response, Problem> {
    let begin = Instant::now();
    let asked = Asked::of(request)?;
    let query = asked.query()?;
    let kinds: Vec<FacetKind> = match &asked.kinds {
        Some(names) => names
            .split(',')
            .map(|name| name.parse().map_err(|error| Problem::bad(format!("`{name}` is {error}"))))
            .collect::<Result<_, _>>()?,
        None => FacetKind::ALL.to_vec(),
    };
    let values = asked.values.unwrap_or(8).min(Limits::ALL.page);
    let (window, budget) = (asked.window()?, budget(&headers)?);
    let facets =
        api.search(move |store| Ok(store.facets(&query, window, &kinds, values, budget)?)).await?;
    Ok(Json(FacetsBody {
        facets: facets.kinds.into_iter().collect(),
        counted: facets.counted,
        exactness: facets.exactness,
        took_ms: took_ms(begin),
    })
    .into_response())
}

/// One alert, as it was received.
pub(crate) async fn alert(
    State(api): State<Api>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let wrong = || Problem::bad("the id of an alert is a number");
    let id: i64 = id.parse().map_err(|_| wrong())?;
    let body = api.search(move |store| Ok(store.alert(id)?)).await?;
    let none = || Problem::new(StatusCode::NOT_FOUND, format!("there is no alert {id}"));
    let body = body.ok_or_else(none)?;
    Ok(([(header::CONTENT_TYPE, "application/json")], body).into_response())
}
