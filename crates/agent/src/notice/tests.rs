use peregrine_probe::{DamageKind, Unrepaired};

use super::*;

#[test]
fn notices_have_a_message_an_alert_and_fields() {
    let check = |notice: &Notice, words: &str, alert: Option<(&str, &str)>, fields: &str| {
        assert_eq!(notice.to_string(), words);
        let got = notice.alert();
        let alert = alert.map(|(rule, text)| (rule, format!("{rule}{text}")));
        assert_eq!(got, alert);
        assert_eq!(Json::from(notice.fields()).to_string(), fields);
    };
    check(
        &Notice::MemoryLimit([
            ("threads_evicted", 2),
            ("descriptors_evicted", 0),
            ("a", 0),
            ("b", 1),
        ]),
        "memory limit reached: 2 threads evicted, 1 b in the last second, oldest first",
        Some((
            "Peregrine internal: memory limit",
            ". memory limit reached: 2 threads evicted, 1 b in the last second, oldest first.",
        )),
        r#"{"a":0,"b":1,"descriptors_evicted":0,"threads_evicted":2}"#,
    );
    check(
        &Notice::SensorDamaged(Damage { kind: DamageKind::RingRemoved, unrepaired: None }),
        "damage to the kernel side was repaired: a ring was removed",
        Some((
            "Peregrine internal: sensor damaged",
            ". damage to the kernel side was repaired: a ring was removed.",
        )),
        r#"{"repaired":true,"what":"a ring was removed"}"#,
    );
    check(
        &Notice::SensorDamaged(Damage {
            kind: DamageKind::SelfTestMissing,
            unrepaired: Some(Unrepaired::CauseUnknown),
        }),
        "damage to the kernel side could not be repaired: the event of a self-test call did not arrive: the cause is not known",
        Some((
            "Peregrine internal: sensor damaged",
            ". damage to the kernel side could not be repaired: the event of a self-test call did not arrive: the cause is not known.",
        )),
        r#"{"repaired":false,"what":"the event of a self-test call did not arrive"}"#,
    );
    let lost = |classes: &[(&'static str, u64)], live| Notice::EventsLost {
        lost: 3,
        events: 9,
        classes: classes.to_vec(),
        live,
        actions: LossActions::default(),
        level: Priority::Debug,
    };
    check(
        &lost(&[("open_exit", 2), ("scratch", 1), ("too_large", 0)], true),
        "3 events were lost in the last second: the rings were full (engine.modern_ebpf.buf_size_preset sets their size)",
        Some(("Falco internal: syscall event drop", ". 3 system calls dropped in last second.")),
        r#"{"ebpf_enabled":"1","n_drops":"3","n_drops_buffer_open_exit":"2","n_drops_buffer_total":"2","n_drops_bug":"0","n_drops_page_faults":"0","n_drops_scratch_map":"1","n_evts":"9"}"#,
    );
    check(
        &lost(&[("too_large", 3)], false),
        "3 events were lost in the last second",
        Some(("Falco internal: syscall event drop", ". 3 system calls dropped in last second.")),
        r#"{"ebpf_enabled":"0","n_drops":"3","n_drops_buffer_total":"0","n_drops_bug":"0","n_drops_page_faults":"0","n_drops_too_large":"3","n_evts":"9"}"#,
    );
    let output = "stdout".to_owned();
    let full = Notice::Output(OutputNotice::QueueFull { output });
    check(
        &full,
        "output stdout: the queue is full, alerts are dropped and counted",
        None,
        r#"{"output":"stdout"}"#,
    );
    assert_eq!(full.level(), Priority::Warning);
    let limit = std::time::Duration::from_millis(200);
    check(
        &Notice::Output(OutputNotice::Slow { output: "http".to_owned(), limit }),
        "output http: an attempt takes longer than 200 ms (output_timeout); its alerts wait, the other outputs go on",
        None,
        r#"{"output":"http"}"#,
    );
    let unread = vec![Unread { consumer: "http".to_owned(), alerts: 2 }];
    let retired = Notice::Journal(JournalNotice::RetiredUnread { alerts: 5, unread });
    let words = "journal: retention took 5 alerts, of which http had not had 2 (journal.max_size and journal.max_age say how much is kept)";
    check(
        &retired,
        words,
        Some(("Peregrine internal: journal loss", &format!(". {words}."))),
        r#"{"alerts":5,"unread.http":2}"#,
    );
    let missing = Notice::Journal(JournalNotice::Missing { first: 3, last: 9 });
    let words = "journal: the records 3 to 9 are gone, which the last checkpoint proves";
    check(
        &missing,
        words,
        Some(("Peregrine internal: journal damaged", &format!(". {words}."))),
        r#"{"first":3,"last":9}"#,
    );
    assert_eq!(missing.level(), Priority::Critical);
    check(
        &Notice::ReloadRejected { trigger: Trigger::Signal, why: "a.yaml:1:2: no".to_owned() },
        "not reloaded (SIGHUP), the former rules and settings stay: a.yaml:1:2: no",
        Some(("Falco internal: hot restart failure", ": a.yaml:1:2: no")),
        "{}",
    );
    let took = Duration::from_millis(48);
    let mut plan = ReloadPlan::default();
    plan.rules.added = vec!["a".to_owned(), "b".to_owned()];
    plan.rules.disabled = vec!["c".to_owned()];
    check(
        &Notice::Reloaded { trigger: Trigger::Signal, rules: 1, took, plan },
        "reloaded (SIGHUP): 1 rule, 2 added, 1 disabled, in 48 ms",
        None,
        r#"{"rules":1,"rules_added":2,"rules_disabled":1,"took_ms":48,"trigger":"SIGHUP"}"#,
    );
    check(
        &Notice::RestartNeeded { keys: vec!["engine.kind".to_owned(), "journal.path".to_owned()] },
        "a restart is needed for the new values of engine.kind, journal.path: the former ones stay",
        None,
        r#"{"keys":["engine.kind","journal.path"]}"#,
    );
}
