//! Times as text; time zones are asked for, never read.

/// A date and a time of day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Civil {
    pub year: i64,
    pub month: u32,
    pub day: u32,
    pub hour: u32,
    pub minute: u32,
    pub second: u32,
    pub nanosecond: u32,
}

impl Civil {
    /// `ns` since the epoch, `offset` seconds east of Greenwich.
    pub fn at(ns: u64, offset: i32) -> Self {
        const DAY: i64 = 86_400;
        let seconds = i64::try_from(ns / 1_000_000_000).unwrap_or(0) + i64::from(offset);
        let nanosecond = u32::try_from(ns % 1_000_000_000).unwrap_or(0);
        let (days, rest) = (seconds.div_euclid(DAY), seconds.rem_euclid(DAY));
        // Days are counted from March of year 0, in eras of 400 years: leap days fall at the end.
        let shifted = days + 719_468;
        let era = shifted.div_euclid(146_097);
        let day_of_era = shifted.rem_euclid(146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let march_month = (5 * day_of_year + 2) / 153;
        let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
        let small = |number: i64| u32::try_from(number).unwrap_or(0);
        Self {
            year: year_of_era + era * 400 + i64::from(month <= 2),
            month: small(month),
            day: small(day_of_year - (153 * march_month + 2) / 5 + 1),
            hour: small(rest / 3600),
            minute: small(rest / 60 % 60),
            second: small(rest % 60),
            nanosecond,
        }
    }
}

/// `14:03:07.482913554`.
pub fn local_clock(ns: u64, offset: i32) -> String {
    let c = Civil::at(ns, offset);
    format!("{:02}:{:02}:{:02}.{:09}", c.hour, c.minute, c.second, c.nanosecond)
}

/// `2026-11-23 14:03:07.482913554`.
pub(crate) fn local_date(ns: u64, offset: i32) -> String {
    let c = Civil::at(ns, offset);
    format!("{:04}-{:02}-{:02} {}", c.year, c.month, c.day, local_clock(ns, offset))
}

/// `2026-11-23T17:59:02.767588530` in UTC, with `zone` behind it: `Z` or `+0000`.
pub fn iso8601(ns: u64, zone: &str) -> String {
    let c = Civil::at(ns, 0);
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:09}{zone}",
        c.year, c.month, c.day, c.hour, c.minute, c.second, c.nanosecond
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written() {
        assert_eq!(iso8601(1_795_456_742_767_588_530, "Z"), "2026-11-23T17:59:02.767588530Z");
        assert_eq!(iso8601(0, "+0000"), "1970-01-01T00:00:00.000000000+0000");
        assert_eq!(iso8601(951_782_400_000_000_000, "Z"), "2000-02-29T00:00:00.000000000Z");
        assert_eq!(local_clock(951_782_400_000_000_001, 3600), "01:00:00.000000001");
        assert_eq!(local_date(951_782_400_000_000_001, -1), "2000-02-28 23:59:59.000000001");
    }
}
