//! What a stream tells of containers and pods, as fields.

#![expect(clippy::unwrap_used, reason = "tests")]

use peregrine_event::{Event, EventBuilder, EventType};
use peregrine_fields::{Catalogue, EventContext};
use peregrine_filter::{Scheme, Source, Value};
use peregrine_state::{Limits, NoHostInfo, State};

const ID: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

const TOLD: &str = r#"{"container":{"id":"0123456789ab","type":7,"name":"web","ip":"10.0.0.7",
    "cni_json":"{}","labels":null,"pod_sandbox_id":"aaaabbbbccccdddd",
    "pod_sandbox_labels":{"app":"shop","tier":"front"},
    "Healthcheck":{"exe":"/bin/check","args":["-q","x"]},"LivenessProbe":{"exe":"/bin/live","args":null}}}"#;

fn with_event(block: &[u8], then: impl FnOnce(&Event<'_>)) {
    then(&Event::parse(1, block).unwrap());
}

#[test]
fn pods_and_probes_have_values() {
    let mut state = State::new(Limits::default());
    let mut thread = EventBuilder::new(EventType::ITER_TASK_E, 1, 7);
    for index in 0..27 {
        thread = match index {
            5 => thread.strs([&b"/bin/check"[..], b"-q", b"x"]),
            _ => thread.empty(),
        };
    }
    let group = format!("cpu=/kubepods/{ID}");
    let thread = thread.strs([group.as_bytes()]).finish();
    with_event(&thread, |event| state.apply(event, &NoHostInfo));
    let reported =
        EventBuilder::new(EventType::CONTAINER_JSON_2_E, 2, 7).str(TOLD.as_bytes()).finish();
    with_event(&reported, |event| state.apply(event, &NoHostInfo));

    let check = |name: &str, arg: Option<&str>, expected: Option<&str>| {
        let field = Catalogue::default().field(name, arg).unwrap();
        with_event(&reported, |event| {
            let context = EventContext::new(event, &state, &NoHostInfo);
            let expected = expected.map(|text| match text {
                "true" | "false" => Value::Bool(text == "true"),
                _ => Value::string(text.as_bytes().to_vec()),
            });
            assert_eq!(context.value(&field), expected, "{name}");
        });
    };
    check("container.id", None, Some("0123456789ab"));
    check("container.name", None, Some("web"));
    check("k8s.pod.sandbox_id", None, Some("aaaabbbbcccc"));
    check("k8s.pod.full_sandbox_id", None, Some("aaaabbbbccccdddd"));
    check("k8s.pod.label", Some("app"), Some("shop"));
    check("k8s.pod.label", Some("none"), None);
    check("k8s.pod.labels", None, Some("app:shop, tier:front"));
    check("k8s.pod.ip", None, Some("10.0.0.7"));
    check("k8s.pod.cni.json", None, Some("{}"));
    check("container.healthcheck", None, Some("/bin/check -q x"));
    check("container.liveness_probe", None, Some("/bin/live"));
    check("container.readiness_probe", None, None);
    check("proc.is_container_healthcheck", None, Some("true"));
    check("proc.is_container_liveness_probe", None, Some("false"));
    check("proc.is_container_readiness_probe", None, Some("false"));
}
