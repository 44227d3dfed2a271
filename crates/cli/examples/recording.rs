//! What recording costs: 500,000 times open, read, close, unrecorded and under `peregrine record`,
//! plain, gzip and zstd. Needs root and the release build.
//!
//! `cargo build --release -p peregrine-cli && cargo run --release -p peregrine-cli --example recording`

#![expect(clippy::print_stdout, reason = "what it is for")]
#![expect(clippy::unwrap_used, reason = "a broken measurement may panic")]

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Command, Stdio};
use std::time::Instant;

const TIMES: u32 = 500_000;

/// Nanoseconds of one open, read, close.
fn work() -> f64 {
    let mut byte = [0_u8; 64];
    let begin = Instant::now();
    for _ in 0..TIMES {
        let mut file = File::open("/etc/hostname").unwrap();
        let _ = file.read(&mut byte).unwrap();
    }
    begin.elapsed().as_secs_f64() * 1e9 / f64::from(TIMES)
}

/// Seconds of CPU a process has had; the kernel counts hundredths.
fn cpu(pid: u32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let fields = stat.rsplit_once(')').unwrap().1.split_whitespace();
    let ticks: u32 = fields.skip(11).take(2).map(|ticks| ticks.parse::<u32>().unwrap()).sum();
    f64::from(ticks) / 100.0
}

fn main() {
    println!("unrecorded: {:.0} ns each", work());
    for name in ["load.scap", "load.scap.gz", "load.scap.zst"] {
        let file = std::env::temp_dir().join(format!("peregrine-{}-{name}", std::process::id()));
        let mut child = Command::new("target/release/peregrine")
            .args(["record", "--json", "-w"])
            .arg(&file)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("target/release/peregrine: build it first");
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        while !line.contains("recording into") {
            line.clear();
            assert!(stderr.read_line(&mut line).unwrap() > 0, "it ended before it began");
        }
        let (begin, before) = (Instant::now(), cpu(child.id()));
        let each = work();
        let (share, used) = (begin.elapsed().as_secs_f64(), cpu(child.id()) - before);
        let pid = child.id().to_string();
        assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
        let mut told = String::new();
        child.stdout.take().unwrap().read_to_string(&mut told).unwrap();
        child.wait().unwrap();
        std::fs::remove_file(&file).unwrap();
        let told: serde_json::Value = serde_json::from_str(&told).unwrap();
        println!(
            "{name}: {each:.0} ns each, {} events, {} lost, {} bytes, recorder {:.0} % of a CPU",
            told["events"],
            told["lost"],
            told["bytes"],
            100.0 * used / share
        );
    }
}
