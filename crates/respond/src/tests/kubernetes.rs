//! Actions through the API of Kubernetes: how they are written, and which names get into a task.

use peregrine_filter::Value;

use super::planner;
use crate::{Occurrence, load, need_of_all};

const ACTIONS: &str = r#"
- response: r
  match: {rules: ["*"]}
  actions:
    - label_pod: {labels: {state: suspect, example.com/by: "%proc.name"}}
    - delete_pod: {grace_period: 0s}
    - delete_pod
    - cordon
    - cordon: {node: node-2}
    - delete_pod: {namespace: kube-system, pod: web}
"#;

fn planned(namespace: &[u8], pod: &[u8], name: &[u8]) -> Vec<String> {
    let of = Occurrence::sample(&[
        ("k8s.ns.name", Value::str(namespace).into_owned()),
        ("k8s.pod.name", Value::str(pod).into_owned()),
        ("k8s.pod.uid", Value::str(b"uid-1")),
        ("proc.name", Value::str(name).into_owned()),
    ]);
    let plans = planner(ACTIONS).plan(&of, 1_000_000_000);
    let shown = |action: &crate::PlannedAction| match action {
        Ok(task) => task.to_string(),
        Err(refusal) => format!("refused: {refusal}"),
    };
    plans[0].actions.iter().map(shown).collect()
}

#[test]
fn pods_are_those_of_the_event() {
    assert_eq!(
        planned(b"shop", b"web-1.a", b"xmrig"),
        [
            "label the pod shop/web-1.a with example.com/by=xmrig, state=suspect",
            "delete the pod shop/web-1.a with a grace period of 0s",
            "delete the pod shop/web-1.a",
            "cordon this node",
            "cordon the node node-2",
            "delete the pod kube-system/web",
        ]
    );
    let need = need_of_all(planner(ACTIONS).responses());
    for name in ["k8s.ns.name", "k8s.pod.name", "k8s.pod.uid", "proc.name"] {
        assert!(need.fields.contains_key(name), "{name}");
    }
    let of = Occurrence::sample(&[]);
    let plans = planner(ACTIONS).plan(&of, 1_000_000_000);
    let refusal = plans[0].actions[1].as_ref().unwrap_err();
    assert_eq!(refusal.to_string(), "the event has no k8s.pod.name");
}

#[test]
fn a_task_has_the_unique_id_of_the_pod_of_the_event_alone() {
    let of = Occurrence::sample(&[
        ("k8s.ns.name", Value::str(b"shop")),
        ("k8s.pod.name", Value::str(b"web-1")),
        ("k8s.pod.uid", Value::str(b"uid-1")),
    ]);
    let plans = planner(ACTIONS).plan(&of, 1_000_000_000);
    let written = |at: usize| serde_json::to_value(plans[0].actions[at].as_ref().unwrap()).unwrap();
    assert_eq!(written(1)["what"]["delete_pod"]["pod"]["uid"], "uid-1");
    assert!(written(5)["what"]["delete_pod"]["pod"]["uid"].is_null());
    // The account is read again after a crash.
    let again: crate::Task = serde_json::from_value(written(1)).unwrap();
    assert_eq!(Ok(again), plans[0].actions[1]);
}

#[test]
fn hostile_names_are_refused() {
    let long = [b'a'; 64];
    let names: [&[u8]; 9] = [b"", b"-a", b"a-", b"A", b"a/b", b"..", b"a\nb", b"$(id)", b"a\xff"];
    for name in names.into_iter().chain([&long[..]]) {
        for (namespace, pod) in [(name, &b"web"[..]), (b"shop", name)] {
            let got = planned(namespace, pod, b"x");
            let refused = got[1].ends_with("is no name a pod, namespace or node can have");
            assert!(refused, "{got:?}");
        }
    }
    for value in [&b"a b"[..], b"-a", b"a\n", b"\xff", b"a/b", &long] {
        let got = planned(b"shop", b"web", value);
        assert!(got[0].ends_with("is no value a label can have"), "{got:?}");
    }
    let why = "refused: the pod is in kube-system, and the response does not name that namespace";
    assert_eq!(planned(b"kube-system", b"web", b"x")[1], why);
}

#[test]
fn mistakes_of_actions_are_found() {
    let check = |action: &str, expected: &str| {
        let text = format!("- response: r\n  match: {{rules: [x]}}\n  actions:\n    - {action}\n");
        let got: Vec<String> =
            load([("r.yaml", &*text)]).mistakes.iter().map(ToString::to_string).collect();
        assert!(got.len() == 1 && got[0].contains(expected), "{action}: {got:?}");
    };
    check("label_pod", "r.yaml:4:7: error[LOAD_ERR_YAML_VALIDATE]: the key 'labels' is missing");
    check(
        "label_pod: {labels: {}}",
        "r.yaml:4:27: error[LOAD_ERR_YAML_VALIDATE]: labels must be keys and values",
    );
    check("label_pod: {labels: {-a: b}}", "the key of a label must be letters");
    check("label_pod: {labels: {a/b/c: b}}", "the key of a label must be letters");
    check("label_pod: {labels: {a: 'b c'}}", "the value of a label must be letters");
    check("label_pod: {labels: {a: '%proc.nmae'}}", "write `proc.name`");
    check("delete_pod: {grace: 1s}", "there are grace_period, pod, namespace");
    check("delete_pod: {grace_period: 500ms}", "grace_period must be whole seconds, from 0s to 1h");
    check("cordon: {pod: x}", "there is no key 'pod' here");
    check("deny_pod_network", "there is no action 'deny_pod_network'");
}
