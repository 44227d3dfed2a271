//! Files, their mistakes, and plans.

mod kubernetes;

use std::time::Duration;

use peregrine_filter::Value;

use crate::{Admission, Occurrence, Planner, Refusal, Task, load, need, need_of_all};

const EXAMPLE: &str = r#"
- response: miner found
  match:
    rules: [Miner started, "Connection to a mining pool"]
    condition: priority >= Critical and not proc.name in (ci_runner)
  actions:
    - kill: {what: tree, signal: KILL}
    - quarantine: {file: "%proc.exepath"}
    - block_address: {address: "%fd.rip", for: 1h}
    - isolate: {allow: [10.0.0.5:2801, dns], for: 30m}
    - run: {argv: [/usr/local/bin/page, "%rule"], user: nobody, timeout: 10s}
  limits: {per: [proc.pid], at_most: 10/1h, cooldown: 60s}
  on_failure: continue
"#;

fn occurrence() -> Occurrence {
    Occurrence::sample(&[
        ("proc.pid", Value::Int(4242)),
        ("proc.pid.ts", Value::Uint(1_764_460_799_000_000_000)),
        ("proc.name", Value::str(b"xm\nrig")),
        ("proc.exepath", Value::str(b"/tmp/$(x) \xff")),
        ("proc.exe_ino", Value::Int(77)),
        ("fd.rip", Value::Ip([203, 0, 113, 9].into())),
        ("container.id", Value::str(b"host")),
    ])
}

fn planner(text: &str) -> Planner {
    let loaded = load([("r.yaml", text)]);
    assert!(loaded.mistakes.is_empty(), "{}", loaded.mistakes[0]);
    Planner::new(loaded.responses.into())
}

#[test]
fn an_alert_becomes_typed_tasks() {
    let mut planner = planner(EXAMPLE);
    let need = need_of_all(planner.responses());
    let names: Vec<&str> = need.fields.keys().map(String::as_str).collect();
    for name in ["proc.pid", "proc.pid.ts", "proc.exepath", "proc.exe_ino", "fd.rip"] {
        assert!(names.contains(&name), "{name} {names:?}");
    }
    let plans = planner.plan(&occurrence(), 1_000_000_000);
    let [plan] = plans.as_slice() else { panic!("{plans:?}") };
    assert_eq!(plan.admission, Admission::Go);
    let shown: Vec<String> =
        plan.actions.iter().map(|action| action.as_ref().unwrap().to_string()).collect();
    assert_eq!(
        shown,
        [
            "kill process tree of 4242 (xm\\nrig) with SIGKILL",
            "quarantine /tmp/$(x) \\xff",
            "block 203.0.113.9/32 for 1h",
            "isolate this host for 30m but for 10.0.0.5:2801, dns",
            "run \"/usr/local/bin/page\" \"Miner started\" as nobody for 10s at most",
        ]
    );
    // Whatever is planned is the same when it is read again.
    for task in plan.actions.iter().flatten() {
        let text = serde_json::to_string(task).unwrap();
        assert_eq!(&serde_json::from_str::<Task>(&text).unwrap(), task, "{text}");
    }
    let [Ok(Task::Kill { process, .. }), Ok(Task::Quarantine { file }), ..] =
        plan.actions.as_slice()
    else {
        panic!("{plan:?}")
    };
    assert_eq!((process.pid, process.exe_ino, file.ino), (4242, 77, Some(77)));
    assert_eq!(file.path.0, b"/tmp/$(x) \xff");
    // The same process again, within the minute.
    let again = planner.plan(&occurrence(), 2_000_000_000);
    assert_eq!((again[0].admission, again[0].actions.len()), (Admission::Cooldown, 0));
}

#[test]
fn responses_answer_what_they_match() {
    let check = |matches: &str, expected: bool| {
        let text = format!("- response: r\n  match: {matches}\n  actions: [kill]\n");
        let plans = planner(&text).plan(&occurrence(), 1);
        assert_eq!(!plans.is_empty(), expected, "{matches}");
        // What is asked before there is an event is never narrower.
        let of = occurrence();
        let need = need(planner(&text).responses(), &of.rule, &of.tags, &of.source, of.priority);
        assert!(need.is_some() || !expected, "{matches}");
    };
    check("{rules: ['*']}", true);
    check("{rules: ['Miner*', other]}", true);
    check("{rules: [other]}", false);
    check("{tags: [T1496]}", true);
    check("{tags: [network]}", false);
    check("{priority: warning}", true);
    check("{priority: alert}", false);
    check("{source: k8s_audit}", false);
    check("{condition: proc.exepath startswith /tmp/}", true);
    check("{rules: ['*'], condition: proc.pid = 1}", false);
}

#[test]
fn what_an_alert_lacks_is_said() {
    let check = |action: &str, expected: Refusal| {
        let text = format!("- response: r\n  match: {{rules: ['*']}}\n  actions: [{action}]\n");
        let plans = planner(&text).plan(&occurrence(), 1);
        assert_eq!(plans[0].actions, [Err(expected)], "{action}");
    };
    let missing = |name: &str| Refusal::Missing(name.to_owned());
    check("quarantine: {file: '%fd.name'}", missing("fd.name"));
    check("quarantine: {file: tmp/x}", Refusal::NotAPath("tmp/x".to_owned()));
    check("block_address: {address: '%proc.name'}", Refusal::NotAnAddress("xm\\nrig".to_owned()));
    check("block_address: {address: 127.0.0.1}", Refusal::Ourselves("127.0.0.1/32".to_owned()));
    check(
        "block_address: {address: '::ffff:127.0.0.1'}",
        Refusal::Ourselves("::ffff:127.0.0.1/128".to_owned()),
    );
    check("block_network: {network: 0.0.0.0/0}", Refusal::TooWide("0.0.0.0/0".to_owned(), 8));
    check("block_address: {address: 10.0.0.0/8}", Refusal::NotAnAddress("10.0.0.0/8".to_owned()));
    check("block_port: {port: '%proc.name'}", Refusal::NotAPort("%proc.name".to_owned()));
    check("kill: {what: container}", Refusal::NoContainer);
    check("kill: {process: '%proc.name'}", Refusal::NotAProcess("%proc.name".to_owned()));
    check("pause_container", Refusal::NoContainer);
    check("disable_user", missing("user.name"));
}

#[test]
fn too_many_alerts_stop_a_response() {
    let mut planner = planner(
        "- response: r\n  match: {rules: ['*']}\n  actions: [kill]\n  limits: {at_most: 2/1m}\n",
    );
    let second = 1_000_000_000;
    let mut at = |time: u64| planner.plan(&occurrence(), time * second)[0].admission;
    assert_eq!([at(1), at(2)], [Admission::Go; 2]);
    let until_ns = 63 * second;
    assert_eq!(at(3), Admission::TooMany { until_ns, first: true });
    assert_eq!(at(4), Admission::TooMany { until_ns, first: false });
    assert_eq!(at(63), Admission::Go);
}

#[test]
fn defaults_are_those_of_the_docs() {
    let planner = planner("- response: r\n  match: {rules: [x]}\n  actions: [kill]\n");
    let limits = &planner.responses()[0].limits;
    assert_eq!(limits.at_most, (60, Duration::from_hours(1)));
    assert!(limits.cooldown.is_zero() && limits.per.is_empty());
    assert!(
        need(planner.responses(), "y", &[], "syscall", peregrine_alert::Priority::Error).is_none()
    );
}

#[test]
fn every_mistake_has_its_place() {
    let check = |text: &str, expected: &str| {
        let loaded = load([("r.yaml", text)]);
        let got: Vec<String> = loaded.mistakes.iter().map(ToString::to_string).collect();
        assert_eq!(got.join("\n"), expected.trim_start_matches('\n'), "{text}");
    };
    let with = |actions: &str| {
        format!("- response: r\n  match: {{rules: [x]}}\n  actions:\n    - {actions}\n")
    };
    check(
        &with("kil: {what: tree}"),
        "
r.yaml:4:7: error[LOAD_ERR_YAML_VALIDATE]: there is no action 'kil'
  |
4 |     - kil: {what: tree}
  |       ^^^
  in response 'r'
  help: write `kill`",
    );
    check(
        &with("kill: {what: forest}"),
        "
r.yaml:4:20: error[LOAD_ERR_YAML_VALIDATE]: what cannot be 'forest'
  |
4 |     - kill: {what: forest}
  |                    ^^^^^^
  in response 'r'
  help: there are process, tree, session, container, user",
    );
    check(
        &with("quarantine: {file: \"%proc.exepaht\"}"),
        "
r.yaml:4:27: error[LOAD_ERR_COMPILE_OUTPUT]: there is no field 'proc.exepaht'
  |
4 |     - quarantine: {file: \"%proc.exepaht\"}
  |                           ^^^^^^^^^^^^^
  in response 'r'
  help: write `proc.exepath`",
    );
    check(
        &with("run: {argv: [page, x]}"),
        "
r.yaml:4:20: error[LOAD_ERR_YAML_VALIDATE]: the program must be given by its whole path, not as 'page'
  |
4 |     - run: {argv: [page, x]}
  |                    ^^^^
  in response 'r'
  help: as in /usr/local/bin/page",
    );
    check(
        &with("run: {argv: ['%proc.exepath']}"),
        "
r.yaml:4:20: error[LOAD_ERR_YAML_VALIDATE]: the program must be given by its whole path, not as '%proc.exepath'
  |
4 |     - run: {argv: ['%proc.exepath']}
  |                    ^^^^^^^^^^^^^^^
  in response 'r'
  help: as in /usr/local/bin/page",
    );
    check(
        &with("isolate: {allow: [somewhere], for: 5}"),
        "
r.yaml:4:25: error[LOAD_ERR_YAML_VALIDATE]: allow must be an address, a network, an address with its port (10.0.0.5:2801, [::1]:22) or dns
  |
4 |     - isolate: {allow: [somewhere], for: 5}
  |                         ^^^^^^^^^
  in response 'r'
r.yaml:4:42: error[LOAD_ERR_YAML_VALIDATE]: for must be a time with its unit, as in 1h30m or 500ms
  |
4 |     - isolate: {allow: [somewhere], for: 5}
  |                                          ^
  in response 'r'",
    );
    check(
        "- response: r\n  match:\n    rules: [x]\n    condition: >\n      proc.name = a and\n      proc.nmae = b\n  action: [kill]\n",
        "
r.yaml:1:3: error[LOAD_ERR_YAML_VALIDATE]: the key 'actions' is missing
  |
1 | - response: r
  |   ^
  in response 'r'
r.yaml:6:7: error[LOAD_ERR_COMPILE_CONDITION]: there is no field 'proc.nmae'
  |
6 |       proc.nmae = b
  |       ^^^^^^^^^
  in response 'r'
  help: write `proc.name`
r.yaml:7:3: error[LOAD_ERR_YAML_VALIDATE]: there is no key 'action' here
  |
7 |   action: [kill]
  |   ^^^^^^
  in response 'r'
  help: write `actions`",
    );
}

#[test]
fn names_are_unique_over_files() {
    let one = "- response: r\n  match: {rules: [x]}\n  actions: [kill]\n";
    let loaded = load([("a.yaml", one), ("b.yaml", one)]);
    let got: Vec<String> = loaded.mistakes.iter().map(ToString::to_string).collect();
    assert_eq!(got.len(), 1);
    assert!(got[0].starts_with("b.yaml:1:13: error[LOAD_ERR_YAML_VALIDATE]: there is a response 'r' already, in a.yaml:1\n"), "{}", got[0]);
}

proptest::proptest! {
    #[test]
    fn no_text_makes_it_panic(text in ".{0,200}") {
        let _ = load([("x", text.as_str())]);
    }

    #[test]
    fn no_change_of_a_file_makes_it_panic(at in 0_usize..700, text in ".{0,4}") {
        let mut changed = EXAMPLE.to_owned();
        if changed.is_char_boundary(at) && at < changed.len() {
            changed.insert_str(at, &text);
        }
        for mistake in load([("x", changed.as_str())]).mistakes {
            let _ = mistake.to_string();
        }
    }
}
