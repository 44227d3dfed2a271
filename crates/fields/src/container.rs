//! `container.*` and `k8s.*`: what control groups and events report of containers.

use std::collections::BTreeMap;

use peregrine_filter::Value;
use peregrine_state::{Container, Found, Mount, Probe, Thread};

use crate::arg::Arg;
use crate::context::EventContext;
use crate::getter::Get;

/// The container by the control groups of a thread; none on the host.
pub(crate) fn inside(thread: &Thread) -> Option<Found<'_>> {
    thread.cgroups.container()
}

/// What is known of the container of the event's thread.
fn reported<'c>(c: &'c EventContext<'c>) -> Option<&'c Container> {
    let found = inside(c.thread()?)?;
    let id = std::str::from_utf8(found.short_id()).ok();
    id.and_then(|id| c.state.container(id)).or_else(|| Container::of(found.runtime))
}

/// On the host itself `host`; in a container the reported value, and none where none was reported.
fn text<'c>(
    c: &'c EventContext<'c>,
    host: &'static [u8],
    get: fn(&'c Container) -> &'c str,
) -> Option<Value<'c>> {
    if inside(c.thread()?).is_none() {
        return Some(Value::str(host));
    }
    reported(c).map(|container| Value::str(get(container).as_bytes()))
}

fn label<'c>(c: &'c EventContext<'c>, key: &str) -> Option<Value<'c>> {
    reported(c)?.labels.as_ref()?.get(key).map(|value| Value::str(value.as_bytes()))
}

/// All labels, `key:value` behind each other, without those Kubernetes keeps for itself.
fn labels(all: Option<&BTreeMap<String, String>>) -> Option<Value<'static>> {
    let own = |key: &str| !key.starts_with("annotation.") && !key.starts_with("io.kubernetes.");
    let text = |(key, value): (&String, &String)| match &**value {
        "" => key.clone(),
        value => format!("{key}:{value}"),
    };
    let all: Vec<String> = all?.iter().filter(|(key, _)| own(key)).map(text).collect();
    Some(Value::string(all.join(", ")))
}

/// What was reported of the container where a pod holds it.
fn pod<'c>(c: &'c EventContext<'c>) -> Option<&'c Container> {
    reported(c).filter(|reported| {
        !reported.pod_sandbox_id.is_empty() || reported.pod_sandbox_labels.is_some()
    })
}

/// A probe's command line.
fn probe(probe: Option<&Probe>) -> Option<Value<'static>> {
    let Probe { exe, args } = probe?;
    let words = std::iter::once(exe).chain(args.iter().flatten());
    Some(Value::string(words.map(String::as_str).collect::<Vec<_>>().join(" ")))
}

/// Whether the event's thread runs as a part of a probe of its container: its program, or that of an
/// ancestor in the same container, was called as the probe is. The container's first process is none.
fn runs_as(
    c: &EventContext<'_>,
    probe: fn(&Container) -> Option<&Probe>,
) -> Option<Value<'static>> {
    let thread = c.thread()?;
    let runs = || {
        let Probe { exe, args } = probe(reported(c)?)?;
        let id = inside(thread);
        let mut line = std::iter::once(thread)
            .chain(c.state.ancestors(thread))
            .take_while(|one| inside(one) == id && one.vpid != 1);
        let words = args.as_deref().unwrap_or_default();
        Some(line.any(|one| {
            let called = one.image.args.iter();
            &*one.image.exe == exe.as_bytes() && called.eq(words.iter().map(String::as_bytes))
        }))
    };
    Some(Value::Bool(runs().unwrap_or(false)))
}

fn mount_text(mount: &Mount) -> String {
    let Mount { source, destination, mode, writable, propagation } = mount;
    format!("{source}:{destination}:{mode}:{writable}:{propagation}")
}

/// A mount by its place, or by the text that `key` takes of it.
fn mount<'c>(c: &'c EventContext<'c>, arg: &Arg, key: fn(&Mount) -> &str) -> Option<&'c Mount> {
    let mounts = &reported(c)?.mounts;
    match arg.key() {
        Some(name) => mounts.iter().find(|mount| key(mount) == name),
        None => mounts.get(usize::try_from(arg.index()?).ok()?),
    }
}

pub(crate) fn getter(name: &str) -> Option<Get> {
    let get: Get = match name {
        "container.id" => {
            |c, _| Some(Value::str(inside(c.thread()?).map_or(b"host", |found| found.short_id())))
        }
        "container.full_id" => {
            |c, _| Some(Value::str(inside(c.thread()?).map_or(b"host", |found| found.id)))
        }
        // On the host itself the names of Falco's container support are these words; it has no image.
        "container.name" => |c, _| text(c, b"host", |reported| &reported.name),
        "container.type" => |c, _| text(c, b"host", |reported| reported.kind_name()),
        "container.image" => |c, _| text(c, b"", |reported| &reported.image),
        "container.image.id" => |c, _| text(c, b"", |reported| &reported.image_id),
        "container.image.repository" => |c, _| text(c, b"", |reported| &reported.image_repository),
        "container.image.tag" => |c, _| text(c, b"", |reported| &reported.image_tag),
        "container.image.digest" => |c, _| text(c, b"", |reported| &reported.image_digest),
        "container.ip" => |c, _| reported(c).map(|reported| Value::str(reported.ip.as_bytes())),
        "container.cni.json" => {
            |c, _| reported(c).map(|reported| Value::str(reported.cni_json.as_bytes()))
        }
        "container.privileged" => {
            |c, _| reported(c).map(|reported| Value::Bool(reported.privileged))
        }
        "container.host_pid" => |c, _| reported(c).map(|reported| Value::Bool(reported.host_pid)),
        "container.host_network" => {
            |c, _| reported(c).map(|reported| Value::Bool(reported.host_network))
        }
        "container.host_ipc" => |c, _| reported(c).map(|reported| Value::Bool(reported.host_ipc)),
        "container.mounts" => |c, _| {
            let all: Vec<String> = reported(c)?.mounts.iter().map(mount_text).collect();
            Some(Value::string(all.join(",")))
        },
        "container.mount" => {
            |c, arg| mount(c, arg, |mount| &mount.source).map(|one| Value::string(mount_text(one)))
        }
        "container.mount.source" => |c, arg| {
            mount(c, arg, |mount| &mount.destination).map(|one| Value::str(one.source.as_bytes()))
        },
        "container.mount.dest" => |c, arg| {
            mount(c, arg, |mount| &mount.source).map(|one| Value::str(one.destination.as_bytes()))
        },
        "container.mount.mode" => {
            |c, arg| mount(c, arg, |mount| &mount.source).map(|one| Value::str(one.mode.as_bytes()))
        }
        "container.mount.rdwr" => |c, arg| {
            mount(c, arg, |mount| &mount.source).map(|one| Value::string(one.writable.to_string()))
        },
        "container.mount.propagation" => |c, arg| {
            mount(c, arg, |mount| &mount.source).map(|one| Value::str(one.propagation.as_bytes()))
        },
        "container.label" => |c, arg| label(c, arg.key()?),
        "container.labels" => |c, _| labels(reported(c)?.labels.as_ref()),
        "container.healthcheck" => |c, _| probe(reported(c)?.healthcheck.as_ref()),
        "container.liveness_probe" => |c, _| probe(reported(c)?.liveness_probe.as_ref()),
        "container.readiness_probe" => |c, _| probe(reported(c)?.readiness_probe.as_ref()),
        "proc.is_container_healthcheck" => {
            |c, _| runs_as(c, |reported| reported.healthcheck.as_ref())
        }
        "proc.is_container_liveness_probe" => {
            |c, _| runs_as(c, |reported| reported.liveness_probe.as_ref())
        }
        "proc.is_container_readiness_probe" => {
            |c, _| runs_as(c, |reported| reported.readiness_probe.as_ref())
        }
        "k8s.pod.name" => |c, _| label(c, "io.kubernetes.pod.name"),
        "k8s.pod.id" | "k8s.pod.uid" => |c, _| label(c, "io.kubernetes.pod.uid"),
        "k8s.ns.name" => |c, _| label(c, "io.kubernetes.pod.namespace"),
        "k8s.pod.sandbox_id" => |c, _| {
            let id = pod(c)?.pod_sandbox_id.as_bytes();
            Some(Value::str(id.get(..12).unwrap_or(id)))
        },
        "k8s.pod.full_sandbox_id" => |c, _| Some(Value::str(pod(c)?.pod_sandbox_id.as_bytes())),
        "k8s.pod.label" => |c, arg| {
            let value = pod(c)?.pod_sandbox_labels.as_ref()?.get(arg.key()?)?;
            Some(Value::str(value.as_bytes()))
        },
        "k8s.pod.labels" => |c, _| labels(pod(c)?.pod_sandbox_labels.as_ref()),
        "k8s.pod.ip" => |c, _| Some(Value::str(pod(c)?.ip.as_bytes())),
        "k8s.pod.cni.json" => |c, _| Some(Value::str(pod(c)?.cni_json.as_bytes())),
        // A container begins with its pid namespace.
        "container.start_ts" => |c, _| {
            let thread = c.thread()?;
            inside(thread).map(|_| Value::Uint(thread.pidns_start_ts))
        },
        "container.duration" => |c, _| {
            let thread = c.thread().filter(|thread| thread.pidns_start_ts != 0)?;
            let lived = c.event.view.ts().saturating_sub(thread.pidns_start_ts);
            inside(thread).map(|_| Value::Uint(lived))
        },
        _ => return None,
    };
    Some(get)
}
