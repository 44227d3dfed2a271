//! `peregrine hub search`: what people look for, over the API.

use std::io::Write as _;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, bail};
use clap::Args;
use jiff::{Span, SpanRelativeTo, Timestamp, Unit};
use peregrine_alert::one_line;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::PAGE;
use crate::USAGE;
use crate::table::{self, Paint};
use crate::terminal::fail;

/// Alerts of one request at most.
const AT_ONCE: usize = 1000;
/// How long an answer may take to come.
const PATIENCE: Duration = Duration::from_mins(1);
/// How long one answer may be, bytes: a thousand alerts of a megabyte.
const ANSWER: u64 = 1 << 30;
/// How long a line of a table may be in the last column.
const WIDTH: usize = 160;

#[derive(Debug, Args)]
pub(super) struct Flags {
    /// Where the hub is.
    #[arg(long, value_name = "ADDRESS:PORT", default_value = PAGE)]
    page: SocketAddr,
    /// The newest of those that are found, at most so many.
    #[arg(short = 'n', long = "count", value_name = "ALERTS", default_value_t = 100)]
    count: usize,
    /// Alerts of this time or later: 2026-01-31T23:59:59Z, or so long ago: 30m, 24h, 7d.
    #[arg(long, value_name = "TIME")]
    start: Option<String>,
    /// Alerts of before this time.
    #[arg(long, value_name = "TIME")]
    end: Option<String>,
    /// As JSON, as they were received, one a line.
    #[arg(long)]
    json: bool,
    /// A condition, or words that an alert has. May be several words; none: all alerts.
    #[arg(value_name = "CONDITION", trailing_var_arg = true)]
    condition: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Page {
    hits: Vec<Hit>,
    next: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Hit {
    time: String,
    alert: Box<RawValue>,
}

/// What a table shows of an alert.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Shown {
    hostname: Option<String>,
    priority: String,
    rule: String,
    output: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Problem {
    detail: String,
}

pub(super) fn run(flags: &Flags) -> anyhow::Result<ExitCode> {
    match search(flags) {
        // 1 says what was found.
        Err(error) if !crate::is_broken_pipe(&error) => {
            fail(&[format!("{error:#}")], &[]);
            Ok(ExitCode::from(USAGE))
        }
        done => done,
    }
}

fn search(flags: &Flags) -> anyhow::Result<ExitCode> {
    let condition = flags.condition.join(" ");
    let times = [time("--start", flags.start.as_deref())?, time("--end", flags.end.as_deref())?];
    let config = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .timeout_global(Some(PATIENCE))
        .proxy(None)
        .build();
    let agent = ureq::Agent::new_with_config(config);
    let mut out = std::io::stdout().lock();
    let mut rows = Vec::new();
    let mut left = flags.count;
    let mut found = false;
    let mut before = None;
    while left > 0 {
        let page =
            page(&agent, flags.page, &condition, &times, left.min(AT_ONCE), before.as_ref())?;
        for hit in page.hits {
            found = true;
            left -= 1;
            if flags.json {
                writeln!(out, "{}", on_one_line(hit.alert.get()))?;
            } else {
                rows.push(row(&hit));
            }
        }
        before = page.next;
        if before.is_none() {
            break;
        }
    }
    if !rows.is_empty() {
        let paint = Paint::stdout();
        let head = ["TIME", "HOST", "PRIORITY", "RULE", "OUTPUT"].map(|name| paint.dim(name));
        rows.insert(0, head.to_vec());
        table::write(&mut out, &rows)?;
    }
    out.flush()?;
    Ok(if found { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn page(
    agent: &ureq::Agent,
    address: SocketAddr,
    condition: &str,
    [start, end]: &[Option<String>; 2],
    limit: usize,
    before: Option<&String>,
) -> anyhow::Result<Page> {
    let limit = limit.to_string();
    let mut request = agent
        .get(format!("http://{address}/api/v2/search/hits"))
        .query("q", condition)
        .query("limit", &limit);
    for (name, value) in [("from", start.as_ref()), ("to", end.as_ref()), ("before", before)] {
        if let Some(value) = value {
            request = request.query(name, value);
        }
    }
    let mut answer = request
        .call()
        .with_context(|| format!("no hub answers on {address} (`peregrine hub` starts one)"))?;
    let status = answer.status();
    let body = answer.body_mut().with_config().limit(ANSWER).read_to_vec();
    let body = body.with_context(|| format!("the answer of {address} ends too early"))?;
    if status.is_success() {
        return serde_json::from_slice(&body)
            .with_context(|| format!("what answers on {address} is no hub"));
    }
    match serde_json::from_slice::<Problem>(&body) {
        Ok(problem) => bail!("{}", problem.detail),
        Err(_) => bail!("what answers on {address} is no hub: it says {status}"),
    }
}

/// A time of a flag, as the API has it.
fn time(flag: &str, text: Option<&str>) -> anyhow::Result<Option<String>> {
    let Some(text) = text else { return Ok(None) };
    if let Ok(time) = text.parse::<Timestamp>() {
        return Ok(Some(time.to_string()));
    }
    let wrong =
        || format!("{flag} {text}: a time as 2026-01-31T23:59:59Z is expected, or 30m, 24h, 7d");
    let span: Span = text.parse().ok().with_context(wrong)?;
    let days = SpanRelativeTo::days_are_24_hours();
    let seconds = span.total((Unit::Second, days)).ok().with_context(wrong)?;
    let ago = Duration::try_from_secs_f64(seconds).ok().with_context(wrong)?;
    let time = Timestamp::now().checked_sub(ago).ok().with_context(wrong)?;
    Ok(Some(time.to_string()))
}

/// JSON on one line: outside of texts a line break is a blank, inside there is none.
fn on_one_line(json: &str) -> String {
    json.replace(['\n', '\r'], " ")
}

fn row(hit: &Hit) -> Vec<String> {
    let shown: Shown = serde_json::from_str(hit.alert.get()).unwrap_or_default();
    let plain = |text: String| {
        one_line(text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect::<String>())
    };
    let output = plain(shown.output.unwrap_or_default());
    let short: String = output.chars().take(WIDTH).collect();
    let more = if short.len() < output.len() { "..." } else { "" };
    vec![
        hit.time.clone(),
        plain(shown.hostname.unwrap_or_default()),
        plain(shown.priority),
        plain(shown.rule),
        format!("{short}{more}"),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_moments_or_so_long_ago() {
        let check = |text: &str, ago: Option<i64>| {
            let time = time("--start", Some(text)).ok().flatten();
            let seconds = time.map(|time| {
                Timestamp::now().as_second() - time.parse::<Timestamp>().unwrap().as_second()
            });
            match (seconds, ago) {
                (Some(seconds), Some(ago)) => {
                    assert!((ago..ago + 60).contains(&seconds), "{text}: {seconds}");
                }
                (seconds, ago) => assert_eq!(seconds, ago, "{text}"),
            }
        };
        check("30m", Some(1800));
        check("7d", Some(7 * 86_400));
        check("1h 30m", Some(5400));
        check("yesterday", None);
        check("2026", None);
        let at = time("--end", Some("2026-01-31T10:00:00+08:00")).unwrap();
        assert_eq!(at.as_deref(), Some("2026-01-31T02:00:00Z"));
    }
}
