//! What is wrong with policies, where, and what helps.

use super::*;

/// The mistakes of policies, of reading them or else of compiling them for a host.
fn mistakes(text: &str, host: &Capabilities) -> String {
    let loaded = read(text);
    let words = |all: Vec<crate::Diagnostic>| {
        let words: Vec<String> = all.iter().map(ToString::to_string).collect();
        words.join("\n")
    };
    if loaded.diagnostics.is_empty() {
        return crate::compile(&loaded.policies, host, &TestAccounts)
            .map_or_else(words, |_| String::new());
    }
    words(loaded.diagnostics)
}

fn check(text: &str, expected: &str) {
    check_on(text, &lsm(), expected);
}

fn check_on(text: &str, host: &Capabilities, expected: &str) {
    assert_eq!(mistakes(text, host), expected.trim_matches('\n'), "{text}");
}

#[test]
fn keys_and_values() {
    check(
        "- policy: a\n  rules: [Password file changed]\n  acton: deny\n",
        "
guard.yaml:3:3: error[POLICY_KEY]: a policy has no key 'acton'
  |
3 |   acton: deny
  |   ^^^^^
  in policy 'a'
  help: replace `acton` with `action`",
    );
    check(
        "- policy: a\n  rules: [Password file changed]\n  action: block\n  mode: on\n",
        "
guard.yaml:3:11: error[POLICY_SHAPE]: 'action' must be deny, kill or kill_tree
  |
3 |   action: block
  |           ^^^^^
  in policy 'a'
guard.yaml:4:9: error[POLICY_SHAPE]: 'mode' must be off, shadow or enforce
  |
4 |   mode: on
  |         ^^
  in policy 'a'",
    );
    check(
        "- policy: a\n  rules: [Passwort file changed]\n",
        "
guard.yaml:2:11: error[POLICY_CONTENT]: no rule has the name 'Passwort file changed'
  |
2 |   rules: [Passwort file changed]
  |           ^^^^^^^^^^^^^^^^^^^^^
  in policy 'a'
  help: there is a rule 'Password file changed'",
    );
    check(
        "- policy: a\n  action: deny\n",
        "
guard.yaml:1:11: error[POLICY_CONTENT]: a policy needs 'rules', 'tags' or 'condition': which acts is it about?
  |
1 | - policy: a
  |           ^
  in policy 'a'",
    );
    check(
        "rules: [x]\n",
        "
guard.yaml:1:1: error[POLICY_SHAPE]: a policy file is a list of policies, each `- policy: NAME` and its keys
  |
1 | rules: [x]
  | ^",
    );
}

#[test]
fn mistakes_in_conditions_are_those_of_rules() {
    check(
        "- policy: a\n  condition: open_write_ and fd.nam = /etc/x\n",
        "
guard.yaml:2:14: error[LOAD_ERR_VALIDATE]: Undefined macro 'open_write_' used in filter.
  |
2 |   condition: open_write_ and fd.nam = /etc/x
  |              ^^^^^^^^^^^
  in policy 'a'
  help: replace `open_write_` with `open_write`
  |
2 -   condition: open_write_ and fd.nam = /etc/x
2 +   condition: open_write and fd.nam = /etc/x
guard.yaml:2:30: error[LOAD_ERR_COMPILE_CONDITION]: there is no field 'fd.nam'
  |
2 |   condition: open_write_ and fd.nam = /etc/x
  |                              ^^^^^^
  in policy 'a'
  help: replace `fd.nam` with `fd.name`
  |
2 -   condition: open_write_ and fd.nam = /etc/x
2 +   condition: open_write_ and fd.name = /etc/x",
    );
}

#[test]
fn what_cannot_be_decided_is_named_where_it_is_written() {
    check(
        &of_condition("open_write and fd.name contains passwd"),
        "
guard.yaml:2:29: error[POLICY_UNDECIDABLE]: `fd.name contains passwd` cannot be decided before the act: hooks know whole paths, folders and last components
  |
2 |   condition: open_write and fd.name contains passwd
  |                             ^^^^^^^^^^^^^^^^^^^^^^^
  in policy 'p'
  the policy is about open: P1 to P4 and K1 decide by facts
  help: with `best_effort: true` the policy leaves out what cannot be decided, and matches less",
    );
    check(
        "- policy: a\n  rules: [Odd*]\n",
        "
rules.yaml:21:34: error[POLICY_UNDECIDABLE]: `proc.cmdline contains -e` cannot be decided before the act: hooks of exec do not know proc.cmdline
   |
21 |   condition: spawned_process and proc.cmdline contains \"-e\"
   |                                  ^^^^^^^^^^^^^^^^^^^^^^^^^^
  in policy 'a'
  the policy is about exec: P1 to P4 and K1 decide by facts
  help: the policy enforces the rule 'Odd command line'
  help: with `best_effort: true` the policy leaves out what cannot be decided, and matches less",
    );
}
