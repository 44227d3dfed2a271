//! `face`: what a user of Falco sees, asked of the binary through a link named `falco`. The runner beside
//! the cases does the work; areas run at the same time.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

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

/// How one case of an area went; none: it was not run.
pub(crate) type Report = BTreeMap<String, Option<bool>>;

/// Runs areas of `face`. Cases that watch this host are left out, as are those that need a plugin.
pub(crate) fn run(root: &Path, folder: &Path, areas: &[&str]) -> Result<Vec<Report>> {
    let runner = folder.join("face/run.py");
    if areas.is_empty() || !runner.is_file() {
        return Ok(Vec::new());
    }
    let binary = binary(root)?;
    let scratch = std::env::temp_dir().join(format!("peregrine-face-{}", std::process::id()));
    fs::create_dir_all(&scratch)?;
    let link = scratch.join("falco");
    std::os::unix::fs::symlink(&binary, &link).context("cannot make the link named falco")?;
    let report = |area: &str| scratch.join(format!("{area}.json"));
    let start = |area: &&str| {
        Command::new("python3")
            .arg(&runner)
            .arg(&link)
            .args(["--area", area, "--no-live", "-q", "--json"])
            .arg(report(area))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .context("cannot run python3, which asks the cases of face")
    };
    // All are started before the first is waited for.
    let runs = areas.iter().map(start).collect::<Result<Vec<_>>>()?;
    for mut run in runs {
        // It fails where a case does; the report says which.
        run.wait()?;
    }
    let read = |area: &&str| -> Result<Report> {
        let text =
            fs::read_to_string(report(area)).with_context(|| format!("no report of {area}"))?;
        Ok(serde_json::from_str(&text)?)
    };
    let reports = areas.iter().map(read).collect();
    fs::remove_dir_all(&scratch)?;
    reports
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
