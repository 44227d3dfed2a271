//! What is printed of many files, as `falco -V` prints it.

use peregrine_rules::falco::{FileResult, text};
use peregrine_rules::{Loaded, Options, SourceText, load, load_each, schema_warnings};

fn rule(condition: &str, output: &str) -> String {
    format!(
        "- rule: r\n  desc: d\n  condition: {condition}\n  output: {output}\n  priority: INFO\n  warn_evttypes: false\n"
    )
}

fn printed(files: &[(&str, &str)]) -> Vec<String> {
    let sources: Vec<SourceText<'_>> =
        files.iter().map(|(name, text)| SourceText { name, text }).collect();
    let options = Options { as_falco: true, ..Options::default() };
    let loaded = load_each(&sources, &options);
    let one = |(loaded, source): (&Loaded, &SourceText<'_>)| {
        text(&FileResult {
            name: source.name,
            diagnostics: loaded.diagnostics.iter().collect(),
            schema: schema_warnings(source.text),
            sources: &sources,
        })
    };
    loaded.iter().zip(&sources).map(one).collect()
}

#[test]
fn files_are_told_one_by_one() {
    let good = rule("evt.type = open", "o");
    let uses = rule("m", "o");
    let a_macro = "- macro: m\n  condition: evt.type = open\n";
    let firsts = |files: &[(&str, &str)]| -> Vec<String> {
        let first = |text: String| text.lines().next().unwrap().to_owned();
        printed(files).into_iter().map(first).collect()
    };
    // Each file is judged with what was read before it.
    assert_eq!(firsts(&[("a", a_macro), ("b", &uses)]), ["a: Ok, with warnings", "b: Ok"]);
    assert_eq!(firsts(&[("b", &uses), ("a", a_macro)]), ["b: Invalid", "a: Ok"]);
    // A file that is no YAML moves nothing, and the next is read.
    let broken = "- [\n";
    let wrong = good.replace("evt.type", "no.type");
    let all = printed(&[("broken", broken), ("wrong", &wrong), ("good", &good)]);
    assert!(
        all[0].starts_with("broken: Invalid") && all[0].contains("LOAD_ERR_YAML_PARSE"),
        "{}",
        all[0]
    );
    assert!(all[1].starts_with("wrong: Invalid") && all[1].contains("(wrong:2:13)"), "{}", all[1]);
    assert_eq!(all[2], "good: Ok");
    let both =
        [SourceText { name: "broken", text: broken }, SourceText { name: "wrong", text: &wrong }];
    let both = load(&both, &Options::default());
    let files: Vec<&str> = both.diagnostics.iter().map(|reported| reported.file.as_str()).collect();
    assert_eq!(files, ["broken", "wrong"]);
}

#[test]
fn long_lines_are_cut_around_their_place() {
    let shown = |condition: &str| -> (String, usize) {
        let all = printed(&[("f", &rule(condition, "o"))]);
        let mut lines = all[0].lines().skip_while(|line| *line != "------").skip(1);
        let line = lines.next().unwrap().to_owned();
        (line, lines.next().unwrap().find('^').unwrap())
    };
    let before = "evt.num > 1 and ".repeat(10);
    let behind = " and evt.num > 1".repeat(20);
    let (line, caret) = shown(&format!("{before}no.field = 1{behind}"));
    // The place is that of the item and that in the condition together: 160 + 2:13's offset.
    assert_eq!((line.len(), caret), (161, 80), "{line}");
    assert!(line.starts_with("...") && line.ends_with("..."), "{line}");
    let (line, caret) = shown(&format!("no.field = 1{behind}"));
    assert!(!line.starts_with("...") && line.ends_with("...") && caret < 80, "{line}");
    let (line, _) = shown("no.field = 1");
    assert_eq!(line, "no.field = 1");
}
