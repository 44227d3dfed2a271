//! `transformers`: what each makes of values, and of which types.

use peregrine_filter::ast::Transformer;
use peregrine_filter::{Type, Value, transform_of, transformer_takes};
use serde_json::Value as Json;

use super::{Outcome, compare, is_later};

fn transformer(name: &str) -> Option<Transformer> {
    Some(match name {
        "tolower" => Transformer::Tolower,
        "toupper" => Transformer::Toupper,
        "base64" | "b64" => Transformer::B64,
        "basename" => Transformer::Basename,
        "len" => Transformer::Len,
        _ => return None,
    })
}

const TYPES: [(&str, Type); 7] = [
    ("PT_CHARBUF", Type::Str),
    ("PT_FSPATH", Type::Path),
    ("PT_FSRELPATH", Type::RelPath),
    ("PT_BYTEBUF", Type::Bytes),
    ("PT_UINT64", Type::Uint64),
    ("PT_BOOL", Type::Bool),
    ("PT_IPADDR", Type::IpAddr),
];

pub(crate) fn case(case: &Json) -> Outcome {
    if is_later(case) {
        return Outcome::Later;
    }
    let name = case["transformer"].as_str().unwrap_or_default();
    let Some(which) = transformer(name) else {
        return Outcome::Failed(format!("unknown transformer {name}"));
    };
    if case["kind"] == "supported_types" {
        for (key, is_list) in [("supported_types", false), ("supported_list_types", true)] {
            let Some(named) = case[key].as_array() else { continue };
            let expected: Vec<&str> = named.iter().filter_map(Json::as_str).collect();
            for (shown, ty) in TYPES {
                let takes = transformer_takes(which, ty, is_list);
                if takes != expected.contains(&shown) {
                    return Outcome::Failed(format!(
                        "{name} takes {shown} (list: {is_list}): {takes}"
                    ));
                }
            }
        }
        return Outcome::Passed;
    }
    let texts = |key: &str| -> Vec<String> {
        let list = case[key].as_array().into_iter().flatten();
        list.filter_map(Json::as_str).map(str::to_owned).collect()
    };
    let input = texts("input");
    let value = if case["flags"] == "EPF_IS_LIST" {
        Value::List(input.iter().map(|text| Value::string(text.as_bytes())).collect())
    } else {
        Value::string(input.first().map_or(&b""[..], String::as_bytes))
    };
    let got: Vec<String> = match transform_of(which, value) {
        Some(Value::List(list)) => list.iter().filter_map(shown).collect(),
        Some(value) => shown(&value).into_iter().collect(),
        None => Vec::new(),
    };
    compare(&got, &texts("output"))
}

fn shown(value: &Value<'_>) -> Option<String> {
    value.bytes().map(|bytes| String::from_utf8_lossy(bytes).into_owned())
}
