//! Packages of the program, from one description: `cargo xtask package`.
//!
//! In: `packaging/`, and the program as it was built. Out: a .deb, an .rpm and a .tar.gz. Never: a file in one that
//! the others lack; other bytes for the same content.

mod archive;
mod contents;
mod deb;
mod description;
mod redhat;
mod scripts;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context as _, Result, ensure};
use clap::Parser;

use crate::archive::tar_gz;
use crate::contents::gather;
use crate::description::Description;

/// Makes a .deb, an .rpm and a .tar.gz of what was built.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask package")]
struct Flags {
    /// The program of .deb and .rpm, which needs glibc 2.34: `make build` makes it.
    #[arg(long, value_name = "FILE", default_value = "target/release/peregrine")]
    program: PathBuf,
    /// The program of the .tar.gz, which needs nothing [default: that of `--program`, and the name of the archive
    /// says so]
    #[arg(long, value_name = "FILE")]
    static_program: Option<PathBuf>,
    /// Where the packages go.
    #[arg(long, value_name = "DIR", default_value = "target/packages")]
    out: PathBuf,
    /// Another version than that of the workspace.
    #[arg(long, default_value = env!("CARGO_PKG_VERSION"))]
    version: String,
}

/// What is the same in all packages of one release.
#[derive(Debug, Clone)]
struct Release {
    version: String,
    architecture: Architecture,
    /// When it was made, in seconds since the epoch.
    time: u64,
}

/// The machine a program is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Architecture {
    X86,
    Arm,
}

impl Architecture {
    /// That of a program, by the header of its ELF file.
    fn of(program: &[u8]) -> Result<Self> {
        ensure!(program.starts_with(b"\x7fELF"), "it is no ELF file");
        match program.get(18..20) {
            Some([62, 0]) => Ok(Self::X86),
            Some([183, 0]) => Ok(Self::Arm),
            _ => anyhow::bail!("it is for another machine than x86-64 or ARM of 64 bits"),
        }
    }

    fn deb(self) -> &'static str {
        match self {
            Self::X86 => "amd64",
            Self::Arm => "arm64",
        }
    }

    fn rpm(self) -> &'static str {
        match self {
            Self::X86 => "x86_64",
            Self::Arm => "aarch64",
        }
    }
}

fn main() -> ExitCode {
    match package(&Flags::parse()) {
        Ok(files) => {
            #[expect(clippy::print_stdout, reason = "a command line tool tells its user")]
            for file in files {
                println!("{}", file.display());
            }
            ExitCode::SUCCESS
        }
        Err(error) => {
            #[expect(clippy::print_stderr, reason = "a command line tool tells its user")]
            {
                eprintln!("error: {error:#}");
            }
            ExitCode::FAILURE
        }
    }
}

/// Writes the packages and says where.
fn package(flags: &Flags) -> Result<Vec<PathBuf>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let description = Description::read(&root.join("packaging/package.yaml"))?;
    let functions = root.join("packaging/scripts/maintain.sh");
    let functions =
        std::fs::read_to_string(&functions).with_context(|| functions.display().to_string())?;
    let program = std::fs::canonicalize(&flags.program)
        .with_context(|| format!("{}: first `make build`", flags.program.display()))?;
    let architecture = Architecture::of(&std::fs::read(&program)?)
        .with_context(|| program.display().to_string())?;
    let release = Release { version: flags.version.clone(), architecture, time: time(&root) };
    let contents = gather(&root, &description, &program)?;
    let (name, version, arch) = (&description.name, &release.version, architecture);
    let folder = PathBuf::from(format!("{name}-{version}"));
    let (of_tar, kind) = match &flags.static_program {
        Some(program) => {
            let program =
                std::fs::canonicalize(program).with_context(|| program.display().to_string())?;
            (gather(&root, &description, &program)?, "static")
        }
        None => (contents.clone(), "glibc"),
    };
    let packages = [
        (
            format!("{name}_{version}_{}.deb", arch.deb()),
            deb::deb(&description, &release, &functions, &contents)?,
        ),
        (
            format!("{name}-{version}-1.{}.rpm", arch.rpm()),
            redhat::rpm(&description, &release, &functions, &contents)?,
        ),
        (
            format!("{name}-{version}-linux-{}-{kind}.tar.gz", arch.rpm()),
            tar_gz(&of_tar, &folder, release.time)?,
        ),
    ];
    std::fs::create_dir_all(&flags.out)?;
    packages
        .into_iter()
        .map(|(name, bytes)| {
            let file = flags.out.join(name);
            std::fs::write(&file, bytes).with_context(|| file.display().to_string())?;
            Ok(file)
        })
        .collect()
}

/// When the release was made: `SOURCE_DATE_EPOCH`, else the time of the last commit.
fn time(root: &Path) -> u64 {
    let given = std::env::var("SOURCE_DATE_EPOCH").ok().and_then(|text| text.parse().ok());
    given.unwrap_or_else(|| {
        let git =
            Command::new("git").args(["log", "-1", "--format=%ct"]).current_dir(root).output();
        let text = git.map(|done| String::from_utf8_lossy(&done.stdout).into_owned());
        text.ok().and_then(|text| text.trim().parse().ok()).unwrap_or(0)
    })
}

#[cfg(test)]
mod tests;
