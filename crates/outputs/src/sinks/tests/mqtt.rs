//! `type: mqtt` with Mosquitto.

use std::io::{BufRead as _, BufReader};
use std::sync::{Arc, Mutex};

use super::*;

struct Server {
    folder: Folder,
    program: PathBuf,
    subscriber: PathBuf,
    port: u16,
    process: Option<Process>,
    listener: Option<Process>,
    heard: Arc<Mutex<Vec<(String, String)>>>,
}

impl Server {
    fn new(test: &str) -> Option<Self> {
        let program = program(test, "mosquitto", "mosquitto")?;
        let subscriber = super::program(test, "mosquitto_sub", "mosquitto-clients")?;
        let (folder, port, heard) = (Folder::new(test), free_port(), Arc::default());
        // It gives up its rights and keeps its file there.
        let open = std::os::unix::fs::PermissionsExt::from_mode(0o777);
        std::fs::set_permissions(&folder.0, open).unwrap();
        Some(Self { folder, program, subscriber, port, process: None, listener: None, heard })
    }

    /// Subscribes for good: what comes while the broker restarts is kept for it.
    fn listen(&mut self) {
        let mut command = Command::new(&self.subscriber);
        command.args([
            "-V",
            "mqttv5",
            "-h",
            "127.0.0.1",
            "-u",
            "u",
            "-P",
            "p",
            "-q",
            "1",
            "-t",
            "#",
        ]);
        command.args(["-c", "-x", "600", "-i", "listener", "-F", "%q %r %t %p", "-p"]);
        command.arg(self.port.to_string()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut listener = Process(command.spawn().unwrap());
        let lines = BufReader::new(listener.0.stdout.take().unwrap()).lines();
        let heard = Arc::clone(&self.heard);
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let words: Vec<&str> = line.splitn(4, ' ').collect();
                let [quality, retained, topic, text] = words[..] else { panic!("{line}") };
                assert_eq!((quality, retained), ("1", "0"));
                heard.lock().unwrap().push((topic.to_owned(), text.to_owned()));
            }
        });
        self.listener = Some(listener);
    }

    fn yaml(&self, more: &str) -> String {
        format!("{{type: mqtt, server: '127.0.0.1:{}', username: u, password: p{more}}}", self.port)
    }
}

impl Receiver for Server {
    fn start(&mut self) {
        let folder = self.folder.0.display();
        // What `mosquitto_passwd` makes of u and p, n and p.
        let users = self.folder.file("users", "u:p\nn:p\n");
        let made = Command::new("mosquitto_passwd").arg("-U").arg(&users).status().unwrap();
        assert!(made.success());
        let rights = "user u\ntopic #\nuser n\ntopic read #\n";
        let (users, rights) = (users.display(), self.folder.file("rights", rights));
        let config = format!(
            "listener {} 127.0.0.1\nallow_anonymous false\npassword_file {users}\nacl_file {}\npersistence true\n\
             persistence_location {folder}/\nuser root\nmax_queued_messages 100000\n",
            self.port,
            rights.display()
        );
        let config = self.folder.file("mosquitto.conf", &config);
        let mut command = Command::new(&self.program);
        self.process = Some(Process::server(command.arg("-c").arg(config), self.port));
        if self.listener.is_none() {
            self.listen();
            let mut output = open(&self.yaml(", topic: probe")).unwrap();
            until("somebody listens", || {
                deliver_all(&mut *output, vec![plain(0)], 1);
                !self.heard.lock().unwrap().is_empty()
            });
        }
    }

    /// What it acknowledged is in its memory until it ends.
    fn kill(&mut self) {
        self.process.take().unwrap().end();
    }

    fn received(&self) -> Vec<Json> {
        let heard = self.heard.lock().unwrap();
        let alerts = heard.iter().filter(|(topic, _)| topic != "probe");
        alerts.map(|(_, text)| serde_json::from_str(text).unwrap()).collect()
    }
}

#[test]
pub(super) fn mqtt_passes_alerts_on() {
    let Some(mut server) = Server::new("mqtt_passes_alerts_on") else { return };
    let yaml = server.yaml("");
    check_delivery(&mut server, &yaml, 400);
    let topic = |server: &Server| {
        let heard = server.heard.lock().unwrap();
        heard.iter().map(|(topic, _)| topic.clone()).find(|topic| topic != "probe")
    };
    assert_eq!(topic(&server).unwrap(), "peregrine/web-1/warning");

    let error = failure(&mut *open(&yaml.replace("password: p", "password: x")).unwrap());
    assert!(error.contains("check `username` and `password`"), "{error}");
    let error = failure(&mut *open(&yaml.replace("username: u", "username: n")).unwrap());
    assert!(error.contains("does not let this user publish to the topic"), "{error}");
}

#[test]
fn mqtt_that_hangs_is_given_up() {
    hang(|port| format!("{{type: mqtt, server: '127.0.0.1:{port}', timeout: 1s}}"));
}
