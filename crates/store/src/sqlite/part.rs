//! A file of alerts: those received on one day, or two millions of them. It has all it needs: it may be copied,
//! moved and deleted.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, OptionalExtension as _, params};

use crate::error::StoreError;

/// The version of the schema below.
const VERSION: i64 = 1;
/// How long one who writes waits for one who reads; they do not wait for each other but at a checkpoint.
const BUSY: Duration = Duration::from_secs(10);

/// `alert`: a row each, in the order of time; `host`, `rule` and so on are numbers of `dict`, the body is compressed.
/// `facet`: how many alerts of an hour have which value. `ft`: the index, without a copy of what it indexes.
const SCHEMA: &str = "
CREATE TABLE meta(k TEXT PRIMARY KEY, v ANY) STRICT;
CREATE TABLE dict(kind INTEGER, id INTEGER, v TEXT, PRIMARY KEY(kind, id)) WITHOUT ROWID, STRICT;
CREATE TABLE alert(id INTEGER PRIMARY KEY, host INTEGER NOT NULL, rule INTEGER NOT NULL, prio INTEGER NOT NULL,
    source INTEGER NOT NULL, proc INTEGER, usr INTEGER, cont INTEGER, issue INTEGER NOT NULL, body BLOB NOT NULL) STRICT;
CREATE TABLE facet(kind INTEGER, hour INTEGER, val INTEGER, n INTEGER NOT NULL,
    PRIMARY KEY(kind, hour, val)) WITHOUT ROWID, STRICT;
CREATE VIRTUAL TABLE ft USING fts5(t, content='', detail=none, columnsize=0, tokenize=\"ascii tokenchars '=_'\");
INSERT INTO ft(ft, rank) VALUES('pgsz', 8000), ('automerge', 8), ('crisismerge', 64), ('hashsize', 67108864);
";

/// What is known of a file without reading its alerts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Meta {
    /// The first and the last alert; nothing in an empty file.
    pub(crate) ids: Option<(i64, i64)>,
    pub(crate) rows: u64,
    /// The record of the log up to which all that belongs into the store is in it.
    pub(crate) cursor: u64,
    /// When the last alert was received, microseconds since the epoch.
    pub(crate) received_us: i64,
    /// The day of receipt, in days since the epoch.
    pub(crate) day: i64,
    /// It gets nothing more.
    pub(crate) sealed: bool,
}

/// Makes the schema in an empty file, `day` is that of receipt; of one that has it the version is compared.
pub(crate) fn open_to_write(path: &Path, first: Meta) -> Result<Connection, StoreError> {
    let failed = |action| StoreError::sqlite(action, path);
    let connection = Connection::open(path).map_err(failed("open"))?;
    connection.busy_timeout(BUSY).map_err(failed("open"))?;
    connection.set_prepared_statement_cache_capacity(64);
    connection
        .execute_batch(
            "PRAGMA page_size=8192; PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA temp_store=MEMORY;
             PRAGMA cache_size=-65536; PRAGMA wal_autocheckpoint=4000;",
        )
        .map_err(failed("open"))?;
    let is_empty = !has_schema(&connection).map_err(failed("read"))?;
    if is_empty {
        let made = (|| {
            let transaction = connection.unchecked_transaction()?;
            transaction.execute_batch(SCHEMA)?;
            transaction.execute("INSERT INTO meta VALUES('version', ?)", [VERSION])?;
            save_meta(&transaction, &first)?;
            transaction.commit()
        })();
        made.map_err(failed("write to"))?;
    }
    check_version(&connection, path)?;
    Ok(connection)
}

/// Opens a file to read it.
pub(crate) fn open_to_read(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let failed = |action| StoreError::sqlite(action, path);
    let connection = Connection::open_with_flags(path, flags).map_err(failed("open"))?;
    connection.busy_timeout(BUSY).map_err(failed("open"))?;
    connection
        .execute_batch(
            "PRAGMA mmap_size=1073741824; PRAGMA temp_store=MEMORY; PRAGMA query_only=ON;",
        )
        .map_err(failed("open"))?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

fn has_schema(connection: &Connection) -> rusqlite::Result<bool> {
    let sql = "SELECT count(*) FROM sqlite_schema WHERE name = 'meta'";
    connection.query_row(sql, [], |row| row.get::<_, i64>(0)).map(|count| count > 0)
}

fn check_version(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    let version = number(connection, "version").map_err(StoreError::sqlite("read", path))?;
    match version {
        Some(VERSION) => Ok(()),
        other => Err(StoreError::Version {
            file: path.display().to_string(),
            version: other.unwrap_or_default(),
            known: VERSION,
        }),
    }
}

fn number(connection: &Connection, key: &str) -> rusqlite::Result<Option<i64>> {
    let sql = "SELECT v FROM meta WHERE k = ?";
    let mut statement = connection.prepare_cached(sql)?;
    statement.query_row([key], |row| row.get(0)).optional()
}

/// What is known of a file.
pub(crate) fn load_meta(connection: &Connection) -> rusqlite::Result<Meta> {
    let get = |key: &str| number(connection, key).map(Option::unwrap_or_default);
    let rows = u64::try_from(get("rows")?).unwrap_or_default();
    Ok(Meta {
        ids: if rows > 0 { Some((get("min")?, get("max")?)) } else { None },
        rows,
        cursor: u64::try_from(get("cursor")?).unwrap_or_default(),
        received_us: get("received")?,
        day: get("day")?,
        sealed: get("sealed")? != 0,
    })
}

/// Writes what is known of a file, in the transaction of its rows.
pub(crate) fn save_meta(connection: &Connection, meta: &Meta) -> rusqlite::Result<()> {
    let signed = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    let (min, max) = meta.ids.unwrap_or_default();
    let pairs = [
        ("min", min),
        ("max", max),
        ("rows", signed(meta.rows)),
        ("cursor", signed(meta.cursor)),
        ("received", meta.received_us),
        ("day", meta.day),
        ("sealed", i64::from(meta.sealed)),
    ];
    let mut statement = connection.prepare_cached("INSERT OR REPLACE INTO meta VALUES(?, ?)")?;
    for (key, value) in pairs {
        statement.execute(params![key, value])?;
    }
    Ok(())
}

/// The dictionary of a file, where it has one.
pub(crate) fn load_dictionary(connection: &Connection) -> rusqlite::Result<Option<Vec<u8>>> {
    let sql = "SELECT v FROM meta WHERE k = 'zdict'";
    connection.query_row(sql, [], |row| row.get(0)).optional()
}

/// Keeps a dictionary.
pub(crate) fn save_dictionary(connection: &Connection, dictionary: &[u8]) -> rusqlite::Result<()> {
    connection.execute("INSERT INTO meta VALUES('zdict', ?)", [dictionary]).map(drop)
}

/// Makes all that was committed survive a power cut; whether it does. Not where somebody reads just now.
pub(crate) fn checkpoint(connection: &Connection, truncate: bool) -> rusqlite::Result<bool> {
    let sql =
        if truncate { "PRAGMA wal_checkpoint(TRUNCATE)" } else { "PRAGMA wal_checkpoint(PASSIVE)" };
    connection.query_row(sql, [], |row| {
        let (busy, in_log, done): (i64, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        Ok(busy == 0 && in_log == done)
    })
}
