//! The state as bytes: what is kept over a restart.

use serde::{Deserialize, Serialize};

use crate::agents::Agents;
use crate::engine::{Counts, Engine, Settings};
use crate::group::Group;
use crate::rule::Correlations;

/// The version of the bytes.
const VERSION: u32 = 2;

/// Why bytes are no state.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SnapshotError {
    /// Another version wrote it.
    #[error("the state is of version {0}, this program reads {VERSION}")]
    Version(u32),
    /// They are damaged, or something else.
    #[error("this is no state of correlations: {0}")]
    Damaged(#[from] postcard::Error),
}

#[derive(Serialize, Deserialize)]
struct Saved {
    clock: i64,
    watermark: i64,
    evaluated_at: i64,
    serial: u64,
    unnumbered: u64,
    counts: Counts,
    agents: Vec<u8>,
    correlations: Vec<SavedCorrelation>,
}

#[derive(Serialize, Deserialize)]
struct SavedCorrelation {
    fingerprint: [u8; 16],
    evaluated: i64,
    dropped: u64,
    /// How many groups follow, and they, from the one touched least recently on.
    groups: Vec<u8>,
}

impl Engine {
    /// The state: an engine made of it goes on as this one does.
    pub fn snapshot(&self) -> Vec<u8> {
        let of_tables = self.correlations.items.iter().zip(&self.tables).zip(&self.evaluated);
        let correlations = of_tables.map(|((item, table), evaluated)| SavedCorrelation {
            fingerprint: item.fingerprint,
            evaluated: *evaluated,
            dropped: table.dropped,
            // Texts and numbers: they always can be written.
            groups: postcard::to_allocvec(&table.groups().collect::<Vec<_>>()).unwrap_or_default(),
        });
        let saved = Saved {
            clock: self.clock,
            watermark: self.watermark,
            evaluated_at: self.evaluated_at,
            serial: self.serial,
            unnumbered: self.unnumbered,
            counts: self.counts,
            agents: self.agents.save(),
            correlations: correlations.collect(),
        };
        let bytes = VERSION.to_le_bytes().to_vec();
        postcard::to_extend(&saved, bytes).unwrap_or_default()
    }

    /// An engine with a state. Correlations that were changed begin anew, the others go on.
    ///
    /// # Errors
    /// When the bytes are no state, or one of another version.
    pub fn restore(
        correlations: Correlations,
        settings: Settings,
        bytes: &[u8],
    ) -> Result<Self, SnapshotError> {
        let damaged = SnapshotError::Damaged(postcard::Error::DeserializeUnexpectedEnd);
        let (version, rest) = bytes.split_first_chunk().ok_or(damaged)?;
        let version = u32::from_le_bytes(*version);
        if version != VERSION {
            return Err(SnapshotError::Version(version));
        }
        let saved: Saved = postcard::from_bytes(rest)?;
        let mut engine = Self::new(correlations, settings);
        engine.clock = saved.clock;
        engine.watermark = saved.watermark;
        engine.evaluated_at = saved.evaluated_at;
        engine.serial = saved.serial;
        engine.unnumbered = saved.unnumbered;
        engine.counts = saved.counts;
        engine.agents = Agents::restore(&saved.agents)?;
        for (number, item) in engine.correlations.items.iter().enumerate() {
            let was = saved.correlations.iter().find(|was| was.fingerprint == item.fingerprint);
            let (Some(was), Some(table), Some(evaluated)) =
                (was, engine.tables.get_mut(number), engine.evaluated.get_mut(number))
            else {
                continue;
            };
            *evaluated = was.evaluated;
            table.dropped = was.dropped;
            for group in postcard::from_bytes::<Vec<Group>>(&was.groups)? {
                let due = group.due(item);
                table.restore(group, due);
            }
        }
        Ok(engine)
    }
}
