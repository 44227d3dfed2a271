//! Captures: `suite` of kind replay, the alerts of `falco` and `modern`, the lines of `oracle`.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context as _, Result};
use peregrine_agent::capture::Window;
use peregrine_agent::capture::print::{Print, print};
use peregrine_agent::capture::replay::{Replay, replay};
use peregrine_agent::generation::Generation;
use peregrine_config::{Config, Count, load as load_config};
use serde_json::Value as Json;

use super::{Outcome, strict};

/// What a replay came to: alerts in order as objects, and whether it could be done.
struct Done {
    alerts: Vec<Json>,
    failed: bool,
}

/// Replays a capture with rules and settings; alerts as JSON in a file. No file: the rules do not load.
pub(crate) fn alerts(capture: &Path, mut config: Config) -> Result<Option<PathBuf>> {
    config.json_output = true;
    lines(capture, config)
}

/// The same in the form the settings ask for: alerts go through a file, as users would take them.
pub(crate) fn lines(capture: &Path, config: Config) -> Result<Option<PathBuf>> {
    // Several replays run at the same time.
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let name = format!("peregrine-alerts-{}-{number}", std::process::id());
    let file = std::env::temp_dir().join(name);
    let _ = fs::remove_file(&file);
    let mut config = config;
    config.stdout_output.enabled = false;
    config.file_output.enabled = true;
    config.file_output.filename.clone_from(&file);
    config.outputs_queue.capacity = Count::of_size(0);
    // No kernel is asked to leave anything out here.
    config.engine.modern_ebpf.pushdown = false;
    let Ok((generation, _)) = Generation::load(&config) else { return Ok(None) };
    replay(
        capture,
        Replay {
            config: &config,
            generation,
            window: Window::default(),
            filter: "",
            duration: None,
            host: None,
            stop: Arc::default(),
            notify: Arc::new(|_| {}),
        },
    )?;
    Ok(Some(file))
}

/// The alerts of a replay.
fn run(capture: &Path, config: Config) -> Result<Done> {
    let Some(file) = alerts(capture, config)? else {
        return Ok(Done { alerts: Vec::new(), failed: true });
    };
    let text = fs::read_to_string(&file).unwrap_or_default();
    let _ = fs::remove_file(&file);
    let alerts = text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    Ok(Done { alerts, failed: false })
}

/// A case of Falco's own regression tests.
pub(crate) fn suite_case(suite: &Path, captures: &Path, case: &Json) -> Outcome {
    let observed = &case["observed_0_44_1"];
    let words = if case["args_modern"].is_array() { &case["args_modern"] } else { &case["args"] };
    let words: Vec<&str> =
        words.as_array().into_iter().flatten().filter_map(Json::as_str).collect();
    let mut options: Vec<String> = Vec::new();
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        match (*word, rest.next()) {
            ("-o" | "--option", Some(option)) => options.push((*option).to_owned()),
            _ => return Outcome::Failed(format!("the flag {word} is not known here")),
        }
    }
    let config_file = case["config"]["file"].as_str().map(|file| suite.join(file));
    let wanted_code = observed["exit_code"].as_i64().unwrap_or(0);
    // As `-r`: instead of those the configuration names, which need not be there.
    let rules: Vec<PathBuf> = case["rules"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|rule| Some(suite.join(rule["file"].as_str()?)))
        .collect();
    options.push(format!("rules_files={}", serde_json::json!(rules)));
    let config = match load_config(config_file.as_deref(), &options) {
        Ok(loaded) => loaded.config,
        Err(_) if wanted_code != 0 => return Outcome::Passed,
        Err(error) => return Outcome::Failed(error.to_string()),
    };
    let capture = captures.join(case["capture"]["file"].as_str().unwrap_or_default());
    if observed["strict_lines"].is_string()
        && let Outcome::Failed(why) = strict::case(suite, &capture, config.clone(), case)
    {
        return Outcome::Failed(why);
    }
    let done = match run(&capture, config) {
        Ok(done) => done,
        Err(error) => return Outcome::Failed(format!("{error:#}")),
    };
    if done.failed != (wanted_code != 0) {
        return Outcome::Failed(format!("exit code {wanted_code} expected"));
    }
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    let mut levels: BTreeMap<String, u64> = BTreeMap::new();
    for alert in &done.alerts {
        *counts.entry(alert["rule"].as_str().unwrap_or_default()).or_default() += 1;
        // The cases write this one short.
        let level = alert["priority"].as_str().unwrap_or_default().to_uppercase();
        let level = if level == "INFORMATIONAL" { "INFO".to_owned() } else { level };
        *levels.entry(level).or_default() += 1;
    }
    let reported = |key: &str| -> BTreeMap<String, u64> {
        let object = observed[key].as_object().into_iter().flatten();
        object.filter_map(|(name, count)| Some((name.clone(), count.as_u64()?))).collect()
    };
    let wanted = reported("rule_counts");
    let got: BTreeMap<String, u64> =
        counts.into_iter().map(|(name, count)| (name.to_owned(), count)).collect();
    let named = observed["rule_counts"].is_object();
    if named && got != wanted {
        return Outcome::Failed(format!("alerts {got:?}, expected {wanted:?}"));
    }
    if observed["levels"].is_object() && levels != reported("levels") {
        return Outcome::Failed(format!("levels {levels:?}, expected {:?}", reported("levels")));
    }
    match observed["detections"].as_u64() {
        Some(count) if count != done.alerts.len() as u64 => {
            Outcome::Failed(format!("{} alerts, {count} expected", done.alerts.len()))
        }
        _ => Outcome::Passed,
    }
}

fn unpacked(file: &Path) -> Result<String> {
    let mut text = Vec::new();
    let bytes = fs::File::open(file).with_context(|| file.display().to_string())?;
    flate2::read::MultiGzDecoder::new(bytes).read_to_end(&mut text)?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}

/// A set of rules under which captures have answers.
pub(crate) struct Answers {
    /// The kind it counts as.
    pub(crate) kind: &'static str,
    ending: &'static str,
    rules: Vec<PathBuf>,
    options: &'static [&'static str],
    /// Captures without answers have no alert.
    all: bool,
}

impl Answers {
    /// Those there are in a folder of conformance data.
    pub(crate) fn of(folder: &Path) -> [Self; 2] {
        let official = ["falco_rules", "falco-incubating_rules", "falco-sandbox_rules"];
        [
            Self {
                kind: "falco broad",
                ending: "broad.jsonl.gz",
                rules: vec![folder.join("falco/broad.yaml")],
                options: &["load_plugins=[]", "rule_matching=all"],
                all: false,
            },
            Self {
                kind: "falco stock",
                ending: "stock.jsonl.gz",
                rules: official.map(|name| folder.join(format!("rules/{name}.yaml"))).to_vec(),
                options: &["rule_matching=all"],
                all: true,
            },
        ]
    }

    /// Runs a capture; each alert of Falco's is a case, each alert of ours beyond them one that fails.
    pub(crate) fn run(
        &self,
        capture: &Path,
        answers: &Path,
        count: &mut dyn FnMut(&str, Outcome),
    ) -> Result<()> {
        let stem = capture.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let stem = stem.split(".scap").next().unwrap_or_default().to_owned();
        let file = answers.join(format!("{stem}.{}", self.ending));
        // Parts of the data may be absent: without answers or without rules there is nothing to compare.
        let answered = file.is_file() || (self.all && answers.is_dir());
        if !answered || !self.rules.iter().all(|rules| rules.is_file()) {
            return Ok(());
        }
        let text = if file.is_file() { unpacked(&file)? } else { String::new() };
        let options: Vec<String> = self.options.iter().map(|&option| option.to_owned()).collect();
        let mut config = load_config(None, &options)?.config;
        config.rules_files.clone_from(&self.rules);
        let done = run(capture, config).with_context(|| stem.clone())?;
        anyhow::ensure!(!done.failed, "the rules of {} do not load", self.kind);
        let bare = |mut alert: Json| {
            if let Some(object) = alert.as_object_mut() {
                object.remove("hostname");
            }
            alert
        };
        let mut ours: BTreeMap<String, usize> = BTreeMap::new();
        for alert in done.alerts {
            *ours.entry(bare(alert).to_string()).or_default() += 1;
        }
        let mut count = |good: bool, alert: &str| {
            let start: String = alert.chars().take(160).collect();
            let outcome = if good { Outcome::Passed } else { Outcome::Failed(start) };
            count(&format!("{}:{stem}", self.kind), outcome);
        };
        if text.is_empty() && ours.is_empty() {
            count(true, "");
        }
        for line in text.lines() {
            let Ok(theirs) = serde_json::from_str::<Json>(line) else { continue };
            let theirs = bare(theirs).to_string();
            let left = ours.get_mut(&theirs).filter(|left| **left > 0);
            let good = left.map(|left| *left -= 1).is_some();
            count(good, &theirs);
        }
        for (alert, left) in ours {
            for _ in 0..left {
                count(false, &format!("not Falco's: {alert}"));
            }
        }
        Ok(())
    }
}

/// What sysdig printed of a capture: each line is a case, and each filter.
pub(crate) fn oracle(
    folder: &Path,
    captures: &Path,
    count: &mut dyn FnMut(&str, Outcome),
) -> Result<()> {
    let text = fs::read_to_string(folder.join("oracle.json"))?;
    let oracle: Json = serde_json::from_str(&text)?;
    let capture = captures.join(oracle["capture"].as_str().unwrap_or_default());
    let formats = &oracle["builds"]["libs-0.23.2"];
    for (name, format) in formats["formats"].as_object().into_iter().flatten() {
        let Some(full) = format["full"].as_str() else { continue };
        let line = format["format"].as_str().unwrap_or_default();
        let (json, line) = line.strip_prefix("-j ").map_or((false, line), |line| (true, line));
        let filter = format["filter"].as_str().unwrap_or_default();
        let ours = printed(&capture, line, filter, json)?;
        let theirs = unpacked(&folder.join(full))?;
        let case = format!("oracle {name}");
        let mut ours = older(&ours);
        let mut have: BTreeMap<&str, usize> = BTreeMap::new();
        ours = ours.replace('\u{fffd}', "");
        for line in ours.lines() {
            *have.entry(line.trim_end()).or_default() += 1;
        }
        let theirs = theirs.replace('\u{fffd}', "");
        for line in theirs.lines().filter(|line| !line.is_empty()) {
            let left = have.get_mut(line.trim_end()).filter(|left| **left > 0);
            let good = left.map(|left| *left -= 1).is_some();
            let start: String = line.chars().take(120).collect();
            count(&case, if good { Outcome::Passed } else { Outcome::Failed(start) });
        }
    }
    for (filter, answer) in formats["filters"].as_object().into_iter().flatten() {
        if answer["error"] == true {
            continue;
        }
        let lines = printed(&capture, "*%evt.num", filter, false)?;
        let got = lines.lines().count() as u64;
        let first: Vec<u64> = lines.lines().take(10).filter_map(|line| line.parse().ok()).collect();
        let wanted: Vec<u64> =
            answer["first"].as_array().into_iter().flatten().filter_map(Json::as_u64).collect();
        let good = answer["count"].as_u64() == Some(got) && first == wanted;
        let why = format!("{filter}: {got} events, {} expected", answer["count"]);
        count("oracle filters", if good { Outcome::Passed } else { Outcome::Failed(why) });
    }
    Ok(())
}

fn printed(capture: &Path, format: &str, filter: &str, json: bool) -> Result<String> {
    let mut out = Vec::new();
    let what =
        Print { format, filter, json, window: Window::default(), shown_bytes: 80, limit: None };
    print(capture, &what, &mut out)?;
    Ok(String::from_utf8_lossy(&out).into_owned())
}

/// Our lines as sysdig 0.41.4 wrote them: it did not know the argument of `fcntl` nor the flags of
/// `socket` yet (`docs/differences.md`).
fn older(lines: &str) -> String {
    let mut out = String::new();
    for line in lines.lines() {
        let mut line = line.to_owned();
        if line.contains("socket") {
            line = line.replace(" flags=0(O_NONE)", "").replace("|O_NONE|", "|<NA>|");
        }
        if line.contains("cmd=")
            && let Some(at) = line.find(" arg=")
        {
            let end = line[at + 1..].find([' ', '"', '|']).map_or(line.len(), |end| at + 1 + end);
            line.replace_range(at..end, "");
        }
        out.push_str(&line);
        out.push('\n');
    }
    out
}
