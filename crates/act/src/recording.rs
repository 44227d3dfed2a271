//! A recording of what happens from now on, by this program.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::error::{ActError, tried};
use crate::store::Store;

/// How long it may take to begin.
const PATIENCE: Duration = Duration::from_secs(30);

/// Starts a recording, which ends by itself; where it is, once it has begun.
pub(crate) fn record(store: &Store, id: u64, hold: Duration) -> Result<PathBuf, ActError> {
    let folder = store.of_action("captures", id)?;
    let (file, said) = (folder.join("capture.scap"), folder.join("record.log"));
    let log = File::create(&said).map_err(tried(said.display().to_string()))?;
    let program = std::env::current_exe().map_err(tried("this program"))?;
    let mut command = Command::new(program);
    command.arg("record").arg("--write").arg(&file).arg("--quiet");
    command.arg("--duration").arg(format!("{}ms", hold.as_millis()));
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
    let mut child = command.spawn().map_err(tried("a recording"))?;
    let begin = Instant::now();
    while !file.exists() {
        let ended = child.try_wait().map_err(tried("a recording"))?;
        if ended.is_some() || begin.elapsed() > PATIENCE {
            // Both fail only where it ended meanwhile.
            let _ = (child.kill(), child.wait());
            let said = fs::read_to_string(&said).unwrap_or_default().trim().to_owned();
            let said = if said.is_empty() { "it does not begin".to_owned() } else { said };
            return Err(ActError::Tool { program: "peregrine record".to_owned(), said });
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    // It is waited for beside the other actions.
    let wait = std::thread::Builder::new().name("recording".to_owned());
    wait.spawn(move || child.wait()).map_err(tried("a thread"))?;
    Ok(file)
}
