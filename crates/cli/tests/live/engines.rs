//! Metadata of containers: engines of the tests' own, a real podman, a real containerd. Needs root; says
//! so loudly where it has none, or where an engine is not installed (`scripts/deps.sh containers`).

use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use peregrine_testkit::cgroups::{Group, hierarchies};
use serde_json::{Value, json};

use crate::containers::{shell, to_the_host};
use crate::support::agent::{Watched, scratch};

/// How long anything may take here.
const PATIENCE: Duration = Duration::from_mins(1);
const IMAGE: &str = "localhost/peregrine/busybox:1.35";

/// A rule for programs whose command line has a mark, with what a condition adds.
fn rules(folder: &Path, mark: &str, more: &str) -> String {
    let text = format!(
        "- rule: started\n  desc: d\n  condition: evt.type in (execve, execveat) and proc.name in (true, echo) and proc.args contains {mark} {more}\n  \
         output: \"%proc.args %container.full_id %container.image.id %container.type %container.labels %container.label[team]\"\n  \
         priority: INFO\n"
    );
    let rules = folder.join("rules.yaml");
    std::fs::write(&rules, text).unwrap();
    rules.display().to_string()
}

/// The values of an alert's fields.
fn fields(line: &str) -> Value {
    let alert: Value = serde_json::from_str(line).unwrap();
    alert["output_fields"].clone()
}

/// A docker that answers about a container when the test lets it.
fn docker(socket: &Path, answers: Receiver<String>) {
    let listener = UnixListener::bind(socket).unwrap();
    std::thread::spawn(move || {
        for answer in answers {
            let (mut stream, _) = listener.accept().unwrap();
            let (mut head, mut byte) = (Vec::new(), [0]);
            while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap() > 0 {
                head.push(byte[0]);
            }
            let length = answer.len();
            let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{answer}");
            stream.write_all(answer.as_bytes()).unwrap();
        }
    });
}

#[test]
fn live_events_of_a_new_container_wait_for_its_metadata_and_no_others() {
    let name = "live_events_of_a_new_container_wait_for_its_metadata_and_no_others";
    if !peregrine_testkit::root(name) {
        return;
    }
    let all = hierarchies();
    let Some(hierarchy) = all.first() else {
        peregrine_testkit::skipped(name, "no hierarchy of control groups is mounted");
        return;
    };
    let folder = scratch("parking");
    let socket = folder.join("docker.sock");
    let (answer, answers): (Sender<String>, _) = channel();
    docker(&socket, answers);
    let mark = format!("parked-{}", std::process::id());
    // Nothing but the image decides for the container.
    let more = "and (container.id = host or container.image.repository = registry.example/web)";
    let rules = rules(&folder, &mark, more);
    let engines = format!(
        "container_engines={{max_wait: 60000, docker: {{sockets: [{}]}}}}",
        socket.display()
    );
    let flags = ["--json", "-r", &rules, "-o", &engines];
    let mut watched = Watched::start(&flags);
    let host = to_the_host();

    let id = format!("a{:063x}", std::process::id());
    let group = Group::new(hierarchy, &format!("docker-{}/docker-{id}.scope", std::process::id()));
    let tasks = group.tasks().display().to_string();
    shell(&format!(
        "{host} exec sh -c 'echo $$ > {tasks}; /bin/true {mark} first; /bin/true {mark} second'"
    ));
    // That of the host happened later.
    shell(&format!("{host} /bin/true {mark} third"));
    let line = watched.line(PATIENCE).expect("an alert about the host");
    assert!(line.contains("third"), "{line}");
    answer
        .send(
            json!({"Id": id, "Name": "/shop", "Config": {"Image": "registry.example/web:7",
                "Labels": {"team": "blue"}}})
            .to_string(),
        )
        .unwrap();
    let first = fields(&watched.line(PATIENCE).expect("the first alert about the container"));
    let second = watched.line(PATIENCE).expect("the second one");
    assert!(second.contains("second"), "{second}");
    for (key, expected) in [
        ("container.id", &id[..12]),
        ("container.full_id", &id),
        ("container.name", "shop"),
        ("container.type", "docker"),
        ("container.image.repository", "registry.example/web"),
        ("container.image.tag", "7"),
        ("container.labels", "team:blue"),
        ("container.label[team]", "blue"),
    ] {
        assert_eq!(first[key], expected, "{first:#}");
    }
    // It is known from now on.
    shell(&format!("{host} exec sh -c 'echo $$ > {tasks}; /bin/true {mark} fourth'"));
    let line = watched.line(PATIENCE).expect("an alert about the known container");
    assert!(line.contains("fourth"), "{line}");
    watched.stop();
    drop(group);
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn live_an_engine_that_hangs_delays_alerts_no_longer_than_configured() {
    let name = "live_an_engine_that_hangs_delays_alerts_no_longer_than_configured";
    if !peregrine_testkit::root(name) {
        return;
    }
    let all = hierarchies();
    let Some(hierarchy) = all.first() else {
        peregrine_testkit::skipped(name, "no hierarchy of control groups is mounted");
        return;
    };
    let folder = scratch("parking-hangs");
    let socket = folder.join("docker.sock");
    // Connections wait in its queue for ever.
    let _docker = UnixListener::bind(&socket).unwrap();
    let mark = format!("hangs-{}", std::process::id());
    let rules = rules(&folder, &mark, "");
    let engines =
        format!("container_engines={{max_wait: 200, docker: {{sockets: [{}]}}}}", socket.display());
    let mut watched = Watched::start(&["--json", "-r", &rules, "-o", &engines]);
    let host = to_the_host();
    let id = format!("b{:063x}", std::process::id());
    let group = Group::new(hierarchy, &format!("docker-h{}/docker-{id}.scope", std::process::id()));
    let tasks = group.tasks().display().to_string();
    shell(&format!("{host} exec sh -c 'echo $$ > {tasks}; /bin/true {mark}'"));
    let found = fields(&watched.line(PATIENCE).expect("an alert"));
    assert_eq!(found["container.full_id"], id, "{found:#}");
    assert!(found["container.name"].is_null(), "{found:#}");
    let account = watched.stop();
    let line = " events of containers evaluated without name and image: no engine had them in time";
    assert!(account.contains(line), "{account}");
    drop(group);
    std::fs::remove_dir_all(folder).unwrap();
}

/// Whether all programs are there; a loud line where one is not.
pub(crate) fn installed(test: &str, programs: &[&str]) -> bool {
    let missing = programs.iter().find(|program| {
        !Command::new("sh")
            .args(["-c", &format!("command -v {program}")])
            .stdout(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
    });
    if let Some(program) = missing {
        peregrine_testkit::skipped(test, &format!("{program} is not installed"));
    }
    missing.is_none()
}

/// A program that has to succeed.
fn run(program: &str, args: &[&str]) -> String {
    let Output { status, stdout, stderr } = Command::new(program).args(args).output().unwrap();
    let complaint = String::from_utf8_lossy(&stderr).into_owned();
    assert!(status.success(), "{program} {args:?}: {complaint}");
    String::from_utf8(stdout).unwrap()
}

/// A server that ends with the test.
pub(crate) struct Server(Child);

impl Server {
    /// Starts it and waits until it answers.
    pub(crate) fn start(
        program: &str,
        args: &[&str],
        log: &Path,
        ready: impl Fn() -> bool,
    ) -> Self {
        let log = std::fs::File::create(log).unwrap();
        let mut command = Command::new(program);
        let command = command.args(args).stdout(Stdio::null()).stderr(log).stdin(Stdio::null());
        let server = Self(command.spawn().unwrap());
        let end = Instant::now() + PATIENCE;
        while !ready() {
            assert!(Instant::now() < end, "{program} does not start");
            std::thread::sleep(Duration::from_millis(20));
        }
        server
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = Command::new("kill").arg(self.0.id().to_string()).status();
        let _ = self.0.wait();
    }
}

/// A root file system with busybox in it, as an archive.
fn root_file_system(folder: &Path) -> PathBuf {
    let root = folder.join("root");
    std::fs::create_dir_all(root.join("bin")).unwrap();
    std::fs::create_dir_all(root.join("proc")).unwrap();
    let busybox = run("sh", &["-c", "command -v busybox"]);
    std::fs::copy(busybox.trim(), root.join("bin/busybox")).unwrap();
    for name in ["sh", "echo", "true", "sleep", "ping"] {
        std::os::unix::fs::symlink("busybox", root.join("bin").join(name)).unwrap();
    }
    let archive = folder.join("layer.tar");
    run("tar", &["-C", &root.display().to_string(), "-cf", &archive.display().to_string(), "."]);
    archive
}

/// A podman with everything it writes below a folder.
pub(crate) struct Podman(pub(crate) PathBuf);

impl Podman {
    pub(crate) fn new(folder: &Path) -> Self {
        let podman = Self(folder.to_path_buf());
        let archive = root_file_system(folder);
        podman.run(&[
            "import",
            "-q",
            "--change",
            "LABEL team=blue",
            &archive.display().to_string(),
            IMAGE,
        ]);
        podman
    }

    pub(crate) fn args<'a>(&'a self, args: &[&'a str]) -> Vec<String> {
        let below = |name: &str| self.0.join(name).display().to_string();
        let mut all: Vec<String> =
            ["--storage-driver", "vfs", "--cgroup-manager", "cgroupfs", "--runtime", "runc"]
                .map(str::to_owned)
                .to_vec();
        let folders = [("--root", "storage"), ("--runroot", "run"), ("--tmpdir", "tmp")];
        for (flag, name) in folders.into_iter().chain([("--network-config-dir", "networks")]) {
            all.extend([flag.to_owned(), below(name)]);
        }
        all.extend(args.iter().map(|arg| (*arg).to_owned()));
        all
    }

    pub(crate) fn run(&self, args: &[&str]) -> String {
        let all = self.args(args);
        run("podman", &all.iter().map(String::as_str).collect::<Vec<_>>())
    }

    /// Runs a container with one command.
    fn start(&self, name: &str, command: &[&str]) -> String {
        self.start_on("none", name, command)
    }

    /// The same on a network.
    pub(crate) fn start_on(&self, network: &str, name: &str, command: &[&str]) -> String {
        // The limits of a machine for tests are often lower than podman's own.
        let limits = ["--ulimit", "nofile=1000:1000", "--ulimit", "nproc=1000:1000"];
        let network = format!("--network={network}");
        let flags =
            ["run", "-d", &network, "--cap-add=NET_RAW", "--label", "own=label", "--name", name];
        self.run(&[&flags[..], &limits, &[IMAGE], command].concat()).trim().to_owned()
    }
}

impl Drop for Podman {
    fn drop(&mut self) {
        let args = self.args(&["rm", "-af", "-t0"]);
        let _ = Command::new("podman").args(args).stdout(Stdio::null()).status();
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[test]
fn live_podman_without_a_socket_says_what_runs() {
    let name = "live_podman_without_a_socket_says_what_runs";
    if !peregrine_testkit::root(name) || !installed(name, &["podman", "runc", "busybox"]) {
        return;
    }
    let podman = Podman::new(&scratch("podman-files"));
    let mark = format!("podman-{}", std::process::id());
    let rules =
        rules(&podman.0, &mark, "and container.image.repository = localhost/peregrine/busybox");
    let storage = podman.0.join("storage");
    let engines = format!(
        "container_engines={{max_wait: 60000, podman: {{sockets: [/nobody], storage: [{}]}}}}",
        storage.display()
    );
    let mut watched = Watched::start(&["--json", "-r", &rules, "-o", &engines]);
    let container = format!("job-{mark}");
    let id = podman.start(&container, &["/bin/echo", &mark]);
    let found = fields(&watched.line(PATIENCE).expect("an alert about the first command"));
    check(&found, &id, &container, "podman");
    watched.stop();
}

#[test]
fn live_podman_with_a_socket_says_the_labels_too() {
    let name = "live_podman_with_a_socket_says_the_labels_too";
    if !peregrine_testkit::root(name) || !installed(name, &["podman", "runc", "busybox"]) {
        return;
    }
    let podman = Podman::new(&scratch("podman-socket"));
    let socket = podman.0.join("podman.sock");
    let url = format!("unix://{}", socket.display());
    let args = podman.args(&["system", "service", "--time=0", &url]);
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let server = Server::start("podman", &args, &podman.0.join("log"), || socket.exists());
    let mark = format!("podman-s-{}", std::process::id());
    let rules = rules(&podman.0, &mark, "and container.label[own] = label");
    let engines = format!(
        "container_engines={{max_wait: 60000, podman: {{sockets: [{}], storage: [/nobody]}}}}",
        socket.display()
    );
    let mut watched = Watched::start(&["--json", "-r", &rules, "-o", &engines]);
    let container = format!("job-{mark}");
    let id = podman.start(&container, &["/bin/echo", &mark]);
    let found = fields(&watched.line(PATIENCE).expect("an alert about the first command"));
    check(&found, &id, &container, "podman");
    assert_eq!(found["container.labels"], "own:label, team:blue", "{found:#}");
    assert_eq!(found["container.label[team]"], "blue", "{found:#}");
    watched.stop();
    drop(server);
}

/// What every engine says of the container.
fn check(found: &Value, id: &str, name: &str, kind: &str) {
    for (key, expected) in [
        ("container.id", id.get(..12).unwrap_or(id)),
        ("container.full_id", id),
        ("container.name", name),
        ("container.type", kind),
        ("container.image.repository", "localhost/peregrine/busybox"),
        ("container.image.tag", "1.35"),
    ] {
        assert_eq!(found[key], expected, "{key} {found:#}");
    }
}

/// An image as `docker save` writes it.
fn image_archive(folder: &Path) -> PathBuf {
    let layer = root_file_system(folder);
    let layer_text = layer.display().to_string();
    let digest = run("sha256sum", &[&layer_text]).split(' ').next().unwrap().to_owned();
    let config = json!({"architecture": "amd64", "os": "linux", "config": {},
        "rootfs": {"type": "layers", "diff_ids": [format!("sha256:{digest}")]}});
    let manifest = json!([{"Config": "config.json", "RepoTags": [IMAGE], "Layers": ["layer.tar"]}]);
    std::fs::write(folder.join("config.json"), config.to_string()).unwrap();
    std::fs::write(folder.join("manifest.json"), manifest.to_string()).unwrap();
    let archive = folder.join("image.tar");
    let files = ["manifest.json", "config.json", "layer.tar"];
    let (folder, archive_text) = (folder.display().to_string(), archive.display().to_string());
    run("tar", &[&["-C", &folder, "-cf", &archive_text][..], &files].concat());
    archive
}

#[test]
fn live_containerd_says_what_runs() {
    let name = "live_containerd_says_what_runs";
    if !peregrine_testkit::root(name) || !installed(name, &["containerd", "ctr", "runc", "busybox"])
    {
        return;
    }
    let folder = scratch("containerd");
    let below = |name: &str| folder.join(name).display().to_string();
    let socket = below("containerd.sock");
    let config = format!(
        "version = 2\nroot = {:?}\nstate = {:?}\n[grpc]\n  address = {socket:?}\n",
        below("root-folder"),
        below("state")
    );
    std::fs::write(folder.join("config.toml"), config).unwrap();
    let ctr = |args: &[&str]| run("ctr", &[&["-a", &socket][..], args].concat());
    let answers = || {
        let mut version = Command::new("ctr");
        let version = version.args(["-a", &socket, "--connect-timeout", "1s", "version"]);
        version
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|done| done.success())
    };
    let server =
        Server::start("containerd", &["-c", &below("config.toml")], &folder.join("log"), answers);
    ctr(&[
        "image",
        "import",
        "--snapshotter",
        "native",
        &image_archive(&folder).display().to_string(),
    ]);
    let mark = format!("containerd-{}", std::process::id());
    let rules =
        rules(&folder, &mark, "and container.image.repository = localhost/peregrine/busybox");
    // Asked by the interface of Kubernetes first, which does not know it.
    let engines = format!(
        "container_engines={{max_wait: 60000, containerd: {{sockets: [{socket}]}}, cri: {{sockets: [{socket}]}}}}"
    );
    let mut watched = Watched::start(&["--json", "-r", &rules, "-o", &engines]);
    let id = format!("job-{}", std::process::id());
    ctr(&[
        "run",
        "--rm",
        "--snapshotter",
        "native",
        "--label",
        "team=blue",
        IMAGE,
        &id,
        "/bin/echo",
        &mark,
    ]);
    let found = fields(&watched.line(PATIENCE).expect("an alert about the first command"));
    check(&found, &id, id.get(..12).unwrap_or(&id), "containerd");
    assert_eq!(found["container.label[team]"], "blue", "{found:#}");
    watched.stop();
    drop(server);
    std::fs::remove_dir_all(folder).unwrap();
}
