//! Alertmanager itself, where the machine has it.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value as Json;

use crate::deliver;

/// An Alertmanager on loopback, with a folder of its own; both go with it.
struct Alertmanager {
    child: Child,
    address: String,
    folder: PathBuf,
}

impl Drop for Alertmanager {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// The program, as Debian or its makers call it.
fn program() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let names = ["prometheus-alertmanager", "alertmanager"];
    let all = names.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    all.into_iter().find(|path| Path::is_file(path))
}

fn start(program: &Path) -> Alertmanager {
    let folder =
        std::env::temp_dir().join(format!("peregrine-alertmanager-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let config = folder.join("alertmanager.yml");
    std::fs::write(&config, "route: {receiver: nobody}\nreceivers: [{name: nobody}]\n").unwrap();
    let port = peregrine_testkit::free_port();
    let address = format!("127.0.0.1:{port}");
    let log = std::fs::File::create(folder.join("log")).unwrap();
    let child = Command::new(program)
        .arg(format!("--config.file={}", config.display()))
        .arg(format!("--storage.path={}", folder.join("data").display()))
        .arg(format!("--web.listen-address={address}"))
        .arg("--cluster.listen-address=")
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .unwrap();
    let mut server = Alertmanager { child, address, folder };
    let end = Instant::now() + Duration::from_mins(1);
    while std::net::TcpStream::connect(&server.address).is_err() {
        let ended = server.child.try_wait().unwrap();
        let log = std::fs::read_to_string(server.folder.join("log")).unwrap_or_default();
        assert!(ended.is_none() && Instant::now() < end, "Alertmanager does not answer: {log}");
        std::thread::sleep(Duration::from_millis(50));
    }
    server
}

/// Its alerts; those that are resolved are no longer among them.
fn alerts(server: &Alertmanager) -> Vec<Json> {
    use std::io::{Read as _, Write as _};
    let mut stream = std::net::TcpStream::connect(&server.address).unwrap();
    stream.write_all(b"GET /api/v2/alerts HTTP/1.0\r\nHost: x\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let body = answer.split_once("\r\n\r\n").unwrap().1;
    serde_json::from_str::<Vec<Json>>(body).unwrap_or_else(|error| panic!("{error}: {answer}"))
}

/// Waits until Alertmanager has so many alerts.
fn wait(server: &Alertmanager, count: usize) -> Vec<Json> {
    let end = Instant::now() + Duration::from_mins(1);
    loop {
        let alerts = alerts(server);
        if alerts.len() == count {
            return alerts;
        }
        assert!(Instant::now() < end, "{count} alerts expected, not {}", alerts.len());
        std::thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn alertmanager_itself_shows_alerts_and_resolves_them() {
    let Some(program) = program() else {
        println!(
            "SKIPPED: alertmanager_itself_shows_alerts_and_resolves_them: Alertmanager is not installed"
        );
        return;
    };
    let server = start(&program);
    let keys = format!(
        "type: alertmanager, urls: ['http://{}'], label_fields: [proc.name]",
        server.address
    );
    let samples = crate::samples();
    let stats = deliver(&format!("{{{keys}, expires_after: 10s}}"), &samples);
    assert_eq!((stats.written, stats.refused), (samples.len() as u64, 0), "{stats:?}");
    let shown = wait(&server, samples.len());
    for sample in &samples {
        let of = |alert: &&Json| alert["labels"]["alertname"] == sample.rule;
        let alert = shown.iter().find(of).unwrap_or_else(|| panic!("{} is missing", sample.rule));
        assert_eq!(alert["labels"]["hostname"], sample.id.host);
        assert_eq!(alert["annotations"]["description"], sample.message);
        assert_eq!(alert["status"]["state"], "active");
        for (name, value) in [("proc.cmdline", "proc_cmdline"), ("fd.name", "fd_name")] {
            let expected = sample.fields.get(name);
            assert_eq!(alert["annotations"].get(value), expected, "{name}");
        }
    }
    wait(&server, 0);
}
