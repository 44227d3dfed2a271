//! Completion, hover, places of names, rename, symbols, formatting.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::client::{Client, Folder, edited, marked, settings};

/// Asks about the mark of a document beside one other file, `0.yaml`.
fn ask(method: &str, text: &str, more: &Value) -> (Result<Value, (i32, String)>, Folder) {
    let other =
        "- list: names\n  items: [a, shells]\n- macro: other\n  condition: evt.type = close\n";
    let folder = Folder::new();
    folder.write("0.yaml", other);
    let mut client = Client::ready(&settings(&folder), &json!({}));
    let (text, position) = marked(text);
    let uri = folder.write("a.yaml", &text);
    client.open(&uri, &text);
    let mut params = json!({"textDocument": {"uri": uri}, "position": position});
    for (key, value) in more.as_object().unwrap() {
        params[key] = value.clone();
    }
    let answer = client.ask(method, params);
    assert!(client.end());
    (answer, folder)
}

/// Where locations are: file, line, column.
fn places(answer: &Value, folder: &Folder) -> Vec<String> {
    let root = format!("file://{}/", folder.path().display());
    let place = |one: &Value| {
        let start = &one["range"]["start"];
        let file = one["uri"].as_str().unwrap().replace(&root, "");
        format!("{file} {}:{}", start["line"], start["character"])
    };
    answer.as_array().map(|all| all.iter().map(place).collect()).unwrap_or_default()
}

#[test]
fn completion_offers_what_may_stand_there() {
    // What is offered must have all of `with`, and nothing of `without`.
    let check = |text: &str, with: &[&str], without: &[&str]| {
        let (answer, _folder) = ask("textDocument/completion", text, &json!({}));
        let answer = answer.unwrap();
        let labels: Vec<&str> =
            answer.as_array().unwrap().iter().map(|one| one["label"].as_str().unwrap()).collect();
        for label in with {
            assert!(labels.contains(label), "{text}: no {label} in {labels:?}");
        }
        for label in without {
            assert!(!labels.contains(label), "{text}: {label} in {labels:?}");
        }
    };
    let macro_of = |condition: &str| format!("- macro: m\n  condition: {condition}");
    let check_condition = |condition: &str, with: &[&str], without: &[&str]| {
        check(&macro_of(condition), with, without);
        check(&format!("- macro: m\n  condition: >\n    {condition}\n- list: l\n"), with, without);
    };
    check_condition(
        "|",
        &["proc.name", "other", "shipped_open", "tolower", "not"],
        &["names", "=", "%"],
    );
    check_condition("proc.na|", &["proc.name"], &["and"]);
    check_condition("other |", &["and", "or"], &["proc.name", "="]);
    check_condition("other and not (|", &["proc.name", "shipped_open"], &["and"]);
    check_condition(
        "proc.name |",
        &["=", "in", "startswith", "pmatch", "exists"],
        &["bcontains", "and"],
    );
    check_condition("proc.pid |", &["=", "<", "in"], &["startswith", "contains"]);
    check_condition("len(proc.name) |", &["<"], &["startswith"]);
    check_condition("proc.args in|", &["in"], &[]);
    check_condition("evt.type = |", &["openat", "execve"], &["names", "proc.name"]);
    check_condition("evt.type in (open, |", &["openat", "names", "shells"], &["proc.name"]);
    check_condition("proc.name in (|", &["names", "shells"], &["openat", "other"]);
    check_condition("tolower(|", &["proc.name"], &["other"]);
    check_condition("evt.is_io_uring = |", &["true", "false"], &[]);
    check("|", &["rule", "macro", "list"], &["condition"]);
    check("- |", &["rule", "macro", "list"], &["condition"]);
    check(
        "- rule: r\n  |",
        &["condition", "output", "desc", "priority", "exceptions"],
        &["rule", "items", "macro"],
    );
    check("- rule: r\n  desc: d\n  |\n  output: o\n", &["condition"], &["output", "desc"]);
    check("- list: l\n  |", &["items"], &["condition", "output"]);
    check("- rule: r\n  priority: |", &["WARNING", "INFORMATIONAL"], &["proc.name"]);
    check("- rule: r\n  tags: [|", &["shipped_tag"], &[]);
    check("- rule: r\n  tags:\n    - ship|", &["shipped_tag"], &[]);
    check("- list: l\n  items: [x, |", &["names", "shells"], &["other"]);
    check("- rule: Ship|", &["Shipped rule"], &[]);
    check("- rule: r\n  output: a %|", &["proc.name", "evt.time"], &["and"]);
    check("- rule: r\n  output: a |", &[], &["proc.name"]);
    check("- rule: r\n  override:\n    |", &["condition", "tags"], &["rule"]);
    check("- rule: r\n  override:\n    condition: |", &["append", "replace"], &[]);
    check("- rule: r\n  exceptions:\n  - |", &["name", "fields", "comps", "values"], &[]);
    check("- rule: r\n  exceptions:\n  - name: e\n    fields: [proc.|", &["proc.name"], &["other"]);
    check("- rule: r\n  enabled: |", &["true", "false"], &[]);
    check("# |", &[], &["rule"]);
    // Also where the rest of the file is no YAML.
    check("- rule: [\n- macro: m\n  condition: oth|\n", &["other"], &[]);
}

#[test]
fn completion_says_what_fields_are_and_replaces_the_word() {
    let text = "- macro: m\n  condition: other and proc.na|";
    let (answer, _folder) = ask("textDocument/completion", text, &json!({}));
    let answer = answer.unwrap();
    let found = answer.as_array().unwrap().iter().find(|one| one["label"] == "proc.name").unwrap();
    assert_eq!(found["detail"], "CHARBUF");
    assert!(found["documentation"]["value"].as_str().unwrap().contains("operators: "), "{found}");
    let plain = marked(text).0;
    let edited = edited(&plain, &json!([found["textEdit"]]));
    assert_eq!(edited, "- macro: m\n  condition: other and proc.name");
}

#[test]
fn hover_says_what_words_are() {
    let check = |text: &str, expected: &[&str]| {
        let (answer, _folder) = ask("textDocument/hover", text, &json!({}));
        let answer = answer.unwrap();
        let words = answer["contents"]["value"].as_str().unwrap_or_default();
        for part in expected {
            assert!(words.contains(part), "{text}: no {part:?} in {words:?}");
        }
        assert_eq!(words.is_empty(), expected.is_empty(), "{text}: {words}");
    };
    let with = |condition: &str| format!("- macro: m\n  condition: {condition}\n");
    check(
        &with("proc.na|me = x"),
        &[
            "**proc.name** field: CHARBUF",
            "Name of the program",
            "`startswith`",
            "\n```\nproc.name = bash\n```",
            "since Falco",
        ],
    );
    check(&with("proc.an|ame[2] = x"), &["**proc.aname[...]** field"]);
    check(&with("evt.type = op|en"), &["**open** event", "`flags`"]);
    check(
        &with("oth|er"),
        &["**other** macro", "- macro: other\n  condition: evt.type = close", "evt.type = close"],
    );
    check(&with("proc.name in (na|mes)"), &["**names** list", "3 values: a, bash, sh"]);
    check(&with("proc.name start|swith x"), &["**startswith** operator"]);
    check(&with("tol|ower(proc.name) = x"), &["**tolower** transformer"]);
    check(&with("evt.type = open|"), &["**open** event"]);
    check("- macro: m\n  condi|tion: other\n", &["**condition**: "]);
    check(
        "- macro: |m\n  condition: other and proc.name in (names)\n",
        &[
            "**m** macro",
            "with macros and lists put in:\n```\nevt.type = close and proc.name in (a, bash, sh)\n```",
        ],
    );
    check("- rule: r\n  output: a %proc.p|id\n", &["**proc.pid** field"]);
    check("- macro: m\n  condition: proc.name = \"na|mes\"\n", &[]);
    check("- macro: m\n|\n  condition: other\n", &[]);
    // A macro that is part of itself, or grows without end.
    check("- macro: m|\n  condition: m and other\n", &["**m** macro"]);
    let mut bomb = "- macro: a0\n  condition: proc.name = x\n".to_owned();
    for n in 1..40 {
        let _ = writeln!(bomb, "- macro: a{n}\n  condition: a{0} and a{0}", n - 1);
    }
    check(&format!("{bomb}- macro: m\n  condition: a39|\n"), &["**a39** macro"]);
}

#[test]
fn definitions_are_found() {
    let check = |text: &str, expected: &[&str]| {
        let (answer, folder) = ask("textDocument/definition", text, &json!({}));
        assert_eq!(places(&answer.unwrap(), &folder), expected, "{text}");
    };
    check("- macro: m\n  condition: oth|er\n", &["0.yaml 2:9"]);
    check("- macro: m\n  condition: >\n    proc.name in (x,\n    na|mes)\n", &["0.yaml 0:8"]);
    check("- list: l\n  items: [x, na|mes]\n", &["0.yaml 0:8"]);
    check("- macro: m\n  condition: ship|ped_open\n", &["copies/words.yaml 3:9"]);
    check("- rule: r\n  desc: d\n- rule: |r\n  enabled: false\n", &["a.yaml 0:8", "a.yaml 2:8"]);
    // Its own, where there is one of that name among the shipped ones.
    check(
        "- list: shells\n  items: [x]\n- macro: m\n  condition: proc.name in (sh|ells)\n",
        &["a.yaml 0:8"],
    );
    check(
        "- rule: r\n  exceptions:\n  - name: e\n    fields: proc.name\n    comps: in\n    values: [names, sh|ells]\n",
        &["copies/words.yaml 0:8"],
    );
    check("- macro: m\n  condition: proc.name = 'na|mes'\n", &[]);
    check("- macro: m\n  condition: nos|uch\n", &[]);
}

#[test]
fn a_shipped_file_that_is_open_is_read_only_and_has_no_diagnostics() {
    let (answer, folder) =
        ask("textDocument/definition", "- macro: m\n  condition: ship|ped_open\n", &json!({}));
    let uri = answer.unwrap()[0]["uri"].as_str().unwrap().to_owned();
    let path = folder.path().join("copies/words.yaml");
    assert!(std::fs::metadata(&path).unwrap().permissions().readonly());
    let text = std::fs::read_to_string(&path).unwrap();
    let mut client = Client::ready(&settings(&folder), &json!({}));
    client.open(&uri, &text);
    let at = json!({"textDocument": {"uri": uri}, "position": {"line": 0, "character": 8}});
    let mut params = at.clone();
    params["context"] = json!({"includeDeclaration": false});
    let found = client.ask("textDocument/references", params).unwrap();
    assert_eq!(places(&found, &folder), ["copies/some.yaml 2:44"]);
    let mut params = at;
    params["newName"] = json!("x");
    let refused = client.ask("textDocument/rename", params).unwrap_err();
    assert_eq!(refused.1, "the list 'shells' is one of the shipped ones");
    assert!(client.end());
}

#[test]
fn references_are_found_in_all_files() {
    let check = |text: &str, declaration: bool, expected: &[&str]| {
        let context = json!({"context": {"includeDeclaration": declaration}});
        let (answer, folder) = ask("textDocument/references", text, &context);
        assert_eq!(places(&answer.unwrap(), &folder), expected, "{text}");
    };
    let text = "- rule: r\n  condition: other and proc.name in (names)\n  exceptions:\n  - name: e\n    fields: proc.name\n    comps: in\n    values: [na|mes]\n- list: names\n  items: [x]\n  append: true\n";
    let uses = ["a.yaml 1:37", "a.yaml 6:13", "a.yaml 7:8"];
    check(text, false, &uses);
    check(text, true, &[&["0.yaml 0:8"][..], &uses].concat());
    check(
        "- macro: m\n  condition: oth|er or (not other)\n",
        true,
        &["0.yaml 2:9", "a.yaml 1:13", "a.yaml 1:27"],
    );
    check(
        "- rule: |r\n  desc: d\n- rule: r\n  enabled: false\n",
        true,
        &["a.yaml 0:8", "a.yaml 2:8"],
    );
}

#[test]
fn rename_changes_every_place() {
    let check = |text: &str, new: &str, expected: Result<&str, &str>| {
        let (answer, folder) = ask("textDocument/rename", text, &json!({"newName": new}));
        let uri = format!("file://{}/a.yaml", folder.path().display());
        let renamed = answer
            .as_ref()
            .map(|answer| edited(&marked(text).0, &answer["changes"][&uri]))
            .map_err(|(_, why)| why.replace(&format!("{}/", folder.path().display()), ""));
        assert_eq!(renamed.as_deref().map_err(String::as_str), expected, "{text}");
        // The other file defines both names.
        if let Ok(answer) = answer
            && text.contains("oth|er")
        {
            let other = format!("file://{}/0.yaml", folder.path().display());
            assert_eq!(answer["changes"][&other][0]["newText"], new);
        }
    };
    check(
        "- macro: m\n  condition: oth|er and (other)\n",
        "better",
        Ok("- macro: m\n  condition: better and (better)\n"),
    );
    check(
        "- macro: \"m\"\n  condition: other\n- macro: n\n  condition: >\n    not\n    |m\n",
        "k",
        Ok("- macro: \"k\"\n  condition: other\n- macro: n\n  condition: >\n    not\n    k\n"),
    );
    check(
        "- list: l|\n  items: []\n- macro: m\n  condition: proc.name in (l,\u{1f600}, 'l')\n",
        "k",
        Ok("- list: k\n  items: []\n- macro: m\n  condition: proc.name in (k,\u{1f600}, 'l')\n"),
    );
    check(
        "- rule: |r s\n  desc: d\n- rule: r s\n  enabled: false\n",
        "a: b",
        Ok("- rule: \"a: b\"\n  desc: d\n- rule: \"a: b\"\n  enabled: false\n"),
    );
    check(
        "- macro: m|\n  condition: other\n",
        "a b",
        Err("'a b' is no name of a macro: a letter, then letters, digits and _"),
    );
    check(
        "- list: l|\n  items: []\n",
        "a,b",
        Err("'a,b' is no name of a list: letters, digits, _, - and ."),
    );
    check("- macro: m|\n  condition: other\n", "other", Err("there is a macro 'other' already"));
    check("- macro: m|\n  condition: other\n", "names", Err("there is a list 'names' already"));
    check(
        "- macro: m\n  condition: ship|ped_open\n",
        "x",
        Err("the macro 'shipped_open' is one of the shipped ones"),
    );
    check(
        "- macro: shipped|_open\n  condition: or evt.type = creat\n  append: true\n",
        "x",
        Err("the macro 'shipped_open' is one of the shipped ones"),
    );
    // What an item is about that is no YAML nobody knows.
    let broken = "- list: ll\n  items: [l\n- rule: s\n  desc: [a\n  condition: proc.name in (l)\n";
    check(
        &format!("- list: l|\n  items: []\n{broken}"),
        "k",
        Err("a.yaml:4: 'l' is in an item that is no YAML: mend that first"),
    );
    check(
        &format!("- list: k|\n  items: []\n{broken}"),
        "m",
        Ok(&format!("- list: m\n  items: []\n{broken}")),
    );
    // In a condition nothing is put in quotes.
    check(
        "- list: l|\n  items: []\n- macro: m\n  condition: proc.name in (l)\n",
        "null",
        Ok("- list: \"null\"\n  items: []\n- macro: m\n  condition: proc.name in (null)\n"),
    );
    check(
        "- macro: m\n  condition: proc.na|me = x\n",
        "x",
        Err("there is no name of a list, macro or rule here"),
    );
    let (answer, _folder) =
        ask("textDocument/prepareRename", "- macro: m\n  condition: oth|er\n", &json!({}));
    let answer = answer.unwrap();
    assert_eq!(
        (&answer["placeholder"], &answer["range"]["start"]["character"]),
        (&json!("other"), &json!(13))
    );
}

#[test]
fn symbols_are_items_with_their_exceptions() {
    let text = "- list: l\n  items: []\n- rule: r|\n  output: d\n  exceptions:\n  - name: e\n    fields: proc.name\n- macro: m\n  condition: [\n";
    let (answer, _folder) = ask("textDocument/documentSymbol", text, &json!({}));
    let answer = answer.unwrap();
    let shown: Vec<String> = answer
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            let children = one["children"].as_array().map_or(0, Vec::len);
            format!(
                "{} {} {children} {}-{}",
                one["detail"].as_str().unwrap(),
                one["name"].as_str().unwrap(),
                one["range"]["start"]["line"],
                one["range"]["end"]["line"]
            )
        })
        .collect();
    assert_eq!(shown, ["list l 0 0-1", "rule r 1 2-6", "macro m 0 7-8"]);
}

#[test]
fn formatting_is_that_of_rules_fmt() {
    let check = |text: &str| {
        let options = json!({"options": {"tabSize": 2, "insertSpaces": true}});
        let (answer, _folder) = ask("textDocument/formatting", text, &options);
        let plain = marked(text).0;
        let got = edited(&plain, &answer.unwrap());
        assert_eq!(got, peregrine_rules::format(&plain).unwrap(), "{text}");
    };
    check("- list: a|\n  items: [b]   \n- macro: m\n  condition: evt.type   = open\n\n\n\n");
    check("- list: a|\n  items: [b]\n");
    check("\n\n# c|\n\n- list: \u{1f600}\n  items: [b]  \n\n- list: c\n  items: []\n");
    let options = json!({"options": {"tabSize": 2, "insertSpaces": true}});
    let (refused, _folder) = ask("textDocument/formatting", "- list: [|\n", &options);
    let (_, why) = refused.unwrap_err();
    assert!(why.contains("a.yaml:1:9: "), "{why}");
}
