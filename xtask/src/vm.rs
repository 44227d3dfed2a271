//! `vm guard`: prevention tried on other kernels in QEMU (`scripts/vm-guard.sh`), and what came of it written into
//! `docs/guard.md`, between the marks of its tables.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

const PAGE: &str = "docs/guard.md";
/// What is tried where none is named, and what its boot line says beside the kernel's version.
const BOOTS: [(&str, &str); 6] = [
    ("6.1", ""),
    ("6.1-nobpf", "no `bpf` in `lsm=`"),
    ("6.1-full", "`preempt=full`"),
    ("6.12", ""),
    ("6.12-nobpf", "no `bpf` in `lsm=`"),
    ("6.12-full", "`preempt=full`"),
];
const LEVELS: [&str; 4] = ["P1", "P2", "P3", "K1"];

/// By act and way, then by level: the boots and what each said.
type Ways<'l> = Vec<((&'l str, &'l str), BTreeMap<&'l str, Vec<(&'l str, &'l str)>>)>;

/// Runs the guests that are named, or all, and writes the tables; with `--page` only writes them, from the logs that
/// are there.
pub(crate) fn guard(root: &Path, words: &[&str]) -> Result<()> {
    let only_page = words == ["--page"];
    let kernels: Vec<&str> = if only_page || words.is_empty() {
        BOOTS.iter().map(|(boot, _)| *boot).collect()
    } else {
        words.to_vec()
    };
    if !only_page {
        for part in [vec![], vec!["--cost"]] {
            let costs = part.contains(&"--cost");
            // Costs are compared on the plain kernels.
            let kernels = kernels.iter().filter(|kernel| !costs || !kernel.contains('-'));
            let mut kernels: Vec<&str> = kernels.copied().collect();
            kernels.extend(costs.then_some("native"));
            let mut script = Command::new(root.join("scripts/vm-guard.sh"));
            script.args(&part).args(kernels);
            ensure!(script.status()?.success(), "a guest failed: {PAGE} stays as it is");
        }
    }
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    let read = |kind: &str| {
        let all = BOOTS.iter().map(|(boot, _)| *boot).chain(["native"]);
        let logs = all.filter_map(|boot| {
            let text = fs::read(target.join(format!("vm/{kind}-{boot}.log"))).ok()?;
            let text = String::from_utf8_lossy(&text).replace('\r', "");
            // A guest that failed says nothing that is written down.
            text.contains("tests ended with 0").then_some((boot, text))
        });
        logs.collect::<Vec<_>>()
    };
    let (acts, costs) = (read("guard"), read("guard-cost"));
    let page = root.join(PAGE);
    let text = fs::read_to_string(&page).context(PAGE)?;
    let text = between(&text, "the ways", &ways(&acts))?;
    let text = between(&text, "the strength", &strength(&acts))?;
    let text = between(&text, "the costs", &cost(&costs))?;
    fs::write(&page, text).context(PAGE)
}

/// The page with another text between the marks of one.
fn between(page: &str, name: &str, text: &str) -> Result<String> {
    let begin = format!("<!-- {name}, by `cargo xtask vm guard` -->");
    let end = format!("<!-- end of {name} -->");
    let whole = || {
        let (before, rest) = page.split_once(&begin)?;
        let (_, after) = rest.split_once(&end)?;
        Some(format!("{before}{begin}\n{text}{end}{after}"))
    };
    whole().with_context(|| format!("{PAGE} has no marks '{begin}' and '{end}'"))
}

/// The fields of the lines that begin with a word; a test's name may stand before it.
fn rows<'l>(log: &'l str, word: &'l str) -> impl Iterator<Item = Vec<&'l str>> {
    log.lines().filter_map(move |line| {
        let (_, fields) = line.split_once(&format!("{word}\t"))?;
        Some(fields.split('\t').map(str::trim).collect())
    })
}

fn ways(logs: &[(&str, String)]) -> String {
    let mut ways: Ways<'_> = Vec::new();
    let mut text =
        String::from("| kernel | booted with | P1 | P2 | P3 | K1 |\n|---|---|---|---|---|---|\n");
    for (boot, log) in logs {
        let mut stopped: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
        for row in rows(log, "ROW") {
            let [level, act, way, said, ..] = row[..] else { continue };
            if !LEVELS.contains(&level) {
                continue;
            }
            let (denied, tried) = stopped.entry(level).or_default();
            *denied += usize::from(said == "denied");
            *tried += 1;
            let at = ways.iter().position(|(name, _)| *name == (act, way)).unwrap_or_else(|| {
                ways.push(((act, way), BTreeMap::new()));
                ways.len() - 1
            });
            if let Some((_, levels)) = ways.get_mut(at) {
                levels.entry(level).or_default().push((boot, said));
            }
        }
        let kernel = boot.split('-').next().unwrap_or_default();
        let with = BOOTS.iter().find(|(name, _)| name == boot).map_or("", |(_, with)| with);
        let _ = write!(text, "| {kernel} | {with} |");
        for level in LEVELS {
            let _ = match stopped.get(level) {
                Some((denied, tried)) => write!(text, " {denied} of {tried} |"),
                None => write!(text, " not offered |"),
            };
        }
        text.push('\n');
    }
    // Acts one after the other, as the first boot had them.
    ways.sort_by_key(|((act, _), _)| {
        logs.first().map_or(0, |(_, log)| log.find(&format!("\t{act}\t")).unwrap_or(usize::MAX))
    });
    text += "\n| act | way | P1 | P2 | P3 | K1 |\n|---|---|---|---|---|---|\n";
    for ((act, way), levels) in &ways {
        let _ = write!(text, "| {act} | {way} |");
        for level in LEVELS {
            let _ = write!(
                text,
                " {} |",
                levels.get(level).map_or_else(String::new, |said| cell(said))
            );
        }
        text.push('\n');
    }
    text
}

/// One word where all boots agree, else a word for each.
fn cell(said: &[(&str, &str)]) -> String {
    let shown =
        |word: &str| if word == "passes" { "**passes**".to_owned() } else { word.to_owned() };
    match said {
        [(_, first), rest @ ..] if rest.iter().all(|(_, word)| word == first) => shown(first),
        _ => {
            let each = said.iter().map(|(boot, word)| format!("{boot}: {}", shown(word)));
            each.collect::<Vec<_>>().join(", ")
        }
    }
}

fn strength(logs: &[(&str, String)]) -> String {
    let mut text =
        String::from("| boot | level | what | tried | slipped | |\n|---|---|---|---|---|---|\n");
    for (boot, log) in logs {
        for row in rows(log, "STRENGTH") {
            let _ = writeln!(text, "| {boot} | {} |", row.join(" | "));
        }
    }
    text
}

fn cost(logs: &[(&str, String)]) -> String {
    let mut text = String::from(
        "| kernel | level | act | ratio, median of 5 rounds | ratio of the fastest | ns without | ns with |\n\
         |---|---|---|--:|--:|--:|--:|\n",
    );
    for (boot, log) in logs {
        for row in rows(log, "COST") {
            let _ = writeln!(text, "| {boot} | {} |", row.join(" | "));
        }
    }
    text
}
