//! `face`: what a user of Falco sees, asked of the binary through a link named `falco`. The runner beside
//! the cases does the work; areas run at the same time.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result, bail};

use super::Outcome;

/// The areas and the kinds their cases are counted as.
pub(crate) const AREAS: [(&str, &str); 5] = [
    ("cli", "face-cli"),
    ("config", "face-config"),
    ("alerts", "face-alerts"),
    ("outputs", "face-outputs"),
    ("operation", "face-operation"),
];

/// The kind that is run only where it is asked for.
pub(crate) const SLOW: &str = "face-operation";

/// How one case of an area went; none: it was not run.
pub(crate) type Report = BTreeMap<String, Option<bool>>;

/// Runs areas of `face`. Cases that watch this host are left out, as are those that need a plugin.
pub(crate) fn run(root: &Path, folder: &Path, areas: &[&str]) -> Result<Vec<Report>> {
    let runner = folder.join("face/run.py");
    if areas.is_empty() || !runner.is_file() {
        return Ok(Vec::new());
    }
    let scratch = Scratch::new(root, "face")?;
    let report = |area: &str| scratch.folder.join(format!("{area}.json"));
    let start = |area: &&str| {
        Command::new("python3")
            .arg(&runner)
            .arg(scratch.link())
            .args(["--area", area, "--no-live", "-q", "--json"])
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
