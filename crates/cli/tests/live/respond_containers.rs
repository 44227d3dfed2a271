//! Responses on a real container of podman: off its network, paused, stopped, its processes killed. Another container
//! beside it stays as it is.

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use crate::engines::{Podman, Server, installed};
use crate::respond::{PATIENCE, field, step};
use crate::support::agent::{Watched, scratch};

/// What is done where a command in a container has the mark and this word.
const ACTIONS: [(&str, &str); 4] = [
    ("off", "disconnect_container"),
    ("paused", "pause_container"),
    ("stopped", "stop_container"),
    ("killed", "kill: {what: container}"),
];
/// A first process that ends when it is asked to.
const FIRST: [&str; 3] = ["/bin/sh", "-c", "trap 'exit 0' TERM; while :; do sleep 0.2; done"];

/// Two containers on a network of their own.
struct Containers {
    podman: Podman,
    network: String,
    gateway: String,
    names: [String; 2],
}

impl Containers {
    fn new(podman: Podman) -> Self {
        let pid = std::process::id();
        let subnet = format!("10.{}.{}", 200 + pid % 50, pid / 50 % 250);
        let network = format!("respond{pid}");
        podman.run(&["network", "create", "--subnet", &format!("{subnet}.0/24"), &network]);
        let names = ["one", "two"].map(|name| format!("{name}-{pid}"));
        for name in &names {
            podman.start_on(&network, name, &FIRST);
        }
        Self { podman, network, gateway: format!("{subnet}.1"), names }
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new("podman");
        command.args(self.podman.args(args)).stdin(Stdio::null());
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command
    }

    /// Whether packets of a container come back from its gateway.
    fn is_connected(&self, name: &str) -> bool {
        let ping = ["exec", name, "/bin/ping", "-c1", "-W2", &self.gateway];
        self.command(&ping).status().unwrap().success()
    }

    fn inspect(&self, name: &str, format: &str) -> String {
        self.podman.run(&["inspect", "-f", format, name]).trim().to_owned()
    }

    fn until_state(&self, name: &str, wanted: &str) {
        let begin = Instant::now();
        loop {
            let state = self.inspect(name, "{{.State.Status}}");
            if state == wanted {
                return;
            }
            assert!(begin.elapsed() < PATIENCE, "{name} is {state}, not {wanted}");
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
    }

    /// Has a command run in the first container by which it is known.
    fn mark(&self, mark: &str, word: &str) -> Child {
        self.command(&["exec", &self.names[0], "/bin/echo", mark, word]).spawn().unwrap()
    }
}

impl Drop for Containers {
    fn drop(&mut self) {
        let _ = self.command(&["unpause", &self.names[0]]).status();
        let _ = self.command(&["rm", "-af", "-t0"]).status();
        let _ = self.command(&["network", "rm", &self.network]).status();
    }
}

/// Writes rules and responses; flags for an agent with them.
fn stage(folder: &Path, mark: &str, socket: &Path) -> Vec<String> {
    let (mut rules, mut responses) = (String::new(), String::new());
    for (word, action) in ACTIONS {
        let _ = write!(
            rules,
            "- rule: {word} {mark}\n  desc: d\n  condition: evt.type in (execve, execveat) and container.id != host and proc.args = \"{mark} {word}\"\n  output: \"%proc.args\"\n  priority: WARNING\n"
        );
        let _ = write!(
            responses,
            "- response: {word}\n  match: {{rules: [\"{word} {mark}\"]}}\n  actions: [{{{}}}]\n",
            if action.contains(':') { action.to_owned() } else { format!("{action}: {{}}") }
        );
    }
    std::fs::write(folder.join("rules.yaml"), rules).unwrap();
    std::fs::write(folder.join("respond.yaml"), responses).unwrap();
    let path = |name: &str| folder.join(name).display().to_string();
    let socket = socket.display();
    vec![
        "--json".to_owned(),
        "-r".to_owned(),
        path("rules.yaml"),
        "-o".to_owned(),
        format!("respond={{files: [{}], mode: on, path: {}}}", path("respond.yaml"), path("store")),
        "-o".to_owned(),
        format!("journal.key={}", path("own.key")),
        "-o".to_owned(),
        format!("container_engines={{podman: {{sockets: [{socket}], storage: [/nobody]}}}}"),
    ]
}

#[test]
fn live_a_container_is_disconnected_paused_stopped_killed_and_taken_back() {
    let name = "live_a_container_is_disconnected_paused_stopped_killed_and_taken_back";
    let programs = ["podman", "runc", "busybox", "iptables"];
    if !peregrine_testkit::root(name) || !installed(name, &programs) {
        return;
    }
    if !Path::new("/usr/lib/cni/bridge").exists() {
        peregrine_testkit::skipped(
            name,
            "podman has no networks here (containernetworking-plugins)",
        );
        return;
    }
    let folder = scratch("respond-podman");
    let containers = Containers::new(Podman::new(&folder));
    let [one, two] = &containers.names;
    let socket = folder.join("podman.sock");
    let url = format!("unix://{}", socket.display());
    let args = containers.podman.args(&["system", "service", "--time=0", &url]);
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let server = Server::start("podman", &args, &folder.join("log"), || socket.exists());
    let mark = format!("mark{}", std::process::id());
    let flags = stage(&folder, &mark, &socket);
    let mut agent = Watched::start(&flags);
    let undo = |id: &serde_json::Value| {
        let mut undo = Command::new(env!("CARGO_BIN_EXE_peregrine"));
        undo.args(["respond", "undo", &id.to_string()]).args(&flags[3..]);
        let done = undo.output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    };
    assert!(containers.is_connected(one) && containers.is_connected(two));

    let mut command = containers.mark(&mark, "off");
    let done = step(&mut agent, "disconnect_container", "done");
    command.wait().unwrap();
    assert!(!containers.is_connected(one) && containers.is_connected(two));
    undo(field(&done, "response.id"));
    assert!(containers.is_connected(one));

    let first = containers.inspect(one, "{{.State.Pid}}");
    let mut command = containers.mark(&mark, "paused");
    let done = step(&mut agent, "pause_container", "done");
    containers.until_state(one, "paused");
    containers.until_state(two, "running");
    undo(field(&done, "response.id"));
    containers.until_state(one, "running");
    command.wait().unwrap();
    assert_eq!(containers.inspect(one, "{{.State.Pid}}"), first, "it is the same as before");

    let mut command = containers.mark(&mark, "stopped");
    let done = step(&mut agent, "stop_container", "done");
    command.wait().unwrap();
    containers.until_state(one, "exited");
    undo(field(&done, "response.id"));
    containers.until_state(one, "running");
    assert!(containers.is_connected(one));

    let other = containers.inspect(two, "{{.State.Pid}}");
    let mut command = containers.mark(&mark, "killed");
    step(&mut agent, "kill", "done");
    command.wait().unwrap();
    // Whoever watches over it is on the host: it lives, and says how the container ended.
    containers.until_state(one, "exited");
    assert_eq!(containers.inspect(one, "{{.State.ExitCode}}"), "137");
    assert_eq!(
        containers.inspect(two, "{{.State.Status}} {{.State.Pid}}"),
        format!("running {other}")
    );
    assert!(containers.is_connected(two));
    agent.stop();
    drop(server);
}
