//! `type: syslog` with rsyslog.

use std::path::Path;

use peregrine_alert::one_line;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use serde_json::json;

use super::*;

/// rsyslog with a configuration, a folder and ports of this test's own. It writes each message as a line of JSON.
struct Server {
    program: PathBuf,
    folder: Folder,
    udp: u16,
    tcp: u16,
    /// What of its configuration only this test has.
    more: String,
    process: Option<Process>,
}

const TEMPLATE: &str = r#"
template(name="json" type="list" option.jsonf="on") {
  property(outname="pri" name="pri" format="jsonf")
  property(outname="time" name="timereported" dateFormat="rfc3339" format="jsonf")
  property(outname="host" name="hostname" format="jsonf")
  property(outname="app" name="app-name" format="jsonf")
  property(outname="pid" name="procid" format="jsonf")
  property(outname="id" name="msgid" format="jsonf")
  property(outname="version" name="protocol-version" format="jsonf")
  property(outname="data" name="structured-data" format="jsonf")
  property(outname="msg" name="msg" format="jsonf")
  property(outname="raw" name="rawmsg" format="jsonf")
}
"#;

impl Server {
    fn new(test: &str) -> Option<Self> {
        let program = program(test, "rsyslogd", "rsyslog rsyslog-gnutls")?;
        let folder = Folder::new(test);
        let (udp, tcp) = (free_port(), free_port());
        Some(Self { program, folder, udp, tcp, more: String::new(), process: None })
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.0.join(name)
    }

    fn start(&mut self) {
        let (work, out) = (self.folder.0.display(), self.path("messages"));
        let (udp, tcp) = (self.udp, self.tcp);
        // Messages of any length, and as they come.
        let config = format!(
            "global(workDirectory=\"{work}\" maxMessageSize=\"4m\" \
             parser.escapeControlCharactersOnReceive=\"off\" net.enableDNS=\"off\")\n\
             module(load=\"imudp\")\ninput(type=\"imudp\" address=\"127.0.0.1\" port=\"{udp}\")\n\
             module(load=\"imtcp\" maxFrameSize=\"10000000\")\n\
             input(type=\"imtcp\" address=\"127.0.0.1\" port=\"{tcp}\")\n\
             {}\n{TEMPLATE}\naction(type=\"omfile\" file=\"{}\" template=\"json\")\n",
            self.more,
            out.display(),
        );
        let config = self.folder.file("rsyslog.conf", &config);
        let mut command = Command::new(&self.program);
        command.arg("-n").arg("-f").arg(config).arg("-i").arg(self.path("pid"));
        self.process = Some(Process::server(&mut command, tcp));
    }

    /// It works off what it has, and ends.
    fn end(&mut self) {
        self.process.take().unwrap().end();
    }

    /// The messages it has, once they are so many.
    fn messages(&self, count: usize) -> Vec<Json> {
        let mut lines = Vec::new();
        until("the messages arrived", || {
            let text = std::fs::read_to_string(self.path("messages")).unwrap_or_default();
            lines = text
                .split_inclusive('\n')
                .filter(|line| line.ends_with('\n'))
                .map(str::to_owned)
                .collect();
            lines.len() >= count
        });
        assert_eq!(lines.len(), count, "{lines:?}");
        lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

fn send(output: &mut dyn Output, alerts: &[Alert]) -> Report {
    let records = alerts.iter().map(samples::record).collect::<Vec<_>>();
    output.deliver(&records)
}

/// Sends the alerts, all of which are taken.
fn sent(output: &mut dyn Output, alerts: &[Alert]) {
    let report = send(output, alerts);
    let all = report.fates.iter().all(|fate| matches!(fate, Fate::Delivered));
    assert!(all && report.error.is_none(), "{report:?}");
}

/// What the server has of a message of RFC 5424 is the alert.
fn check_new(message: &Json, alert: &Alert, is_whole: bool) {
    let text = |name: &str| message[name].as_str().unwrap();
    assert_eq!(text("pri"), (20 * 8 + alert.priority as u16).to_string());
    assert_eq!((text("host"), text("app"), text("version")), ("web-1", "peregrine", "1"));
    assert_eq!(text("pid"), std::process::id().to_string());
    assert!(text("time").starts_with("2026-11-30T00:53:20"), "{message}");
    // It reads 32 KiB of data at most; what came is whole.
    let data = text("data");
    let number = alert.id.sequence;
    assert!(data.starts_with(&format!("[alert@32473 id=\"web-1-{number}\" ")), "{data}");
    assert_eq!(data.contains("truncated=\"true\""), !is_whole);
    let expected = one_line(alert.message.clone());
    let mark = if expected.is_ascii() { "" } else { "\u{feff}" };
    let msg = text("msg");
    if is_whole {
        let raw = text("raw");
        assert!(raw.ends_with(&format!("] {mark}{expected}")), "{raw}");
        for value in alert.fields.values().filter_map(Json::as_str) {
            let escaped = one_line(value.to_owned())
                .replace('\\', "\\\\")
                .replace('"', "\\\"")
                .replace(']', "\\]");
            let value = format!("=\"{escaped}\"");
            assert!(raw.contains(&value), "{escaped} is missing");
        }
    } else {
        let kept = msg.strip_suffix("...").unwrap();
        assert!(format!("{mark}{expected}").starts_with(kept));
    }
}

#[test]
pub(super) fn alerts_arrive_at_rsyslog_by_every_way() {
    let test = "alerts_arrive_at_rsyslog_by_every_way";
    let Some(mut server) = Server::new(test) else { return };
    let socket = server.path("log");
    server.more = format!(
        "module(load=\"imuxsock\" SysSock.Use=\"off\")\n\
         input(type=\"imuxsock\" Socket=\"{}\" UseSpecialParser=\"off\" ParseHostname=\"on\" \
         RateLimit.Interval=\"0\" UseSysTimeStamp=\"off\" IgnoreTimestamp=\"off\")",
        socket.display()
    );
    server.start();
    let (udp, tcp) = (format!("127.0.0.1:{}", server.udp), format!("127.0.0.1:{}", server.tcp));
    let alerts = [plain(1), nasty(2), plain(3)];
    let mut all = 0;
    for (keys, cut) in [
        (format!("protocol: udp, server: '{udp}', max_message_size: 60000"), 1),
        (format!("protocol: tcp, server: '{tcp}', max_message_size: 2MiB"), 0),
        (format!("protocol: tcp, server: '{tcp}'"), 1),
        (format!("socket: '{}', header: rfc5424, max_message_size: 60000", socket.display()), 1),
    ] {
        let mut output = open(&format!("{{type: syslog, facility: local4, {keys}}}")).unwrap();
        sent(&mut *output, &alerts);
        assert_eq!(output.truncated(), cut, "{keys}");
        all += alerts.len();
        let messages = server.messages(all);
        for (message, alert) in messages.iter().skip(all - alerts.len()).zip(&alerts) {
            check_new(message, alert, cut == 0 || alert.id.sequence != 2);
        }
    }
}

#[test]
fn rsyslog_reads_the_form_of_before_and_cef() {
    let test = "rsyslog_reads_the_form_of_before_and_cef";
    let Some(mut server) = Server::new(test) else { return };
    let socket = server.path("log");
    server.more = format!(
        "module(load=\"imuxsock\" SysSock.Use=\"off\")\ninput(type=\"imuxsock\" Socket=\"{}\")",
        socket.display()
    );
    server.start();
    let to = format!("type: syslog, protocol: tcp, server: '127.0.0.1:{}'", server.tcp);
    let (alert, name) =
        (plain(1), rustix::system::uname().nodename().to_string_lossy().into_owned());
    let mut count = 0;
    let mut check = |keys: &str, text: &str, host: &str, data: &str, version: &str| {
        let mut output =
            open(&format!("{{{keys}, app_name: falco, max_message_size: 1MiB}}")).unwrap();
        let report = output.deliver(&[Record { alert: &alert, text }]);
        assert!(report.error.is_none(), "{report:?}");
        count += 1;
        let message = server.messages(count).remove(count - 1);
        assert_eq!(message["msg"].as_str().unwrap().trim_start(), text, "{keys}");
        assert_eq!((&message["pri"], &message["app"]), (&json!("12"), &json!("falco")), "{keys}");
        assert_eq!((&message["host"], &message["data"]), (&json!(host), &json!(data)), "{keys}");
        assert_eq!(message["version"], version, "{keys}");
    };
    let cef = alert.cef();
    check(&format!("{to}, header: rfc3164"), "reads 文", "web-1", "-", "0");
    check(&format!("{to}, header: rfc3164, format: cef"), &cef, "web-1", "-", "0");
    check(&format!("{to}, format: cef"), &cef, "web-1", "-", "1");
    check(&format!("{to}, structured_data: false"), "reads", "web-1", "-", "1");
    check(&format!("type: syslog, socket: '{}'", socket.display()), "reads 文", &name, "-", "0");
}

#[test]
fn a_receiver_that_comes_and_goes_gets_every_alert() {
    let test = "a_receiver_that_comes_and_goes_gets_every_alert";
    let Some(mut server) = Server::new(test) else { return };
    let to = format!("127.0.0.1:{}", server.tcp);
    let mut output = open(&format!("{{type: syslog, protocol: tcp, server: '{to}'}}")).unwrap();
    let why = format!("{to}: it refuses the connection: does the receiver run, is the port right?");
    assert_eq!(failure(&mut *output), why);
    for number in 1..=3 {
        server.start();
        sent(&mut *output, &[plain(number), plain(number + 10)]);
        // It has what came before its end.
        server.messages(2 * usize::try_from(number).unwrap());
        server.end();
    }
    assert_eq!(failure(&mut *output), why);
}

/// Makes certificates for names, signed by one authority, and its own.
fn certificates(folder: &Folder, names: &[&str]) {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.distinguished_name.push(DnType::CommonName, "authority");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    folder.file("ca.crt", &issuer.pem());
    for name in names {
        let params = CertificateParams::new(vec![(*name).to_owned()]).unwrap();
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &issuer).unwrap();
        folder.file(&format!("{name}.crt"), &certificate.pem());
        folder.file(&format!("{name}.key"), &key.serialize_pem());
    }
}

#[test]
fn rsyslog_speaks_tls() {
    let Some(mut server) = Server::new("rsyslog_speaks_tls") else { return };
    let driver = ["/usr/lib", "/usr/lib64"].iter().any(|folder| has_driver(Path::new(folder), 2));
    if !driver {
        let why = "rsyslog has no TLS (apt-get install rsyslog-gnutls)";
        return peregrine_testkit::skipped("rsyslog_speaks_tls", why);
    }
    certificates(&server.folder, &["127.0.0.1", "client.example"]);
    let port = free_port();
    let folder = server.folder.0.clone();
    let file = |name: &str| folder.join(name).display().to_string();
    server.more = format!(
        "input(type=\"imtcp\" address=\"127.0.0.1\" port=\"{port}\" streamDriver.name=\"gtls\" \
         streamDriver.mode=\"1\" streamDriver.authMode=\"x509/name\" permittedPeer=[\"client.example\"] \
         streamDriver.CAFile=\"{}\" streamDriver.certFile=\"{}\" streamDriver.keyFile=\"{}\")",
        file("ca.crt"),
        file("127.0.0.1.crt"),
        file("127.0.0.1.key"),
    );
    let client = |ca: &str| format!("ca_cert: '{}'", file(ca));
    let shown = format!(
        "client_cert: '{}', client_key: '{}'",
        file("client.example.crt"),
        file("client.example.key")
    );
    let other = |tls: &str| {
        open(&format!(
            "{{type: syslog, facility: local4, protocol: tls, server: '127.0.0.1:{port}', \
             max_message_size: 2MiB, tls: {{{tls}}}}}"
        ))
        .unwrap()
    };
    let (trusted, unknown) = (client("ca.crt"), client("client.example.crt"));
    let mut outputs = [
        other(&format!("{unknown}, {shown}")),
        other(&trusted),
        other(&format!("{trusted}, {shown}")),
    ];
    server.start();
    let [stranger, nobody, known] = &mut outputs;
    let error = failure(&mut **stranger);
    assert!(error.contains("nobody trusted here signed its certificate"), "{error}");
    let error = failure(&mut **nobody);
    assert!(error.contains("see `client_cert`"), "{error}");
    let alerts = [plain(1), nasty(2), plain(3)];
    sent(&mut **known, &alerts);
    for (message, alert) in server.messages(3).iter().zip(&alerts) {
        check_new(message, alert, true);
    }
}

/// Whether a folder has the driver, or one in it so many levels deep does.
fn has_driver(folder: &Path, depth: usize) -> bool {
    folder.join("lmnsd_gtls.so").is_file()
        || (depth > 0
            && std::fs::read_dir(folder).is_ok_and(|entries| {
                entries.flatten().any(|entry| has_driver(&entry.path(), depth - 1))
            }))
}

#[test]
fn what_cannot_work_is_said_at_the_start() {
    let check = |keys: &str, expected: &str| {
        let error = open(&format!("{{type: syslog, {keys}}}")).err().unwrap().to_string();
        assert!(error.contains(expected), "{keys}: {error}");
    };
    check("server: h", "`server` has no effect with `protocol: local`");
    check("protocol: tcp", "set `server`");
    check("protocol: tcp, server: h, tls: {insecure: true}", "without `protocol: tls`");
    check("max_message_size: 479", "less than 480 bytes");
    check("protocol: udp, server: h, max_message_size: 64KiB", "65507 bytes");
}
