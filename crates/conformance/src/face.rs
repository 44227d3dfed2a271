//! `face`: what a user of Falco sees, asked of the binary through a link named `falco`. The runner beside
//! the cases does the work; areas run at the same time.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result, bail};
use serde_json::Value as Json;

use super::Outcome;

/// The areas and the kinds their cases are counted as; those of every area that watch this host are a kind of
/// their own.
pub(crate) const AREAS: [(&str, &str); 6] = [
    ("cli", "face-cli"),
    ("config", "face-config"),
    ("alerts", "face-alerts"),
    ("outputs", "face-outputs"),
    ("operation", "face-operation"),
    (LIVE, "face-live"),
];

/// Cases that watch this host, as if it were an area: they need root and a kernel with BTF.
const LIVE: &str = "live";

/// Kinds that are run only where they are asked for, and why.
pub(crate) const BY_NAME: [(&str, &str); 2] =
    [("face-operation", "it takes minutes"), ("face-live", "it watches this host, as root")];

/// How one case of an area went; none: it was not run.
pub(crate) type Report = BTreeMap<String, Option<bool>>;

/// Runs areas of `face`. Cases that need a plugin are left out.
pub(crate) fn run(root: &Path, folder: &Path, areas: &[&str]) -> Result<Vec<Report>> {
    let runner = folder.join("face/run.py");
    if areas.is_empty() || !runner.is_file() {
        return Ok(Vec::new());
    }
    let scratch = Scratch::new(root, "face")?;
    let report = |area: &str| scratch.folder.join(format!("{area}.json"));
    let start = |area: &&str| {
        let mut python = Command::new("python3");
        python.arg(&runner).arg(scratch.link());
        if *area == LIVE {
            python.arg("--cases").arg(live_cases(&folder.join("face"), &scratch.folder)?);
        } else {
            python.args(["--area", area, "--no-live"]);
        }
        python
            .args(["-q", "--json"])
            .arg(report(area))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .map(Running)
            .context("cannot run python3, which asks the cases of face")
    };
    // All are started before the first is waited for; where one cannot be, the others end.
    let runs = areas.iter().map(start).collect::<Result<Vec<_>>>()?;
    for mut run in runs {
        // It fails where a case does; the report says which.
        run.0.wait()?;
    }
    let read = |area: &&str| -> Result<Report> {
        let text =
            fs::read_to_string(report(area)).with_context(|| format!("no report of {area}"))?;
        Ok(serde_json::from_str(&text)?)
    };
    areas.iter().map(read).collect()
}

/// A file with the cases that watch this host. Long answers lie beside it, as beside all cases.
fn live_cases(face: &Path, scratch: &Path) -> Result<PathBuf> {
    let text = fs::read_to_string(face.join("cases.json"))?;
    let mut cases: Vec<Json> = serde_json::from_str(&text)?;
    let needs = |case: &Json, what: &str| {
        case["needs"].as_array().is_some_and(|needs| needs.iter().any(|need| need == what))
    };
    cases.retain(|case| needs(case, "live") && !needs(case, "plugin"));
    let folder = scratch.join(LIVE);
    fs::create_dir_all(&folder)?;
    std::os::unix::fs::symlink(face.canonicalize()?.join("long"), folder.join("long"))?;
    let file = folder.join("cases.json");
    fs::write(&file, serde_json::to_string(&cases)?)?;
    Ok(file)
}

/// A process that ends with this value.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // Of one that ended already there is nothing to do.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A folder with a link named `falco` to the binary in it; it goes with this value.
pub(crate) struct Scratch {
    pub(crate) folder: PathBuf,
}

impl Scratch {
    pub(crate) fn new(root: &Path, what: &str) -> Result<Self> {
        let binary = binary(root)?;
        let folder = std::env::temp_dir().join(format!("peregrine-{what}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder)?;
        let scratch = Self { folder };
        std::os::unix::fs::symlink(&binary, scratch.link()).context("no link named falco")?;
        Ok(scratch)
    }

    pub(crate) fn link(&self) -> PathBuf {
        self.folder.join("falco")
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// The outcome of a case that was run.
pub(crate) fn outcome(passed: bool) -> Outcome {
    if passed {
        return Outcome::Passed;
    }
    Outcome::Failed("differs; face/run.py shows how".to_owned())
}

/// The binary, as this workspace builds it.
fn binary(root: &Path) -> Result<PathBuf> {
    let built = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "-p", "peregrine-cli"])
        .current_dir(root)
        .status()?;
    if !built.success() {
        bail!("the binary does not build");
    }
    let folder =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    Ok(folder.join("debug/peregrine"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_ends_with_its_value() {
        let running = Running(Command::new("sleep").arg("1000").spawn().unwrap());
        let process = format!("/proc/{}", running.0.id());
        assert!(Path::new(&process).exists());
        drop(running);
        assert!(!Path::new(&process).exists());
    }
}
