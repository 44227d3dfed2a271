//! Evidence: what is known of a process, its ancestors and descendants, in one archive with a signature.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use peregrine_respond::{Bytes, Process};
use serde_json::{Value as Json, json};
use sha2::{Digest as _, Sha256};

use crate::error::{ActError, tried};
use crate::identity::{Held, now_ns};
use crate::process_table::{Entry, all};
use crate::store::{Store, hex, write_new};
use crate::taskstats::TaskStats;

/// Signs a hash: the key's name and the signature.
pub type Signer = Box<dyn Fn(&[u8]) -> Result<(String, String), String> + Send>;

/// Waits for a capture of the moments before; none where there is none in time.
pub type RecentEvents = Box<dyn Fn() -> Option<PathBuf> + Send>;

/// Bytes of one file of `/proc` that are kept.
const MOST: u64 = 4 << 20;
/// Files of a process.
const FILES: &[&str] =
    &["status", "stat", "cmdline", "environ", "maps", "limits", "cgroup", "mountinfo", "io"];
/// Files of its network.
const NETWORK: &[&str] = &["tcp", "tcp6", "udp", "udp6", "unix", "raw", "route", "arp"];

/// Collects into an archive; its path.
pub(crate) fn collect(
    (store, id): (&Store, u64),
    process: &Process,
    (about, recent): (&Json, Option<&RecentEvents>),
    stats: Option<&TaskStats>,
    signer: Option<&Signer>,
) -> Result<PathBuf, ActError> {
    let held = Held::of(process, stats)?;
    let folder = store.of_action("evidence", id)?;
    let path = folder.join("evidence.tar");
    let shown = path.display().to_string();
    let file = File::options().write(true).create_new(true).mode(0o600).open(&path);
    let mut archive =
        Archive { tar: tar::Builder::new(file.map_err(tried(shown.clone()))?), hashes: Vec::new() };
    let failed = || tried::<std::io::Error>(shown.clone());
    archive.add("alert.json", about.to_string().as_bytes()).map_err(failed())?;
    let everybody = all();
    archive.add("tree.txt", tree(&everybody, held.entry.pid).as_bytes()).map_err(failed())?;
    for entry in related(&everybody, held.entry.pid) {
        of_process(&mut archive, entry.pid).map_err(failed())?;
    }
    for name in NETWORK {
        let file = format!("/proc/{}/net/{name}", process.pid);
        archive.add_file(&format!("network/{name}"), Path::new(&file)).map_err(failed())?;
    }
    // All of that is of the process of the event only if it is still there.
    let is_same = Held::same(process.pid, held.entry.ticks).is_ok();
    // What goes away is collected by now.
    let events = match recent.map(|wait| wait()) {
        None => "none: no events are kept (capture.enabled)",
        Some(None) => "none: no capture of them was complete in time",
        Some(Some(capture)) => {
            archive.add_capture(&capture).map_err(failed())?;
            "events.scap"
        }
    };
    let manifest = json!({
        "time_ns": now_ns(), "process": process, "still_there_afterwards": is_same, "events": events,
        "sha256": archive.hashes.iter().cloned().collect::<serde_json::Map<_, _>>(),
    });
    archive.add("manifest.json", manifest.to_string().as_bytes()).map_err(failed())?;
    let file = archive.tar.into_inner().map_err(failed())?;
    file.sync_all().map_err(failed())?;
    let hash = hash_of(&path).map_err(failed())?;
    let signature = match signer.map(|sign| sign(&hash)) {
        Some(Ok((key, signature))) => json!({"key": key, "signature": signature}),
        Some(Err(why)) => json!({"unsigned": why}),
        None => json!({"unsigned": "there is no key"}),
    };
    let mut signed = json!({"sha256": hex(&hash), "file": "evidence.tar"});
    if let (Some(all), Json::Object(more)) = (signed.as_object_mut(), signature) {
        all.extend(more);
    }
    write_new(&folder.join("evidence.tar.sig"), signed.to_string().as_bytes())?;
    Ok(path)
}

/// The hash of an archive of evidence as it is now, and the signature beside it.
///
/// # Errors
/// When one of both cannot be read, or it was not signed.
pub fn signature_of(archive: &Path) -> Result<(Vec<u8>, String), ActError> {
    let hash = hash_of(archive).map_err(tried(archive.display().to_string()))?;
    let beside = archive.with_extension("tar.sig");
    let shown = beside.display().to_string();
    let text = fs::read(&beside).map_err(tried(shown.clone()))?;
    let signed: Json = serde_json::from_slice(&text)
        .map_err(|_| ActError::Unable(format!("{shown} is no signature")))?;
    let why = || signed["unsigned"].as_str().unwrap_or("it has no signature").to_owned();
    let signature = signed["signature"].as_str();
    let signature = signature.ok_or_else(|| ActError::Unable(format!("{shown}: {}", why())))?;
    Ok((hash, signature.to_owned()))
}

fn hash_of(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut hash = Sha256::new();
    let mut file = File::open(path)?;
    let mut buffer = vec![0; 128 << 10];
    loop {
        let len = file.read(&mut buffer)?;
        let Some(read) = buffer.get(..len).filter(|read| !read.is_empty()) else { break };
        hash.update(read);
    }
    Ok(hash.finalize().to_vec())
}

struct Archive {
    tar: tar::Builder<File>,
    hashes: Vec<(String, Json)>,
}

impl Archive {
    fn add(&mut self, name: &str, bytes: &[u8]) -> std::io::Result<()> {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o400);
        header.set_mtime(now_ns() / 1_000_000_000);
        self.tar.append_data(&mut header, name, bytes)?;
        self.hashes.push((name.to_owned(), hex(&Sha256::digest(bytes)).into()));
        self.tar.get_mut().flush()
    }

    fn add_capture(&mut self, path: &Path) -> std::io::Result<()> {
        let file = File::open(path)?;
        // Whoever writes it is done with it.
        let size = file.metadata()?.len();
        let mut header = tar::Header::new_gnu();
        header.set_size(size);
        header.set_mode(0o400);
        header.set_mtime(now_ns() / 1_000_000_000);
        self.tar.append_data(&mut header, "events.scap", file.take(size))?;
        self.hashes.push(("events.scap".to_owned(), hex(&hash_of(path)?).into()));
        Ok(())
    }

    /// What can be read of a file; one that cannot is left out.
    fn add_file(&mut self, name: &str, path: &Path) -> std::io::Result<()> {
        let mut bytes = Vec::new();
        match File::open(path).and_then(|file| file.take(MOST).read_to_end(&mut bytes)) {
            Ok(_) => self.add(name, &bytes),
            Err(_) => Ok(()),
        }
    }
}

fn of_process(archive: &mut Archive, pid: i32) -> std::io::Result<()> {
    for name in FILES {
        archive.add_file(&format!("{pid}/{name}"), Path::new(&format!("/proc/{pid}/{name}")))?;
    }
    let link = |path: String| {
        let target = fs::read_link(path).map(PathBuf::into_os_string);
        let target = target.map(std::os::unix::ffi::OsStringExt::into_vec);
        target.map(|bytes: Vec<u8>| Bytes(bytes).to_string()).unwrap_or_default()
    };
    let program = format!("/proc/{pid}/exe");
    let hash = hash_of(Path::new(&program)).map(|hash| hex(&hash)).unwrap_or_default();
    let mut text = format!("{}\nsha256 {hash}\n", link(program));
    for name in ["cwd", "root"] {
        let target = link(format!("/proc/{pid}/{name}"));
        // Writing into a text cannot fail.
        let _ = writeln!(text, "{name} {target}");
    }
    archive.add(&format!("{pid}/program.txt"), text.as_bytes())?;
    let mut open: Vec<(u32, String)> = fs::read_dir(format!("/proc/{pid}/fd"))
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let number = entry.file_name().to_str()?.parse().ok()?;
            Some((number, link(entry.path().display().to_string())))
        })
        .collect();
    open.sort();
    let mut text = String::new();
    for (fd, target) in open {
        let _ = writeln!(text, "{fd} {target}");
    }
    archive.add(&format!("{pid}/open.txt"), text.as_bytes())
}

/// The process, those above and those below it.
fn related(everybody: &[Entry], pid: i32) -> Vec<Entry> {
    let find = |pid: i32| everybody.iter().find(|entry| entry.pid == pid).copied();
    let mut found: Vec<Entry> = Vec::new();
    let mut above = find(pid);
    while let Some(entry) = above.filter(|entry| !found.contains(entry)) {
        found.push(entry);
        above = find(entry.parent);
    }
    let mut next = vec![pid];
    while let Some(parent) = next.pop() {
        for child in everybody.iter().filter(|entry| entry.parent == parent) {
            if !found.contains(child) {
                found.push(*child);
                next.push(child.pid);
            }
        }
    }
    found
}

/// A line each: number, parent, start, command.
fn tree(everybody: &[Entry], pid: i32) -> String {
    let lines = related(everybody, pid).into_iter().map(|entry| {
        let command = fs::read(format!("/proc/{}/cmdline", entry.pid)).unwrap_or_default();
        let command: Vec<u8> =
            command.iter().map(|byte| if *byte == 0 { b' ' } else { *byte }).collect();
        let Entry { pid, parent, session, ticks, .. } = entry;
        format!("{pid} parent {parent} session {session} started {ticks}: {}\n", Bytes(command))
    });
    lines.collect()
}
