//! Files that are moved away, torn, put aside, full.

use std::os::unix::fs::PermissionsExt as _;

use peregrine_config::{Maybe, ObjectCompression, Rotation as RotationKeys, Size, Whole};

use super::rotation::tests::{killed_behind, wait};
use super::*;

fn scratch(name: &str) -> PathBuf {
    let folder =
        std::env::temp_dir().join(format!("peregrine-outputs-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

fn open_file(path: &Path, keep_open: bool) -> Result<File, SinkError> {
    File::open(path, keep_open, Batch::ONE)
}

fn deliver(file: &mut File, text: &str) -> Report {
    file.deliver(&[Record { alert: &crate::tests::alert(1), text }])
}

fn write(file: &mut File, text: &str) {
    let report = deliver(file, text);
    assert!(matches!(report.fates[..], [Fate::Delivered]), "{report:?}");
}

#[test]
fn lines_are_appended_also_after_the_file_was_moved_away() {
    let folder = scratch("moved");
    let (path, moved) = (folder.join("alerts"), folder.join("alerts.1"));
    std::fs::write(&path, "old\n").unwrap();
    let mut file = open_file(&path, false).unwrap();
    write(&mut file, "one");
    std::fs::rename(&path, &moved).unwrap();
    write(&mut file, "two");
    assert_eq!(std::fs::read_to_string(&moved).unwrap(), "old\none\n");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "two\n");
    let error = open_file(&folder, true).map(|_| ()).unwrap_err();
    let SinkError::Open { path, source } = &error else { panic!("{error}") };
    assert_eq!((path, source.kind()), (&folder, io::ErrorKind::IsADirectory));
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_file_kept_open_is_made_anew_when_asked() {
    let folder = scratch("anew");
    let (path, moved) = (folder.join("alerts"), folder.join("alerts.1"));
    let mut file = open_file(&path, true).unwrap();
    write(&mut file, "one");
    std::fs::rename(&path, &moved).unwrap();
    write(&mut file, "two");
    file.reopen().unwrap();
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "");
    write(&mut file, "three");
    assert_eq!(std::fs::read_to_string(&moved).unwrap(), "one\ntwo\n");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "three\n");
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_line_that_an_earlier_run_left_torn_is_ended() {
    let folder = scratch("torn");
    for keep_open in [true, false] {
        let check = |before: &str, after: &str| {
            let path = folder.join("alerts");
            std::fs::write(&path, before).unwrap();
            let mut file = open_file(&path, keep_open).unwrap();
            write(&mut file, "new");
            assert_eq!(std::fs::read_to_string(&path).unwrap(), after);
        };
        check("", "new\n");
        check("whole\n", "whole\nnew\n");
        check("half", "half\nnew\n");
    }
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_fifo_is_an_output_while_somebody_reads_it() {
    let folder = scratch("fifo");
    let path = folder.join("fifo");
    let mode = rustix::fs::Mode::from_raw_mode(0o600);
    rustix::fs::mknodat(rustix::fs::CWD, &path, rustix::fs::FileType::Fifo, mode, 0).unwrap();
    let error = open_file(&path, true).map(|_| ()).unwrap_err();
    assert!(matches!(error, SinkError::NoReader { .. }), "{error}");
    let socket = folder.join("socket");
    let _bound = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    let error = open_file(&socket, true).map(|_| ()).unwrap_err();
    assert!(matches!(error, SinkError::Socket { .. }), "{error}");
    let reader = || {
        let flags = i32::try_from(OFlags::NONBLOCK.bits()).unwrap();
        OpenOptions::new().read(true).custom_flags(flags).open(&path).unwrap()
    };
    let mut end = reader();
    let mut file = open_file(&path, false).unwrap();
    // More than a pipe holds: the writer waits for its reader.
    let line = "x".repeat(300_000);
    let text = std::thread::scope(|scope| {
        let read = scope.spawn(move || {
            let mut text = Vec::new();
            while !text.ends_with(b"\n") {
                let mut piece = [0; 4096];
                match end.read(&mut piece) {
                    Ok(count) => text.extend(piece.iter().take(count)),
                    Err(_) => std::thread::sleep(std::time::Duration::from_millis(1)),
                }
            }
            text
        });
        write(&mut file, &line);
        read.join().unwrap()
    });
    assert_eq!(text.len(), line.len() + 1);
    // Its reader is gone: an error each, and again an output when there is one.
    assert!(deliver(&mut file, "lost").error.is_some());
    assert!(deliver(&mut file, "lost").error.is_some());
    let mut end = reader();
    write(&mut file, "back");
    let mut text = [0; 5];
    end.read_exact(&mut text).unwrap();
    assert_eq!(&text, b"back\n");
    std::fs::remove_dir_all(folder).unwrap();
}

fn rotating(path: &Path, compression: ObjectCompression, max_files: i64) -> Keys {
    let rotation = RotationKeys {
        max_size: Size(100),
        max_files: Whole(max_files),
        compression,
        ..RotationKeys::default()
    };
    Keys { path: path.to_owned(), rotation: Maybe(Some(rotation)), ..Keys::default() }
}

fn rotating_file(keys: &Keys) -> File {
    let rotation = keys.rotation.0.as_ref().map(|rotation| Rotation::new(&keys.path, rotation));
    File { rotation, ..open_file(&keys.path, keys.keep_alive).unwrap() }
}

/// The texts of the files of a folder, in order of their names but the file itself last.
fn texts(folder: &Path) -> Vec<(String, String)> {
    let mut all: Vec<(String, String)> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            let mode = path.metadata().unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{}", path.display());
            let bytes = std::fs::read(&path).unwrap();
            let mut text = Vec::new();
            match path.extension().and_then(|ending| ending.to_str()) {
                Some("gz") => {
                    flate2::read::GzDecoder::new(&*bytes).read_to_end(&mut text).unwrap();
                }
                Some("zst") => text = zstd::decode_all(&*bytes).unwrap(),
                _ => text = bytes,
            }
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, String::from_utf8(text).unwrap())
        })
        .collect();
    all.sort_by_key(|(name, _)| (name == "alerts", name.clone()));
    all
}

fn lines(count: usize) -> Vec<String> {
    // One does not fit into any file.
    (0..count).map(|n| format!("{n} {}", "文".repeat(if n == 17 { 50 } else { n % 9 }))).collect()
}

#[test]
fn every_line_is_in_one_file_and_no_file_is_too_large() {
    let folder = scratch("rotation");
    let path = folder.join("alerts");
    for (compression, ending) in [
        (ObjectCompression::None, "Z"),
        (ObjectCompression::Gzip, ".gz"),
        (ObjectCompression::Zstd, ".zst"),
    ] {
        for (keep_alive, batch) in [(true, 1), (false, 1), (true, 30), (false, 30)] {
            let keys = Keys { keep_alive, ..rotating(&path, compression, 1000) };
            let lines = lines(60);
            let mut file = rotating_file(&keys);
            let alert = crate::tests::alert(1);
            for (at, some) in lines.chunks(batch).enumerate() {
                let records: Vec<_> =
                    some.iter().map(|text| Record { alert: &alert, text }).collect();
                let report = file.deliver(&records);
                let done = report.fates.iter().all(|fate| matches!(fate, Fate::Delivered));
                assert!(done && report.error.is_none(), "{report:?}");
                if at == 1 {
                    // Begun anew, as after the next start.
                    file = rotating_file(&keys);
                }
            }
            file.tick().unwrap();
            wait(file.rotation.as_mut().unwrap());
            let all = texts(&folder);
            let (_, others) = all.split_last().unwrap();
            assert!(others.iter().all(|(name, _)| name.ends_with(ending)), "{all:?}");
            assert!(all.iter().all(|(_, text)| text.len() <= 100 || text.lines().count() == 1));
            let read: Vec<&str> = all.iter().flat_map(|(_, text)| text.lines()).collect();
            assert_eq!(read, lines);
            drop(file);
            std::fs::remove_dir_all(&folder).unwrap();
            std::fs::create_dir_all(&folder).unwrap();
        }
    }
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn nothing_is_lost_or_doubled_wherever_compressing_is_killed() {
    let folder = scratch("killed");
    let path = folder.join("alerts");
    let lines = lines(20);
    for steps in 0..20 {
        let mut file = rotating_file(&rotating(&path, ObjectCompression::None, 1000));
        for line in &lines {
            write(&mut file, line);
        }
        drop(file);
        let keys = rotating(&path, ObjectCompression::Gzip, 1000);
        let mut rotation = Rotation::new(&path, keys.rotation.0.as_ref().unwrap());
        killed_behind(&rotation, steps);
        wait(&mut rotation);
        let all = texts(&folder);
        assert!(all.iter().all(|(name, _)| name == "alerts" || name.ends_with("Z.gz")), "{all:?}");
        let read: Vec<&str> = all.iter().flat_map(|(_, text)| text.lines()).collect();
        assert_eq!(read, lines, "{steps}");
        std::fs::remove_dir_all(&folder).unwrap();
        std::fs::create_dir_all(&folder).unwrap();
    }
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn the_oldest_files_go() {
    let folder = scratch("oldest");
    let path = folder.join("alerts");
    std::fs::write(folder.join("alerts.1"), "another's").unwrap();
    std::fs::set_permissions(folder.join("alerts.1"), std::fs::Permissions::from_mode(0o600))
        .unwrap();
    let mut file = rotating_file(&rotating(&path, ObjectCompression::Gzip, 2));
    for n in 0..50 {
        write(&mut file, &format!("line {n:02} {}", "x".repeat(40)));
    }
    wait(file.rotation.as_mut().unwrap());
    let all = texts(&folder);
    let read: Vec<&str> = all
        .iter()
        .flat_map(|(_, text)| text.lines())
        .map(|line| line.trim_end_matches(['x', ' ']))
        .collect();
    // Two lines fit into a file.
    let newest = ["line 44", "line 45", "line 46", "line 47", "line 48", "line 49"];
    assert_eq!(read[0], "another's");
    assert_eq!(read[1..], newest);
    drop(file);
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_full_disk_is_tried_again_and_loses_nothing() {
    let folder = scratch("full");
    let path = folder.join("alerts");
    std::os::unix::fs::symlink("/dev/full", &path).unwrap();
    let keys = rotating(&path, ObjectCompression::Gzip, 9);
    let mut output = open_channel(&Delivery::default(), &keys).unwrap();
    let alert = crate::tests::alert(1);
    let records = ["one", "two"].map(|text| Record { alert: &alert, text });
    for _ in 0..3 {
        let report = output.deliver(&records);
        assert!(matches!(report.fates[..], [Fate::Again, Fate::Again]), "{report:?}");
        let why = crate::error::with_sources(&report.error.unwrap());
        assert!(why.contains("No space left on device"), "{why}");
    }
    std::fs::remove_file(&path).unwrap();
    assert!(output.deliver(&records).error.is_none());
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "one\ntwo\n");
    drop(output);
    std::fs::remove_dir_all(folder).unwrap();
    let missing = Keys { path: "/nonexistent/alerts".into(), ..Keys::default() };
    let error = open_channel(&Delivery::default(), &missing).err().unwrap();
    assert_eq!(error.to_string(), "cannot append to /nonexistent/alerts");
}
