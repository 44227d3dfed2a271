//! `parser`, `ast_string`, `filter_escaping`: texts and trees.

use peregrine_filter::ast::{Expr, Operand, Right, quoted};
use peregrine_filter::{DEFAULT_DEPTH, parse};
use serde_json::Value as Json;

use super::{Outcome, compare, is_later};

fn text(json: &Json) -> String {
    if let Some([word, times]) = json["repeat"].as_array().map(Vec::as_slice) {
        let times = times.as_u64().and_then(|times| usize::try_from(times).ok()).unwrap_or(0);
        return word.as_str().unwrap_or_default().repeat(times);
    }
    json.as_str().unwrap_or_default().to_owned()
}

pub(crate) fn case(case: &Json) -> Outcome {
    if is_later(case) {
        return Outcome::Later;
    }
    let input = text(&case["input"]);
    let parsed = parse(&input, DEFAULT_DEPTH);
    match case["expect"].as_str().unwrap_or_default() {
        "reject" => match (parsed, case["message"].as_str()) {
            (Ok(tree), _) => Outcome::Failed(format!("{input:?} must not parse: {tree}")),
            (Err(error), Some(message)) if !error.to_string().contains(message) => {
                Outcome::Failed(format!("{input:?}: expected {message:?}, got {error}"))
            }
            (Err(_), _) => Outcome::Passed,
        },
        "accept" => accepted(case, &input),
        "as_string" => match parsed {
            Ok(tree) => {
                compare(&tree.to_string().as_str(), &case["output"].as_str().unwrap_or_default())
            }
            Err(error) => Outcome::Failed(format!("{input:?}: {error}")),
        },
        "ast" if case["ast"].is_null() => parsed.map_or_else(
            |error| Outcome::Failed(format!("{input:?}: {error}")),
            |_| Outcome::Passed,
        ),
        "ast" => match parsed {
            Ok(tree) => compare(&shape(&tree), &case["ast"]),
            Err(error) => Outcome::Failed(format!("{input:?}: {error}")),
        },
        "node_positions" => match parsed {
            Ok(tree) => {
                let mut out = String::new();
                places(&tree, &input, &mut out);
                compare(&out.as_str(), &case["output"].as_str().unwrap_or_default())
            }
            Err(error) => Outcome::Failed(format!("{input:?}: {error}")),
        },
        other => Outcome::Failed(format!("unknown expectation {other}")),
    }
}

fn accepted(case: &Json, input: &str) -> Outcome {
    let mut forms = vec![input.to_owned()];
    if case["whitespace_variants"] == true {
        for blank in [" ", "\n", "\t"] {
            forms.push(format!("{blank}{input}{blank}"));
            forms.push(input.replace(' ', blank));
        }
    }
    for form in forms {
        if let Err(error) = parse(&form, DEFAULT_DEPTH) {
            return Outcome::Failed(format!("{form:?}: {error}"));
        }
    }
    // The whole text is read, or it would not be accepted: that is where the parser ends.
    let end = case["end_pos"]["idx"].as_u64();
    match end {
        Some(end) if usize::try_from(end) != Ok(input.len()) => {
            Outcome::Failed(format!("ends at {}, expected {end}", input.len()))
        }
        _ => Outcome::Passed,
    }
}

/// A tree as the cases write it.
fn shape(tree: &Expr) -> Json {
    let all = |parts: &[Expr]| parts.iter().map(shape).collect::<Vec<_>>();
    match tree {
        Expr::And(parts, _) => serde_json::json!({"and": all(parts)}),
        Expr::Or(parts, _) => serde_json::json!({"or": all(parts)}),
        Expr::Not(inner, _) => serde_json::json!({"not": shape(inner)}),
        Expr::Macro(name, _) => serde_json::json!({"macro": name}),
        Expr::Check(check) => {
            let left = operand(&check.left);
            let op = check.op.name();
            let right = match &check.right {
                Right::Nothing => return serde_json::json!({"unary": op, "left": left}),
                Right::Value(word) => serde_json::json!({"value": word.text}),
                Right::List(words, _) => {
                    let words: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
                    serde_json::json!({"list": words})
                }
                Right::ListName(name, _) => serde_json::json!({"identifier": name}),
                Right::Operand(right) => operand(right),
            };
            serde_json::json!({"binary": op, "left": left, "right": right})
        }
    }
}

fn operand(operand_: &Operand) -> Json {
    match operand_ {
        Operand::Field { name, arg: None, .. } => serde_json::json!({"field": name}),
        Operand::Field { name, arg: Some(arg), .. } => {
            serde_json::json!({"field": name, "arg": arg})
        }
        Operand::Call { transformer, args, .. } => {
            let args: Vec<Json> = args.iter().map(operand).collect();
            serde_json::json!({"transformer": transformer.name(), "args": args})
        }
        Operand::Text(word) | Operand::Number(word) => serde_json::json!({"value": word.text}),
        Operand::List(items, _) => {
            serde_json::json!({"list": items.iter().map(operand).collect::<Vec<_>>()})
        }
    }
}

/// `<node>idx line col`, nodes before what they hold.
fn places(tree: &Expr, input: &str, out: &mut String) {
    match tree {
        Expr::And(parts, span) => {
            place("and", span.start, input, out);
            for part in parts {
                places(part, input, out);
            }
        }
        Expr::Or(parts, span) => {
            place("or", span.start, input, out);
            for part in parts {
                places(part, input, out);
            }
        }
        Expr::Not(inner, span) => {
            place("not", span.start, input, out);
            places(inner, input, out);
        }
        Expr::Macro(_, span) => place("identifier", span.start, input, out),
        Expr::Check(check) => {
            let unary = matches!(check.right, Right::Nothing);
            place(if unary { "unary" } else { "binary" }, check.span.start, input, out);
            operand_places(&check.left, input, out);
            match &check.right {
                Right::Nothing => {}
                Right::Value(word) => place("value", word.span.start, input, out),
                Right::List(_, span) => place("list", span.start, input, out),
                Right::ListName(_, span) => place("identifier", span.start, input, out),
                Right::Operand(right) => operand_places(right, input, out),
            }
        }
    }
}

fn operand_places(operand: &Operand, input: &str, out: &mut String) {
    match operand {
        Operand::Field { span, .. } => place("field", span.start, input, out),
        Operand::Call { args, span, .. } => {
            place("transformer", span.start, input, out);
            for arg in args {
                operand_places(arg, input, out);
            }
        }
        Operand::Text(word) | Operand::Number(word) => place("value", word.span.start, input, out),
        Operand::List(items, span) => {
            place("list", span.start, input, out);
            for item in items {
                operand_places(item, input, out);
            }
        }
    }
}

fn place(node: &str, offset: usize, input: &str, out: &mut String) {
    use std::fmt::Write as _;
    let before = input.get(..offset).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    let column = before.len() - before.rfind('\n').map_or(0, |at| at + 1) + 1;
    let _ = write!(out, "{node}{offset} {line} {column}");
}

pub(crate) fn ast_string(case: &Json) -> Outcome {
    if is_later(case) {
        return Outcome::Later;
    }
    let input = text(&case["input"]);
    let tree = match parse(&input, DEFAULT_DEPTH) {
        Ok(tree) => tree,
        Err(error) => return Outcome::Failed(format!("{input:?}: {error}")),
    };
    let written = tree.to_string();
    if case["kind"] == "unidirectional" {
        return compare(&written.as_str(), &case["output"].as_str().unwrap_or_default());
    }
    match parse(&written, DEFAULT_DEPTH) {
        Ok(again) => compare(&shape(&again), &shape(&tree)),
        Err(error) => Outcome::Failed(format!("{written:?}: {error}")),
    }
}

pub(crate) fn escaping(case: &Json) -> Outcome {
    if is_later(case) {
        return Outcome::Later;
    }
    let input = text(&case["input"]);
    // What stands in quotes is read as the right side of a comparison.
    let read = |text: &str| match parse(&format!("a.b = {text}"), DEFAULT_DEPTH) {
        Ok(Expr::Check(ref check)) => match check.right.clone() {
            Right::Value(word) => Ok(word.text),
            other => Err(format!("{other:?}")),
        },
        Ok(other) => Err(other.to_string()),
        Err(error) => Err(error.to_string()),
    };
    match case["kind"].as_str().unwrap_or_default() {
        "escape" => compare(&quoted(&input).as_str(), &case["output"].as_str().unwrap_or_default()),
        "roundtrip" => compare(&read(&quoted(&input)), &Ok(input)),
        "unescape" => compare(&read(&input), &Ok(text(&case["output"]))),
        "unescape_error" => match read(&input) {
            Ok(text) => Outcome::Failed(format!("{input:?} must be refused, is {text:?}")),
            Err(_) => Outcome::Passed,
        },
        other => Outcome::Failed(format!("unknown kind {other}")),
    }
}
