//! `type: smtp` with aiosmtpd, and Python's reader of mails.

use serde_json::json;

use super::*;

/// The server: `smtpd.py PORT FILE`.
pub(super) const SERVER: &str = include_str!("smtpd.py");

/// That of Debian, which has Debian's packages.
pub(super) const PYTHON: &str = "/usr/bin/python3";

/// Whether there is such a server; where not, a loud line says so.
pub(super) fn has_aiosmtpd(test: &str) -> bool {
    let asked = Command::new(PYTHON).args(["-c", "import aiosmtpd"]).stderr(Stdio::null()).status();
    let has = asked.is_ok_and(|status| status.success());
    if !has {
        let why = "aiosmtpd is not installed (apt-get install python3-aiosmtpd)";
        peregrine_testkit::skipped(test, why);
    }
    has
}

struct Server {
    folder: Folder,
    port: u16,
    process: Option<Process>,
    mails: PathBuf,
}

impl Server {
    fn new(test: &str) -> Option<Self> {
        if !has_aiosmtpd(test) {
            return None;
        }
        let folder = Folder::new(test);
        let mails = folder.0.join("mails");
        Some(Self { folder, port: free_port(), process: None, mails })
    }

    fn mails(&self) -> Vec<Json> {
        let text = std::fs::read_to_string(&self.mails).unwrap_or_default();
        let whole = text.rfind('\n').map_or("", |end| &text[..end]);
        whole.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    fn yaml(&self, more: &str) -> String {
        format!(
            "{{type: smtp, server: '127.0.0.1:{}', encryption: none, username: u, password: p, \
             from: 'Peregrine <p@example.com>', to: [a@example.com, '安全 <b@example.com>']{more}}}",
            self.port
        )
    }
}

impl Receiver for Server {
    fn start(&mut self) {
        let script = self.folder.file("smtpd.py", SERVER);
        let mut command = Command::new(PYTHON);
        command.arg(script).arg(self.port.to_string()).arg(&self.mails);
        self.process = Some(Process::server(&mut command, self.port));
    }

    fn kill(&mut self) {
        self.process = None;
    }

    fn received(&self) -> Vec<Json> {
        let text =
            |mail: &Json| serde_json::from_str(mail["text"].as_str().unwrap().trim()).unwrap();
        self.mails().iter().map(text).collect()
    }
}

#[test]
pub(super) fn mails_have_the_alert_in_text_and_html() {
    let Some(mut server) = Server::new("mails_have_the_alert_in_text_and_html") else { return };
    let yaml = server.yaml("");
    check_delivery(&mut server, &yaml, 80);
    let mails = server.mails();
    let (plain, nasty) = (&mails[0], &mails[1]);
    assert_eq!(plain["subject"], "[Warning] Read sensitive file (web-1)");
    assert_eq!(plain["from"], "Peregrine <p@example.com>");
    assert_eq!(plain["to"], "a@example.com, 安全 <b@example.com>");
    assert_eq!(plain["recipients"], json!(["a@example.com", "b@example.com"]));
    assert_eq!(plain["message-id"], "<web-1-1@peregrine.invalid>");
    assert_eq!(plain["auto-submitted"], "auto-generated");
    assert!(plain["html"].as_str().unwrap().contains("<h3>Read sensitive file</h3>"));
    // No header of the rule's.
    let subject = nasty["subject"].as_str().unwrap();
    assert!(subject.starts_with("[Critical] R\u{fc}le <b>  Bcc: evil@example.com \"\u{4e2d}"));
    assert_eq!(nasty["bcc"], Json::Null);
    let html = nasty["html"].as_str().unwrap();
    assert!(
        html.contains("opens /tmp/中文 &lt;!channel&gt;") && html.contains("R\u{fc}le &lt;b&gt;")
    );

    let error = failure(&mut *open(&yaml.replace("password: p", "password: x")).unwrap());
    assert!(error.contains("535") && error.contains("check `username` and `password`"), "{error}");
    let without = yaml.replace("username: u, password: p, ", "");
    let error = failure(&mut *open(&without).unwrap());
    assert!(error.contains("530"), "{error}");
    let error =
        failure(&mut *open(&yaml.replace("encryption: none", "encryption: starttls")).unwrap());
    assert!(error.contains("does not offer STARTTLS: set `encryption: tls`"), "{error}");
    // Whom the server does not know, it never will: the next mail goes on.
    let template = "to: 'nobody-{{ sequence }}@example.com'";
    let error =
        open(&yaml.replace("to: [a@example.com, '安全 <b@example.com>']", template)).err().unwrap();
    assert!(error.to_string().contains("is no mail address"), "{error}");
    let mut unknown = open(&yaml.replace("to: [a@", "to: [nobody@")).unwrap();
    let report = deliver(&mut *unknown, &[super::plain(1), super::plain(2)]);
    assert!(matches!(report.fates[..], [Fate::Refused(_), Fate::Refused(_)]), "{report:?}");
    assert!(report.error.is_none(), "{:?}", report.error);
}

#[test]
fn a_digest_is_one_mail() {
    let Some(mut server) = Server::new("a_digest_is_one_mail") else { return };
    server.start();
    let mut output =
        open(&server.yaml(", digest: 5m, html: false, subject: '{{ rule }}'")).unwrap();
    let batch = output.batch();
    assert_eq!((batch.alerts, batch.wait), (100, Duration::from_mins(5)));
    deliver_all(&mut *output, (1..=3).map(plain).collect(), 100);
    let mails = server.mails();
    assert_eq!(mails.len(), 1, "{mails:?}");
    assert_eq!(mails[0]["subject"], "3 alerts: Read sensitive file, ...");
    assert_eq!(mails[0]["message-id"], "<web-1-1-3@peregrine.invalid>");
    assert_eq!(mails[0]["html"], Json::Null);
    let text = mails[0]["text"].as_str().unwrap();
    for n in 1..=3 {
        assert!(text.contains(&format!("number {n}")), "{text}");
    }
}

#[test]
fn a_mail_server_that_hangs_is_given_up() {
    hang(|port| {
        format!(
            "{{type: smtp, server: '127.0.0.1:{port}', encryption: none, from: a@b.c, to: a@b.c, timeout: 1s}}"
        )
    });
}
