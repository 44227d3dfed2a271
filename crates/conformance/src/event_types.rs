//! `condition_event_types`: which kinds of events a condition can be true for.

use peregrine_fields::Catalogue;
use peregrine_filter::{DEFAULT_DEPTH, KindSet, Scheme as _, check, parse};
use serde_json::Value as Json;

use super::{Outcome, is_later};

fn kinds(text: &str) -> Result<KindSet, String> {
    let tree = parse(text, DEFAULT_DEPTH).map_err(|error| format!("{text}: {error}"))?;
    check(&tree, &Catalogue::default()).map(|checked| checked.kinds).map_err(|errors| {
        format!("{text}: {}", errors.first().map_or_else(String::new, ToString::to_string))
    })
}

fn set(name: &str) -> Result<KindSet, String> {
    let all = KindSet::all(Catalogue::default().kinds());
    let openat = kinds("evt.type = openat")?;
    let close = kinds("evt.type = close")?;
    Ok(match name {
        "all_events" => all,
        "no_events" => KindSet::new(all.kinds()),
        "openat_only" => openat,
        "close_only" => close,
        "openat_close_only" => openat.union(&close),
        "not_openat" => all.minus(&openat),
        "not_close" => all.minus(&close),
        "not_openat_close" => all.minus(&openat.union(&close)),
        other => return Err(format!("unknown set {other}")),
    })
}

pub(crate) fn case(case: &Json) -> Outcome {
    if is_later(case) {
        return Outcome::Later;
    }
    let text = |key: &str| case[key].as_str().unwrap_or_default();
    let both = if case["kind"] == "same_set" {
        kinds(text("a")).and_then(|a| Ok((a, kinds(text("b"))?)))
    } else {
        kinds(text("filter")).and_then(|a| Ok((a, set(text("set"))?)))
    };
    match both {
        Err(why) => Outcome::Failed(why),
        Ok((a, b)) if a == b => Outcome::Passed,
        Ok((a, b)) => Outcome::Failed(format!(
            "{}{}: {} kinds, expected {}",
            text("filter"),
            text("a"),
            a.len(),
            b.len()
        )),
    }
}
