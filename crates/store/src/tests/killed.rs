//! A writer that is killed at any moment leaves whole batches, and files whose parts agree.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use peregrine_testkit::Folder;
use rusqlite::Connection;

use super::{NOW_NS, everything, open, write};
use crate::Options;

/// Names the folder to the process that writes.
const FOLDER: &str = "PEREGRINE_STORE_KILLED";
const BATCH: u64 = 40;
const OPTIONS: Options =
    Options { file_rows: 700, file_bytes: 8 << 30, exact_hits: 300_000, facet_hits: 20_000 };

fn body(number: u64) -> String {
    format!(
        r#"{{"rule":"r{}","priority":"Notice","time":"2026-09-21T00:00:{:02}Z","output":"alert {number}",
        "output_fields":{{"n":{number},"proc.name":"p{}"}}}}"#,
        number % 7,
        number % 60,
        number % 13
    )
}

/// Writes batch after batch until it is killed, and says after each that it did.
#[test]
#[ignore = "run by the test below, which kills it"]
fn writes_until_it_is_killed() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let mut writer = open(folder.as_ref(), OPTIONS);
    loop {
        let cursor = writer.cursor() + 1;
        let bodies: Vec<String> = ((cursor - 1) * BATCH..cursor * BATCH).map(body).collect();
        write(&mut writer, &bodies, NOW_NS, cursor);
        println!("\nwritten {cursor}");
    }
}

#[test]
fn a_killed_writer_leaves_whole_batches() {
    let folder = Folder::new("store-killed");
    let mut said = 0;
    // In the midst of the first writes, of full files, of their sealing.
    for batches in [1, 3, 17, 18, 19, 6, 11] {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "tests::killed::writes_until_it_is_killed",
                "--ignored",
                "--nocapture",
            ])
            .env(FOLDER, folder.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let mut count = 0;
        for line in lines {
            if let Some(cursor) = line.strip_prefix("written ") {
                said = cursor.parse::<u64>().unwrap();
                count += 1;
                if count == batches {
                    break;
                }
            }
        }
        child.kill().unwrap();
        child.wait().unwrap();
        let writer = open(folder.path(), OPTIONS);
        let cursor = writer.cursor();
        assert!(cursor >= said, "{cursor} of {said} batches");
        let mut numbers: Vec<u64> = everything(writer.store()).iter().map(number).collect();
        numbers.sort_unstable();
        assert_eq!(numbers, (0..cursor * BATCH).collect::<Vec<_>>());
        let files = writer.store().files();
        drop(writer);
        for file in files {
            let connection = Connection::open(folder.path().join(&file.name)).unwrap();
            let one =
                |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
            let sound: String =
                connection.query_row("PRAGMA quick_check", [], |row| row.get(0)).unwrap();
            assert_eq!(sound, "ok");
            let rows = one("SELECT count(*) FROM alert");
            assert_eq!(rows, one("SELECT v FROM meta WHERE k = 'rows'"));
            assert_eq!(rows, one("SELECT sum(n) FROM facet WHERE kind = 0"));
            assert_eq!(rows, one("SELECT count(*) FROM ft WHERE ft MATCH '\"alert\"'"));
        }
    }
}

fn number(hit: &crate::Hit) -> u64 {
    let json: serde_json::Value = serde_json::from_slice(&hit.body).unwrap();
    json["output_fields"]["n"].as_u64().unwrap()
}
