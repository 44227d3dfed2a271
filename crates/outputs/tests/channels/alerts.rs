//! Alerts: an ordinary one, one with all that may go wrong, one with nothing in it.

use peregrine_alert::{Alert, AlertId, Priority};
use serde_json::{Map, json};

pub(crate) fn plain() -> Alert {
    let fields = json!({
        "fd.name": "/etc/shadow", "proc.name": "cat", "proc.pid": 4711, "user.name": "root",
        "container.image": "x", "container.image.tag": "y",
    });
    Alert {
        id: AlertId { host: "web-1".to_owned(), sequence: 42 },
        time_ns: now(),
        utc_offset: 3600,
        rule: "Read sensitive file".to_owned(),
        priority: Priority::Warning,
        source: "syscall".to_owned(),
        tags: vec!["filesystem".to_owned(), "T1555".to_owned()],
        message: "cat reads /etc/shadow (user=root)".to_owned(),
        fields: fields.as_object().cloned().unwrap(),
    }
}

fn now() -> u64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    u64::try_from(now.as_nanos()).unwrap()
}

/// Chinese names, newlines, control characters, markup, long values, every type of JSON, many values.
pub(crate) fn nasty() -> Alert {
    let name = "/tmp/\u{4e2d}\u{6587} <!channel> *b* _i_ `c` [l](http://x) @everyone & \"q\" '\\' \u{1f600}";
    let fields = json!({
        "": "no name",
        "evt.arg[0]": null,
        "evt.empty": "",
        "evt.float": 1.5,
        "evt.huge": u64::MAX,
        "evt.is_open": true,
        "evt.negative": -9_007_199_254_740_993_i64,
        "evt.newlines": "one\ntwo\r\n\tthree\u{0}\u{1b}[31m\u{2028}\u{202e}",
        "evt.object": {"a": [1, {"b": null}], "c": "\u{6587}".repeat(30_000)},
        "evt_float": "the same name made plain",
        "fd.name": name,
        "fd.names": ["\u{4e2d}\u{6587}", 2, false],
        "proc.cmdline": "\u{1}".repeat(100 << 10),
    });
    let mut fields = fields.as_object().cloned().unwrap();
    for number in 0..40 {
        fields.insert(format!("proc.aname[{number}]"), "&<>\"\\*_".into());
    }
    Alert {
        id: AlertId { host: "h\u{f6}st".to_owned(), sequence: u64::MAX },
        time_ns: now() - 1,
        utc_offset: 0,
        rule: format!("R\u{fc}le <b>\"{}\"</b>\n& more", "\u{4e2d}".repeat(1200)),
        priority: Priority::Critical,
        source: "k8s_audit".to_owned(),
        tags: vec!["a,b".to_owned(), "\u{6587}\n".to_owned()],
        message: format!("opens {name} {}", "<&>\"\\*".repeat(20_000)),
        fields,
    }
}

/// No tags, no values: as alerts about Peregrine itself may be.
pub(crate) fn bare() -> Alert {
    let id = AlertId { host: "web-1".to_owned(), sequence: 43 };
    let (rule, message) = ("Peregrine internal: test", "Nothing happened.");
    Alert::internal(id, now(), 0, Priority::Debug, rule, message, Map::new())
}

/// Those three, and ordinary ones of before.
pub(crate) fn samples() -> Vec<Alert> {
    let mut samples = vec![plain(), nasty(), bare()];
    for number in 0..3 {
        let mut alert = plain();
        alert.id.sequence = 100 + number;
        alert.time_ns -= 1000 * (number + 1);
        alert.rule = format!("Rule {number}");
        samples.push(alert);
    }
    samples
}
