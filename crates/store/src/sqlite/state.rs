//! `state.db`: what the hub knows beside alerts. How far a reader of the log has come is in the transaction of what
//! it did.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension as _, Transaction, params};

use crate::error::StoreError;
use crate::retention::Retired;

/// What each version adds to the one before; the first is number 1.
const MIGRATIONS: &[&str] = &[
    "CREATE TABLE cursor(reader TEXT PRIMARY KEY, record INTEGER NOT NULL) WITHOUT ROWID, STRICT;
     CREATE TABLE sender_output(name TEXT PRIMARY KEY) WITHOUT ROWID, STRICT;
     CREATE TABLE retired(file TEXT PRIMARY KEY, alerts INTEGER NOT NULL, bytes INTEGER NOT NULL,
        at_ns INTEGER NOT NULL, why TEXT NOT NULL) WITHOUT ROWID, STRICT;",
];

/// The state of a hub.
#[derive(Debug)]
pub struct State {
    connection: Connection,
    file: String,
}

impl State {
    /// Opens the state of a folder, or begins one; an older version becomes today's.
    ///
    /// # Errors
    /// When it cannot be used, or a later version wrote it.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        let path = folder.join("state.db");
        let failed = |action| StoreError::sqlite(action, &path);
        let mut connection = Connection::open(&path).map_err(failed("open"))?;
        connection.busy_timeout(Duration::from_secs(10)).map_err(failed("open"))?;
        connection
            .execute_batch(
                "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
            )
            .map_err(failed("open"))?;
        let version = migrate(&mut connection, MIGRATIONS).map_err(failed("write to"))?;
        let known = known(MIGRATIONS);
        if version > known {
            return Err(StoreError::Version { file: path.display().to_string(), version, known });
        }
        Ok(Self { connection, file: path.display().to_string() })
    }

    fn failed(&self, action: &'static str) -> impl FnOnce(rusqlite::Error) -> StoreError + use<> {
        let file = self.file.clone();
        move |source| StoreError::Sqlite { action, file, source }
    }

    /// The last record of the log whose effect a reader has written; 0 where there is none.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn cursor(&self, reader: &str) -> Result<u64, StoreError> {
        let sql = "SELECT record FROM cursor WHERE reader = ?";
        let record =
            self.connection.query_row(sql, [reader], |row| row.get::<_, i64>(0)).optional();
        let record = record.map_err(self.failed("read"))?;
        Ok(record.and_then(|record| u64::try_from(record).ok()).unwrap_or_default())
    }

    /// Writes the effect of a reader and how far it has come, both or neither.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn advance(
        &mut self,
        reader: &str,
        record: u64,
        effect: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<()>,
    ) -> Result<(), StoreError> {
        let failed = self.failed("write to");
        let record = i64::try_from(record).unwrap_or(i64::MAX);
        let transaction = self.connection.transaction();
        let done = transaction.and_then(|transaction| {
            effect(&transaction)?;
            transaction.execute(
                "INSERT INTO cursor VALUES(?1, ?2) ON CONFLICT DO UPDATE SET record = excluded.record",
                params![reader, record],
            )?;
            transaction.commit()
        });
        done.map_err(failed)
    }

    /// Keeps the names of outputs that senders have.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn add_sender_outputs(
        &mut self,
        reader: &str,
        record: u64,
        names: &[String],
    ) -> Result<(), StoreError> {
        self.advance(reader, record, |transaction| {
            let mut insert =
                transaction.prepare_cached("INSERT OR IGNORE INTO sender_output VALUES(?)")?;
            names.iter().try_for_each(|name| insert.execute([name]).map(drop))
        })
    }

    /// The names of outputs that senders have, in order.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn sender_outputs(&self) -> Result<Vec<String>, StoreError> {
        let names = self.connection.prepare_cached("SELECT name FROM sender_output ORDER BY name");
        let names = names.and_then(|mut statement| {
            statement.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()
        });
        names.map_err(self.failed("read"))
    }

    /// Writes down a file that goes, before it does.
    pub(crate) fn retire(&mut self, retired: &Retired) -> Result<(), StoreError> {
        let signed = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        self.connection
            .execute(
                "INSERT OR REPLACE INTO retired VALUES(?, ?, ?, ?, ?)",
                params![
                    retired.file,
                    signed(retired.alerts),
                    signed(retired.bytes),
                    signed(retired.at_ns),
                    retired.why
                ],
            )
            .map(drop)
            .map_err(self.failed("write to"))
    }

    /// What retention took, the latest first.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn retired(&self) -> Result<Vec<Retired>, StoreError> {
        let unsigned = |number: i64| u64::try_from(number).unwrap_or_default();
        let sql =
            "SELECT file, alerts, bytes, at_ns, why FROM retired ORDER BY at_ns DESC, file DESC";
        let rows = self.connection.prepare_cached(sql).and_then(|mut statement| {
            let rows = statement.query_map([], |row| {
                Ok(Retired {
                    file: row.get(0)?,
                    alerts: unsigned(row.get(1)?),
                    bytes: unsigned(row.get(2)?),
                    at_ns: unsigned(row.get(3)?),
                    why: row.get(4)?,
                })
            })?;
            rows.collect::<rusqlite::Result<_>>()
        });
        rows.map_err(self.failed("read"))
    }
}

fn known(migrations: &[&str]) -> i64 {
    i64::try_from(migrations.len()).unwrap_or(i64::MAX)
}

/// Applies the migrations a database lacks, each in a transaction with its number; the version it has then.
fn migrate(connection: &mut Connection, migrations: &[&str]) -> rusqlite::Result<i64> {
    let version = |connection: &Connection| {
        connection.query_row("PRAGMA user_version", [], |row| row.get::<_, i64>(0))
    };
    let first = version(connection)?;
    for (number, migration) in (1..).zip(migrations).filter(|(number, _)| *number > first) {
        let transaction = connection.transaction()?;
        transaction.execute_batch(migration)?;
        transaction.pragma_update(None, "user_version", number)?;
        transaction.commit()?;
    }
    version(connection)
}

#[cfg(test)]
mod tests {
    use peregrine_testkit::Folder;

    use super::*;

    #[test]
    fn a_cursor_is_in_the_transaction_of_its_effect() {
        let folder = Folder::new("store-state");
        let mut state = State::open(folder.path()).unwrap();
        assert_eq!(state.cursor("x").unwrap(), 0);
        state.add_sender_outputs("x", 7, &["Slack".to_owned(), "Slack".to_owned()]).unwrap();
        let failing = state.advance("x", 9, |transaction| {
            transaction.execute("INSERT INTO sender_output VALUES('Loki')", [])?;
            transaction.execute("INSERT INTO nothing VALUES(1)", []).map(drop)
        });
        assert!(failing.is_err());
        drop(state);
        let state = State::open(folder.path()).unwrap();
        assert_eq!(
            (state.cursor("x").unwrap(), state.sender_outputs().unwrap()),
            (7, vec!["Slack".to_owned()])
        );
    }

    #[test]
    fn an_older_state_becomes_todays_and_a_later_one_is_refused() {
        let mut connection = Connection::open_in_memory().unwrap();
        assert_eq!(migrate(&mut connection, &["CREATE TABLE a(x)"]).unwrap(), 1);
        let two = ["CREATE TABLE a(x)", "ALTER TABLE a ADD COLUMN y"];
        assert_eq!(migrate(&mut connection, &two).unwrap(), 2);
        assert_eq!(migrate(&mut connection, &two).unwrap(), 2);
        connection.execute("INSERT INTO a(x, y) VALUES(1, 2)", []).unwrap();
        let folder = Folder::new("store-later");
        State::open(folder.path())
            .unwrap()
            .connection
            .pragma_update(None, "user_version", 99)
            .unwrap();
        let error = State::open(folder.path()).unwrap_err().to_string();
        assert!(error.contains("version 99 of the format"), "{error}");
    }
}
