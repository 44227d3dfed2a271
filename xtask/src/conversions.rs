//! `schema/conversions.json` as Rust constants for the crate `scap`.

use std::fmt::Write as _;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::codegen::{Schema, number, rows, text};
use crate::rust_tables::HEAD;

/// `conversion_table.rs`: the rows in the order of code and number of parameters.
pub(crate) fn table(schema: &Schema) -> Result<String> {
    let table = rows(&schema.conversions, "conversions")?;
    let mut out = String::from(HEAD);
    out += "use crate::convert::Action::{Add, Change, Pass, Store, StoreAndPass};\n";
    out += "use crate::convert::From::{ContainerJson, Default, Empty, Enter, Old};\n";
    out += "use crate::convert::Row;\n\n";
    writeln!(out, "pub(crate) static CONVERSIONS: [Row; {}] = [", table.len())?;
    for row in table {
        let action = action(row).with_context(|| format!("conversion {row}"))?;
        let (id, nparams) = (number(row, "id")?, number(row, "nparams")?);
        writeln!(out, "    Row {{ code: {id}, nparams: {nparams}, action: {action} }},")?;
    }
    out += "];\n";
    Ok(out)
}

fn action(row: &Value) -> Result<String> {
    let params = || -> Result<String> {
        let words =
            rows(row, "params")?.iter().map(|word| param(word.as_str().unwrap_or_default()));
        Ok(words.collect::<Result<Vec<_>>>()?.join(", "))
    };
    Ok(match text(row, "action")? {
        "pass" => "Pass".to_owned(),
        "store" => "Store".to_owned(),
        "store_and_pass" => "StoreAndPass".to_owned(),
        "add_params" => format!("Add(&[{}])", params()?),
        "change_type" => format!("Change({}, &[{}])", number(row, "to")?, params()?),
        other => bail!("no action is called {other}"),
    })
}

fn param(word: &str) -> Result<String> {
    let words: Vec<&str> = word.split(' ').collect();
    Ok(match words.as_slice() {
        ["empty"] => "Empty".to_owned(),
        ["default"] => "Default".to_owned(),
        ["container_json"] => "ContainerJson".to_owned(),
        ["old", index] => format!("Old({index})"),
        ["enter", index, missing @ ("empty" | "default")] => {
            format!("Enter({index}, {})", *missing == "default")
        }
        _ => bail!("no parameter is written {word}"),
    })
}
