//! Docker and podman.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use peregrine_state::{Mount, Probe, Runtime};
use serde_json::json;

use super::{Folder, ID, described, look_up, nobody, seen, server};
use crate::settings::Settings;
use crate::{Counts, Lookups};

const IMAGE: &str = "sha256:9f8e7d6c5b4a39281706f5e4d3c2b1a09f8e7d6c5b4a39281706f5e4d3c2b1a0";

/// As docker's interface is documented, with what is read and some of the rest.
fn inspected() -> serde_json::Value {
    json!({
        "Id": ID, "Created": "2026-11-30T09:52:51.2Z", "Path": "nginx", "Args": ["-g", "daemon off;"],
        "State": {"Status": "running", "Pid": 4242}, "Image": IMAGE, "Name": "/web", "RestartCount": 0,
        "HostConfig": {"NetworkMode": "bridge", "PidMode": "host", "IpcMode": "private",
            "Privileged": true, "Binds": ["/etc:/host:ro"], "Memory": 0},
        "Mounts": [{"Type": "bind", "Source": "/etc", "Destination": "/host", "Mode": "ro",
            "RW": false, "Propagation": "rprivate"}],
        "Config": {"Hostname": "0a1b2c3d4e5f", "Image": "registry.example:5000/team/nginx:1.27",
            "Env": ["SECRET=x"], "Labels": {"team": "blue", "long": "x".repeat(101)},
            "Healthcheck": {"Test": ["CMD-SHELL", "curl -f localhost"]}},
        "NetworkSettings": {"IPAddress": "", "Ports": {},
            "Networks": {"bridge": {"IPAddress": "172.17.0.2"}, "other": null}},
    })
}

fn image() -> serde_json::Value {
    json!({
        "Id": IMAGE, "RepoTags": ["registry.example:5000/team/nginx:1.27", "nginx:latest"],
        "RepoDigests": ["registry.example:5000/team/nginx@sha256:dd"], "Architecture": "amd64",
    })
}

#[test]
fn docker_describes_a_container() {
    let folder = Folder::new("docker");
    let socket = folder.socket("docker.sock");
    server::http(&socket, |path| match path {
        _ if path == format!("/containers/{ID}/json") => (200, inspected().to_string()),
        _ if path == format!("/images/{IMAGE}/json") => (200, image().to_string()),
        _ => (404, "{}".to_owned()),
    });
    let settings = Settings { docker: vec![socket], ..nobody() };
    let found = described(settings, seen(Runtime::Docker, ID)).unwrap();
    assert_eq!((&*found.id, &*found.full_id, found.kind_name()), (&ID[..12], ID, "docker"));
    assert_eq!((&*found.name, &*found.image), ("web", "registry.example:5000/team/nginx:1.27"));
    let image = [&found.image_repository, &found.image_tag, &found.image_digest, &found.image_id];
    assert_eq!(image, ["registry.example:5000/team/nginx", "1.27", "sha256:dd", &IMAGE[7..]]);
    let flags = [found.privileged, found.host_pid, found.host_network, found.host_ipc];
    assert_eq!(flags, [true, true, false, false]);
    assert_eq!(found.ip, "172.17.0.2");
    let mount = Mount {
        source: "/etc".to_owned(),
        destination: "/host".to_owned(),
        mode: "ro".to_owned(),
        writable: false,
        propagation: "rprivate".to_owned(),
    };
    assert_eq!(found.mounts, [mount]);
    // Longer ones than configured are left out.
    assert_eq!(found.labels.unwrap(), BTreeMap::from([("team".to_owned(), "blue".to_owned())]));
    let args = vec!["-c".to_owned(), "curl -f localhost".to_owned()];
    assert_eq!(found.healthcheck, Some(Probe { exe: "/bin/sh".to_owned(), args: Some(args) }));
}

#[test]
fn what_docker_leaves_out_is_empty() {
    let folder = Folder::new("docker-empty");
    let socket = folder.socket("docker.sock");
    // It knows nothing of the image, and the network is that of another container.
    server::http(&socket, |path| {
        let body = match path {
            _ if path.contains(ID) => json!({
                "Id": ID, "Name": "/web", "Image": IMAGE, "Mounts": null, "NetworkSettings": null,
                "Config": {"Image": "gone:2", "Labels": null, "Healthcheck": {"Test": null}},
                "HostConfig": {"NetworkMode": "container:0123abcd"},
            }),
            "/containers/0123abcd/json" => json!({"NetworkSettings": {"IPAddress": "10.0.0.9"}}),
            _ => return (404, String::new()),
        };
        (200, body.to_string())
    });
    let settings = Settings { docker: vec![socket], ..nobody() };
    let found = described(settings, seen(Runtime::Docker, ID)).unwrap();
    assert_eq!(
        (&*found.image_repository, &*found.image_tag, &*found.ip),
        ("gone", "2", "10.0.0.9")
    );
    assert_eq!((found.mounts.len(), found.healthcheck), (0, None));
}

#[test]
fn podman_describes_a_container() {
    let folder = Folder::new("podman");
    let socket = folder.socket("podman.sock");
    server::http(&socket, |path| {
        if path != format!("/v4.0.0/libpod/containers/{ID}/json") {
            return (404, "{}".to_owned());
        }
        let body = json!({
            "Id": ID, "Name": "job", "Image": "f96a56b6", "ImageDigest": "sha256:3bc2",
            "ImageName": "localhost/peregrine/busybox:1.35", "Mounts": [],
            "Config": {"Image": "localhost/peregrine/busybox:1.35", "Labels": {"a": "b"}},
            "HostConfig": {"NetworkMode": "host", "IpcMode": "host", "PidMode": "private"},
            "NetworkSettings": {"IPAddress": "10.88.0.4"},
        });
        (200, body.to_string())
    });
    let settings = Settings { podman: vec![socket], ..nobody() };
    let found = described(settings, seen(Runtime::Podman, ID)).unwrap();
    assert_eq!((&*found.name, found.kind_name(), &*found.ip), ("job", "podman", "10.88.0.4"));
    let image = [&found.image_repository, &found.image_tag, &found.image_digest, &found.image_id];
    assert_eq!(image, ["localhost/peregrine/busybox", "1.35", "sha256:3bc2", "f96a56b6"]);
    let flags = [found.privileged, found.host_pid, found.host_network, found.host_ipc];
    assert_eq!(flags, [false, false, true, true]);
    assert_eq!(found.labels.unwrap()["a"], "b");
}

#[test]
fn an_engine_may_learn_of_a_container_later() {
    let folder = Folder::new("later");
    let socket = folder.socket("docker.sock");
    let asked = AtomicUsize::new(0);
    server::http(&socket, move |path| {
        let first = path.contains(ID) && asked.fetch_add(1, Ordering::Relaxed) == 0;
        if first || !path.contains(ID) {
            return (404, r#"{"message": "No such container"}"#.to_owned());
        }
        (200, inspected().to_string())
    });
    let settings = Settings { docker: vec![socket], ..nobody() };
    let lookups = Lookups::start(settings).unwrap();
    let (found, problems) = look_up(&lookups, seen(Runtime::Docker, ID));
    assert_eq!((found.unwrap().name, problems), ("web".to_owned(), vec![]));
    // Nobody learns of this one.
    let (found, problems) = look_up(&lookups, seen(Runtime::Docker, &"f".repeat(64)));
    assert_eq!((found, problems), (None, vec![]));
    let counts = Counts { found: 1, unknown: 1, refused: 0, failures: 0 };
    assert_eq!(lookups.counts(), counts);
}

#[test]
fn where_nobody_listens_nobody_is_asked_twice() {
    let folder = Folder::new("absent");
    let socket = folder.socket("docker.sock");
    let refused = folder.socket("refused.sock");
    drop(std::os::unix::net::UnixListener::bind(&refused).unwrap());
    let settings = Settings { docker: vec![socket, refused], ..nobody() };
    // Were it asked again it would pause so long.
    let limits = crate::Limits { retry: std::time::Duration::from_hours(1), ..settings.limits };
    assert_eq!(described(Settings { limits, ..settings }, seen(Runtime::Docker, ID)), None);
    assert_eq!(described(nobody(), seen(Runtime::Unknown, ID)), None);
    assert_eq!(described(Settings::default(), seen(Runtime::Lxc, "web")), None);
}
