//! What an output gets, as its configuration says.

use peregrine_alert::AlertId;
use peregrine_config::{
    AlertFields, Dedup, Interval, Maybe, Mute, Template, Throttle, When, Whole,
};
use proptest::prelude::*;
use serde_json::{Map, json};

use super::*;

/// An alert `n` seconds after a Monday's begin.
pub(super) fn alert(n: u64) -> Alert {
    Alert {
        id: AlertId { host: "h".to_owned(), sequence: n },
        time_ns: (1_764_547_200 + n) * 1_000_000_000,
        utc_offset: 0,
        rule: "r".to_owned(),
        priority: Priority::Notice,
        source: "syscall".to_owned(),
        tags: Vec::new(),
        message: format!("alert {n}"),
        fields: Map::new(),
    }
}

/// Numbers summaries.
static NUMBERS: std::sync::LazyLock<Sequence> = std::sync::LazyLock::new(|| Sequence::new(1000));

fn selection(common: &Delivery) -> Selection {
    Selection::new(common, Format::Message, Form::default()).unwrap()
}

/// What comes of alerts of these rules at these seconds, then of the end.
fn sent(common: &Delivery, alerts: &[(u64, &str)]) -> Vec<String> {
    let mut selection = selection(common);
    let mut out = Vec::new();
    for (second, rule) in alerts {
        let alert = Alert { rule: (*rule).to_owned(), ..alert(*second) };
        selection.take(&Arc::new(alert), &NUMBERS, &mut out);
    }
    out.push(Arc::new(Alert { message: "end".to_owned(), ..alert(0) }));
    selection.close(&NUMBERS, &mut out);
    out.iter()
        .map(|alert| match alert.fields.get("suppressed.count") {
            Some(count) => format!("{} {count} held back", alert.rule),
            None => alert.message.clone(),
        })
        .collect()
}

fn throttle(alerts: i64, seconds: u64) -> Delivery {
    let per = Interval(std::time::Duration::from_secs(seconds));
    let throttle = Throttle { alerts: Whole(alerts), per, ..Throttle::default() };
    Delivery { throttle: Maybe(Some(throttle)), ..Delivery::default() }
}

#[test]
fn a_throttle_lets_so_many_through_and_counts_the_rest() {
    let common = throttle(2, 10);
    let check = |alerts: &[(u64, &str)], expected: &[&str]| {
        assert_eq!(sent(&common, alerts), expected);
    };
    check(&[(0, "a"), (1, "a")], &["alert 0", "alert 1", "end"]);
    check(
        &[(0, "a"), (1, "a"), (2, "a"), (3, "a"), (4, "b"), (10, "a")],
        &["alert 0", "alert 1", "alert 4", "a 2 held back", "alert 10", "end"],
    );
    check(&[(0, "a"), (1, "a"), (2, "a")], &["alert 0", "alert 1", "end", "a 1 held back"]);
    // One that comes late belongs to the window that is open.
    check(&[(5, "a"), (4, "a"), (3, "a")], &["alert 5", "alert 4", "end", "a 1 held back"]);
}

#[test]
fn of_equal_alerts_the_first_goes_through() {
    let by = AlertFields::new(&["rule", "proc.name"]).unwrap();
    let window = Interval(std::time::Duration::from_mins(1));
    let common = Delivery { dedup: Maybe(Some(Dedup { window, by })), ..Delivery::default() };
    let mut selection = selection(&common);
    let mut out = Vec::new();
    for (second, name) in [
        (0, json!("cat")),
        (1, json!("cat")),
        (2, json!("dog")),
        (3, json!(null)),
        (4, json!("cat")),
    ] {
        let mut alert = alert(second);
        alert.fields.insert("proc.name".to_owned(), name);
        selection.take(&Arc::new(alert), &NUMBERS, &mut out);
    }
    assert_eq!(out.len(), 3);
    selection.due(alert(61).time_ns, &NUMBERS, &mut out);
    let last = out.last().unwrap();
    assert_eq!(
        last.message,
        "2 alerts were held back by dedup from 2025-12-01T00:00:01.000000000Z to \
         2025-12-01T00:00:04.000000000Z, the last: alert 4"
    );
    assert_eq!(last.rule, "r");
    assert!(last.id.sequence >= 1000);
    assert_eq!(last.fields["proc.name"], "cat");
    assert_eq!(selection.held(), 2);
}

#[test]
fn only_wanted_alerts_go_out() {
    let check = |when: &str, priority: Option<Priority>, expected: bool| {
        let common = Delivery { when: When(when.to_owned()), priority, ..Delivery::default() };
        let mut out = Vec::new();
        selection(&common).take(&Arc::new(alert(0)), &NUMBERS, &mut out);
        assert_eq!(out.len() == 1, expected, "{when} {priority:?}");
    };
    check("", None, true);
    check("rule = r", None, true);
    check("rule = s", None, false);
    check("priority >= warning", None, false);
    check("", Some(Priority::Notice), true);
    check("", Some(Priority::Warning), false);
    check("", Some(Priority::Debug), true);
}

#[test]
fn a_quiet_time_ends_with_a_count() {
    let mute = Mute { daily: Some((0, 1)), ..Mute::default() };
    let common = Delivery { mute: vec![mute], ..Delivery::default() };
    assert_eq!(
        sent(&common, &[(5, "a"), (30, "b"), (61, "c")]),
        ["b 2 held back", "alert 61", "end"]
    );
}

#[test]
fn a_template_makes_the_text() {
    let check = |template: &str, expected: &str, fails: bool| {
        let template = Template(template.to_owned());
        let common = Delivery { template, ..Delivery::default() };
        let mut alert = alert(0);
        alert.fields.insert("proc.name".to_owned(), json!("日本\n\""));
        let text = selection(&common).text(&alert);
        assert_eq!((text.text.as_str(), text.error.is_some()), (expected, fails));
    };
    check("{{ rule }} on {{ hostname }}: {{ message }}", "r on h: alert 0", false);
    check("{{ fields['proc.name'] | tojson }}", "\"日本\\n\\\"\"", false);
    check("[{{ fields['proc.cmdline'] }}]", "[]", false);
    check(
        "{{ id }} {{ priority | upper }} {{ time }}",
        "h-0 NOTICE 2025-12-01T00:00:00.000000000Z",
        false,
    );
    check("{{ rule | nosuch }}", "alert 0", true);
    // Work is bounded.
    check(
        "{% for a in range(9999) %}{% for b in range(9999) %}x{% endfor %}{% endfor %}",
        "alert 0",
        true,
    );
}

proptest! {
    /// Each alert goes out or is counted in a summary, and no window lets more through than it may.
    #[test]
    fn nothing_goes_without_a_word(
        alerts in prop::collection::vec((0_u64..200, 0_usize..4), 0..200),
        most in 1_i64..5,
        seconds in 1_u64..50,
        quiet in any::<bool>(),
    ) {
        let mut common = throttle(most, seconds);
        common.dedup = Maybe(Some(Dedup::default()));
        if quiet {
            common.mute = vec![Mute { daily: Some((1, 2)), ..Mute::default() }];
        }
        let mut selection = selection(&common);
        let mut out = Vec::new();
        for (second, rule) in &alerts {
            let alert = Alert { rule: rule.to_string(), ..alert(*second) };
            selection.take(&Arc::new(alert), &NUMBERS, &mut out);
        }
        selection.close(&NUMBERS, &mut out);
        let count = |alert: &Arc<Alert>| {
            alert.fields.get("suppressed.count").map_or(1, |count| count.as_u64().unwrap())
        };
        prop_assert_eq!(out.iter().map(count).sum::<u64>(), alerts.len() as u64);
        let mut again = Vec::new();
        selection.close(&NUMBERS, &mut again);
        prop_assert!(again.is_empty());
    }
}

#[test]
fn windows_are_bounded() {
    let mut selection = selection(&throttle(1, 1_000_000));
    let mut out = Vec::new();
    for n in 0..50_000 {
        let rule = format!("{n}");
        for _ in 0..2 {
            selection.take(&Arc::new(Alert { rule: rule.clone(), ..alert(n) }), &NUMBERS, &mut out);
        }
    }
    selection.close(&NUMBERS, &mut out);
    let count = |alert: &Arc<Alert>| {
        alert.fields.get("suppressed.count").map_or(1, |count| count.as_u64().unwrap())
    };
    assert_eq!(out.iter().map(count).sum::<u64>(), 100_000);
}
