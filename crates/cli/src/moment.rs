//! `--start` and `--end`.

use std::time::Duration;

use clap::Args;
use peregrine_agent::capture::{Moment, Window};

/// A part of a capture.
#[derive(Debug, Args)]
pub(crate) struct Part {
    /// From here on: +TIME after the first event (+90s, +5m), a date and time (2026-11-23T17:59:03Z), or
    /// seconds since the epoch. What comes before still tells who is who.
    #[arg(long, value_name = "WHEN", value_parser = moment)]
    start: Option<Moment>,
    /// Until here, told in the same ways.
    #[arg(long, value_name = "WHEN", value_parser = moment)]
    end: Option<Moment>,
}

impl Part {
    pub(crate) fn window(&self) -> Window {
        Window { start: self.start, end: self.end }
    }
}

/// A length of time: 90, 90s, 1.5m, 2h, 250ms.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let factor = match text.get(digits.len()..).unwrap_or_default() {
        "" | "s" => 1.0,
        "ms" => 0.001,
        "m" => 60.0,
        "h" => 3600.0,
        _ => return Err("a number with s, ms, m or h behind it, as in 90s".to_owned()),
    };
    let number: f64 = digits
        .parse()
        .map_err(|_| "a number with s, ms, m or h behind it, as in 90s".to_owned())?;
    Duration::try_from_secs_f64(number * factor).map_err(|error| error.to_string())
}

fn moment(text: &str) -> Result<Moment, String> {
    if let Some(after) = text.strip_prefix('+') {
        return duration(after).map(Moment::After);
    }
    if let Ok(seconds) = duration(text) {
        let ns = u64::try_from(seconds.as_nanos()).map_err(|error| error.to_string())?;
        return Ok(Moment::At(ns));
    }
    let time: jiff::Timestamp = text.parse().map_err(|_| {
        "+TIME after the first event, a date and time as in 2026-11-23T17:59:03Z, or seconds since the epoch".to_owned()
    })?;
    u64::try_from(time.as_nanosecond()).map(Moment::At).map_err(|_| "a time after 1970".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read() {
        let check = |text: &str, ms: u64| {
            assert_eq!(duration(text), Ok(Duration::from_millis(ms)), "{text}");
        };
        check("90", 90_000);
        check("1.5s", 1_500);
        check("250ms", 250);
        check("2m", 120_000);
        check("1h", 3_600_000);
        for bad in ["", "x", "5 d", "-1s", "1e30h"] {
            assert!(duration(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn moments_are_read() {
        let check = |text: &str, expected: Moment| assert_eq!(moment(text), Ok(expected), "{text}");
        check("+90s", Moment::After(Duration::from_secs(90)));
        check("1970-01-01T00:00:01.5Z", Moment::At(1_500_000_000));
        check("2", Moment::At(2_000_000_000));
        for bad in ["", "+", "noon", "1969-12-31T00:00:00Z"] {
            assert!(moment(bad).is_err(), "{bad}");
        }
    }
}
