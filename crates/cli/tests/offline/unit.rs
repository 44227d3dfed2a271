//! The unit of systemd: what systemd itself says of it.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The unit as `make install` writes it, with a program that is there.
fn unit(folder: &Path) -> PathBuf {
    let text = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packaging/peregrine.service");
    let text = std::fs::read_to_string(text).unwrap();
    let program = Path::new(env!("CARGO_BIN_EXE_peregrine"));
    let bin = program.parent().unwrap().to_str().unwrap();
    // Pages of the manual are looked for where they are installed.
    let text = text.replace("@BINDIR@", bin).replace("Documentation=man:peregrine(1)\n", "");
    std::fs::create_dir_all(folder).unwrap();
    let unit = folder.join("peregrine.service");
    std::fs::write(&unit, text).unwrap();
    unit
}

#[test]
fn systemd_finds_no_mistake_in_the_unit_and_little_exposure() {
    let version = Command::new("systemd-analyze").arg("--version").output();
    if !version.is_ok_and(|done| done.status.success()) {
        println!(
            "SKIPPED: systemd_finds_no_mistake_in_the_unit_and_little_exposure: there is no systemd-analyze"
        );
        return;
    }
    let folder = std::env::temp_dir().join(format!("peregrine-unit-{}", std::process::id()));
    let unit = unit(&folder);
    let analyze = |words: &[&str]| {
        let done = Command::new("systemd-analyze").args(words).arg(&unit).output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (done.status.success(), text(&done.stdout) + &text(&done.stderr))
    };
    let (is_valid, said) = analyze(&["verify", "--man=no"]);
    // Of other units of this machine it says something too.
    let ours: Vec<&str> = said.lines().filter(|line| line.contains("peregrine")).collect();
    assert!(is_valid && ours.is_empty(), "{said}");
    // In tenths, as it prints them: 2.9 at most.
    let (is_low, said) = analyze(&["security", "--no-pager", "--offline=true", "--threshold=29"]);
    assert!(is_low && said.contains("exposure level"), "{said}");
    std::fs::remove_dir_all(folder).unwrap();
}
