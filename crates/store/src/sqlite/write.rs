//! Writing alerts into a file: rows, terms, facets, and what is known of the file, in one transaction.

use std::collections::BTreeMap;

use rusqlite::{Connection, Transaction, params};
use rustc_hash::FxHashMap;

use super::part::{self, Meta};
use super::read;
use crate::codec::Codec;
use crate::facet::FacetKind;
use crate::prepare::{Prepared, Stored};

/// Microseconds of an hour.
pub(crate) const HOUR_US: i64 = 3_600_000_000;

/// Numbers of values, by kind.
#[derive(Debug, Default)]
pub(crate) struct Dictionary {
    ids: [FxHashMap<String, i64>; FacetKind::NAMED.len()],
}

impl Dictionary {
    pub(crate) fn load(connection: &Connection) -> rusqlite::Result<Self> {
        let mut all = Self::default();
        let mut statement = connection.prepare("SELECT kind, id, v FROM dict")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (kind, id, value): (i64, i64, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
            let place = FacetKind::NAMED.iter().position(|one| one.number() == kind);
            if let Some(ids) = place.and_then(|place| all.ids.get_mut(place)) {
                ids.insert(value, id);
            }
        }
        Ok(all)
    }

    fn number(
        &mut self,
        transaction: &Transaction<'_>,
        place: usize,
        value: &str,
    ) -> rusqlite::Result<i64> {
        let Some(ids) = self.ids.get_mut(place) else { return Ok(0) };
        if let Some(id) = ids.get(value) {
            return Ok(*id);
        }
        let id = i64::try_from(ids.len()).unwrap_or(i64::MAX) + 1;
        let kind = FacetKind::NAMED.get(place).map_or(-1, |kind| kind.number());
        transaction
            .prepare_cached("INSERT INTO dict VALUES(?, ?, ?)")?
            .execute(params![kind, id, value])?;
        ids.insert(value.to_owned(), id);
        Ok(id)
    }
}

/// Writes alerts, which are in the order of their times, and `meta`, into whose numbers they are counted. `taken`
/// says of an id which other file's alert is the last of those from it on to the end of its microsecond.
///
/// # Errors
/// When not all of it is written: nothing is then, and `dictionary` has to be loaded anew.
pub(crate) fn write(
    connection: &mut Connection,
    dictionary: &mut Dictionary,
    (codec_number, codec): (u64, &Codec),
    alerts: &mut [Prepared],
    mut meta: Meta,
    taken: &dyn Fn(i64) -> rusqlite::Result<Option<i64>>,
) -> rusqlite::Result<(Meta, Vec<Stored>)> {
    let compressing = |error: std::io::Error| rusqlite::Error::ToSqlConversionFailure(error.into());
    let mut stored = Vec::with_capacity(alerts.len());
    let mut packer = codec.packer().map_err(compressing)?;
    let transaction =
        connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    {
        let mut insert = transaction.prepare_cached(
            "INSERT OR IGNORE INTO alert(id, host, rule, prio, source, proc, usr, cont, issue, body)
             VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )?;
        let mut index = transaction.prepare_cached("INSERT INTO ft(rowid, t) VALUES(?, ?)")?;
        let mut facets: BTreeMap<(i64, i64, i64), i64> = BTreeMap::new();
        let mut last = i64::MIN;
        for alert in alerts {
            let mut numbers = [None; FacetKind::NAMED.len()];
            for (place, (number, value)) in numbers.iter_mut().zip(&alert.named).enumerate() {
                if let Some(value) = value {
                    *number = Some(dictionary.number(&transaction, place, value)?);
                }
            }
            let [host, rule, source, proc, usr, cont] = numbers;
            let priority = i64::from(alert.priority);
            let issue = alert.issue;
            let mut id = (alert.time_us << 10).max(last.saturating_add(1));
            let packed = alert.packed_by(codec_number, &mut packer).map_err(compressing)?;
            loop {
                // Of alerts of one microsecond each has the next number.
                let mut before = taken(id)?;
                if before.is_none() {
                    let inserted = insert.execute(params![
                        id, host, rule, priority, source, proc, usr, cont, issue, packed
                    ])?;
                    if inserted == 1 {
                        break;
                    }
                    before = read::last_of_microsecond(&transaction, id)?;
                }
                id = before.unwrap_or(id).saturating_add(1);
            }
            index.execute(params![id, alert.terms])?;
            stored.push(Stored { record: alert.record, id });
            last = id;
            let hour = (id >> 10).div_euclid(HOUR_US);
            let values = [host, rule, Some(priority), source, proc, usr, cont, Some(issue)];
            for (kind, value) in FacetKind::ALL.iter().zip(values) {
                if let Some(value) = value {
                    *facets.entry((kind.number(), hour, value)).or_default() += 1;
                }
            }
            let (first, newest) = meta.ids.unwrap_or((id, id));
            meta.ids = Some((first.min(id), newest.max(id)));
            meta.rows += 1;
            meta.received_us = meta.received_us.max(alert.received_us);
        }
        let mut facet = transaction.prepare_cached(
            "INSERT INTO facet VALUES(?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE SET n = n + excluded.n",
        )?;
        for ((kind, hour, value), count) in facets {
            facet.execute(params![kind, hour, value, count])?;
        }
        part::save_meta(&transaction, &meta)?;
    }
    transaction.commit()?;
    Ok((meta, stored))
}

/// Merges the index into one piece and marks the file as one that gets nothing more.
pub(crate) fn seal(connection: &Connection, meta: Meta) -> rusqlite::Result<Meta> {
    connection.execute("INSERT INTO ft(ft) VALUES('optimize')", [])?;
    let meta = Meta { sealed: true, ..meta };
    part::save_meta(connection, &meta)?;
    part::checkpoint(connection, true)?;
    Ok(meta)
}
