//! Diagnostics: which, where, of which files; and what mends them.

use serde_json::{Value, json};

use crate::client::{Client, Folder, edited, settings};

/// Codes and places.
fn shown(found: &[Value]) -> Vec<String> {
    let place = |at: &Value| format!("{}:{}", at["line"], at["character"]);
    let one = |one: &Value| {
        let range = &one["range"];
        format!(
            "{} {}-{}",
            one["code"].as_str().unwrap(),
            place(&range["start"]),
            place(&range["end"])
        )
    };
    found.iter().map(one).collect()
}

#[test]
fn mistakes_have_codes_and_ranges() {
    let check = |text: &str, expected: &[&str]| {
        let folder = Folder::new();
        let mut client = Client::ready(&settings(&folder), &json!({}));
        let uri = folder.write("a.yaml", text);
        client.open(&uri, text);
        let found = client.diagnostics(&uri);
        assert_eq!(shown(&found), expected, "{text}: {found:#?}");
        assert!(found.iter().all(|one| one["source"] == "peregrine"));
        assert!(client.end());
    };
    let rule = |condition: &str| {
        format!("- rule: r\n  desc: d\n  condition: {condition}\n  output: o\n  priority: INFO\n")
    };
    check(&rule("evt.type = open"), &[]);
    // Of a shipped macro and list.
    check(&rule("shipped_open and proc.name in (shells)"), &[]);
    check(&rule("evt.type = opne"), &["LOAD_ERR_COMPILE_CONDITION 2:24-2:28"]);
    check(&rule("evt.type = open and nosuch"), &["LOAD_ERR_VALIDATE 2:33-2:39"]);
    check("- macro: m\n  condition: evt.type = open\n", &["LOAD_UNUSED_MACRO 0:2-0:10"]);
    check("- rule: [\n", &["LOAD_ERR_YAML_PARSE 0:8-0:9"]);
    // Behind what is no YAML the rest is looked at.
    check(
        "- list: a\n  items: [b\n- list: c\n  items: d\n",
        &["LOAD_ERR_YAML_PARSE 1:9-1:10", "LOAD_ERR_YAML_VALIDATE 3:9-3:10"],
    );
    // What is no rule file is none of our business.
    check_silent("rules_files: [a.yaml]\n");
    check_silent("apiVersion: v1\nkind: Pod\n");
    check_silent("");
}

#[test]
fn so_many_mistakes_are_sent_as_anybody_mends() {
    let folder = Folder::new();
    let mut client = Client::ready(&settings(&folder), &json!({}));
    let text = "- list: a\n".repeat(1500);
    let uri = folder.write("a.yaml", &text);
    client.open(&uri, &text);
    let found = client.diagnostics(&uri);
    assert_eq!(found.len(), 1000);
    assert_eq!(found[0]["range"]["start"]["line"], 0);
    assert!(client.end());
}

fn check_silent(text: &str) {
    let folder = Folder::new();
    let mut client = Client::ready(&settings(&folder), &json!({}));
    let (other, uri) = (folder.write("b.yaml", "- list: b\n"), folder.write("a.yaml", text));
    client.open(&uri, text);
    client.open(&other, "- list: b\n");
    // The other one is reported, this one is not.
    assert!(!client.diagnostics(&other).is_empty());
    client.change(&uri, &json!({"text": "- list: a\n"}));
    assert!(!client.diagnostics(&uri).is_empty(), "{text}");
    assert!(client.end());
}

#[test]
fn what_is_typed_counts_and_what_is_closed_is_taken_back() {
    let folder = Folder::new();
    let mut client = Client::ready(&settings(&folder), &json!({}));
    let text =
        "- rule: r\n  desc: d\n  condition: evt.type = open\n  output: o\n  priority: INFO\n";
    let uri = folder.write("a.yaml", text);
    client.open(&uri, text);
    assert_eq!(client.diagnostics(&uri), Vec::<Value>::new());
    let at = |line: u32, character: u32| json!({"line": line, "character": character});
    let insert = json!({"range": {"start": at(2, 28), "end": at(2, 28)}, "text": " and m"});
    client.change(&uri, &insert);
    assert_eq!(shown(&client.diagnostics(&uri)), ["LOAD_ERR_VALIDATE 2:33-2:34"]);
    // Another file of the folder defines it.
    let other = folder.write("0.yaml", "- macro: m\n  condition: proc.name = x\n");
    client.tell("workspace/didChangeWatchedFiles", json!({"changes": [{"uri": other, "type": 1}]}));
    assert_eq!(client.diagnostics(&uri), Vec::<Value>::new());
    client.tell("textDocument/didClose", json!({"textDocument": {"uri": uri}}));
    assert_eq!(client.diagnostics(&uri), Vec::<Value>::new());
    assert!(client.end());
}

#[test]
fn a_mistake_in_a_macro_names_the_rule_that_uses_it() {
    let folder = Folder::new();
    let mut client = Client::ready(&settings(&folder), &json!({}));
    let rule =
        "- rule: r\n  desc: d\n  condition: m and evt.type = open\n  output: o\n  priority: INFO\n";
    let text = "- macro: m\n  condition: proc.nosuch = x\n";
    let (first, second) = (folder.write("a.yaml", text), folder.write("b.yaml", rule));
    client.open(&first, text);
    let found = client.diagnostics(&first);
    assert_eq!(shown(&found), ["LOAD_ERR_COMPILE_CONDITION 1:13-1:24"]);
    let related = &found[0]["relatedInformation"][0];
    assert_eq!(related["location"]["uri"], second);
    assert_eq!(related["location"]["range"]["start"], json!({"line": 0, "character": 8}));
    assert_eq!(related["message"], "used by the rule 'r'");
    assert!(client.end());
}

#[test]
fn named_files_are_loaded_in_their_order_and_no_others() {
    let folder = Folder::new();
    let rule = "- macro: n\n  condition: m\n- rule: r\n  desc: d\n  condition: n and evt.type = open\n  output: o\n  priority: INFO\n";
    let one = folder.write("z.yaml", "- macro: m\n  condition: proc.name = x\n");
    let uri = folder.write("a.yaml", rule);
    folder.write("0.yaml", "nonsense: [");
    let check = |options: Value, expected: &[&str]| {
        let root = format!("file://{}", folder.path().display());
        let mut client = Client::ready(
            &settings(&folder),
            &json!({"initializationOptions": options, "rootUri": root}),
        );
        client.open(&uri, rule);
        assert_eq!(shown(&client.diagnostics(&uri)), expected, "{options}");
        assert!(client.end());
    };
    check(json!({"rules": ["z.yaml", "a.yaml"]}), &[]);
    check(json!({"rules": ["a.yaml", "z.yaml"]}), &["LOAD_ERR_VALIDATE 1:13-1:14"]);
    // A document that is none of them stands behind them.
    check(json!({"rules": ["z.yaml"]}), &[]);
    check(json!({"rules": ["shipped"]}), &["LOAD_ERR_VALIDATE 1:13-1:14"]);
    // By letters the macro stands behind the rule.
    check(json!({}), &["LOAD_ERR_VALIDATE 1:13-1:14"]);
    assert!(one.ends_with("z.yaml"));
}

#[test]
fn repairs_are_quick_fixes() {
    let check = |text: &str, line: u32, expected: &str| {
        let folder = Folder::new();
        let mut client = Client::ready(&settings(&folder), &json!({}));
        let uri = folder.write("a.yaml", text);
        client.open(&uri, text);
        let at = json!({"line": line, "character": 13});
        let params = json!({"textDocument": {"uri": uri}, "range": {"start": at, "end": at}, "context": {"diagnostics": []}});
        let actions = client.ask("textDocument/codeAction", params).unwrap();
        let fixed = actions.as_array().unwrap().iter().next().map_or(String::new(), |action| {
            assert_eq!(action["kind"], "quickfix");
            edited(text, &action["edit"]["changes"][&uri])
        });
        assert_eq!(fixed, expected, "{text}: {actions:#}");
        assert!(client.end());
    };
    let rule = |condition: &str, priority: &str| {
        format!(
            "- rule: \u{1f600}\n  desc: d\n  condition: {condition}\n  output: o\n  priority: {priority}\n"
        )
    };
    let good = rule("evt.type = open and proc.name = x", "INFO");
    check(
        &rule("evt.type == open && proc.name = x", "INFO"),
        2,
        &rule("evt.type == open and proc.name = x", "INFO"),
    );
    check(&rule("evt.type = open and proc.nmae = x", "INFO"), 9, "");
    check(&good, 2, "");
    check(&good.replace("INFO", "warn"), 4, &good.replace("INFO", "WARNING"));
    check(&good.replace("desc", "description"), 1, &good);
}
