//! `schema/fields.json` as the catalogue of the crate `fields`.

use std::fmt::Write as _;

use anyhow::{Context, Result};

use crate::codegen::{Schema, rows, text};
use crate::rust_tables::{HEAD, camel, print_format};

/// `crates/fields/src/table.rs`.
pub(crate) fn table(schema: &Schema) -> Result<String> {
    let mut out = String::from(HEAD);
    out += "use peregrine_event::{ParamType, PrintFormat};\n\nuse crate::info::{ArgRule, Depends, FieldInfo, PathOf};\n\n";
    let fields = rows(&schema.fields, "fields")?;
    writeln!(out, "pub(crate) static FIELDS: [FieldInfo; {}] = [", fields.len())?;
    for row in fields {
        let flag = |key: &str| row[key].as_bool().with_context(|| format!("no `{key}` in {row}"));
        writeln!(
            out,
            "    FieldInfo {{ name: \"{}\", class: \"{}\", ty: ParamType::{}, fmt: PrintFormat::{}, depends: Depends::{}, path: PathOf::{}, is_list: {}, arg: ArgRule::{}, dotted: {}, listed: {}, deprecated: {}, filter_only: {}, print_only: {}, rhs: {}, transformers: {}, suggested_output: {}, every_source: {}, about: {:?}, argument: {:?}, example: {:?}, since: {:?} }},",
            text(row, "name")?,
            text(row, "class")?,
            camel(text(row, "type")?),
            print_format(text(row, "fmt")?),
            camel(&text(row, "depends")?.to_uppercase()),
            camel(&text(row, "path")?.to_uppercase()),
            flag("list")?,
            camel(&text(row, "arg")?.to_uppercase()),
            flag("dot")?,
            flag("listed")?,
            flag("deprecated")?,
            flag("filter_only")?,
            flag("print_only")?,
            flag("rhs")?,
            flag("transformers")?,
            flag("suggested_output")?,
            flag("all_sources")?,
            text(row, "about")?,
            text(row, "argument")?,
            text(row, "example")?,
            text(row, "since")?,
        )?;
    }
    out += "];\n";
    Ok(out)
}

#[cfg(test)]
mod tests {
    use crate::codegen::Schema;

    /// Nobody can add a field and forget what the kernel's filter, or people, must know of it.
    #[test]
    fn a_field_without_a_column_is_no_field() {
        for column in ["depends", "path", "type", "about", "argument", "example", "since"] {
            let mut schema = Schema::read(&crate::workspace_root()).unwrap();
            assert!(super::table(&schema).is_ok());
            schema.fields["fields"][7].as_object_mut().unwrap().remove(column);
            let wrong = super::table(&schema).unwrap_err().to_string();
            assert!(wrong.contains(column), "{wrong}");
        }
    }
}
