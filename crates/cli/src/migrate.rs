//! `peregrine migrate`: what becomes of a Falco installation.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use peregrine_agent::rules::{RuleFile, rule_files};
use peregrine_config::falco::Loaded;
use peregrine_config::{Config, Fate, falco, load, migrated_file, moves};
use peregrine_rules::{SourceText, load as load_rules};

use crate::falco::flags::{FlagError, Flags as Options};
use crate::terminal::counted;

/// Where packages and people put unit files.
const UNIT_FOLDERS: [&str; 3] =
    ["/etc/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system"];

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  peregrine migrate\n  peregrine migrate --write /etc/peregrine\n  peregrine migrate --from ./etc-falco --unit ./falco.service"
)]
pub(crate) struct Flags {
    /// The folder of Falco's configuration.
    #[arg(long, value_name = "DIR", default_value = "/etc/falco")]
    from: PathBuf,
    /// The unit file Falco is started by [default: falco*.service where systemd looks]
    #[arg(long, value_name = "FILE")]
    unit: Option<PathBuf>,
    /// Write a configuration of ours and the rule files into this folder.
    #[arg(long, value_name = "DIR")]
    write: Option<PathBuf>,
}

/// How a unit file starts Falco.
#[derive(Debug, Default, PartialEq, Eq)]
struct Start {
    config: Option<PathBuf>,
    options: Vec<String>,
    rules: Vec<PathBuf>,
    /// Other flags, as they are written.
    others: Vec<String>,
}

pub(crate) fn run(flags: &Flags) -> anyhow::Result<ExitCode> {
    let mut out = Answer::new(std::io::stdout().lock());
    let unit = flags.unit.clone().or_else(usual_unit);
    let start = if let Some(path) = &unit {
        let mut text = read(path)?;
        let drop_ins = drop_ins(path);
        for drop_in in &drop_ins {
            text.push('\n');
            text.push_str(&read(drop_in)?);
        }
        let start = Start::of_unit(&text)
            .with_context(|| format!("{}: no ExecStart= that starts falco", path.display()))?;
        let start = start.map_err(|error| {
            anyhow::anyhow!("{}: Falco refuses its command line: {error}", path.display())
        })?;
        out.title(&format!("Unit file {}", path.display()))?;
        for drop_in in &drop_ins {
            out.row(Fate::Stays, &drop_in.display().to_string(), "read behind it")?;
        }
        tell_start(&start, &mut out)?;
        for setting in service_settings(&text) {
            out.row(Fate::Changes, setting, "into a drop-in of peregrine.service")?;
        }
        start
    } else {
        out.title("Unit file: there is none")?;
        Start::default()
    };
    let config = start.config.clone().unwrap_or_else(|| flags.from.join("falco.yaml"));
    let loaded = falco::load(&config, &start.options).map_err(|refused| {
        let error = refused.error;
        let preface = error.preface().map(|line| format!("{line}: ")).unwrap_or_default();
        anyhow::anyhow!("Falco does not start with {}: {preface}{error}", config.display())
    })?;
    tell_settings(&config, &start, &loaded, &mut out)?;
    let files = tell_rules(&start, &loaded.config, &mut out)?;
    tell_plugins(&loaded, &mut out)?;
    if let Some(folder) = &flags.write {
        write_ours(folder, &config, loaded, &files, &mut out)?;
    }
    out.sum()?;
    Ok(ExitCode::SUCCESS)
}

fn read(path: &Path) -> anyhow::Result<String> {
    fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

/// The answer, and how often it said what.
struct Answer<W> {
    out: W,
    counts: BTreeMap<Fate, usize>,
}

impl<W: Write> Answer<W> {
    const fn new(out: W) -> Self {
        Self { out, counts: BTreeMap::new() }
    }

    /// What the lines behind it are about.
    fn title(&mut self, text: &str) -> std::io::Result<()> {
        writeln!(self.out, "{text}")
    }

    fn row(&mut self, fate: Fate, what: &str, why: &str) -> std::io::Result<()> {
        *self.counts.entry(fate).or_default() += 1;
        let why = if why.is_empty() { String::new() } else { format!("  ({why})") };
        writeln!(self.out, "  {fate:<8} {what}{why}")
    }

    fn sum(&mut self) -> std::io::Result<()> {
        let counts: Vec<String> =
            self.counts.iter().map(|(fate, count)| format!("{fate} {count}")).collect();
        self.title(&format!("In all: {}", counts.join(", ")))
    }
}

/// The drop-ins of a unit file, beside it and where systemd looks for those of units: in the order of their
/// names, and of those of one name the first.
fn drop_ins(unit: &Path) -> Vec<PathBuf> {
    let Some(name) = unit.file_name() else { return Vec::new() };
    let mut folders = vec![unit.with_file_name("")];
    if unit
        .parent()
        .is_some_and(|parent| UNIT_FOLDERS.iter().any(|known| parent == Path::new(known)))
    {
        folders = UNIT_FOLDERS.iter().map(PathBuf::from).collect();
    }
    let mut found: BTreeMap<OsString, PathBuf> = BTreeMap::new();
    for folder in folders {
        let mut own = name.to_owned();
        own.push(".d");
        for entry in fs::read_dir(folder.join(own)).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.extension().is_some_and(|extension| extension == "conf") {
                found.entry(entry.file_name()).or_insert(path);
            }
        }
    }
    found.into_values().collect()
}

/// Settings of the service that its administrator may have made for a reason: environment and limits.
fn service_settings(text: &str) -> Vec<&str> {
    const KINDS: [&str; 9] =
        ["Environment", "User", "Group", "Memory", "CPU", "Tasks", "Limit", "Nice", "OOM"];
    let settings = text.lines().map(str::trim);
    settings
        .filter(|line| KINDS.iter().any(|kind| line.starts_with(kind)) && line.contains('='))
        .collect()
}

/// The unit file of this host, the first in alphabetical order.
fn usual_unit() -> Option<PathBuf> {
    let of = |folder: &&str| {
        let mut units: Vec<PathBuf> =
            fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path()).collect();
        units.retain(|path| {
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
            name.is_some_and(|name| {
                name.starts_with("falco")
                    && !name.starts_with("falcoctl")
                    && name.ends_with(".service")
            })
        });
        units.sort();
        units
            .into_iter()
            .find(|path| fs::read_to_string(path).is_ok_and(|text| Start::of_unit(&text).is_some()))
    };
    UNIT_FOLDERS.iter().find_map(of)
}

impl Start {
    /// The first command of a unit file that starts Falco.
    fn of_unit(text: &str) -> Option<Result<Self, FlagError>> {
        // A line goes on behind a backslash.
        let text = text.replace("\\\n", " ");
        let mut commands = Vec::new();
        for command in text.lines().filter_map(|line| line.trim().strip_prefix("ExecStart=")) {
            // A drop-in takes out what was there by an empty one.
            if command.is_empty() { commands.clear() } else { commands.push(command) }
        }
        commands.into_iter().find_map(|command| {
            let words = words(command.trim_start_matches(['-', '@', '+', '!', ':']));
            let program = Path::new(words.first()?).file_name()?.to_str()?;
            (program == "falco").then(|| Self::of_words(words.get(1..).unwrap_or_default()))
        })
    }

    /// What Falco takes of these words.
    fn of_words(words: &[String]) -> Result<Self, FlagError> {
        let flags = Options::parse(words)?;
        Ok(Self {
            config: flags.text("c").map(PathBuf::from),
            options: flags.texts("option"),
            rules: flags.texts("r").into_iter().map(PathBuf::from).collect(),
            others: flags.others(&["c", "option", "r"]),
        })
    }
}

/// The words of a command, quotes taken off.
fn words(command: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    for letter in command.chars() {
        match (quote, letter) {
            (Some(open), letter) if letter == open => quote = None,
            (None, '"' | '\'') => {
                quote = Some(letter);
                word.get_or_insert_default();
            }
            (None, letter) if letter.is_whitespace() => words.extend(word.take()),
            (_, letter) => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    words
}

fn tell_start(start: &Start, out: &mut Answer<impl Write>) -> std::io::Result<()> {
    if let Some(config) = &start.config {
        out.row(Fate::Stays, &format!("-c {}", config.display()), "peregrine run -c")?;
    }
    for option in &start.options {
        out.row(Fate::Stays, &format!("-o {option}"), "peregrine run -o")?;
    }
    for rules in &start.rules {
        out.row(Fate::Stays, &format!("-r {}", rules.display()), "peregrine run -r")?;
    }
    for other in &start.others {
        let why = "for `peregrine falco` only";
        out.row(Fate::Changes, other, why)?;
    }
    Ok(())
}

fn tell_settings(
    config: &Path,
    start: &Start,
    loaded: &Loaded,
    out: &mut Answer<impl Write>,
) -> std::io::Result<()> {
    out.title(&format!("Configuration {}", config.display()))?;
    for one in moves(loaded) {
        let by = if one.origin.is_empty() { "Falco's default".to_owned() } else { one.origin };
        let why = if one.why.is_empty() { by } else { format!("{}; {by}", one.why) };
        out.row(one.fate, &format!("{}: {}", one.key, one.value), &why)?;
    }
    // What Falco takes for its default without a word.
    let reported = match load(Some(config), &start.options) {
        Ok(loaded) => loaded.warnings,
        Err(error) => error.0,
    };
    for problem in reported.iter().filter(|problem| problem.is_mistake()) {
        out.row(Fate::Changes, &problem.to_string(), "Falco does not use it")?;
    }
    Ok(())
}

fn tell_rules(
    start: &Start,
    config: &Config,
    out: &mut Answer<impl Write>,
) -> anyhow::Result<Vec<RuleFile>> {
    out.title("Rules")?;
    let names = if start.rules.is_empty() { &config.rules_files } else { &start.rules };
    let there: Vec<PathBuf> = names.iter().filter(|name| name.exists()).cloned().collect();
    for name in names.iter().filter(|name| !name.exists()) {
        out.row(Fate::Stays, &name.display().to_string(), "does not exist: left out")?;
    }
    let files = rule_files(&there)?;
    let sources: Vec<SourceText<'_>> = files.iter().map(RuleFile::source).collect();
    let loaded = load_rules(&sources, &config.rule_options());
    for rule in &loaded.rules.rules {
        let off = if rule.enabled { "" } else { "off" };
        out.row(Fate::Stays, &rule.name, off)?;
    }
    for reported in &loaded.diagnostics {
        let fate = if reported.is_error() { Fate::Missing } else { Fate::Changes };
        let text = reported.to_string();
        out.row(fate, text.lines().next().unwrap_or_default(), "")?;
    }
    for unmet in &loaded.unmet_plugins {
        out.row(Fate::Missing, unmet, "plugins are not supported yet")?;
    }
    Ok(files)
}

fn tell_plugins(loaded: &Loaded, out: &mut Answer<impl Write>) -> std::io::Result<()> {
    out.title("Plugins")?;
    for plugin in &loaded.settings.plugins {
        let what = format!("{}: {}", plugin.name, plugin.library_path.display());
        if plugin.is_built_in() {
            out.row(Fate::Better, &what, "built in; the library is not needed")?;
        } else {
            out.row(Fate::Missing, &what, "plugins are not supported yet")?;
        }
    }
    Ok(())
}

/// Writes `peregrine.yaml` and the rule files; nothing that is there already is overwritten.
fn write_ours(
    folder: &Path,
    from: &Path,
    mut loaded: Loaded,
    files: &[RuleFile],
    out: &mut Answer<impl Write>,
) -> anyhow::Result<()> {
    let rules = folder.join("rules.d");
    fs::create_dir_all(&rules).with_context(|| format!("cannot make {}", rules.display()))?;
    let write = |path: &Path, text: &str| {
        // Values may be passwords.
        let mut file = fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path)
            .with_context(|| format!("cannot write {}", path.display()))?;
        file.write_all(text.as_bytes()).with_context(|| format!("cannot write {}", path.display()))
    };
    let main = folder.join("peregrine.yaml");
    if !files.is_empty() {
        loaded.config.rules_files = vec![rules.clone()];
    }
    for (at, file) in files.iter().enumerate() {
        let name = Path::new(&file.name).file_name().unwrap_or_default().to_string_lossy();
        // In the order in which Falco loads them.
        write(&rules.join(format!("{:02}-{name}", at + 1)), &file.text)?;
    }
    // Last: it makes the rest count.
    write(&main, &migrated_file(&loaded, &from.display().to_string()))?;
    out.title(&format!(
        "Written: {}, {} in {}",
        main.display(),
        counted(files.len() as u64, "rule file"),
        rules.display()
    ))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_read() {
        let check = |text: &str, expected: Option<Start>| {
            assert_eq!(Start::of_unit(text), expected.map(Ok), "{text}");
        };
        check("[Service]\nExecStart=/usr/bin/other -c x\n", None);
        check(
            "[Service]\nExecStartPre=/bin/true\nExecStart=/usr/bin/falco -o engine.kind=modern_ebpf \\\n  -o 'static_fields.a=b c' -r /etc/x.yaml --option=json_output=true -P /run/f.pid -U\n",
            Some(Start {
                config: None,
                options: vec![
                    "engine.kind=modern_ebpf".to_owned(),
                    "static_fields.a=b c".to_owned(),
                    "json_output=true".to_owned(),
                ],
                rules: vec![PathBuf::from("/etc/x.yaml")],
                others: vec!["-P /run/f.pid".to_owned(), "-U".to_owned()],
            }),
        );
        check("ExecStart=/usr/bin/falco\nExecStart=\n", None);
        check(
            "ExecStart=/usr/bin/falco -U\n\n[Service]\nExecStart=\nExecStart=/usr/bin/falco -v\n",
            Some(Start { others: vec!["-v".to_owned()], ..Start::default() }),
        );
        check(
            "ExecStart=-\"/opt/falco\" -c /a.yaml",
            Some(Start { config: Some(PathBuf::from("/a.yaml")), ..Start::default() }),
        );
        // As Falco reads it: letters together, values behind them.
        check(
            "ExecStart=/usr/bin/falco -Uvc /b.yaml -l NAME -M45 --pidfile=/run/f.pid word",
            Some(Start {
                config: Some(PathBuf::from("/b.yaml")),
                others: ["-U", "-v", "-l NAME", "-M 45", "-P /run/f.pid"].map(str::to_owned).into(),
                ..Start::default()
            }),
        );
        let refused = Start::of_unit("ExecStart=/usr/bin/falco -A").unwrap().unwrap_err();
        assert_eq!(refused.to_string(), "Option ‘A’ does not exist");
    }
}
