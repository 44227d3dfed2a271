//! Which container the path of a control group tells.

use peregrine_state::Runtime::{
    Bpm, Containerd, CriO, Docker, LibvirtLxc, Lxc, Nspawn, Podman, Unknown,
};
use peregrine_state::{Cgroups, Runtime, container_of};
use proptest::prelude::*;

/// `A` and `B` stand for ids of 64 digits.
const A: &str = "0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f9";
const B: &str = "bb1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f9";

fn path(template: &str) -> String {
    template.replace("{A}", A).replace("{B}", B)
}

/// Path, what runs it, its id, what of it is `container.id`.
const CONTAINERS: &[(&str, Runtime, &str, &str)] = &[
    // docker
    ("/docker/{A}", Docker, "{A}", "0a1b2c3d4e5f"),
    ("/system.slice/docker-{A}.scope", Docker, "{A}", "0a1b2c3d4e5f"),
    ("/docker.slice/docker-{A}.scope", Docker, "{A}", "0a1b2c3d4e5f"),
    (
        "/user.slice/user-1000.slice/user@1000.service/user.slice/docker-{A}.scope",
        Docker,
        "{A}",
        "0a1b2c3d4e5f",
    ),
    ("/system.slice:docker:{A}", Docker, "{A}", "0a1b2c3d4e5f"),
    (
        "/docker/buildkit/f3umxfqvjyd1uw8bgbnntkw0y",
        Docker,
        "f3umxfqvjyd1uw8bgbnntkw0y",
        "f3umxfqvjyd1",
    ),
    // What runs below a container's own group is in the container: an init of its own, for one.
    ("/system.slice/docker-{A}.scope/init.scope", Docker, "{A}", "0a1b2c3d4e5f"),
    ("/docker/{A}/system.slice/ssh.service", Docker, "{A}", "0a1b2c3d4e5f"),
    // Kubernetes
    (
        "/kubepods/besteffort/podac04f3f2-1f2c-11e9-b015-1ebee232acfa/{A}",
        Unknown,
        "{A}",
        "0a1b2c3d4e5f",
    ),
    ("/kubepods/podac04f3f2-1f2c-11e9-b015-1ebee232acfa/{A}", Unknown, "{A}", "0a1b2c3d4e5f"),
    (
        "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-podac04f3f2_1f2c_11e9_b015_1ebee232acfa.slice/cri-containerd-{A}.scope",
        Containerd,
        "{A}",
        "0a1b2c3d4e5f",
    ),
    (
        "/kubepods.slice/kubepods-podac04f3f2_1f2c_11e9_b015_1ebee232acfa.slice/docker-{A}.scope",
        Docker,
        "{A}",
        "0a1b2c3d4e5f",
    ),
    (
        "/kubepods-burstable-podbd12dd3393227d950605a2444b13c27a.slice:cri-containerd:{A}",
        Containerd,
        "{A}",
        "0a1b2c3d4e5f",
    ),
    (
        "/system.slice/containerd.service/kubepods-burstable-podbd12dd3393227d950605a2444b13c27a.slice:cri-containerd:{A}",
        Containerd,
        "{A}",
        "0a1b2c3d4e5f",
    ),
    (
        "/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod63b3ebfc_2890_11e9_8154_16bf8ef8d9dc.slice/crio-{A}.scope",
        CriO,
        "{A}",
        "0a1b2c3d4e5f",
    ),
    (
        "/kubepods/besteffort/pod63b3ebfc-2890-11e9-8154-16bf8ef8d9dc/crio-{A}",
        CriO,
        "{A}",
        "0a1b2c3d4e5f",
    ),
    ("/ecs/46ec1e4f/{A}", Unknown, "{A}", "0a1b2c3d4e5f"),
    // podman
    ("/machine.slice/libpod-{A}.scope", Podman, "{A}", "0a1b2c3d4e5f"),
    ("/machine.slice/libpod-{A}.scope/container", Podman, "{A}", "0a1b2c3d4e5f"),
    ("/libpod_parent/libpod-{A}", Podman, "{A}", "0a1b2c3d4e5f"),
    (
        "/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-{A}.scope/container",
        Podman,
        "{A}",
        "0a1b2c3d4e5f",
    ),
    (
        "/system.slice/ceph-f952f5be@mon.ip-10-0-25-96.service/libpod-payload-{A}",
        Podman,
        "{A}",
        "0a1b2c3d4e5f",
    ),
    // containerd without Kubernetes
    ("/system.slice/nerdctl-{A}.scope", Containerd, "{A}", "0a1b2c3d4e5f"),
    ("/default/{A}", Unknown, "{A}", "0a1b2c3d4e5f"),
    ("/default/test_container", Containerd, "test_container", "test_contain"),
    ("/my.name_space-1/a", Containerd, "a", "a"),
    ("/default/web/init.scope", Containerd, "web", "web"),
    // LXC
    ("/lxc/web", Lxc, "web", "web"),
    ("/lxc.payload/web", Lxc, "web", "web"),
    (
        "/lxc.payload.a-name-longer-than-twelve",
        Lxc,
        "a-name-longer-than-twelve",
        "a-name-longer-than-twelve",
    ),
    ("/lxc.payload.web/system.slice/ssh.service", Lxc, "web", "web"),
    ("/lxc.payload.web/.lxc", Lxc, "web", "web"),
    ("/machine/web.libvirt-lxc", LibvirtLxc, "web", "web"),
    ("/libvirt/lxc/web", Lxc, "web", "web"),
    (
        "/machine.slice/machine-lxc\\x2d2293906\\x2dweb.scope",
        LibvirtLxc,
        "2293906\\x2dweb",
        "2293906\\x2dweb",
    ),
    (
        "/machine.slice/machine-lxc\\x2d2293906\\x2dweb.scope/libvirt",
        LibvirtLxc,
        "2293906\\x2dweb",
        "2293906\\x2dweb",
    ),
    // systemd-nspawn
    ("/machine.slice/systemd-nspawn@web.service", Nspawn, "web", "web"),
    ("/machine.slice/systemd-nspawn@web.service/payload", Nspawn, "web", "web"),
    (
        "/machine.slice/systemd-nspawn@web.service/payload/system.slice/ssh.service",
        Nspawn,
        "web",
        "web",
    ),
    ("/machine.slice/machine-web.scope", Nspawn, "web", "web"),
    ("/machine.slice/machine-web.scope/payload/init.scope", Nspawn, "web", "web"),
    // BOSH
    ("/system.slice/runc-bpm-gorouter.scope", Bpm, "gorouter", "gorouter"),
    ("/bpm-gorouter.worker-1", Bpm, "gorouter.worker-1", "gorouter.worker-1"),
    // One inside another: the innermost.
    ("/docker/{A}/docker/{B}", Docker, "{B}", "bb1b2c3d4e5f"),
    (
        "/system.slice/docker-{A}.scope/kubelet.slice/kubepods/burstable/pod1/{B}",
        Unknown,
        "{B}",
        "bb1b2c3d4e5f",
    ),
    ("/lxc.payload.web/docker/{B}", Docker, "{B}", "bb1b2c3d4e5f"),
    ("/lxc.payload.web/system.slice/libpod-conmon-{B}.scope", Lxc, "web", "web"),
    ("/docker/{A}/lxc/web", Lxc, "web", "web"),
    // As a reader in a cgroup namespace of its own sees its neighbours.
    ("/../docker-{A}.scope", Docker, "{A}", "0a1b2c3d4e5f"),
    ("/../../kubepods/pod1/{A}", Unknown, "{A}", "0a1b2c3d4e5f"),
    ("/../default/web", Containerd, "web", "web"),
];

const HOST: &[&str] = &[
    "",
    "/",
    "//",
    "/..",
    "/init.scope",
    "/system.slice/ssh.service",
    "/system.slice/docker.service",
    "/system.slice/containerd.service",
    "/system.slice/system-getty.slice/getty@tty1.service",
    "/user.slice/user-1000.slice/session-3.scope",
    "/user.slice/user-1000.slice/user@1000.service/init.scope",
    "/user.slice/user-1000.slice/user@1000.service/app.slice/app-term.scope/tab",
    "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1.slice",
    "/kubepods/besteffort/pod63b3ebfc-2890-11e9-8154-16bf8ef8d9dc",
    // What watches over a container runs on the host.
    "/machine.slice/libpod-conmon-{A}.scope",
    "/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-conmon-{A}.scope",
    "/kubepods.slice/kubepods-besteffort.slice/crio-conmon-{A}.scope",
    "/lxc.monitor.web",
    "/lxc.monitor/web",
    "/machine.slice/systemd-nspawn@web.service/supervisor",
    "/machine.slice/machine-qemu\\x2d1\\x2dvm.scope",
    "/machine.slice/machine-qemu\\x2d1\\x2dvm.scope/libvirt/emulator",
    // No ids.
    "/docker",
    "/lxc",
    "/lxc.payload.",
    "/user.slice/libpod-{A}{A}",
    "/user.slice/libpod-{A}g",
    "/user.slice/0{A}.scope",
    "/system.slice/bpm-.service",
    "/system.slice/bpm-agent.service",
    "/default/some_id.service",
    "/namespace/.scope",
    "/a b/c",
];

#[test]
fn containers_are_recognized_by_the_names_of_runtimes() {
    for (template, runtime, id, short) in CONTAINERS {
        let path = path(template);
        let found = container_of(path.as_bytes()).unwrap_or_else(|| panic!("{path}"));
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        assert_eq!(
            (found.runtime, text(found.id), text(found.short_id())),
            (*runtime, id.replace("{A}", A).replace("{B}", B), (*short).to_owned()),
            "{path}"
        );
    }
}

#[test]
fn the_host_is_not_a_container() {
    for template in HOST {
        let path = path(template);
        assert_eq!(container_of(path.as_bytes()), None, "{path}");
    }
}

#[test]
fn a_match_by_name_precedes_one_by_position() {
    let of = |groups: &[&str]| {
        let groups: Vec<String> = groups.iter().map(|group| path(group)).collect();
        let all = Cgroups::new(groups.iter().map(String::as_bytes));
        assert!(all.iter().map(AsRef::as_ref).eq(groups.iter().map(String::as_bytes)));
        all.container().map(|found| String::from_utf8(found.short_id().to_vec()).unwrap())
    };
    assert_eq!(of(&["cpuset=/", "cpu=/", "memory=/"]), None);
    assert_eq!(of(&["cpuset=/", "cpu=/docker/{A}"]).as_deref(), Some("0a1b2c3d4e5f"));
    assert_eq!(of(&["cpu=/some/place", "memory=/lxc/web"]).as_deref(), Some("web"));
    assert_eq!(of(&["cpu=/some/place", "memory=/"]).as_deref(), Some("place"));
    assert_eq!(of(&["cpu=/lxc/one", "memory=/docker/{B}"]).as_deref(), Some("one"));
    assert_eq!(of(&["/docker/{A}", ""]).as_deref(), Some("0a1b2c3d4e5f"));
}

proptest! {
    #[test]
    fn strange_names_do_no_harm(parts in prop::collection::vec(
        prop_oneof![
            Just(b"lxc".to_vec()), Just(b"bpm-".to_vec()), Just(b".scope".to_vec()), Just(b"docker".to_vec()),
            Just(b"machine-".to_vec()), Just(b"/".to_vec()), Just(b"lxc.payload.".to_vec()),
            Just(b"systemd-nspawn@.service".to_vec()), Just(A.as_bytes().to_vec()), Just(b":".to_vec()),
            prop::collection::vec(any::<u8>(), 0..70),
        ], 0..12)) {
        let path = parts.concat();
        if let Some(found) = container_of(&path) {
            prop_assert!(!found.id.is_empty() && !found.short_id().is_empty());
            prop_assert!(found.id.starts_with(found.short_id()));
            prop_assert!(!found.id.contains(&b'/'));
        }
        let group = [b"cpu=".as_slice(), &path].concat();
        let all = Cgroups::new([group.as_slice()].into_iter());
        let alone = container_of(&path).map(|found| (found.runtime, found.id.to_vec()));
        let held = all.container().map(|found| (found.runtime, found.id.to_vec()));
        prop_assert_eq!(alone, held);
    }
}
