//! Debian's Prometheus scrapes a running agent: the page is what it expects, and each query of the dashboard has an
//! answer. Without Prometheus (scripts/deps.sh live) these are left out.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use peregrine_testkit::{Folder, free_port};
use serde_json::Value;

use crate::support::agent::Watched;

/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_mins(1);

/// What a web server on this host answers; none where nobody listens.
fn get(port: u16, path: &str) -> Option<(String, String)> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    write!(stream, "GET {path} HTTP/1.0\r\nHost: localhost\r\n\r\n").ok()?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).ok()?;
    let text = String::from_utf8(bytes).unwrap();
    let (head, body) = text.split_once("\r\n\r\n")?;
    Some((head.to_owned(), body.to_owned()))
}

fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < end, "never: {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// An agent with a web server, a rule for one folder, and that folder.
struct Stage {
    _agent: Watched,
    port: u16,
    /// It goes once the agent has.
    folder: Folder,
}

impl Stage {
    fn new(name: &str) -> Self {
        let (own, port) = (Folder::new(name), free_port());
        let folder = own.path();
        let rules = folder.join("rules.yaml");
        let rule = format!(
            "- rule: marked open\n  desc: d\n  condition: evt.type in (open, openat) and fd.name startswith {}/marked\n  output: opened %fd.name\n  priority: notice\n  tags: [T1059.004]\n",
            folder.display()
        );
        std::fs::write(&rules, rule).unwrap();
        let journal = folder.join("journal");
        let options = [
            "webserver.enabled=true".to_owned(),
            "webserver.listen_address=127.0.0.1".to_owned(),
            format!("webserver.listen_port={port}"),
            "webserver.prometheus_metrics_enabled=true".to_owned(),
            "metrics.enabled=true".to_owned(),
            "metrics.output_rule=false".to_owned(),
            "metrics.jemalloc_stats_enabled=true".to_owned(),
            "metrics.kernel_event_counters_per_cpu_enabled=true".to_owned(),
            "journal.enabled=true".to_owned(),
            format!("journal.path={}", journal.display()),
            format!("journal.key={}", folder.join("journal.key").display()),
        ];
        let rules = rules.display().to_string();
        let mut flags = vec!["-r", &rules];
        flags.extend(options.iter().flat_map(|option| ["-o", option.as_str()]));
        Self { _agent: Watched::start(&flags), port, folder: own }
    }

    fn act(&self) {
        std::fs::write(self.folder.path().join("marked"), "").unwrap();
    }

    fn page(&self) -> String {
        let (head, page) = get(self.port, "/metrics").unwrap();
        assert!(head.starts_with("HTTP/1.0 200"), "{head}");
        assert!(head.to_lowercase().contains("content-type: text/plain; version=0.0.4"), "{head}");
        page
    }
}

fn is_installed() -> bool {
    let there = Command::new("prometheus").arg("--version").output().is_ok();
    if !there {
        #[expect(clippy::print_stderr, reason = "whoever runs it should know")]
        {
            eprintln!("SKIPPED: there is no prometheus");
        }
    }
    there
}

#[test]
fn live_promtool_reads_the_metrics() {
    if !peregrine_testkit::root("live_promtool_reads_the_metrics") || !is_installed() {
        return;
    }
    let stage = Stage::new("promtool");
    stage.act();
    let page = until("a match is counted", || {
        let page = stage.page();
        page.contains("tag_T1059_004=\"true\"").then_some(page)
    });
    let mut promtool = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    promtool.stdin.take().unwrap().write_all(page.as_bytes()).unwrap();
    let done = promtool.wait_with_output().unwrap();
    let said = String::from_utf8([done.stdout, done.stderr].concat()).unwrap();
    // Falco's names are what they are; 1 would be a page that cannot be read.
    assert!(matches!(done.status.code(), Some(0 | 3)), "{said}");
    let ours: Vec<&str> = said.lines().filter(|line| !line.starts_with("falcosecurity_")).collect();
    assert_eq!(ours, [""; 0]);
    // Types are said once, and what Falco has is there once.
    let mut types: BTreeMap<&str, usize> = BTreeMap::new();
    for line in page.lines().filter_map(|line| line.strip_prefix("# TYPE ")) {
        *types.entry(line.split(' ').next().unwrap()).or_default() += 1;
    }
    assert!(types.values().all(|count| *count == 1), "{types:?}");
    assert!(types.contains_key("falcosecurity_scap_n_evts_total"), "{types:?}");
    let (head, versions) = get(stage.port, "/versions").unwrap();
    assert!(
        head.starts_with("HTTP/1.0 200") && versions.contains("\"falco_version\""),
        "{versions}"
    );
    assert_eq!(get(stage.port, "/healthz").unwrap().1, "{\"status\": \"ok\"}");
}

/// A Prometheus that scrapes; it ends with this value.
struct Prometheus {
    child: Child,
    port: u16,
}

impl Prometheus {
    fn start(folder: &Path, target: u16) -> Self {
        let port = free_port();
        let config = folder.join("prometheus.yml");
        let text = format!(
            "global:\n  scrape_interval: 1s\n  scrape_timeout: 1s\nscrape_configs:\n- job_name: peregrine\n  static_configs:\n  - targets: ['127.0.0.1:{target}']\n"
        );
        std::fs::write(&config, text).unwrap();
        let child = Command::new("prometheus")
            .arg(format!("--config.file={}", config.display()))
            .arg(format!("--storage.tsdb.path={}", folder.join("tsdb").display()))
            .arg(format!("--web.listen-address=127.0.0.1:{port}"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Self { child, port }
    }

    /// What a query answers: the values, or why it has none.
    fn ask(&self, query: &str) -> Result<Vec<Value>, String> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
        let encoded: String =
            query
                .bytes()
                .map(|byte| {
                    if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }
                })
                .collect();
        let (_, body) = get(self.port, &format!("/api/v1/query?query={encoded}"))
            .ok_or_else(|| "nobody listens".to_owned())?;
        let answer: Value = serde_json::from_str(&body).map_err(|_| body.clone())?;
        match answer["data"]["result"].as_array() {
            Some(values) if !values.is_empty() => Ok(values.clone()),
            _ => Err(body),
        }
    }
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The queries of the dashboard, each under its panel.
fn queries() -> Vec<(String, String)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../contrib/grafana/peregrine.json");
    let dashboard: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let mut queries = Vec::new();
    for panel in dashboard["panels"].as_array().unwrap() {
        for target in panel["targets"].as_array().unwrap() {
            let query = target["expr"].as_str().unwrap();
            let query = query
                .replace("$__rate_interval", "1m")
                .replace("$job", "peregrine")
                .replace("$instance", ".*");
            assert!(!query.contains('$'), "{query}");
            queries.push((panel["title"].as_str().unwrap().to_owned(), query));
        }
    }
    queries
}

#[test]
fn live_every_query_of_the_dashboard_has_an_answer() {
    if !peregrine_testkit::root("live_every_query_of_the_dashboard_has_an_answer")
        || !is_installed()
    {
        return;
    }
    let stage = Stage::new("prometheus");
    stage.act();
    let prometheus = Prometheus::start(stage.folder.path(), stage.port);
    until("a scrape succeeded", || {
        let up = prometheus.ask("up{job=\"peregrine\"}").ok()?;
        (up[0]["value"][1] == "1").then_some(())
    });
    let queries = queries();
    assert!(queries.len() > 30, "{queries:?}");
    let mut left = queries;
    let end = Instant::now() + PATIENCE;
    while !left.is_empty() {
        // What is counted goes on to grow.
        stage.act();
        left.retain(|(_, query)| prometheus.ask(query).is_err());
        assert!(Instant::now() < end, "no answer: {left:#?}");
        std::thread::sleep(Duration::from_millis(100));
    }
    drop(prometheus);
}
