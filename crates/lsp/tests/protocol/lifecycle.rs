//! Beginning, end, and messages that are wrong.

use std::fmt::Write as _;

use peregrine_lsp::Settings;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::client::{Client, Folder, settings};

#[test]
fn it_ends_as_the_protocol_says() {
    let settings = Settings::default();
    assert!(Client::ready(&settings, &json!({})).end());
    assert!(!Client::ready(&settings, &json!({})).leave());
    let client = Client::ready(&settings, &json!({}));
    client.tell("exit", Value::Null);
    assert!(!client.leave());
}

#[test]
fn requests_at_the_wrong_time_have_errors() {
    let mut client = Client::fresh(&Settings::default());
    let code = |answer: Result<Value, (i32, String)>| answer.unwrap_err().0;
    assert_eq!(code(client.ask("textDocument/hover", json!({}))), -32002);
    // What cannot be read begins nothing.
    assert_eq!(code(client.ask("initialize", json!({"capabilities": 7}))), -32602);
    let wrong = json!({"capabilities": {}, "initializationOptions": {"rules": 7}});
    assert_eq!(code(client.ask("initialize", wrong)), -32602);
    client.ask("initialize", json!({"capabilities": {}})).unwrap();
    assert_eq!(code(client.ask("initialize", json!({"capabilities": {}}))), -32600);
    assert_eq!(code(client.ask("no/such", json!({}))), -32601);
    assert_eq!(code(client.ask("textDocument/hover", json!({}))), -32602);
    client.ask("shutdown", Value::Null).unwrap();
    assert_eq!(code(client.ask("textDocument/hover", json!({}))), -32600);
    client.tell("exit", Value::Null);
}

#[test]
fn columns_are_in_bytes_where_the_client_offers_that() {
    let check = |offered: Value, expected: &str, character: u64| {
        let folder = Folder::new();
        let mut client = Client::fresh(&settings(&folder));
        let capabilities = json!({"general": {"positionEncodings": offered}});
        let answer = client.ask("initialize", json!({ "capabilities": capabilities })).unwrap();
        assert_eq!(answer["capabilities"]["positionEncoding"], expected);
        let text = "- list: l\n  items: [\"\u{1f600}\", shells]\n- rule: r\n  desc: \"\u{1f600}\u{e9}\" \n  nosuch: 1\n  condition: evt.type = open and proc.name in (l) # \n  output: \"\u{1f600}%nosuch.field\"\n  priority: INFO\n";
        let uri = folder.write("a.yaml", text);
        client.open(&uri, text);
        let found = client.diagnostics(&uri);
        let of_output = found.iter().find(|one| one["code"] == "LOAD_ERR_COMPILE_OUTPUT").unwrap();
        assert_eq!(of_output["range"]["start"]["character"], character, "{of_output}");
        assert!(client.end());
    };
    check(json!(["utf-16"]), "utf-16", 14);
    check(json!(["utf-8", "utf-16"]), "utf-8", 16);
}

#[test]
fn messages_that_say_nonsense_change_nothing() {
    let folder = Folder::new();
    let mut client = Client::ready(&settings(&folder), &json!({}));
    let text = "- macro: m\n  condition: evt.type = opne\n";
    let uri = folder.write("a.yaml", text);
    client.tell("textDocument/didOpen", json!({"nonsense": true}));
    client.tell("textDocument/didChange", json!([]));
    client
        .tell("textDocument/didClose", json!({"textDocument": {"uri": "file:///never/open.yaml"}}));
    client.change("file:///never/open.yaml", &json!({"text": "x"}));
    client.tell("$/cancelRequest", json!({"id": 12345}));
    client.tell("no/such", Value::Null);
    client.open("untitled:Untitled-1", "- macro: x\n");
    client.open(&uri, text);
    assert!(!client.diagnostics(&uri).is_empty());
    // Ranges that are nowhere.
    let range = |from: (u32, u32), to: (u32, u32)| json!({"start": {"line": from.0, "character": from.1}, "end": {"line": to.0, "character": to.1}});
    client.change(&uri, &json!({"range": range((9, 9), (1, 1)), "text": "# end"}));
    client.change(&uri, &json!({"range": range((u32::MAX, 0), (0, u32::MAX)), "text": "\n"}));
    let at = json!({"textDocument": {"uri": uri}, "position": {"line": u32::MAX, "character": u32::MAX}});
    client.ask("textDocument/hover", at.clone()).unwrap();
    client.ask("textDocument/completion", at).unwrap();
    let nowhere = json!({"textDocument": {"uri": "file:///never/open.yaml"}, "position": {"line": 0, "character": 0}});
    assert_eq!(client.ask("textDocument/hover", nowhere).unwrap(), Value::Null);
    assert!(client.end());
}

#[test]
fn large_and_deep_documents_are_answered() {
    let folder = Folder::new();
    let mut client = Client::ready(&settings(&folder), &json!({}));
    let deep = format!(
        "- macro: m\n  condition: {}evt.type = open{}\n",
        "(".repeat(20_000),
        ")".repeat(20_000)
    );
    let nested = format!("- rule: {}\n", "[".repeat(20_000));
    let mut wide = String::new();
    for n in 0..1000 {
        let _ = writeln!(wide, "- macro: m{n}\n  condition: m{0} or m{0}", n + 1);
    }
    let large = format!("# {}\n- list: a\n", "x".repeat(17 << 20));
    for (name, text) in [("a", deep), ("b", nested), ("c", wide), ("d", large)] {
        let uri = folder.write(&format!("{name}.yaml"), "");
        client.open(&uri, &text);
        client.diagnostics(&uri);
        let at = json!({"textDocument": {"uri": uri}, "position": {"line": 0, "character": 10}});
        client.ask("textDocument/hover", at.clone()).unwrap();
        client.ask("textDocument/completion", at).unwrap();
        client.ask("textDocument/documentSymbol", json!({"textDocument": {"uri": uri}})).unwrap();
        client.tell("textDocument/didClose", json!({"textDocument": {"uri": uri}}));
        std::fs::remove_file(folder.path().join(format!("{name}.yaml"))).unwrap();
    }
    assert!(client.end());
}

const PIECES: [&str; 22] = [
    "- rule: ",
    "- macro: ",
    "- list: ",
    "\n",
    "\n  ",
    "\n    ",
    "condition: ",
    "condition: >",
    "output: ",
    "exceptions:",
    "- name: ",
    "values: [",
    "evt.type = ",
    "proc.name in (",
    "a",
    " and ",
    "\"",
    "'",
    "]",
    "%",
    "\u{1f600}",
    "&x *x",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn no_text_ends_the_server(
        pieces in prop::collection::vec(prop::sample::select(&PIECES[..]), 0..40),
        line in 0_u32..10,
        character in 0_u32..30,
    ) {
        let folder = Folder::new();
        let mut client = Client::ready(&settings(&folder), &json!({}));
        let uri = folder.write("a.yaml", "- macro: a\n  condition: a\n");
        client.open(&uri, "- macro: a\n  condition: a\n");
        let here = json!({"line": line, "character": character});
        client.change(&uri, &json!({"range": {"start": here, "end": here}, "text": pieces.concat()}));
        let document = json!({ "uri": uri });
        let at = json!({"textDocument": document, "position": here, "newName": "b"});
        for method in ["hover", "completion", "definition", "prepareRename"] {
            let answer = client.ask(&format!("textDocument/{method}"), at.clone());
            prop_assert!(answer.is_ok(), "{} {:?}", method, answer);
        }
        let mut of_references = at.clone();
        of_references["context"] = json!({"includeDeclaration": true});
        client.ask("textDocument/references", of_references).unwrap();
        // These may be refused.
        let _ = client.ask("textDocument/rename", at);
        let _ = client.ask("textDocument/formatting", json!({"textDocument": document, "options": {"tabSize": 2, "insertSpaces": true}}));
        client.ask("textDocument/documentSymbol", json!({ "textDocument": document })).unwrap();
        let all = json!({"start": {"line": 0, "character": 0}, "end": {"line": 99, "character": 0}});
        client.ask("textDocument/codeAction", json!({"textDocument": document, "range": all, "context": {"diagnostics": []}})).unwrap();
        prop_assert!(client.end());
    }
}
