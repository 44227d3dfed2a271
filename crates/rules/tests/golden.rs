//! The pages of `tests/spec/codes` show what people are told: each block marked `yaml rules` is a rule
//! file, and the `text` block behind it is what is printed of it.
//!
//! `PEREGRINE_WRITE_DOCS=1` writes the pages anew.

use std::fs;

use peregrine_rules::{Code, Options, Severity, SourceText, load};

/// What is printed of a rule file.
fn printed(text: &str) -> String {
    let loaded = load(&[SourceText { name: "rules.yaml", text }], &Options::default());
    let printed: Vec<String> = loaded.diagnostics.iter().map(ToString::to_string).collect();
    let lines = printed.join("\n");
    lines.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
}

/// A page with what is printed put behind each rule file, and how many files it has.
fn with_answers(page: &str) -> (String, usize) {
    let mut out: Vec<String> = Vec::new();
    let mut lines = page.lines().peekable();
    let mut files = 0;
    while let Some(line) = lines.next() {
        out.push(line.to_owned());
        if line != "```yaml rules" {
            continue;
        }
        files += 1;
        let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        out.extend(block.iter().map(|line| (*line).to_owned()));
        out.push("```".to_owned());
        // The old answer goes.
        let mut rest = lines.clone();
        if rest.next() == Some("") && rest.next() == Some("```text") {
            lines = rest;
            lines.by_ref().find(|line| *line == "```");
        }
        let answer = printed(&(block.join("\n") + "\n"));
        out.extend([String::new(), "```text".to_owned(), answer, "```".to_owned()]);
    }
    (out.join("\n") + "\n", files)
}

#[test]
fn pages_show_what_is_printed() {
    let folder = peregrine_testkit::workspace().join("tests/spec/codes");
    let write = std::env::var_os("PEREGRINE_WRITE_DOCS").is_some();
    let mut files = 0;
    let mut stale = Vec::new();
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let page = fs::read_to_string(&path).unwrap();
        let (answered, found) = with_answers(&page);
        files += found;
        if write {
            fs::write(&path, answered).unwrap();
        } else if answered != page {
            stale.push(format!("{}\n{answered}", path.display()));
        }
    }
    assert!(files > 30, "{files} files");
    assert!(stale.is_empty(), "not what is printed:\n{}", stale.join("\n"));
}

/// Each code has a page, each page a code, and the page says what the code does to loading.
#[test]
fn each_code_has_its_page() {
    for code in Code::ALL {
        let page = code.page();
        assert_eq!(page.lines().next(), Some(format!("# {}", code.name()).as_str()));
        assert_eq!(Code::by_name(code.name()), Some(code));
        if !matches!(code, Code::ErrFileRead | Code::WarnEncoding | Code::WarnUnsafeNaCheck) {
            let level = match code.severity() {
                Severity::Error => format!("error[{}]", code.name()),
                Severity::Warning => format!("warning[{}]", code.name()),
            };
            assert!(page.contains(&level), "{} shows no {level}", code.name());
        }
    }
    let folder = peregrine_testkit::workspace().join("tests/spec/codes");
    for entry in fs::read_dir(folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(Code::by_name(name.trim_end_matches(".md")).is_some(), "{name}");
    }
}

/// Nobody is shown how the program writes its own values.
#[test]
fn no_page_shows_values_as_the_program_writes_them() {
    for code in Code::ALL {
        for line in code.page().lines() {
            for sign in ["Some(", "None)", "Ok(", "Err(", " { kind:", "::", "Box<", "\\u{"] {
                assert!(!line.contains(sign), "{}: {line}", code.name());
            }
        }
    }
}
