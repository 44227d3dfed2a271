//! Pods and nodes behind an API server that the test is itself: its state before, after, and after the undo.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use peregrine_respond::{KubernetesTask, Pod, Task};
use peregrine_testkit::Folder;
use serde_json::{Value as Json, json};

use super::{act, done, host, person, undone};
use crate::kubernetes::Kubernetes;
use crate::{Host, Step};

const UID: &str = "2b0f6c1e-7a53-4a94-8a57-f0bd9a3c5d10";
const POD: &str = "/api/v1/namespaces/shop/pods/web-1";
const NODE: &str = "/api/v1/nodes/node-1";

/// The objects of a cluster by their paths, and what was asked for.
#[derive(Debug, Default)]
struct Cluster {
    objects: BTreeMap<String, Json>,
    asked: Vec<String>,
    /// The body of the last request that changes something.
    body: Json,
    /// It forbids to change anything.
    forbids: bool,
    /// It answers nothing.
    is_silent: bool,
}

impl Cluster {
    fn labels(&self) -> Json {
        self.objects[POD]["metadata"]["labels"].clone()
    }

    fn answer(&mut self, head: &str, body: &[u8]) -> (u16, Json) {
        let words: Vec<&str> = head.split(' ').take(2).collect();
        let [method, path] = words[..] else { return (400, Json::Null) };
        self.asked.push(format!("{method} {path}"));
        let head = head.to_ascii_lowercase();
        if !head.contains("\r\nauthorization: bearer secret\r\n") {
            return (401, json!({"message": "Unauthorized"}));
        }
        if self.forbids && method != "GET" {
            return (403, json!({"message": "pods is forbidden"}));
        }
        let Some(object) = self.objects.get_mut(path) else {
            return (404, json!({"message": "not found"}));
        };
        if method == "GET" {
            return (200, object.clone());
        }
        self.body = serde_json::from_slice(body).unwrap();
        let uid = match method {
            "PATCH" => &self.body["metadata"]["uid"],
            _ => &self.body["preconditions"]["uid"],
        };
        if !uid.is_null() && *uid != object["metadata"]["uid"] {
            return (409, json!({"message": "the UID in the precondition is another one"}));
        }
        match method {
            "PATCH" if head.contains("content-type: application/merge-patch+json\r\n") => {
                merge(object, &self.body);
                (200, object.clone())
            }
            "DELETE" => {
                self.objects.remove(path);
                (200, json!({"kind": "Status", "status": "Success"}))
            }
            _ => (415, json!({"message": "unsupported"})),
        }
    }
}

/// A merge patch (RFC 7396).
fn merge(object: &mut Json, patch: &Json) {
    let Some(pairs) = patch.as_object() else {
        *object = patch.clone();
        return;
    };
    if !object.is_object() {
        *object = json!({});
    }
    for (key, value) in pairs {
        if value.is_null() {
            object.as_object_mut().unwrap().remove(key);
        } else {
            merge(&mut object[key], value);
        }
    }
}

/// Reads a request: its head and body.
fn request(stream: &mut TcpStream) -> Option<(String, Vec<u8>)> {
    let mut got = Vec::new();
    loop {
        if let Some(end) = got.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8(got[..end + 2].to_vec()).unwrap();
            let lower = head.to_ascii_lowercase();
            let len = lower.split("\r\ncontent-length: ").nth(1);
            let len = len.map_or(0, |rest| rest.split("\r\n").next().unwrap().parse().unwrap());
            if got.len() >= end + 4 + len {
                return Some((head, got.split_off(end + 4)));
            }
        }
        let mut some = [0; 4096];
        let len = stream.read(&mut some).ok().filter(|len| *len > 0)?;
        got.extend_from_slice(&some[..len]);
    }
}

/// A cluster with a pod and a node, and a host that acts in it.
fn cluster(folder: &Folder) -> (Arc<Mutex<Cluster>>, Host) {
    let pod = json!({"metadata": {
        "name": "web-1", "namespace": "shop", "uid": UID, "labels": {"app": "web", "state": "ok"},
    }});
    let node = json!({"metadata": {"name": "node-1"}, "spec": {"podCIDR": "10.1.0.0/24"}});
    let agent = json!({"metadata": {"name": "peregrine-x", "namespace": "watch", "uid": "a"}});
    let objects = [(POD, pod), (NODE, node), ("/api/v1/namespaces/watch/pods/peregrine-x", agent)];
    let objects = objects.into_iter().map(|(path, object)| (path.to_owned(), object)).collect();
    let state = Arc::new(Mutex::new(Cluster { objects, ..Cluster::default() }));
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let shared = Arc::clone(&state);
    // It ends with the test's process.
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let Some((head, body)) = request(&mut stream) else { continue };
            if shared.lock().unwrap().is_silent {
                // Whoever asked hangs up.
                let _ = stream.read(&mut [0]);
                continue;
            }
            let (status, answer) = shared.lock().unwrap().answer(&head, &body);
            let answer = answer.to_string();
            let len = answer.len();
            let head = format!("HTTP/1.1 {status} x\r\nContent-Length: {len}\r\n");
            // Whoever asked may be gone.
            let _ = stream.write_all(format!("{head}Connection: close\r\n\r\n{answer}").as_bytes());
        }
    });
    folder.file("token", "secret\n");
    let mut host = host(folder);
    host.kubernetes = Kubernetes {
        url: Some(url),
        account: folder.path().to_owned(),
        node: "node-1".to_owned(),
        own: ("peregrine-x".to_owned(), Some("watch".to_owned())),
        patience: Duration::from_secs(30),
    };
    (state, host)
}

fn pod(namespace: &str, name: &str) -> Pod {
    Pod { namespace: namespace.to_owned(), name: name.to_owned(), uid: None }
}

fn label(pod: Pod, labels: &[(&str, &str)]) -> Task {
    let labels = labels.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
    Task::Kubernetes { what: KubernetesTask::LabelPod { pod, labels: labels.collect() } }
}

fn delete(pod: Pod, grace: Option<Duration>) -> Task {
    Task::Kubernetes { what: KubernetesTask::DeletePod { pod, grace } }
}

fn cordon(node: Option<&str>) -> Task {
    Task::Kubernetes { what: KubernetesTask::Cordon { node: node.map(str::to_owned) } }
}

#[test]
fn labels_are_set_and_are_as_they_were_after_the_undo() {
    let folder = Folder::new("act-label-pod");
    let (state, mut host) = cluster(&folder);
    let before = state.lock().unwrap().labels();
    let task = label(pod("shop", "web-1"), &[("state", "suspect"), ("example.com/by", "rule")]);
    let line = done(&mut host, task);
    let after = json!({"app": "web", "state": "suspect", "example.com/by": "rule"});
    assert_eq!(state.lock().unwrap().labels(), after);
    // What the undo needs is in the account: a restart keeps it.
    let mut again = super::host(&folder);
    again.kubernetes.clone_from(&host.kubernetes);
    undone(&mut again, line.id);
    assert_eq!(state.lock().unwrap().labels(), before);
    // Labels of a later pod with the name are its own.
    let line = done(&mut host, label(pod("shop", "web-1"), &[("state", "suspect")]));
    state.lock().unwrap().objects.get_mut(POD).unwrap()["metadata"]["uid"] = json!("other");
    let undo = host.undo(line.id, person()).unwrap();
    assert_eq!(undo.step, Step::UndoFailed, "{}", undo.detail);
    assert_eq!(state.lock().unwrap().labels()["state"], "suspect");
}

#[test]
fn a_pod_is_deleted_with_its_grace_period() {
    let folder = Folder::new("act-delete-pod");
    let (state, mut host) = cluster(&folder);
    let mut another = pod("shop", "web-1");
    another.uid = Some("of-another-pod".to_owned());
    let line = act(&mut host, delete(another, None));
    let why = "the name of pod shop/web-1 is another pod's now";
    assert_eq!((line.step, line.detail.as_str()), (Step::Failed, why));
    assert!(state.lock().unwrap().objects.contains_key(POD));
    let mut same = pod("shop", "web-1");
    same.uid = Some(UID.to_owned());
    let line = done(&mut host, delete(same, Some(Duration::ZERO)));
    {
        let state = state.lock().unwrap();
        assert!(!state.objects.contains_key(POD), "{:?}", state.objects);
        assert_eq!(state.body["gracePeriodSeconds"], 0);
        assert_eq!(state.body["preconditions"]["uid"], UID);
    }
    let error = host.undo(line.id, person()).unwrap_err();
    assert_eq!(error.to_string(), "an action of this kind cannot be taken back");
    let line = act(&mut host, delete(pod("shop", "web-1"), None));
    let why = "pod shop/web-1 does not exist";
    assert_eq!((line.step, line.detail.as_str()), (Step::Failed, why));
}

#[test]
fn a_node_takes_no_new_pods_until_the_undo() {
    let folder = Folder::new("act-cordon");
    let (state, mut host) = cluster(&folder);
    let before = state.lock().unwrap().objects[NODE].clone();
    let line = done(&mut host, cordon(None));
    assert_eq!(state.lock().unwrap().objects[NODE]["spec"]["unschedulable"], true);
    // Who cordoned it first is who uncordons it.
    let second = done(&mut host, cordon(Some("node-1")));
    assert_eq!(second.detail, "node-1 was cordoned already");
    assert!(host.undo(second.id, person()).is_err());
    assert_eq!(state.lock().unwrap().objects[NODE]["spec"]["unschedulable"], true);
    undone(&mut host, line.id);
    assert_eq!(state.lock().unwrap().objects[NODE], before);
}

#[test]
fn the_agent_itself_is_not_touched() {
    let folder = Folder::new("act-own-pod");
    let (state, mut host) = cluster(&folder);
    for own in [None, Some("watch".to_owned())] {
        host.kubernetes.own.1 = own;
        for task in [
            delete(pod("watch", "peregrine-x"), None),
            label(pod("watch", "peregrine-x"), &[("a", "b")]),
        ] {
            let line = act(&mut host, task);
            let why = "pod watch/peregrine-x is never touched: it is the agent";
            assert_eq!((line.step, line.detail.as_str()), (Step::Failed, why));
        }
    }
    assert_eq!(state.lock().unwrap().asked, Vec::<String>::new());
}

#[test]
fn a_hostile_name_is_one_part_of_the_path() {
    let folder = Folder::new("act-hostile-pod");
    let (state, mut host) = cluster(&folder);
    for (name, asked) in [
        ("../pods/web-1", "..%2Fpods%2Fweb-1"),
        ("web-1?dryRun=All", "web-1%3FdryRun%3DAll"),
        ("web-1#x", "web-1%23x"),
        ("..", "%2E%2E"),
        ("a\r\nX: y", "a%0D%0AX%3A%20y"),
    ] {
        let line = act(&mut host, delete(pod("shop", name), None));
        assert_eq!(line.step, Step::Failed, "{name}");
        let last = state.lock().unwrap().asked.last().cloned();
        assert_eq!(last, Some(format!("GET /api/v1/namespaces/shop/pods/{asked}")));
    }
    assert!(state.lock().unwrap().objects.contains_key(POD));
}

#[test]
fn what_the_api_refuses_is_said() {
    let folder = Folder::new("act-kubernetes-errors");
    let (state, mut host) = cluster(&folder);
    let before = state.lock().unwrap().objects.clone();
    let task = label(pod("shop", "web-1"), &[("state", "suspect")]);
    state.lock().unwrap().forbids = true;
    let line = act(&mut host, task.clone());
    let why = "the service account of the agent lacks the right: pods is forbidden";
    assert_eq!((line.step, line.detail.as_str()), (Step::Failed, why));
    let line = act(&mut host, cordon(Some("no-such")));
    assert_eq!(line.detail, "node no-such does not exist");
    folder.file("token", "old");
    let line = act(&mut host, task.clone());
    assert!(line.detail.ends_with("answered 401: Unauthorized"), "{}", line.detail);
    folder.file("token", "secret");
    state.lock().unwrap().is_silent = true;
    host.kubernetes.patience = Duration::from_millis(200);
    let line = act(&mut host, task.clone());
    assert_eq!(line.step, Step::Failed);
    assert!(line.detail.contains("timeout"), "{}", line.detail);
    std::fs::remove_file(folder.path().join("token")).unwrap();
    let line = act(&mut host, task.clone());
    assert!(line.detail.contains("token: No such file"), "{}", line.detail);
    host.kubernetes.url = None;
    let line = act(&mut host, task);
    assert!(line.detail.contains("the agent runs in no pod of Kubernetes"), "{}", line.detail);
    assert_eq!(state.lock().unwrap().objects, before);
}
