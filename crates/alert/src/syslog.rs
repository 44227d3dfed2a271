//! Lines of the system log, in the form of before (RFC 3164) that its socket on this host takes.

use jiff::ZonedDateTime;
use peregrine_event::Priority;

/// The facility of programs that say nothing of theirs.
pub const FACILITY_USER: u8 = 1;

/// What a message begins with: `<12>`, the facility and the severity in one number.
pub fn syslog_code(facility: u8, priority: Priority) -> String {
    format!("<{}>", u16::from(facility) * 8 + priority as u16)
}

/// `<12>Nov  3 02:13:16 peregrine: text`. `host`: it stands behind the time in messages to other hosts.
pub fn syslog_line(
    (facility, priority): (u8, Priority),
    time: &ZonedDateTime,
    host: Option<&str>,
    program: &str,
    text: &str,
) -> String {
    let code = syslog_code(facility, priority);
    let time = time.strftime("%b %e %H:%M:%S");
    let (host, gap) = host.map_or(("", ""), |host| (host, " "));
    format!("{code}{time} {host}{gap}{program}: {text}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_have_severity_time_and_program() {
        let time: ZonedDateTime = "2026-11-03T02:13:16+01:00[+01:00]".parse().unwrap();
        let check = |facility, priority, host, expected: &str| {
            let line = syslog_line((facility, priority), &time, host, "falco", "a\nb %s");
            assert_eq!(line, expected);
        };
        let user = FACILITY_USER;
        check(user, Priority::Warning, None, "<12>Nov  3 02:13:16 falco: a\nb %s");
        check(user, Priority::Emergency, Some("h"), "<8>Nov  3 02:13:16 h falco: a\nb %s");
        check(23, Priority::Debug, None, "<191>Nov  3 02:13:16 falco: a\nb %s");
    }
}
