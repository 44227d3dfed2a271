//! `falco-validate-cases.txt`: what `falco -V` prints of 25 small files, to the byte. The page lies
//! in `spec/` beside the conformance folder.

use peregrine_rules::falco::{FileResult, json_of, text};
use peregrine_rules::{Options, SourceText, load, schema_warnings};
use serde_json::json;

use super::{Outcome, compare};

/// One input: its name, the file, whether JSON was asked for, what stdout and stderr were.
pub(crate) struct Case {
    pub(crate) name: String,
    file: String,
    json: bool,
    stdout: String,
    stderr: String,
}

/// Cuts the page: `### NAME json_output=BOOL`, the input behind `    | `, stdout, `[rc=N]`, `-- stderr`.
pub(crate) fn cases(page: &str) -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    for section in page.split("### ").skip(1) {
        let Some((head, body)) = section.split_once('\n') else { continue };
        let Some((name, flag)) = head.split_once(" json_output=") else { continue };
        let json = flag.trim() == "true";
        let mut file = String::new();
        let mut stdout = String::new();
        let mut stderr = String::new();
        let mut in_stderr = false;
        for line in body.lines() {
            if let Some(input) = line.strip_prefix("    | ").or_else(|| line.strip_prefix("    |"))
            {
                file.push_str(input);
                file.push('\n');
            } else if line.starts_with("-- stderr") {
                in_stderr = true;
            } else if !line.starts_with("[rc=") {
                let out = if in_stderr { &mut stderr } else { &mut stdout };
                out.push_str(line);
                out.push('\n');
            }
        }
        // The file is written out only where its text form is shown.
        if json && let Some(before) = cases.iter().find(|case| case.name == name) {
            file.clone_from(&before.file);
        }
        cases.push(Case { name: name.to_owned(), file, json, stdout, stderr });
    }
    cases
}

pub(crate) fn run(case: &Case) -> Outcome {
    let sources = [SourceText { name: &case.name, text: &case.file }];
    let loaded = load(&sources, &Options { as_falco: true, ..Options::default() });
    if !loaded.failed() && !loaded.unmet_plugins.is_empty() {
        let said = format!("Error: {}", loaded.unmet_plugins.join("; "));
        return compare(&said.as_str(), &case.stderr.trim_end());
    }
    let result = FileResult {
        name: &case.name,
        diagnostics: loaded.diagnostics.iter().collect(),
        schema: schema_warnings(&case.file),
        sources: &sources,
    };
    let got = if case.json {
        format!("{}\n", json!({"falco_load_results": [json_of(&result)]}))
    } else {
        format!("{}\n", text(&result))
    };
    compare(&got, &case.stdout)
}
