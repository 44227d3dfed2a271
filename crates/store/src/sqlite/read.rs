//! What is asked of one file of alerts.

use std::collections::HashMap;
use std::ops::Range;

use rusqlite::{Connection, OptionalExtension as _, ToSql, params};

use crate::codec::Unpacker;
use crate::facet::FacetKind;

/// A body that cannot be decompressed: what a damaged file has.
fn damaged(error: std::io::Error) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Blob, error.into())
}

/// The alerts with the terms of `expression` (none: all) and ids of `ids`, the newest first, at most `limit`.
pub(crate) fn bodies(
    connection: &Connection,
    unpacker: &mut Unpacker<'_>,
    expression: Option<&str>,
    ids: &Range<i64>,
    limit: usize,
) -> rusqlite::Result<Vec<(i64, Vec<u8>)>> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let take = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get_ref(1)?.as_blob()?.to_vec()));
    let packed: Vec<(i64, Vec<u8>)> = match expression {
        Some(expression) => connection
            .prepare_cached(
                "SELECT a.id, a.body FROM ft CROSS JOIN alert a ON a.id = ft.rowid
                 WHERE ft MATCH ?1 AND ft.rowid >= ?2 AND ft.rowid < ?3 ORDER BY ft.rowid DESC LIMIT ?4",
            )?
            .query_map(params![expression, ids.start, ids.end, limit], take)?
            .collect::<rusqlite::Result<_>>()?,
        None => connection
            .prepare_cached(
                "SELECT id, body FROM alert WHERE id >= ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3",
            )?
            .query_map(params![ids.start, ids.end, limit], take)?
            .collect::<rusqlite::Result<_>>()?,
    };
    packed
        .into_iter()
        .map(|(id, packed)| Ok((id, unpacker.unpack(&packed).map_err(damaged)?)))
        .collect()
}

/// One alert.
pub(crate) fn body(
    connection: &Connection,
    unpacker: &mut Unpacker<'_>,
    id: i64,
) -> rusqlite::Result<Option<Vec<u8>>> {
    let mut statement = connection.prepare_cached("SELECT body FROM alert WHERE id = ?")?;
    let packed: Option<Vec<u8>> = statement.query_row([id], |row| row.get(0)).optional()?;
    packed.map(|packed| unpacker.unpack(&packed).map_err(damaged)).transpose()
}

/// The last alert from an id on to the end of its microsecond.
pub(crate) fn last_of_microsecond(
    connection: &Connection,
    id: i64,
) -> rusqlite::Result<Option<i64>> {
    let sql = "SELECT max(id) FROM alert WHERE id >= ? AND id <= ?";
    connection.prepare_cached(sql)?.query_row([id, id | 1023], |row| row.get(0))
}

/// Whether any alert has one of the terms of `expression`.
pub(crate) fn any(connection: &Connection, expression: &str) -> rusqlite::Result<bool> {
    connection.prepare_cached("SELECT 1 FROM ft WHERE ft MATCH ? LIMIT 1")?.exists([expression])
}

/// Calls `take` with the ids of the alerts with the terms of `expression` (none: all) and ids of `ids`, newest first,
/// until it wants no more; whether it had all.
pub(crate) fn ids(
    connection: &Connection,
    expression: Option<&str>,
    ids: &Range<i64>,
    take: &mut dyn FnMut(i64) -> bool,
) -> rusqlite::Result<bool> {
    let (sql, parameters): (_, Vec<&dyn ToSql>) = match &expression {
        Some(expression) => (
            "SELECT rowid FROM ft WHERE ft MATCH ?3 AND rowid >= ?1 AND rowid < ?2 ORDER BY rowid DESC",
            vec![&ids.start, &ids.end, expression],
        ),
        None => (
            "SELECT id FROM alert WHERE id >= ?1 AND id < ?2 ORDER BY id DESC",
            vec![&ids.start, &ids.end],
        ),
    };
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(parameters.as_slice())?;
    while let Some(row) = rows.next()? {
        if !take(row.get(0)?) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// How many alerts with ids of `ids` the file has.
pub(crate) fn count(connection: &Connection, ids: &Range<i64>) -> rusqlite::Result<u64> {
    let sql = "SELECT count(*) FROM alert WHERE id >= ? AND id < ?";
    let mut statement = connection.prepare_cached(sql)?;
    let count = statement.query_row([ids.start, ids.end], |row| row.get::<_, i64>(0))?;
    Ok(u64::try_from(count).unwrap_or_default())
}

/// How many alerts each hour has, of the hours of `hours`.
pub(crate) fn hours(
    connection: &Connection,
    hours: &Range<i64>,
) -> rusqlite::Result<Vec<(i64, u64)>> {
    let sql =
        "SELECT hour, sum(n) FROM facet WHERE kind = ? AND hour >= ? AND hour < ? GROUP BY hour";
    let mut statement = connection.prepare_cached(sql)?;
    let parameters = [FacetKind::Priority.number(), hours.start, hours.end];
    let rows = statement.query_map(parameters, |row| Ok((row.get(0)?, unsigned(row.get(1)?))))?;
    rows.collect()
}

fn unsigned(count: i64) -> u64 {
    u64::try_from(count).unwrap_or_default()
}

/// How many alerts have which number of a kind: of the hours of `hours`, from the counts by hour.
pub(crate) fn values_of_hours(
    connection: &Connection,
    kind: FacetKind,
    hours: &Range<i64>,
) -> rusqlite::Result<Vec<(i64, u64)>> {
    let sql =
        "SELECT val, sum(n) FROM facet WHERE kind = ? AND hour >= ? AND hour < ? GROUP BY val";
    let mut statement = connection.prepare_cached(sql)?;
    let parameters = [kind.number(), hours.start, hours.end];
    let rows = statement.query_map(parameters, |row| Ok((row.get(0)?, unsigned(row.get(1)?))))?;
    rows.collect()
}

/// The same of the alerts with ids of `ids`, from their rows.
pub(crate) fn values_of_rows(
    connection: &Connection,
    kind: FacetKind,
    ids: &Range<i64>,
) -> rusqlite::Result<Vec<(i64, u64)>> {
    let column = kind.column();
    let sql = format!(
        "SELECT {column}, count(*) FROM alert WHERE id >= ? AND id < ? AND {column} IS NOT NULL GROUP BY {column}"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement
        .query_map([ids.start, ids.end], |row| Ok((row.get(0)?, unsigned(row.get(1)?))))?;
    rows.collect()
}

/// The numbers of one alert, by [`FacetKind::ALL`].
pub(crate) fn numbers(
    connection: &Connection,
    id: i64,
) -> rusqlite::Result<Option<[Option<i64>; 8]>> {
    let sql = "SELECT host, rule, prio, source, proc, usr, cont, issue FROM alert WHERE id = ?";
    let mut statement = connection.prepare_cached(sql)?;
    let numbers = statement.query_row([id], |row| {
        let mut numbers = [None; 8];
        for (place, number) in numbers.iter_mut().enumerate() {
            *number = row.get(place)?;
        }
        Ok(numbers)
    });
    numbers.optional()
}

/// The texts of numbers of a kind.
pub(crate) fn texts(
    connection: &Connection,
    kind: FacetKind,
) -> rusqlite::Result<HashMap<i64, String>> {
    let mut statement = connection.prepare_cached("SELECT id, v FROM dict WHERE kind = ?")?;
    let rows = statement.query_map([kind.number()], |row| Ok((row.get(0)?, row.get(1)?)))?;
    rows.collect()
}
