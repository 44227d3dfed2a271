//! Podman's files.

use std::fs;
use std::os::unix::fs::symlink;
use std::time::Duration;

use peregrine_state::Runtime;
use serde_json::json;

use super::{Folder, ID, described, look_up, nobody, seen};
use crate::settings::{Limits, PodmanStorage, Settings};
use crate::{EngineError, Lookups};

/// A storage as podman 4 leaves it.
fn storage(folder: &Folder, file: &str) {
    let metadata = json!({"image-name": "localhost/peregrine/busybox:1.35", "image-id": "f96a",
        "name": "job", "created-at": 1_796_032_340});
    let stored = json!([{"id": "e".repeat(64), "names": ["other"]},
        {"id": ID, "names": ["job"], "image": "f96a", "layer": "6fa4",
         "metadata": metadata.to_string(), "created": "2026-11-30T09:52:20Z", "flags": {}}]);
    let images = json!([{"id": "f96a", "digest": "sha256:3bc2", "names": []}]);
    let spec = json!({"annotations": {"io.podman.annotations.privileged": "TRUE"},
        "linux": {"namespaces": [{"type": "pid"}, {"type": "network"}]},
        "mounts": [{"destination": "/host", "source": "/etc", "options": ["ro", "rprivate"]}]});
    let user = folder.0.join(format!("vfs-containers/{ID}/userdata"));
    fs::create_dir_all(&user).unwrap();
    fs::create_dir_all(folder.0.join("vfs-images")).unwrap();
    fs::write(folder.0.join("vfs-containers").join(file), stored.to_string()).unwrap();
    fs::write(folder.0.join("vfs-images/images.json"), images.to_string()).unwrap();
    fs::write(user.join("config.json"), spec.to_string()).unwrap();
}

fn settings(folder: &Folder) -> Settings {
    Settings { podman_storage: PodmanStorage::In(vec![folder.0.clone()]), ..nobody() }
}

#[test]
fn podman_without_a_socket_has_files() {
    for file in ["containers.json", "volatile-containers.json"] {
        let folder = Folder::new(&format!("storage-{}", file.len()));
        storage(&folder, file);
        let found = described(settings(&folder), seen(Runtime::Podman, ID)).unwrap();
        assert_eq!((&*found.name, found.kind_name(), found.privileged), ("job", "podman", true));
        let image =
            [&found.image_repository, &found.image_tag, &found.image_digest, &found.image_id];
        assert_eq!(image, ["localhost/peregrine/busybox", "1.35", "sha256:3bc2", "f96a"]);
        assert_eq!((found.host_ipc, found.host_pid, found.labels), (true, false, None));
        assert_eq!((&*found.mounts[0].source, found.mounts[0].writable), ("/etc", false));
        let other = seen(Runtime::Podman, &"a".repeat(64));
        assert_eq!(described(settings(&folder), other), None);
    }
}

#[test]
fn the_usual_places_are_those_of_the_system_and_of_the_user() {
    let host = Folder::new("usual");
    fs::create_dir_all(host.0.join("etc/containers")).unwrap();
    fs::write(host.0.join("etc/passwd"), "root:x:0:0::/root:/bin/sh\nu:x:1000:1000::/home/u:\n")
        .unwrap();
    let settings =
        Settings { host_root: host.0.clone(), podman_storage: PodmanStorage::Usual, ..nobody() };
    let check = |place: &str, cgroup: &str| {
        let folder = Folder(host.0.join(place));
        storage(&folder, "containers.json");
        let seen = peregrine_state::SeenContainer {
            cgroup: cgroup.to_owned(),
            ..seen(Runtime::Podman, ID)
        };
        assert_eq!(described(settings.clone(), seen).unwrap().name, "job", "{place}");
    };
    let user = format!("/user.slice/user-1000.slice/user@1000.service/libpod-{ID}.scope");
    check("home/u/.local/share/containers/storage", &user);
    check("var/lib/containers/storage", &format!("/machine.slice/libpod-{ID}.scope"));
    let configuration =
        "[storage]\n# graphroot = \"/no\"\ndriver = \"vfs\"\ngraphroot = \"/srv/c\"\n";
    fs::write(host.0.join("etc/containers/storage.conf"), configuration).unwrap();
    check("srv/c", &format!("/machine.slice/libpod-{ID}.scope"));
}

#[test]
fn files_that_are_none_do_no_harm() {
    let check = |name: &str, put: &dyn Fn(&std::path::Path), why: fn(&EngineError) -> bool| {
        let folder = Folder::new(name);
        storage(&folder, "containers.json");
        let file = folder.0.join("vfs-containers/containers.json");
        fs::remove_file(&file).unwrap();
        put(&file);
        let limits = Limits { answer: 4096, time: Duration::from_secs(30), ..nobody().limits };
        let lookups = Lookups::start(Settings { limits, ..settings(&folder) }).unwrap();
        let (found, problems) = look_up(&lookups, seen(Runtime::Podman, ID));
        assert_eq!(found, None, "{name}");
        assert!(problems.iter().all(|problem| why(&problem.why)), "{name} {problems:?}");
        assert_eq!(problems.len(), 1, "{name}");
    };
    let malformed = |why: &EngineError| matches!(why, EngineError::Malformed(_));
    check(
        "fifo",
        &|file| {
            let made = std::process::Command::new("mkfifo").arg(file).status().unwrap();
            assert!(made.success());
        },
        malformed,
    );
    check("device", &|file| symlink("/dev/zero", file).unwrap(), malformed);
    check("directory", &|file| fs::create_dir(file).unwrap(), malformed);
    check("no-json", &|file| fs::write(file, "{").unwrap(), malformed);
    check("types", &|file| fs::write(file, "[{\"id\": 5}]").unwrap(), malformed);
    check("large", &|file| fs::write(file, vec![b' '; 5000]).unwrap(), |why| {
        *why == EngineError::TooLarge(4096)
    });
}
