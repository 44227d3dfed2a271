//! `peregrine guard` without a host: checks, explanations, and what policies would have denied in a capture.

use serde_json::Value;

use crate::made::{Captures as _, Folder, open, peregrine, program};

fn guard(args: &[&str]) -> (Option<i32>, String, String) {
    peregrine(&[&["guard"], args].concat())
}

const POLICIES: &str = "- policy: accounts are left alone\n  condition: evt.type = openat and fd.name startswith /etc/\n  except: [proc.exepath = /usr/bin/passwd]\n- policy: nothing runs from /tmp\n  condition: evt.type in (execve, execveat) and proc.exepath startswith /tmp/\n";

#[test]
fn checks_name_each_mistake() {
    let folder = Folder::new("guard-check");
    let good = folder.file("good.yaml", POLICIES);
    let (code, out, _) = guard(&["check", &good, "shipped", "--level", "P1"]);
    assert_eq!(code, Some(0), "{out}");
    assert!(out.ends_with(" policies, 0 errors\n"), "{out}");
    let bad = folder.file("bad.yaml", &POLICIES.replace("startswith /etc/", "contains passwd"));
    let (code, out, _) = guard(&["check", &bad]);
    let expected = format!(
        "{bad}:2:36: error[POLICY_UNDECIDABLE]: `fd.name contains passwd` cannot be decided before the act"
    );
    assert!(out.starts_with(&expected), "{out}");
    assert!(out.ends_with("2 policies, 1 error\n"), "{out}");
    assert_eq!(code, Some(1));
    let (code, out, _) = guard(&["check", &bad, "--json"]);
    let answer: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((code, &answer["errors"][0]["column"]), (Some(1), &Value::from(36)));
    // What only reports is enough in shadow mode, and no prevention.
    let enforced =
        folder.file("enforced.yaml", &POLICIES.replace("  except:", "  mode: enforce\n  except:"));
    let (code, out, _) = guard(&["check", &enforced, "--level", "K1"]);
    assert_eq!(code, Some(1));
    assert!(out.contains("error[POLICY_LEVEL]: this host cannot deny open"), "{out}");
}

#[test]
fn an_explanation_says_what_is_asked_at_which_level() {
    let folder = Folder::new("guard-explain");
    let file = folder.file("policies.yaml", POLICIES);
    let (code, out, _) = guard(&["explain", &file, "--level", "P1"]);
    assert_eq!(code, Some(0), "{out}");
    let open = "  open        P1  object in (/etc/**) and not process in (/usr/bin/passwd)\n";
    assert!(out.contains(open), "{out}");
    assert!(out.contains("  exec      P1  object in (/tmp/**)\n"), "{out}");
    let (code, out, _) = guard(&["explain", &file, "--level", "P4", "--json"]);
    let answer: Value = serde_json::from_str(&out).unwrap();
    let first = &answer["policies"][0]["acts"][0];
    assert_eq!((code, &first["level"], &first["act"]), (Some(0), &"P4".into(), &"open".into()));
    assert!(!answer["steps"].as_array().unwrap().is_empty());
}

#[test]
fn a_rehearsal_counts_by_policy_program_and_path() {
    let folder = Folder::new("guard-rehearse");
    let mut events = program(0, 40, 1, &["/usr/bin/vi"]).to_vec();
    events.extend(program(0, 41, 1, &["/usr/bin/passwd"]));
    for (second, (pid, path)) in [
        (40, "/etc/passwd"),
        (40, "/etc/passwd"),
        (41, "/etc/passwd"),
        (40, "/home/x"),
        (40, "/etc/group"),
    ]
    .into_iter()
    .enumerate()
    {
        events.push(open(second as u64 + 1, pid, path));
    }
    let capture = folder.capture("a.scap", &events);
    let policies = folder.file("policies.yaml", POLICIES);
    let (code, out, err) = guard(&["rehearse", &capture, "-p", &policies, "--json"]);
    let rows: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let shown: Vec<_> = rows
        .iter()
        .map(|row| {
            (
                row["process"].as_str().unwrap(),
                row["object"].as_str().unwrap(),
                row["times"].as_u64().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        shown,
        [("/usr/bin/vi", "/etc/passwd", 2), ("/usr/bin/vi", "/etc/group", 1)],
        "{out}{err}"
    );
    assert_eq!(code, Some(1));
    let (_, out, _) = guard(&["rehearse", &capture, "-p", &policies]);
    assert_eq!(
        out,
        "accounts are left alone\n  2  openat  /usr/bin/vi  /etc/passwd\n  1  openat  /usr/bin/vi  /etc/group\n"
    );
    let none = folder
        .file("none.yaml", "- policy: n\n  condition: evt.type = mkdir and fs.path.name = /x\n");
    let (code, out, _) = guard(&["rehearse", &capture, "-p", &none]);
    assert_eq!((code, out.as_str()), (Some(0), "nothing would have been denied\n"));
}
