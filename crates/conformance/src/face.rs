//! `face`: what a user of Falco sees, asked of the binary through a link named `falco`. The runner beside
//! the cases does the work; several of it run at the same time, each with its share of the cases.

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
pub(crate) const BY_NAME: [(&str, &str); 1] = [("face-live", "it watches this host, as root")];

/// So many runners share the cases. Each case has a folder and ports of its own and mostly waits.
const SHARES: usize = 6;

/// How cases went, by name; none: it was not run.
pub(crate) type Report = BTreeMap<String, Option<bool>>;

/// Runs areas of `face`; a report for each. Cases that need a plugin are left out.
pub(crate) fn run(root: &Path, folder: &Path, areas: &[&str]) -> Result<Vec<Report>> {
    let faces = folder.join("face");
    let runner = faces.join("run.py");
    if areas.is_empty() || !runner.is_file() {
        return Ok(Vec::new());
    }
    let scratch = Scratch::new(root, "face")?;
    let mut shares = share(&faces, &scratch.folder.join("cases"), areas)?;
    let live = areas.contains(&LIVE).then(|| live_cases(&faces, &scratch.folder)).transpose()?;
    shares.extend(live.clone());
    let report = |share: &Path| share.with_extension("report");
    let start = |share: &PathBuf| {
        let mut python = Command::new("python3");
        python.arg(&runner).arg(scratch.link()).args(["-q", "--cases"]).arg(share);
        if live.as_ref() != Some(share) {
            python.arg("--no-live");
        }
        python
            .arg("--json")
            .arg(report(share))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .map(Running)
            .context("cannot run python3, which asks the cases of face")
    };
    // All are started before the first is waited for; where one cannot be, the others end.
    let runs = shares.iter().map(start).collect::<Result<Vec<_>>>()?;
    for mut run in runs {
        // It fails where a case does; the report says which.
        run.0.wait()?;
    }
    let mut reports: BTreeMap<&str, Report> = BTreeMap::new();
    for share in &shares {
        let text = fs::read_to_string(report(share)).context("a runner of face left no report")?;
        let is_live = live.as_ref() == Some(share);
        for (name, passed) in serde_json::from_str::<Report>(&text)? {
            let of_case = name.split('/').next().unwrap_or_default();
            let area = if is_live { LIVE } else { of_case };
            let Some(area) = areas.iter().find(|one| **one == area) else { continue };
            reports.entry(area).or_default().insert(name, passed);
        }
    }
    Ok(areas.iter().map(|area| reports.remove(area).unwrap_or_default()).collect())
}

/// Deals the cases of some areas out to files in a folder, which is made, beside links to what the cases refer
/// to.
fn share(faces: &Path, folder: &Path, areas: &[&str]) -> Result<Vec<PathBuf>> {
    fs::create_dir(folder)?;
    for entry in fs::read_dir(faces)? {
        let entry = entry?;
        std::os::unix::fs::symlink(entry.path(), folder.join(entry.file_name()))?;
    }
    let text = fs::read_to_string(faces.join("cases.json"))?;
    let cases: Vec<Json> = serde_json::from_str(&text).context("face/cases.json")?;
    let wanted = |case: &&Json| areas.iter().any(|area| case["area"] == **area);
    let wanted: Vec<&Json> = cases.iter().filter(wanted).collect();
    let deal = |number: usize| {
        let share: Vec<&&Json> = wanted.iter().skip(number).step_by(SHARES).collect();
        let file = folder.join(format!("share-{number}.json"));
        fs::write(&file, serde_json::to_string(&share)?)?;
        Ok(file)
    };
    (0..SHARES).map(deal).collect()
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
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--quiet", "-p", "peregrine-cli"]).current_dir(root);
    // Build scripts that ask for such variables would run anew, and all that depends on them be compiled anew:
    // here, and once more by whoever builds next.
    std::env::vars_os().filter(|(name, _)| is_of_this_package(name)).for_each(|(name, _)| {
        cargo.env_remove(name);
    });
    let built = cargo.status()?;
    if !built.success() {
        bail!("the binary does not build");
    }
    let folder =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    Ok(folder.join("debug/peregrine"))
}

/// Whether it is a variable by which cargo says to what it runs which package that belongs to.
fn is_of_this_package(name: &std::ffi::OsStr) -> bool {
    let begins = |begin: &&str| name.to_string_lossy().starts_with(begin);
    ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_NAME"].iter().any(begins)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cargo_says_of_this_package_is_kept_from_other_builds() {
        // As this very test has them.
        for name in ["CARGO_PKG_NAME", "CARGO_PKG_VERSION_MAJOR", "CARGO_MANIFEST_DIR"] {
            assert!(
                std::env::var_os(name).is_some() && is_of_this_package(name.as_ref()),
                "{name}"
            );
        }
        for name in ["CARGO_TARGET_DIR", "CARGO_HOME", "CARGO_NET_OFFLINE", "PATH", "RUSTFLAGS"] {
            assert!(!is_of_this_package(name.as_ref()), "{name}");
        }
    }

    #[test]
    fn each_wanted_case_is_in_one_share() {
        let folder = peregrine_testkit::Folder::new("face-shares");
        let faces = folder.path().join("face");
        fs::create_dir_all(faces.join("long")).unwrap();
        fs::write(faces.join("long/text"), "as Falco wrote it").unwrap();
        let case = |number: usize| {
            let area = if number.is_multiple_of(3) { "cli" } else { "outputs" };
            serde_json::json!({"area": area, "name": format!("{area}/{number}"), "stdout": "\u{6587}"})
        };
        let cases: Vec<Json> = (0..100).map(case).collect();
        fs::write(faces.join("cases.json"), serde_json::to_string(&cases).unwrap()).unwrap();
        let shares = share(&faces, &folder.path().join("cases"), &["outputs", "alerts"]).unwrap();
        let mut dealt = Vec::new();
        for share in &shares {
            let text = fs::read_to_string(share).unwrap();
            dealt.extend(serde_json::from_str::<Vec<Json>>(&text).unwrap());
            let beside = share.with_file_name("long/text");
            assert_eq!(fs::read_to_string(beside).unwrap(), "as Falco wrote it");
        }
        let mut wanted: Vec<Json> =
            cases.into_iter().filter(|case| case["area"] == "outputs").collect();
        let name = |case: &Json| case["name"].as_str().unwrap_or_default().to_owned();
        wanted.sort_by_key(name);
        dealt.sort_by_key(name);
        assert_eq!(dealt, wanted);
    }

    #[test]
    fn a_process_ends_with_its_value() {
        let running = Running(Command::new("sleep").arg("1000").spawn().unwrap());
        let process = format!("/proc/{}", running.0.id());
        assert!(Path::new(&process).exists());
        drop(running);
        assert!(!Path::new(&process).exists());
    }
}
