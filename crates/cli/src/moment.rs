//! Times of the command line: lengths, and moments of a capture in every form in which they are printed.

use std::time::Duration;

use clap::Args;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use peregrine_agent::capture::{Moment, Span, Window};

/// A part of a capture.
#[derive(Debug, Args)]
#[command(next_help_heading = "Times")]
pub(crate) struct Part {
    /// From here on. A time as it is printed (14:03:07, 2026-11-23 14:03:07.482, 2026-11-23T14:03:07Z, a
    /// date, seconds or nanoseconds since the epoch; local time where it names no zone), +TIME after the
    /// first event, -TIME before the last. Earlier events still update the state of the host.
    #[arg(long, value_name = "WHEN", value_parser = moment, allow_hyphen_values = true)]
    start: Option<Moment>,
    /// Until here, in the same forms.
    #[arg(long, value_name = "WHEN", value_parser = moment, allow_hyphen_values = true)]
    end: Option<Moment>,
    /// Near this moment, in the same forms.
    #[arg(long, value_name = "WHEN", value_parser = moment, allow_hyphen_values = true)]
    around: Option<Moment>,
    /// How near: 5s, 2m.
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "5s", requires = "around")]
    within: Duration,
}

impl Part {
    pub(crate) fn window(&self) -> Window {
        let around = self.around.map(|moment| (moment, self.within));
        Window { start: self.start, end: self.end, around }
    }
}

/// A moment as people read it, in local time: it can be given back as it is.
pub(crate) fn shown(ns: u64) -> String {
    let time = jiff::Timestamp::from_nanosecond(i128::from(ns)).ok();
    let time = time.map(|time| TimeZone::system().to_datetime(time));
    time.map_or_else(|| ns.to_string(), |time| time.strftime("%Y-%m-%d %H:%M:%S%.3f").to_string())
}

/// What is said where no event lies in a window.
pub(crate) fn empty(span: Span) -> String {
    let from = if span.start == 0 { "the begin".to_owned() } else { shown(span.start) };
    let to = if span.end == u64::MAX { "the end".to_owned() } else { shown(span.end) };
    format!("no event from {from} to {to}")
}

/// A length of time: 90, 90s, 1.5m, 2h, 3d, 250ms.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let form = || "a number with ms, s, m, h or d behind it, as in 90s".to_owned();
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let factor = match text.get(digits.len()..).unwrap_or_default() {
        "" | "s" => 1.0,
        "ms" => 0.001,
        "m" => 60.0,
        "h" => 3600.0,
        "d" => 86_400.0,
        _ => return Err(form()),
    };
    let number: f64 = digits.parse().map_err(|_| form())?;
    Duration::try_from_secs_f64(number * factor).map_err(|error| error.to_string())
}

fn moment(text: &str) -> Result<Moment, String> {
    let form = || {
        "a time (14:03:07, 2026-11-23 14:03:07, 2026-11-23T14:03:07Z), a date, +TIME after the first event, -TIME before the last, or seconds since the epoch".to_owned()
    };
    if let Some(after) = text.strip_prefix('+') {
        return duration(after).map(Moment::After);
    }
    if let Some(before) = text.strip_prefix('-') {
        return duration(before).map(Moment::BeforeEnd);
    }
    let at =
        |ns: i128| u64::try_from(ns).map(Moment::At).map_err(|_| "a time after 1970".to_owned());
    let is_number = text.chars().all(|c| c.is_ascii_digit() || c == '.')
        && text.contains(|c: char| c.is_ascii_digit());
    if is_number {
        // As `evt.rawtime` has them; seconds are not that many for 30 million years.
        if text.len() > 15 && !text.contains('.') {
            return at(text.parse().map_err(|_| form())?);
        }
        let seconds = duration(text)?;
        return at(i128::try_from(seconds.as_nanos()).map_err(|error| error.to_string())?);
    }
    if let Ok(time) = text.parse::<jiff::Timestamp>() {
        return at(time.as_nanosecond());
    }
    // `evt.time.iso8601` has its offset without a colon.
    if let Ok(time) = jiff::Timestamp::strptime("%Y-%m-%dT%H:%M:%S%.f%z", text) {
        return at(time.as_nanosecond());
    }
    let local = |time: DateTime| {
        let time = TimeZone::system().to_timestamp(time).map_err(|error| error.to_string())?;
        at(time.as_nanosecond())
    };
    if text.contains('-') {
        let date = text.parse::<DateTime>().or_else(|_| text.parse::<Date>().map(DateTime::from));
        return local(date.map_err(|_| form())?);
    }
    let time: Time = text.parse().map_err(|_| form())?;
    let (hours, minutes, seconds) = (time.hour(), time.minute(), time.second());
    let whole = i64::from(hours) * 3600 + i64::from(minutes) * 60 + i64::from(seconds);
    let parts = u32::try_from(time.subsec_nanosecond()).map_err(|error| error.to_string())?;
    Ok(Moment::TimeOfDay(Duration::new(whole.unsigned_abs(), parts)))
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
        check("1d", 86_400_000);
        for bad in ["", "x", "5 d", "-1s", "1e30h"] {
            assert!(duration(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn moments_are_read() {
        let check = |text: &str, expected: Moment| assert_eq!(moment(text), Ok(expected), "{text}");
        let day = |seconds, ns| Moment::TimeOfDay(Duration::new(seconds, ns));
        check("+90s", Moment::After(Duration::from_secs(90)));
        check("-10m", Moment::BeforeEnd(Duration::from_mins(10)));
        check("1970-01-01T00:00:01.5Z", Moment::At(1_500_000_000));
        check("2", Moment::At(2_000_000_000));
        check("1795442587.5", Moment::At(1_795_442_587_500_000_000));
        // As fields print them.
        check("1795442587482913554", Moment::At(1_795_442_587_482_913_554));
        check("2026-11-23T14:03:07.482913554+0200", Moment::At(1_795_435_387_482_913_554));
        check("2026-11-23T14:03:07.482913554Z", Moment::At(1_795_442_587_482_913_554));
        check("14:03:07.482913554", day(50_587, 482_913_554));
        check("14:03:07", day(50_587, 0));
        check("14:03", day(50_580, 0));
        for bad in ["", "+", "-", "noon", "1969-12-31T00:00:00Z", "25:00", "2026-13-01", "."] {
            assert!(moment(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_is_shown_is_read_again() {
        for ns in [1_795_442_587_482_000_000, 1_000_000_000_000_000_000] {
            assert_eq!(moment(&shown(ns)), Ok(Moment::At(ns)), "{}", shown(ns));
        }
    }
}
