//! What Falco loads and refuses, and what it says of it.

#![expect(clippy::unwrap_used, reason = "a failed test may panic")]

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use peregrine_rules::falco::{self, FileResult, json_of};
use peregrine_rules::{Diagnostic, Loaded, Options, SourceText, load};
use serde_json::Value as Json;

fn rule(condition: &str, output: &str) -> String {
    format!(
        "- rule: r\n  desc: d\n  condition: {condition}\n  output: {output}\n  priority: INFO\n  warn_evttypes: false\n"
    )
}

fn loaded(text: &str, as_falco: bool) -> Loaded {
    let sources = [SourceText { name: "f.yaml", text }];
    load(&sources, &Options { as_falco, ..Options::default() })
}

/// `CODE line:column`, and the message for people.
fn reported(loaded: &Loaded) -> Vec<(String, String)> {
    told_in(loaded, |reported| reported.kind.to_string())
}

/// The same in Falco's words.
fn falcos(loaded: &Loaded) -> Vec<(String, String)> {
    told_in(loaded, |reported| falco::message(reported, &[]))
}

fn told_in(loaded: &Loaded, words: impl Fn(&Diagnostic) -> String) -> Vec<(String, String)> {
    let one = |reported: &Diagnostic| {
        let place = reported.place;
        (format!("{} {}:{}", reported.code.name(), place.line, place.column), words(reported))
    };
    loaded.diagnostics.iter().map(one).collect()
}

/// Loads without a word, in both ways, and the condition is then this.
fn means(text: &str, condition: &str) {
    for as_falco in [false, true] {
        let loaded = loaded(text, as_falco);
        let got = loaded.rules.rules.first().map(|rule| rule.condition_compiled.clone());
        assert_eq!(got.as_deref(), Some(condition), "{text}\n{:?}", reported(&loaded));
        assert_eq!(reported(&loaded), [], "{text}");
    }
}

/// Falco refuses it with these words; Peregrine loads it.
fn only_ours(text: &str, words: &str) {
    let ours = loaded(text, false);
    assert!(!ours.failed(), "{text}\n{:?}", reported(&ours));
    let falcos = falcos(&loaded(text, true));
    assert_eq!(falcos.iter().map(|(_, said)| said.as_str()).collect::<Vec<_>>(), [words], "{text}");
}

#[test]
fn a_bare_word_is_a_list_of_one() {
    let check = |written: &str| means(&rule(written, "o"), written);
    check("proc.name in cat");
    check("fd.name pmatch etc");
    check("proc.name = oneof cat");
    check("proc.aname intersects cat");
}

#[test]
fn numbers_are_read_as_falco_reads_them() {
    let check = |condition: &str, note: Option<&str>| {
        let text = rule(condition, "o");
        let ours = reported(&loaded(&text, false));
        let notes: Vec<&str> = ours.iter().map(|(_, said)| said.as_str()).collect();
        assert_eq!(notes, note.into_iter().collect::<Vec<_>>(), "{condition}");
        assert!(ours.iter().all(|(at, _)| at.starts_with("LOAD_NUMBER 3:")), "{ours:?}");
        assert_eq!(falcos(&loaded(&text, true)), [], "{condition}");
    };
    check("fd.sport = 80", None);
    check("fd.sport = https", None);
    check("proc.pid = \" 7\"", None);
    check("fd.sport = 65536", Some("'65536' is read as 0: fd.sport has no other number"));
    check(
        "evt.count in (1, 4294967296)",
        Some("'4294967296' is read as 0: evt.count has no other number"),
    );
    check(
        "evt.num != -1",
        Some("'-1' is read as 18446744073709551615: evt.num has no other number"),
    );
    let refused = |condition: &str, words: &str| {
        let got = falcos(&loaded(&rule(condition, "o"), true));
        assert_eq!(got.len(), 1, "{condition}: {got:?}");
        assert_eq!(got[0].1, words, "{condition}");
    };
    refused("proc.pid = abc", "abc is not a valid number");
    refused("proc.pid = 0x10", "0x10 is not a valid number");
    refused("proc.pid = \"7 \"", "7  is not a valid number");
    refused("fd.sport = nosuch", "unrecognized protocol nosuch");
    refused("fd.sip = 1.2.3", "unrecognized IPv4 address 1.2.3");
    refused("fd.sip = abc", "unrecognized IPv6 address abc");
    refused("fd.snet = 10.0.0.0", "unrecognized IP network 10.0.0.0");
    refused("fd.snet = 10.0.0/8", "unrecognized IP address 10.0.0/8");
    refused("fd.snet = 10.0.0.0/33", "invalid netmask 33");
    refused("evt.failed = maybe", "filter error: unrecognized boolean value maybe");
}

#[test]
fn what_resolves_decides_where_a_token_ends() {
    let check = |output: &str, tokens: &[&str]| {
        for as_falco in [false, true] {
            let loaded = loaded(&rule("evt.type = open", &format!("\"{output}\"")), as_falco);
            assert_eq!(reported(&loaded), [], "{output}");
            let rule = &loaded.rules.rules[0];
            let got: Vec<&str> = rule.output.tokens().map(|token| token.text.as_str()).collect();
            assert_eq!(got, tokens, "{output}");
        }
    };
    check("start%proc.nameand", &["proc.name"]);
    check("%proc.name.x %fd.name_", &["proc.name", "fd.name"]);
    check("%proc.name[0]", &["proc.name"]);
    check("%proc.aname[1]x", &["proc.aname[1]"]);
    check("%proc.aname[x", &["proc.aname"]);
    check("%evt.arg.flagsx", &["evt.arg.flags"]);
    check("%toupper(proc.name)x", &["toupper(proc.name)"]);
    check("%12proc.name%proc.pid", &["proc.name", "proc.pid"]);
    let refused = |output: &str| {
        let got = falcos(&loaded(&rule("evt.type = open", &format!("\"{output}\"")), true));
        assert!(
            got[0].1.starts_with("unknown filter: unexpected token after '"),
            "{output} {got:?}"
        );
    };
    refused("100% of");
    refused("%nosuch.field");
    refused("%evt.arg.nosuch");
    refused("%len(proc.nme)");
}

#[test]
fn fields_of_conditions_load_in_outputs_and_the_other_way_round() {
    let check = |output: &str, tokens: usize| {
        for as_falco in [false, true] {
            let text = rule("evt.outputtime exists", &format!("\"{output}\""));
            let loaded = loaded(&text, as_falco);
            assert_eq!(reported(&loaded), [], "{output}");
            assert_eq!(loaded.rules.rules[0].output.tokens().count(), tokens, "{output}");
        }
    };
    check("%fd.ip %fd.port %fd.proto", 3);
    check("%fd.net %fd.cnet %fd.snet %fd.lnet %fd.rnet", 5);
    check("%evt.around[5]", 1);
}

#[test]
fn names_of_calls_are_looked_at_in_evt_type_only() {
    means(&rule("syscall.type = nosuch", "o"), "syscall.type = nosuch");
    let got = falcos(&loaded(&rule("evt.type = nosuch", "o"), true));
    assert_eq!(got[0].1, "unknown event type nosuch");
}

#[test]
fn an_empty_source_in_an_appended_rule_loads() {
    for source in ["source:", "source: ''", "source: syscall"] {
        for append in ["append: true", "override: {condition: append}"] {
            let base = rule("evt.type = open", "o");
            let text =
                format!("{base}- rule: r\n  condition: and evt.num > 1\n  {source}\n  {append}\n");
            let loaded = loaded(&text, false);
            assert!(!loaded.failed(), "{source}, {append}: {:?}", reported(&loaded));
            assert_eq!(
                loaded.rules.rules[0].condition_compiled,
                "(evt.type = open and evt.num > 1)"
            );
        }
    }
}

#[test]
fn container_info_is_removed_with_a_warning() {
    let text = rule("evt.type = open", "\"a %container.info b\"");
    for as_falco in [false, true] {
        let loaded = loaded(&text, as_falco);
        assert_eq!(loaded.rules.rules[0].output_compiled, "a  b");
        let got = reported(&loaded);
        assert_eq!(got.len(), 1, "{got:?}");
        assert!(got[0].0.starts_with("LOAD_DEPRECATED_ITEM 4:"), "{got:?}");
        assert!(got[0].1.starts_with("%container.info is deprecated"), "{got:?}");
    }
}

#[test]
fn the_first_of_two_keys_wins() {
    let text = format!("{}  desc: again\n", rule("evt.type = open", "o"));
    let ours = loaded(&text, false);
    assert_eq!(ours.rules.rules[0].description, "d");
    let warning = (
        "LOAD_DUPLICATE_KEY 7:3".to_owned(),
        "Key 'desc' is written twice: its first value counts.".to_owned(),
    );
    assert_eq!(reported(&ours), [warning]);
    assert_eq!(falcos(&loaded(&text, true)), []);
}

#[test]
fn macros_that_double_end_in_one_error() {
    let mut text = "- macro: m0\n  condition: evt.type = open\n".to_owned();
    for n in 1..=40 {
        let _ = write!(text, "- macro: m{n}\n  condition: (m{0} or m{0})\n", n - 1);
    }
    text.push_str(&rule("m40 or m39", "o"));
    for as_falco in [false, true] {
        let begin = Instant::now();
        let got = reported(&loaded(&text, as_falco));
        assert_eq!(got.len(), 1, "{got:?}");
        assert!(got[0].0.starts_with("LOAD_ERR_VALIDATE 36:"), "{got:?}");
        assert!(got[0].1.contains("more than 65536 comparisons"), "{got:?}");
        assert!(begin.elapsed() < Duration::from_secs(20), "{:?}", begin.elapsed());
    }
    // Half a million is too many, some thousands are not.
    let fine = text.replace("m40 or m39", "m12").split("- macro: m13").next().unwrap().to_owned()
        + &rule("m12", "o");
    let fine = loaded(&fine, false);
    assert!(!fine.failed(), "{:?}", reported(&fine));
}

#[test]
fn parentheses_may_be_deep() {
    let deep =
        |levels: usize| format!("{}evt.type = open{}", "(".repeat(levels), ")".repeat(levels));
    means(&rule(&deep(5000), "o"), "evt.type = open");
    let chain = |levels: usize| {
        format!("{}evt.num > 1{}", "(evt.type = open and ".repeat(levels), ")".repeat(levels))
    };
    for as_falco in [false, true] {
        assert!(!loaded(&rule(&chain(5000), "o"), as_falco).failed());
    }
    let got = reported(&loaded(&rule(&deep(20_000), "o"), false));
    assert_eq!(got.len(), 1);
    assert!(got[0].1.starts_with("exceeded max depth limit"), "{got:?}");
}

#[test]
fn what_only_peregrine_takes_falco_refuses() {
    let condition = |written: &str, words: &str| only_ours(&rule(written, "o"), words);
    let class = r"invalid regex pattern: invalid escape sequence: \d";
    condition(r"proc.name regex '\\d+'", class);
    condition(r#"proc.name regex "[a\\d]""#, class);
    condition(
        "proc.name regex '(?i)cat'",
        "invalid regex pattern: no argument for repetition operator: ?",
    );
    condition("evt.arg[flags] contains x", "flags is not a valid number");
    condition("evt.type glob open*", "unknown event type open*");
    condition("evt.type startswith re", "unknown event type re");
    condition("proc.args[x] = y", "filter_check called with nonexistent field proc.args[x]");
    condition("evt.type.is[open] = 1", "filter syntax error: evt.type.is[open]");
    condition("evt.failed = 1", "filter error: unrecognized boolean value 1");
    let merged = format!(
        "- &a\n{}- <<: *a\n  rule: s\n",
        rule("evt.type = open", "o").replace("- rule", "  rule")
    );
    only_ours(&merged, "Item has no mapping for key 'enabled'");
    let quotes = format!(
        "{}  exceptions:\n  - name: e\n    fields: [proc.name]\n    values:\n    - ['a\"b']\n",
        rule("evt.type = open", "o")
    );
    assert!(!loaded(&quotes, false).failed());
    assert!(loaded(&quotes, true).failed());
}

/// Kind, name, line and column of each place, and the message.
fn places(reported: &Json) -> (Vec<String>, String) {
    let one = |place: &Json| {
        let (text, at) = (|key: &str| place[key].as_str().unwrap().to_owned(), &place["position"]);
        format!("{} '{}' {}:{}", text("item_type"), text("item_name"), at["line"], at["column"])
    };
    let list = reported["context"]["locations"].as_array().unwrap();
    (list.iter().skip(1).map(one).collect(), reported["message"].as_str().unwrap().to_owned())
}

#[test]
fn mistakes_have_falcos_places_and_words() {
    let base = rule("evt.type = open", "o");
    let check = |text: &str, expected: &[&str], message: &str| {
        let sources = [SourceText { name: "f.yaml", text }];
        let options = Options { as_falco: true, ..Options::default() };
        let loaded = load(&sources, &options);
        let diagnostics =
            loaded.diagnostics.iter().filter(|reported| reported.is_error()).collect();
        let result = FileResult { name: "f.yaml", diagnostics, schema: None, sources: &sources };
        let json = json_of(&result);
        let errors = json["errors"].as_array().unwrap();
        assert_eq!(errors.len(), 1, "{text}\n{errors:?}");
        let (places, said) = places(&errors[0]);
        assert_eq!(
            (places.as_slice(), said.as_str()),
            (expected.map_strings().as_slice(), message),
            "{text}"
        );
    };
    check(
        "- x\n",
        &["rules content item '' 0:2"],
        "Unexpected element type. Each element should be a yaml associative array.",
    );
    check(
        "- list: l\n  items: a\n",
        &["list 'l' 0:2", "value for 'items' 1:9"],
        "Value is not a sequence",
    );
    check(
        "- list: l\n  items: [a, [b]]\n",
        &["list 'l' 0:2", "value for 'items' 1:9", "list item '' 1:13"],
        "sequence value is not scalar",
    );
    check(
        &base.replace("INFO", "LOUD"),
        &["rule 'r' 0:2", "rule priority '' 4:12"],
        "Invalid priority",
    );
    check(
        &base.replace("false", "maybe"),
        &["rule 'r' 0:2", "value for 'warn_evttypes' 5:17"],
        "Can't decode YAML scalar value",
    );
    check(
        &base.replace("output: o", "output: '%no.such'"),
        &["rule 'r' 0:2", "rule output '' 3:10"],
        "unknown filter: unexpected token after '",
    );
    // The output is looked at before the condition, and of a condition the first fault is told.
    check(
        &base.replace("output: o", "output: '%no.such'").replace("evt.type", "no.field"),
        &["rule 'r' 0:2", "rule output '' 3:10"],
        "unknown filter: unexpected token after '",
    );
    check(
        &base.replace("evt.type = open", "no.one = 1 and no.two = 2"),
        &["rule 'r' 0:2", "rule condition '' 2:13", "condition expression '' 3:14"],
        "filter_check called with nonexistent field no.one",
    );
    check(
        "- macro: m\n  condition: evt.type = \n",
        &["macro 'm' 0:2", "macro condition '' 1:13", "condition expression '' 2:24"],
        "expected a string value or a field with a valid transformer: 'val', 'tolower', 'toupper', 'b64', 'basename', 'len', 'join', 'concat', 'getopt'",
    );
    let over = |more: &str| format!("{base}- rule: r\n{more}");
    check(
        &over("  desc: x\n  override: {desc: turn}\n"),
        &["rule 'r' 6:2", "overrides '' 6:2", "value for 'desc' 8:19"],
        "Invalid override operation for key 'desc': 'turn'. Allowed values are: append replace ",
    );
    check(
        &over("  priority: INFO\n  override: {priority: append}\n"),
        &["rule 'r' 6:2", "overrides '' 6:2", "overrides 'priority' 8:13"],
        "Key 'priority' cannot be appended to, use 'replace' instead",
    );
    check(
        &over("  desc: x\n  tags: [a]\n  override: {desc: replace}\n"),
        &["rule 'r' 6:2", "overrides 'tags' 8:8"],
        "Unexpected key 'tags': no corresponding entry under 'override' is defined.",
    );
    check(
        &over("  override: {desc: replace}\n"),
        &["rule 'r' 6:2"],
        "An replace override for 'desc' was specified but 'desc' is not defined",
    );
    let plugins = |entry: &str| format!("- required_plugin_versions:\n{entry}");
    check(
        &plugins("  - x\n"),
        &["required plugin versions '' 1:2", "required plugin versions entry '' 1:4"],
        "Plugin version must be a mapping",
    );
    check(
        &plugins("  - name: a\n    version: b\n"),
        &["required plugin versions '' 1:2", "required plugin versions entry 'a' 1:4"],
        "Invalid required version 'b' for plugin 'a'",
    );
}

/// Texts as a comparison wants them.
trait Strings {
    fn map_strings(&self) -> Vec<String>;
}

impl Strings for &[&str] {
    fn map_strings(&self) -> Vec<String> {
        self.iter().map(|text| (*text).to_owned()).collect()
    }
}

#[test]
fn mistakes_of_exceptions_have_falcos_places_and_words() {
    let check = |exceptions: &str, expected: &[&str], message: &str| {
        let text = format!("{}  exceptions:{exceptions}", rule("evt.type = open", "o"));
        let sources = [SourceText { name: "f.yaml", text: &text }];
        let options = Options { as_falco: true, ..Options::default() };
        let loaded = load(&sources, &options);
        let diagnostics =
            loaded.diagnostics.iter().filter(|reported| reported.is_error()).collect();
        let result = FileResult { name: "f.yaml", diagnostics, schema: None, sources: &sources };
        let json = json_of(&result);
        let (places, said) = places(&json["errors"][0]);
        assert_eq!(places[0], "rule 'r' 0:2", "{text}");
        assert_eq!(
            (&places[1..], said.as_str()),
            (expected.map_strings().as_slice(), message),
            "{text}"
        );
    };
    let own = "exception 'e' 7:4";
    check(" x\n", &["exceptions '' 6:14"], "Rule exceptions must be a sequence");
    check(
        "\n  - x\n",
        &["exceptions '' 7:2", "exception '' 7:4"],
        "Rule exception must be a mapping",
    );
    check(
        "\n  - fields: a\n",
        &["exceptions '' 7:2", "exception '' 7:4"],
        "Item has no mapping for key 'name'",
    );
    check("\n  - name: e\n", &[own], "Item has no mapping for key 'fields'");
    check(
        "\n  - name: e\n    fields: []\n",
        &[own],
        "Rule exception item must have fields property with a list of fields",
    );
    check(
        "\n  - name: e\n    fields: ''\n",
        &[own, "value for 'fields' 8:12"],
        "Value must be non-empty",
    );
    check(
        "\n  - name: e\n    fields: [proc.nme]\n",
        &[own],
        "'proc.nme' is not a supported filter field",
    );
    check(
        "\n  - name: e\n    fields: [proc.name]\n    comps: =\n",
        &[own],
        "Fields and comps lists must have equal length",
    );
    check(
        "\n  - name: e\n    fields: proc.name\n    comps: [=]\n",
        &[own],
        "Fields and comps must both be strings",
    );
    check(
        "\n  - name: e\n    fields: [proc.name]\n    comps: [is]\n",
        &[own],
        "'is' is not a supported comparison operator",
    );
    check(
        "\n  - name: e\n    fields: [proc.name]\n    values: x\n",
        &[own, "exception values '' 9:12"],
        "Rule exception values must be a sequence",
    );
    check(
        "\n  - name: e\n    fields: [proc.name]\n    values: [x]\n",
        &[own],
        "Fields and values lists must have equal length",
    );
    check(
        "\n  - name: e\n    fields: proc.name\n    values: [[x]]\n",
        &[own],
        "Expected values array to contain a list of strings",
    );
    check(
        "\n  - name: e\n    fields: proc.name\n    values: ['']\n",
        &[own, "exception values '' 9:12", "exception value '' 9:13", "value for '' 9:13"],
        "Value must be non-empty",
    );
}
