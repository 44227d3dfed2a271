use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;

use peregrine_config::load;

use super::*;

/// Answers every request with a status, the path it asks for and its body, or, where there is no status, hangs.
fn receiver(status: Option<&'static str>) -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        let mut hanging = Vec::new();
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let Some(status) = status else {
                hanging.push(stream);
                continue;
            };
            let mut from = BufReader::new(stream.try_clone().unwrap());
            let (mut path, mut length) = (String::new(), 0);
            from.read_line(&mut path).unwrap();
            for line in from.by_ref().lines() {
                let line = line.unwrap().to_ascii_lowercase();
                if let Some(size) = line.strip_prefix("content-length: ") {
                    length = size.parse().unwrap();
                }
                if line.is_empty() {
                    break;
                }
            }
            let mut body = vec![0; length];
            from.read_exact(&mut body).unwrap();
            let said = format!("{} {}", path.trim(), String::from_utf8(body).unwrap());
            let head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n", said.len());
            stream.write_all(format!("{head}{said}").as_bytes()).unwrap();
        }
    });
    port
}

struct Stage(PathBuf);

impl Stage {
    fn new(name: &str) -> Self {
        let folder =
            std::env::temp_dir().join(format!("peregrine-trial-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    fn config(&self, text: &str) -> Config {
        let file = self.0.join("peregrine.yaml");
        std::fs::write(&file, format!("stdout_output: {{enabled: false}}\n{text}")).unwrap();
        let loaded = load(Some(&file), &[]).unwrap();
        assert_eq!(loaded.warnings, []);
        loaded.config
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn alert() -> Alert {
    test_alert("host-1".to_owned(), 1_700_000_000_000_000_000, 0)
}

/// The verdicts in order, in short: `ops delivered`, `ops refused 403 the answer is ...`.
fn tried(config: &Config, name: Option<&str>) -> Vec<String> {
    let words = |trial: Trial| {
        let (word, reason) = match trial.verdict {
            Verdict::Delivered => return format!("{} delivered", trial.output),
            Verdict::Refused(reason) => ("refused", reason),
            Verdict::Failed(reason) => ("failed", reason),
        };
        let status = reason.status.map_or_else(String::new, |status| format!("{status} "));
        format!("{} {word} {status}{}", trial.output, reason.text)
    };
    try_outputs(config, name, &alert()).unwrap().into_iter().map(words).collect()
}

#[test]
fn a_test_alert_says_that_it_is_one() {
    let alert = alert();
    assert_eq!((alert.rule.as_str(), alert.source.as_str()), (TEST_RULE, "internal"));
    assert_eq!(alert.tags, ["test"]);
    assert!(
        alert.message.starts_with("Peregrine test alert. Somebody ran `peregrine outputs test`")
    );
    assert_eq!(alert.fields["test"], Json::from(true));
}

#[test]
fn each_output_says_what_came_back() {
    let stage = Stage::new("each");
    let (takes, refuses) = (receiver(Some("204 No Content")), receiver(Some("403 Forbidden")));
    let (hangs, fails) = (receiver(None), receiver(Some("503 Busy")));
    let file = stage.0.join("alerts");
    let config = stage.config(&format!(
        "file_output: {{enabled: true, filename: {file}}}
program_output: {{enabled: true, program: 'cat > {file}.copy'}}
outputs:
  - {{name: takes, type: webhook, url: 'http://127.0.0.1:{takes}/', when: 'rule = none', throttle: {{alerts: 1, per: 1h}}}}
  - {{name: refuses, type: webhook, url: 'http://127.0.0.1:{refuses}/hook/0123456789abcdef', template: 'no'}}
  - {{name: fails, type: webhook, url: 'http://127.0.0.1:{fails}/', template: 'busy'}}
  - {{name: hangs, type: webhook, url: 'http://127.0.0.1:{hangs}/', timeout: 200ms}}
  - {{name: away, type: webhook, url: 'http://127.0.0.1:1/'}}
  - {{name: broken, type: webhook, url: {{file: /none/url}}}}
  - {{name: off, type: webhook, url: 'http://127.0.0.1:1/', enabled: false}}
",
        file = file.display()
    ));
    let expected = [
        format!("file {} delivered", file.display()),
        "program delivered".to_owned(),
        "takes delivered".to_owned(),
        "refuses refused 403 the answer is 403: POST /hook/*** HTTP/1.1 no".to_owned(),
        "fails failed 503 the answer is 503: POST / HTTP/1.1 busy".to_owned(),
        format!(
            "hangs failed 127.0.0.1:{hangs}: no whole answer within 0.2 s: raise `timeout` where it is only slow"
        ),
        "away failed 127.0.0.1:1: it refuses the connection: does the receiver run, is the port right?"
            .to_owned(),
        "broken failed url: /none/url: No such file or directory (os error 2)".to_owned(),
    ];
    assert_eq!(tried(&config, None), expected);
    for file in [file.clone(), file.with_extension("copy")] {
        let text = std::fs::read_to_string(&file).unwrap();
        assert!(text.contains("Notice Peregrine test alert. "), "{file:?}: {text}");
        assert_eq!(text.lines().count(), 1);
    }
    assert_eq!(tried(&config, Some("takes")), ["takes delivered"]);
    // The file has one line more, by either name.
    assert_eq!(tried(&config, Some("file")), [format!("file {} delivered", file.display())]);
    tried(&config, Some(&format!("file {}", file.display())));
    assert_eq!(std::fs::read_to_string(&file).unwrap().lines().count(), 3);
}

#[test]
fn a_name_that_is_none_or_off_is_an_error() {
    let stage = Stage::new("names");
    let config = stage.config(
        "outputs:
  - {name: ops, type: webhook, url: 'http://127.0.0.1:1/'}
  - {name: off, type: webhook, url: 'http://127.0.0.1:1/', enabled: false}
",
    );
    let check = |name: &str, expected: &str| {
        let error = try_outputs(&config, Some(name), &alert()).unwrap_err();
        assert_eq!(error.to_string(), expected);
        error
    };
    let TrialError::Unknown { known, .. } = check("opps", "no output is called opps") else {
        panic!("it is known");
    };
    assert_eq!(known, ["ops", "stdout", "file", "syslog", "program", "http", "off"]);
    check("off", "the output off is off: outputs[1].enabled turns it on");
    check("http", "the output http is off: http_output.enabled turns it on");
    let none = try_outputs(&stage.config(""), None, &alert()).unwrap_err();
    assert_eq!(none.to_string(), "no output is on");
}
