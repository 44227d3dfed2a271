//! What conditions become at each act, in words.

use super::*;

/// The acts a condition is about, and what is asked there.
fn check(condition: &str, expected: &[&str]) {
    let compiled = compiled(&of_condition(condition));
    let acts = &compiled.policies[0].acts;
    let words: Vec<String> =
        acts.iter().map(|at| format!("{}: {}", at.act.name(), at.words)).collect();
    assert_eq!(words, expected, "{condition}");
}

#[test]
fn files() {
    check(
        "open_write and fd.name in (/etc/passwd, /etc/shadow)",
        &[
            "open: write and not directory and object in (/etc/passwd, /etc/shadow)",
            "create: by_mknod and object in (/etc/passwd, /etc/shadow)",
            "attributes: by_truncate and object in (/etc/passwd, /etc/shadow)",
        ],
    );
    check(
        "evt.type = open and evt.is_open_read = true and fd.name startswith /etc/",
        &["open: read and object in (/etc/**)"],
    );
    check(
        "evt.type = openat and evt.is_open_read = true and fd.name pmatch (/etc) and evt.rawres >= 0",
        &["open: read and object in (/etc, /etc/**)"],
    );
    check(
        "evt.type = openat2 and evt.is_open_read = true and fd.directory = /etc",
        &["open: read and object in (/etc/*)"],
    );
    check(
        "evt.type = open_by_handle_at and evt.is_open_read = true and fd.filename = authorized_keys",
        &["open: read and object in (**/authorized_keys)"],
    );
    check(
        "evt.type in (unlink, unlinkat) and fs.path.name startswith /var/log/",
        &["remove: by_unlink|by_rmdir and object in (/var/log/**)"],
    );
}

#[test]
fn processes() {
    check(
        "spawned_process and proc.pname in (nginx) and proc.name in (shells) and user.name = deploy",
        &[
            "exec: parent in (nginx) and process in (bash, dash, sh) and uid in (2)",
            "map_exec: object in (**/bash, **/dash, **/sh) and parent in (nginx) and uid in (2)",
        ],
    );
    check(
        "spawned_process and proc.exepath startswith /tmp/ and not proc.aname in (dpkg) and container.id != host",
        &[
            "exec: not host and object in (/tmp/**) and not an ancestor in (dpkg)",
            "map_exec: not host and object in (/tmp/**) and not an ancestor in (dpkg)",
        ],
    );
    check(
        "evt.type = setuid and user.loginuid = -1 and proc.exepath in (/usr/bin/x)",
        &["change_user: by_setuid and loginuid in (-1) and process in (/usr/bin/x)"],
    );
    check(
        "evt.type = ptrace and evt.arg.request in (PTRACE_ATTACH) and user.uid < 3",
        &["trace: uid in (0, 1, 2)"],
    );
}

#[test]
fn addresses() {
    check(
        "evt.type = connect and fd.type in (ipv4, ipv6) and fd.snet in (10.0.0.0/8) and fd.sport >= 1024",
        &["connect: ipv4|ipv6 and address in (10.0.0.0/8) and port in (1024-65535)"],
    );
    check(
        "evt.type = connect and fd.l4proto = udp and not fd.sport = 53",
        &["connect: udp and (not ipv4|ipv6 or not port in (53))"],
    );
    check(
        "evt.type = connect and fd.type = unix and fd.name = /run/docker.sock",
        &["unix_connect: object in (/run/docker.sock)"],
    );
    check("evt.type = socket and evt.arg.domain = AF_PACKET", &["socket: packet"]);
}

#[test]
fn two_names() {
    check(
        "evt.type = rename and (fs.path.source = /a or fs.path.target startswith /b/)",
        &["create: by_rename and object in (/b/**)", "remove: by_rename and object in (/a)"],
    );
    // Of links the new name is the source.
    check("evt.type = link and fs.path.target = /a", &["link: object in (/a)"]);
    check("evt.type = link and fs.path.source = /a", &["create: by_link and object in (/a)"]);
    let both = of_condition("evt.type = rename and fs.path.source = /a and fs.path.target = /b");
    let errors = crate::compile(&policies(&both), &lsm(), &TestAccounts).unwrap_err();
    assert_eq!(errors[0].code(), "POLICY_UNDECIDABLE", "{}", errors[0]);
}

#[test]
fn what_cannot_be_decided_is_left_out_where_that_is_asked_for() {
    let text =
        of_condition("open_write and (fd.name = /a or fd.name contains b) and not proc.args = x");
    let compiled = compiled(&format!("{text}  best_effort: true\n"));
    let at = &compiled.policies[0].acts;
    // Not to match where it should is better than the other way round.
    assert!(at.iter().all(|at| !at.exact && at.words == "never"), "{at:?}");
    let text = of_condition("open_write and (fd.name = /a or fd.name contains b)");
    let compiled = super::compiled(&format!("{text}  best_effort: true\n"));
    let at = &compiled.policies[0].acts[0];
    assert_eq!(
        (at.exact, at.words.as_str()),
        (false, "write and not directory and object in (/a)")
    );
}

#[test]
fn levels_are_the_best_a_host_has() {
    let check = |keys: &str, host: &Capabilities, expected: &str| {
        let text =
            format!("- policy: p\n  condition: spawned_process and proc.exepath = /x\n{keys}");
        let answer = crate::compile(&policies(&text), host, &TestAccounts);
        let shown = answer.map_or_else(
            |errors| errors[0].code().to_owned(),
            |compiled| compiled.policies[0].acts[0].level.name().to_owned(),
        );
        assert_eq!(shown, expected, "{keys}");
    };
    let host = |levels: &[Level]| Capabilities::of(levels);
    check("  mode: enforce\n", &host(&[Level::Lsm, Level::FmodRet]), "P1");
    check("  mode: enforce\n", &host(&[Level::FmodRet, Level::Fanotify]), "P2");
    let skips = Capabilities { skips_fmod_ret: true, ..host(&[Level::FmodRet, Level::Fanotify]) };
    // What stays when the agent is gone is left neither to programs that are skipped nor to fanotify.
    check("  mode: enforce\n  fail: closed\n", &skips, "POLICY_LEVEL");
    check("  mode: enforce\n", &skips, "P2");
    let ends = host(&[Level::Fanotify, Level::KillBefore]);
    check("  mode: enforce\n  action: kill\n", &ends, "P4");
    check("  mode: enforce\n  action: kill\n  fail: closed\n", &ends, "K1");
    check("  mode: enforce\n  fail: closed\n  best_effort: true\n", &ends, "P4");
    check("  mode: enforce\n", &host(&[Level::KillBefore]), "POLICY_LEVEL");
    check("  mode: enforce\n  action: kill\n", &host(&[Level::KillBefore]), "K1");
    check("  mode: enforce\n  action: kill_tree\n", &host(&[]), "K2");
    check("  mode: enforce\n  best_effort: true\n", &host(&[]), "D");
    check("  mode: shadow\n", &host(&[]), "D");
}

#[test]
fn what_cannot_stay_is_refused_with_the_reason() {
    let text = "- policy: p\n  condition: spawned_process and proc.exepath = /x\n  mode: enforce\n  fail: closed\n";
    let levels = Capabilities::of(&[Level::FmodRet, Level::Fanotify]);
    let skips = Capabilities { skips_fmod_ret: true, ..levels };
    let errors = crate::compile(&policies(text), &skips, &TestAccounts).unwrap_err();
    let shown = errors[0].to_string();
    for part in ["this host cannot deny exec", "preempt=full", "P4, which ends with the agent"] {
        assert!(shown.contains(part), "{shown}");
    }
}

#[test]
fn each_level_has_the_programs_of_its_own_policies() {
    let text = "- policy: a\n  condition: spawned_process and proc.exepath = /x\n  action: kill\n  fail: closed\n  mode: enforce\n\
                - policy: b\n  condition: spawned_process and proc.exepath = /y\n  mode: enforce\n";
    let host = Capabilities::of(&[Level::Fanotify, Level::KillBefore]);
    let mut both = policies(text);
    let at = |both: &crate::Policies, level: Level| {
        let one = crate::compile_for(both, &host, &TestAccounts, &|own| own == level).unwrap();
        let paths: Vec<_> = one.paths.iter().map(|mark| mark.path.clone()).collect();
        (paths, one.policies.iter().map(|policy| policy.fail_closed).collect::<Vec<_>>())
    };
    assert_eq!(at(&both, Level::KillBefore), (vec![b"/x".to_vec()], vec![true, false]));
    assert_eq!(at(&both, Level::Fanotify), (vec![b"/y".to_vec()], vec![true, false]));
    // On trial it ends with the agent, wherever it is decided.
    both.policies[0].on_trial = true;
    assert_eq!(at(&both, Level::KillBefore), (vec![b"/x".to_vec()], vec![false, false]));
}

#[test]
fn what_enforces_stands_before_what_shadows() {
    let compiled = compiled(
        "- policy: a\n  condition: open_write and fd.name = /a\n- policy: b\n  condition: open_write and fd.name = /a\n  mode: enforce\n- policy: c\n  rules: [Password*]\n  mode: off\n",
    );
    let names: Vec<&str> = compiled.policies.iter().map(|policy| policy.name.as_str()).collect();
    assert_eq!(names, ["b", "a"]);
}

#[test]
fn sets_may_be_large_and_not_too_many() {
    let paths: Vec<String> = (0..5000).map(|number| format!("/srv/{number}")).collect();
    let compiled =
        compiled(&of_condition(&format!("open_write and fd.name in ({})", paths.join(", "))));
    assert_eq!((compiled.paths.len(), compiled.acts[0].no_object), (5000, crate::layout::END));
    let many = (0..300).map(|number| {
        format!("- policy: p{number}\n  condition: evt.type = mkdir and fs.path.name = /{number}\n")
    });
    let many: Vec<String> = many.collect();
    let errors = crate::compile(&policies(&many.concat()), &lsm(), &TestAccounts).unwrap_err();
    assert!(errors.iter().all(|one| one.code() == "POLICY_SIZE"), "{}", errors[0]);
}
