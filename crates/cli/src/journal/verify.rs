//! `peregrine journal verify`.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::Args;
use peregrine_journal::{Against, Anchor, Chain, FileStorage, PublicKey, Verified, verify};
use serde_json::json;

use super::{Place, anchor};
use crate::table::{self, Paint};
use crate::terminal::counted;

#[derive(Debug, Args)]
pub(super) struct Flags {
    #[command(flatten)]
    place: Place,
    /// The public key, as a file or as 64 hexadecimal digits, where it is not beside the key: the
    /// journal of another host, or a copy kept elsewhere.
    #[arg(long, value_name = "KEY")]
    public_key: Option<String>,
    /// A record and its hash that were noted elsewhere, as this command printed them.
    #[arg(long, value_name = "NUMBER:HASH", value_parser = noted)]
    noted: Option<(u64, Chain)>,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

fn noted(text: &str) -> Result<(u64, Chain), String> {
    const FORM: &str = "a number, a colon and 64 hexadecimal digits";
    let (number, hash) = text.split_once(':').ok_or(FORM)?;
    let digits: Option<Vec<u8>> =
        hash.chars().map(|c| u8::try_from(c.to_digit(16)?).ok()).collect();
    let bytes: Vec<u8> =
        digits.ok_or(FORM)?.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect();
    let chain = Chain::try_from(bytes).ok().filter(|_| hash.len() == 64).ok_or(FORM)?;
    Ok((number.parse().map_err(|_| FORM)?, chain))
}

/// What signatures and hashes cannot show.
const LIMITS: &str = "What root on this host can still do unseen: change or cut what lies behind the last checkpoint \
(at most 10 seconds and 1,000 records); and, with the key, sign another journal from any record on. What \
is noted elsewhere shows that too: keep the line `noted` on another host and give it to --noted.";

/// A public key as a file or as 64 hexadecimal digits.
pub(crate) fn public_key(key: &str) -> anyhow::Result<PublicKey> {
    let path = PathBuf::from(key);
    if path.exists() {
        let text = std::fs::read_to_string(&path);
        let text = text.with_context(|| format!("cannot read {}", path.display()))?;
        text.parse().with_context(|| format!("{}", path.display()))
    } else if key.len() == 64 {
        Ok(key.parse()?)
    } else {
        bail!("there is no file {key}, and it is no key of 64 hexadecimal digits");
    }
}

fn against(flags: &Flags, anchor: &Anchor<FileStorage>) -> anyhow::Result<Against> {
    let Some(key) = &flags.public_key else { return Ok(Against::anchor(anchor)?) };
    let key = public_key(key)?;
    // The last checkpoint beside this host's key is that of another journal, unless the key is the same.
    let own = Against::anchor(anchor).ok().filter(|own| own.key == key);
    Ok(own.unwrap_or(Against { key, head: None, noted: None }))
}

pub(super) fn run(flags: &Flags) -> anyhow::Result<ExitCode> {
    let config = flags.place.config()?;
    let storage = flags.place.open(&config)?;
    let mut against = against(flags, &anchor(&config))?;
    against.noted = flags.noted;
    let verified = verify(&storage, &against)?;
    let mut out = std::io::stdout().lock();
    if flags.json {
        writeln!(out, "{}", as_json(&verified, &against))?;
    } else {
        print(&verified, &against, &mut out)?;
    }
    Ok(if verified.findings.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The last record as it can be noted elsewhere.
fn note(verified: &Verified) -> String {
    format!("{}:{}", verified.last, verified.chain)
}

fn as_json(verified: &Verified, against: &Against) -> serde_json::Value {
    let findings: Vec<_> = verified
        .findings
        .iter()
        .map(|finding| json!({"kind": finding.kind(), "text": finding.to_string()}))
        .collect();
    json!({
        "intact": verified.findings.is_empty(),
        "segments": verified.segments,
        "bytes": verified.bytes,
        "records": verified.records,
        "alerts": verified.alerts,
        "first": verified.first,
        "last": verified.last,
        "proven": verified.proven,
        "torn_bytes": verified.torn,
        "noted": (verified.last > 0).then(|| note(verified)),
        "key": against.key.to_string(),
        "findings": findings,
    })
}

fn print(verified: &Verified, against: &Against, out: &mut impl Write) -> anyhow::Result<()> {
    let paint = Paint::stdout();
    let row = |name: &str, value: String| vec![paint.dim(name), value];
    let mut rows = vec![row(
        "journal",
        format!(
            "{}, {}, {} in {}",
            counted(verified.alerts, "alert"),
            counted(verified.records, "record"),
            counted(verified.bytes, "byte"),
            counted(verified.segments as u64, "segment"),
        ),
    )];
    if verified.last > 0 {
        rows.push(row("records", format!("{} to {}", verified.first, verified.last)));
        let proven = match verified.proven {
            0 => "no checkpoint proves any".to_owned(),
            proven if proven >= verified.last => format!("up to record {proven}: all"),
            proven => format!(
                "up to record {proven}; {} behind the last checkpoint",
                counted(verified.last - proven, "record")
            ),
        };
        rows.push(row("proven", proven));
        rows.push(row("noted", note(verified)));
    }
    rows.push(row("key", against.key.to_string()));
    if verified.torn > 0 {
        let torn = counted(verified.torn, "byte");
        rows.push(row(
            "end",
            format!(
                "{torn} of a record that is not whole: it is being written, or a crash ended it"
            ),
        ));
    }
    table::write(out, &rows)?;
    for finding in &verified.findings {
        writeln!(out, "{}", paint.bad(&finding.to_string()))?;
    }
    let verdict = if verified.findings.is_empty() {
        paint.good("The journal is what was written.")
    } else {
        paint.bad(&format!(
            "The journal is not what was written: {}.",
            counted(verified.findings.len() as u64, "finding")
        ))
    };
    writeln!(out, "{verdict}\n{}", paint.dim(LIMITS))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_noted_is_read() {
        let hash = "0f".repeat(32);
        assert_eq!(noted(&format!("12:{hash}")), Ok((12, [15; 32])));
        for bad in ["", "12", "12:", "x:00", &format!("12:{hash}0"), &format!("{hash}:12")] {
            assert!(noted(bad).is_err(), "{bad}");
        }
    }
}
