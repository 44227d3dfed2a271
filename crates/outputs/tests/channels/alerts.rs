//! Alerts for tests: an ordinary one, one with all that may go wrong, one with nothing in it. Tests within the crate
//! (`src/sinks/samples.rs`) have the same.

use peregrine_alert::{Alert, AlertId, Priority};
use serde_json::{Map, Value as Json, json};

fn fields(json: &Json) -> Map<String, Json> {
    json.as_object().cloned().unwrap()
}

/// As rules make them.
pub(crate) fn plain() -> Alert {
    Alert {
        id: AlertId { host: "web-1".to_owned(), sequence: 42 },
        time_ns: 1_700_000_000_123_456_789,
        utc_offset: 3600,
        rule: "Read sensitive file".to_owned(),
        priority: Priority::Warning,
        source: "syscall".to_owned(),
        tags: vec!["filesystem".to_owned(), "T1555".to_owned()],
        message: "cat reads /etc/shadow (user=root)".to_owned(),
        fields: fields(&json!({
            "container.image": "x",
            "container.image.tag": "y",
            "fd.name": "/etc/shadow",
            "proc.name": "cat",
            "proc.pid": 4711,
            "user.name": "root",
        })),
    }
}

/// What is longest in [`nasty`].
const LONG: usize = 100 << 10;

/// Chinese names, newlines, control characters, markup, words of protocols, long values, every type of JSON.
pub(crate) fn nasty() -> Alert {
    let name = "/tmp/\u{4e2d}\u{6587} <!channel> *b* _i_ `c` [l](http://x) @everyone & \"q\" '\\' \u{1f600}";
    Alert {
        id: AlertId { host: "h\u{f6}st".to_owned(), sequence: u64::MAX },
        time_ns: 1_700_000_000_000_000_001,
        utc_offset: 0,
        rule: format!(
            "R\u{fc}le <b>\r\nBcc: evil@example.com \"{}\"</b> & more",
            "\u{4e2d}".repeat(400)
        ),
        priority: Priority::Critical,
        source: "k8s_audit".to_owned(),
        tags: vec!["a,b".to_owned(), "\u{6587}\n".to_owned()],
        message: format!("opens {name}\n.\r\nQUIT {}", "x".repeat(LONG)),
        fields: fields(&json!({
            "": "no name",
            "evt.arg[0]": null,
            "evt.control": "\u{1}".repeat(LONG / 8),
            "evt.empty": "",
            "evt.float": -1.5e300,
            "evt.huge": u64::MAX,
            "evt.is_open": true,
            "evt.negative": -9_007_199_254_740_993_i64,
            "evt.newlines": "one\ntwo\r\n\tthree\u{0}\u{1b}[31m\u{2028}\u{202e}",
            "evt.object": {"a": [1, {"b": null}], "c": "\u{6587}".repeat(LONG / 3)},
            "evt_float": "the same name made plain",
            "fd.name": name,
            "fd.names": ["\u{4e2d}\u{6587}", 2, false],
            "proc.cmdline": "y".repeat(LONG),
            "{{ rule }}": "%s",
        })),
    }
}

/// No tags, no values: as alerts about Peregrine itself may be.
pub(crate) fn bare() -> Alert {
    Alert::internal(
        AlertId { host: "web-1".to_owned(), sequence: 43 },
        1_700_000_001_000_000_000,
        0,
        Priority::Debug,
        "Peregrine internal: test",
        "Peregrine internal: test. Nothing happened.",
        Map::new(),
    )
}
