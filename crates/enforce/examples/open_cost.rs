//! What fanotify costs whoever opens a file: `cargo run --release -p peregrine-enforce --example open_cost` as root.
//!
//! Opens are timed in a process of their own: of a file without a mark before and while a group is there, and of one
//! that is marked and allowed. The medians and the ratios are printed.

#![expect(clippy::print_stdout, reason = "a command for people")]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Instant;

use peregrine_enforce::Verdict;
use peregrine_enforce::fanotify::{Attempt, Decide, Decision, Fanotify, Protected, Reach};

const OPENS: usize = 20_000;

/// Lets everybody go on, after a look at what policies look at.
struct Allow;

impl Decide for Allow {
    fn decide(&self, attempt: &Attempt<'_>) -> Decision {
        // As a policy that asks for the file and how it is opened.
        let _ = (attempt.file(), attempt.path(), attempt.access());
        Decision::Pass
    }

    fn answered(&self, _verdict: Verdict) {}
}

/// Opens a file again and again; the median and the 99th of 100, nanoseconds.
fn time(path: &Path) -> (u128, u128) {
    let mut times: Vec<u128> = (0..OPENS)
        .map(|_| {
            let begin = Instant::now();
            drop(std::fs::File::open(path));
            begin.elapsed().as_nanos()
        })
        .collect();
    times.sort_unstable();
    (times[OPENS / 2], times[OPENS * 99 / 100])
}

/// The same in another process: openers of the process that answers do not wait.
fn time_in_another(path: &Path) -> Result<(u128, u128), Box<dyn std::error::Error>> {
    let out = Command::new(std::env::current_exe()?).arg(path).output()?;
    let text = String::from_utf8(out.stdout)?;
    let (median, high) = text.trim().split_once(' ').ok_or("no figures")?;
    Ok((median.parse()?, high.parse()?))
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    if let Some(path) = std::env::args_os().nth(1) {
        let (median, high) = time(&PathBuf::from(path));
        println!("{median} {high}");
        return Ok(());
    }
    let folder = std::env::temp_dir().join(format!("open_cost-{}", std::process::id()));
    std::fs::create_dir_all(folder.join("marked"))?;
    let (marked, beside, other) =
        (folder.join("marked/file"), folder.join("marked/beside"), folder.join("other"));
    for path in [&marked, &beside, &other] {
        std::fs::write(path, "")?;
    }
    let without = time_in_another(&other)?;
    let mut group = Fanotify::start(Arc::new(Allow))?;
    let protected = Protected { path: marked.clone(), reach: Reach::Exact, opens: true };
    for error in group.protect(vec![protected], || {}) {
        println!("{error}");
    }
    let unmarked = time_in_another(&other)?;
    let of_marked = time_in_another(&marked)?;
    let of_beside = time_in_another(&beside)?;
    drop(group);
    std::fs::remove_dir_all(folder)?;
    #[expect(clippy::cast_precision_loss, reason = "shown to people")]
    let ratio = |time: u128| time as f64 / without.0 as f64;
    for (what, (median, high)) in [
        ("no group", without),
        ("a group, no mark", unmarked),
        ("marked", of_marked),
        ("in the folder of a marked file", of_beside),
    ] {
        println!(
            "{what}: median {median} ns, 99 of 100 below {high} ns, {:.2} times",
            ratio(median)
        );
    }
    Ok(())
}
