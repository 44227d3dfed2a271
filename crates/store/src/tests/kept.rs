//! What retention takes, and what stays.

use std::time::Duration;

use peregrine_testkit::Folder;

use super::{NOW_NS, everything, open, write};
use crate::{Keep, Options, State};

const DAY_NS: u64 = 24 * 3_600_000_000_000;

fn body(number: u64) -> String {
    // Times of events are long ago: what counts is when an alert was received.
    format!(
        r#"{{"rule":"r","priority":"Notice","time":"2018-01-01T00:00:{:02}Z","output_fields":{{"n":{number}}}}}"#,
        number % 60
    )
}

#[test]
fn whole_files_go_by_age_and_by_bytes_and_the_cursor_stays() {
    let folder = Folder::new("store-retention");
    let mut state = State::open(folder.path()).unwrap();
    let mut writer = open(folder.path(), Options::default());
    for day in 0..4 {
        write(&mut writer, &[body(day), body(day + 10)], NOW_NS + day * DAY_NS, day + 1);
    }
    assert_eq!(writer.store().files().len(), 4);
    assert_eq!(everything(writer.store()).len(), 8);
    let now = NOW_NS + 3 * DAY_NS;
    let keep = Keep { age: Duration::from_hours(40), bytes: u64::MAX };
    let gone = writer.retire(keep, now, &mut state).unwrap();
    assert_eq!(
        gone.iter().map(|one| (one.alerts, one.why.as_str())).collect::<Vec<_>>(),
        [(2, "age"); 2]
    );
    assert_eq!(everything(writer.store()).len(), 4);
    // Also what is written just now, but its cursor.
    let keep = Keep { age: Duration::from_hours(40), bytes: 0 };
    let gone = writer.retire(keep, now, &mut state).unwrap();
    assert_eq!((gone.len(), writer.store().alerts(), writer.cursor()), (2, 0, 4));
    assert_eq!(state.retired().unwrap().len(), 4);
    write(&mut writer, &[body(1)], now, 5);
    drop(writer);
    let writer = open(folder.path(), Options::default());
    assert_eq!((writer.cursor(), everything(writer.store()).len()), (5, 1));
    assert!(writer.retire_twice_takes_nothing(now));
}

impl crate::Writer {
    fn retire_twice_takes_nothing(mut self, now_ns: u64) -> bool {
        let folder = Folder::new("store-retention-state");
        let mut state = State::open(folder.path()).unwrap();
        self.retire(Keep::default(), now_ns, &mut state).unwrap().is_empty()
    }
}

#[test]
fn a_file_ends_with_its_rows_and_its_day_and_has_a_dictionary() {
    let folder = Folder::new("store-files");
    let options = Options { file_rows: 4000, ..Options::default() };
    let mut writer = open(folder.path(), options);
    for (cursor, first) in (1..).zip((0..9000).step_by(500)) {
        let bodies: Vec<String> = (first..first + 500).map(body).collect();
        write(&mut writer, &bodies, NOW_NS, cursor);
    }
    let files = writer.store().files();
    let counts: Vec<(u64, bool)> = files.iter().map(|file| (file.alerts, file.sealed)).collect();
    assert_eq!(counts, [(4000, true), (4000, true), (1000, false)]);
    assert!(files.iter().all(|file| file.name.ends_with("-2026-09-21.alerts.db")), "{files:?}");
    let all = everything(writer.store());
    assert_eq!(all.len(), 9000);
    assert!(writer.store().alert(all[17].id).unwrap().is_some_and(|body| body == all[17].body));
    assert_eq!(writer.store().alert(5).unwrap(), None);
    // Of alerts of this size the index is most.
    let bytes: u64 = files.iter().filter(|file| file.sealed).map(|file| file.bytes).sum();
    assert!(bytes / 8000 < 400, "{} bytes an alert", bytes / 8000);
    assert_eq!(writer.sync().unwrap(), Some(18));
}
