//! What scenarios act on: a folder of their own, files in it, small programs, and rules about them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

/// Files below the folder that are opened and hit nothing.
pub(super) const PLAIN: usize = 16;
/// What a rule asks for by its prefix, and a file there is on every machine.
pub(super) const PLANTED: &str = "/etc/hosts";
/// A file whose path begins as the other does, and that no rule is about.
pub(super) const NEIGHBOUR: &str = "/etc/hostname";

/// A folder that goes with this value.
#[derive(Debug)]
pub(super) struct Scene {
    folder: PathBuf,
    /// Programs lie here: where temporary files are, rules would alert about each start.
    programs: PathBuf,
}

impl Scene {
    /// Makes it; `programs` is a folder below the build.
    pub(super) fn new(programs: &Path) -> Result<Self> {
        let id = std::process::id();
        let folder = std::env::temp_dir().join(format!("peregrine-bench-{id}"));
        let programs = programs.join(format!("bench-{id}"));
        let scene = Self { folder, programs };
        for folder in [&scene.folder.join("plain"), &scene.folder.join("late"), &scene.programs] {
            fs::create_dir_all(folder)
                .with_context(|| format!("cannot make the folder {}", folder.display()))?;
        }
        for number in 0..PLAIN {
            fs::write(scene.plain(number), "plain")?;
        }
        for needed in [PLANTED, NEIGHBOUR] {
            ensure!(
                Path::new(needed).is_file(),
                "{needed} is opened here to measure, and this machine has none: make one"
            );
        }
        Ok(scene)
    }

    /// A file no rule is about.
    pub(super) fn plain(&self, number: usize) -> PathBuf {
        self.folder.join("plain").join((number % PLAIN).to_string())
    }

    /// A file whose opening is an alert that contains the number.
    pub(super) fn late(&self, number: usize) -> PathBuf {
        self.folder.join("late").join(number.to_string())
    }

    /// Makes files of that kind.
    pub(super) fn make_late(&self, count: usize) -> Result<()> {
        (0..count).try_for_each(|number| Ok(fs::write(self.late(number), "late")?))
    }

    /// A file of this name, for the scenario to write.
    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// The folder for programs.
    pub(super) fn programs(&self) -> &Path {
        &self.programs
    }

    /// A rule about [`PLANTED`] and its like, one about the files of [`Self::late`], written as
    /// those people use. The first prints the process, for others may open the same file.
    pub(super) fn rules(&self) -> Result<PathBuf> {
        let file = self.file("planted.yaml");
        let asked = "evt.type in (open, openat, openat2) and evt.is_open_read = true and \
                     fd.typechar = 'f' and fd.num >= 0";
        let rule = |name: &str, path: &str, output: &str| {
            format!(
                "- rule: {name}\n  desc: to measure\n  condition: {asked} and fd.name startswith \
                 {path}\n  output: \"{output}\"\n  priority: INFO\n"
            )
        };
        let late = format!("{}/", self.folder.join("late").display());
        let text = rule("Planted", PLANTED, "planted-%proc.pid-")
            + &rule("Late", &late, "late-%fd.filename-");
        fs::write(&file, text)?;
        Ok(file)
    }

    /// A program that does nothing, linked whole.
    pub(super) fn tiny(&self) -> Result<PathBuf> {
        let (source, program) = (self.programs.join("tiny.c"), self.programs.join("tiny"));
        fs::write(&source, "int main(void) { return 0; }\n")?;
        let mut cc = Command::new("cc");
        cc.args(["-static", "-O2", "-o"]).args([&program, &source]);
        let out = cc.output().context("cc (Debian: apt-get install gcc libc6-dev)")?;
        ensure!(out.status.success(), "cc: {}", String::from_utf8_lossy(&out.stderr).trim());
        Ok(program)
    }
}

impl Drop for Scene {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
        let _ = fs::remove_dir_all(&self.programs);
    }
}
