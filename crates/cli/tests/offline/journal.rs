//! `peregrine journal` on journals made here, whole and damaged.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

use peregrine_alert::{Alert, AlertId, Priority};
use peregrine_journal::{Anchor, FileStorage, Journal, Now, Options};
use serde_json::{Value, json};

/// 2026-11-23T17:00:00Z.
const BEGIN: u64 = 1_795_453_200_000_000_000;
const SECOND: u64 = 1_000_000_000;

/// A journal in a folder of its own.
struct Made {
    folder: PathBuf,
}

impl Drop for Made {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn alert(n: u64) -> Alert {
    let rule = if n.is_multiple_of(10) { "Read sensitive file" } else { "Shell in a container" };
    let priority = if n.is_multiple_of(10) { Priority::Critical } else { Priority::Notice };
    let fields =
        json!({"proc.name": format!("p{n}"), "proc.pid": n, "fd.name": "/tmp/日本\n\"x\""});
    let Value::Object(fields) = fields else { panic!() };
    Alert {
        id: AlertId { host: "web-1".to_owned(), sequence: n },
        time_ns: BEGIN + n * SECOND,
        utc_offset: 3600,
        rule: rule.to_owned(),
        priority,
        source: "syscall".to_owned(),
        tags: vec!["filesystem".to_owned()],
        message: format!("alert {n}\nsecond line"),
        fields,
    }
}

impl Made {
    /// A hundred alerts, one a second.
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("peregrine-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        let made = Self { folder };
        let storage = FileStorage::exclusive(&made.journal()).unwrap();
        let stem = "journal".to_owned();
        let anchor = Anchor { storage: FileStorage::new(&made.folder), stem };
        let now = |n: u64| Now { wall_ns: BEGIN + n * SECOND, elapsed: Duration::from_secs(n) };
        let options = Options { max_size: 1 << 18, ..Options::default() };
        let mut journal = Journal::open(storage, anchor, options, now(0)).unwrap();
        for n in 0..100 {
            journal.append(&alert(n), now(n)).unwrap();
            journal.commit(now(n)).unwrap();
        }
        journal.close(now(100)).unwrap();
        made
    }

    fn journal(&self) -> PathBuf {
        self.folder.join("journal")
    }

    /// `peregrine journal` with these words.
    fn run(&self, words: &[&str]) -> Output {
        let path = format!("journal.path={}", self.journal().display());
        let key = format!("journal.key={}/journal.key", self.folder.display());
        let (name, rest) = words.split_first().unwrap();
        Command::new(env!("CARGO_BIN_EXE_peregrine"))
            .args(["journal", name, "-o", &path, "-o", &key])
            .args(rest)
            .output()
            .unwrap()
    }

    /// What it prints, and how it ends.
    fn reported(&self, words: &[&str]) -> (String, i32) {
        let output = self.run(words);
        let text = [output.stdout, output.stderr].concat();
        (String::from_utf8(text).unwrap(), output.status.code().unwrap())
    }

    fn lines(&self, words: &[&str]) -> Vec<Value> {
        let output = self.run(words);
        assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    fn segments(&self) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(self.journal()).unwrap();
        let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
        paths.retain(|path| path.extension().is_some_and(|extension| extension == "segment"));
        paths.sort();
        paths
    }
}

fn change(path: &Path, from: &str, to: &str) {
    let mut bytes = std::fs::read(path).unwrap();
    let at = bytes.windows(from.len()).position(|window| window == from.as_bytes()).unwrap();
    bytes[at..at + to.len()].copy_from_slice(to.as_bytes());
    std::fs::write(path, bytes).unwrap();
}

#[test]
fn verify_says_whether_it_is_what_was_written() {
    let made = Made::new("verify");
    let (text, code) = made.reported(&["verify"]);
    assert_eq!(code, 0, "{text}");
    for part in ["100 alerts", "The journal is what was written.", "root on this host"] {
        assert!(text.contains(part), "{text}");
    }
    let whole = &made.lines(&["verify", "--json"])[0];
    assert_eq!((&whole["intact"], &whole["alerts"]), (&json!(true), &json!(100)));
    let noted = whole["noted"].as_str().unwrap().to_owned();
    assert_eq!(made.reported(&["verify", "--noted", &noted]).1, 0);
    let forged = noted.replace(|c: char| c.is_ascii_lowercase(), "0");
    assert_eq!(made.reported(&["verify", "--noted", &forged]).1, 1);
    // With a key from elsewhere.
    let public = made.folder.join("journal.pub");
    assert_eq!(made.reported(&["verify", "--public-key", public.to_str().unwrap()]).1, 0);
    assert_eq!(made.reported(&["verify", "--public-key", whole["key"].as_str().unwrap()]).1, 0);
    let (text, code) = made.reported(&["verify", "--public-key", "nosuch"]);
    assert_eq!(code, 2, "{text}");

    change(&made.segments()[0], "alert 5", "alert 6");
    let (text, code) = made.reported(&["verify"]);
    assert_eq!(code, 1, "{text}");
    assert!(text.contains("changed: record ") && text.contains("not what was written"), "{text}");
    let damaged = &made.lines(&["verify", "--json"])[0];
    assert_eq!(damaged["findings"][0]["kind"], json!("changed"));

    for path in made.segments() {
        std::fs::remove_file(path).unwrap();
    }
    let (text, code) = made.reported(&["verify"]);
    assert!(code == 1 && text.contains("cut: all records"), "{text}");
}

#[test]
fn what_cannot_be_is_one_error() {
    let made = Made::new("mistakes");
    let check = |words: &[&str], part: &str| {
        let output = made.run(words);
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{words:?}: {text}");
        assert!(output.stdout.is_empty() && text.contains(part), "{words:?}: {text}");
    };
    check(&["verify", "--path", "/nosuch/journal"], "there is no journal in /nosuch/journal");
    check(&["search", "proc.nmae = x"], "column 1");
    check(&["search", "--start", "noon"], "--start");
    check(&["show", "x"], "invalid value");
    check(&["verify", "--noted", "1:2"], "64 hexadecimal digits");
    check(&["tail", "-o", "journal.max_size=lots"], "journal.max_size");
    std::fs::remove_file(made.folder.join("journal.pub")).unwrap();
    check(&["verify"], "there is no public key journal.pub");
}

#[test]
fn search_finds_by_condition_and_time() {
    let made = Made::new("search");
    let found = |words: &[&str]| -> Vec<u64> {
        let words: Vec<&str> = ["search", "--json"].iter().chain(words).copied().collect();
        let of = |line: &Value| line["output_fields"]["proc.pid"].as_u64().unwrap();
        made.lines(&words).iter().map(of).collect()
    };
    assert_eq!(found(&[]), (0..100).collect::<Vec<_>>());
    assert_eq!(
        found(&["rule", "=", "\"Read sensitive file\""]),
        (0..10).map(|n| n * 10).collect::<Vec<_>>()
    );
    assert_eq!(found(&["priority >= warning and proc.pid > 50"]), [60, 70, 80, 90]);
    assert_eq!(found(&["--start", "+95s"]), [95, 96, 97, 98, 99]);
    assert_eq!(
        found(&["--start", "2026-11-23T17:00:03Z", "--end", "2026-11-23T17:00:05Z"]),
        [3, 4]
    );
    assert_eq!(found(&["-n", "2", "tags = filesystem and proc.pid < 50"]), [48, 49]);
    let (text, code) = made.reported(&["search", "proc.name = p7"]);
    assert_eq!(code, 0, "{text}");
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 2, "{text}");
    assert!(lines[0].starts_with("RECORD  TIME"), "{text}");
    assert!(
        lines[1].contains(
            "2026-11-23 18:00:07.000  Notice    Shell in a container  alert 7 second line"
        ),
        "{text}"
    );
    assert_eq!(made.reported(&["search", "proc.name = nobody"]), (String::new(), 1));
}

#[test]
fn alerts_are_shown_whole_and_exported() {
    let made = Made::new("show");
    let last = made.lines(&["tail", "-n", "1", "--json"]).remove(0);
    assert_eq!(last["output_fields"]["proc.pid"], json!(99));
    let number = last["record"].to_string();
    assert_eq!(made.lines(&["show", &number, "--json"]), [last]);
    let (text, code) = made.reported(&["show", &number]);
    assert_eq!(code, 0);
    for part in ["record     ", "Shell in a container", "\"/tmp/日本\\n\\\"x\\\"\"", "web-1"] {
        assert!(text.contains(part), "{part} in {text}");
    }
    let (text, code) = made.reported(&["show", "1"]);
    assert!(code == 1 && text.contains("record 1 is no alert"), "{text}");
    let file = made.folder.join("out.jsonl");
    let (text, code) = made.reported(&["export", "-w", file.to_str().unwrap(), "proc.pid < 20"]);
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("20 alerts written to"), "{text}");
    let exported = std::fs::read_to_string(&file).unwrap();
    let exported: Vec<Value> =
        exported.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(exported.len(), 20);
    assert_eq!(exported[3]["output_fields"]["fd.name"], json!("/tmp/日本\n\"x\""));
    let (text, code) = made.reported(&["export", "-w", "/dev/full"]);
    assert!(code == 2 && text.contains("cannot write /dev/full"), "{text}");
}
