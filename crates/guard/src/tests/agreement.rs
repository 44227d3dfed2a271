//! Over generated policies and acts: the programs say what the conditions say.

use std::fmt::Write as _;

use peregrine_filter::reference;
use proptest::prelude::*;

use super::model::{Event, Model};
use super::*;
use crate::calls::{CALLS, Calls, View};
use crate::layout::{Act, END, MATCH, flag};
use crate::{Compiled, Policies, host};

const PATHS: [&str; 8] = [
    "/etc/passwd",
    "/etc/shadow",
    "/etc/ssh/sshd_config",
    "/etc",
    "/tmp/x",
    "/tmp/deep/er/sh",
    "/usr/bin/sh",
    "/etcetera/passwd",
];
const FOLDERS: [&str; 5] = ["/etc", "/tmp", "/etc/ssh", "/usr/bin", "/tmp/deep"];
const NAMES: [&str; 6] = ["sh", "nginx", "sshd", "passwd", "x", "sixteen-letters-"];
const NETS: [&str; 5] =
    ["10.0.0.0/8", "10.1.0.0/16", "10.1.2.0/24", "169.254.169.254/32", "fd00::/8"];
const ADDRESSES: [&str; 6] =
    ["10.1.2.3", "10.9.9.9", "169.254.169.254", "192.0.2.1", "fd00::1", "::ffff:10.1.2.3"];
const PLAIN_ADDRESSES: [&str; 5] =
    ["10.1.2.3", "10.9.9.9", "169.254.169.254", "192.0.2.1", "fd00::1"];
const CONTAINERS: [&str; 3] = ["host", "0123456789ab", "ba9876543210"];

fn pick(from: &'static [&'static str]) -> impl Strategy<Value = &'static str> {
    proptest::sample::select(from)
}

/// One comparison that hooks can decide.
fn leaf() -> impl Strategy<Value = String> {
    let path_field = || {
        prop::sample::select(vec![
            "fd.name",
            "fs.path.name",
            "fs.path.source",
            "fs.path.target",
            "proc.exepath",
            "proc.pexepath",
        ])
    };
    prop_oneof![
        (path_field(), pick(&PATHS)).prop_map(|(field, path)| format!("{field} = {path}")),
        (path_field(), pick(&PATHS)).prop_map(|(field, path)| format!("{field} != {path}")),
        (path_field(), pick(&PATHS), pick(&PATHS))
            .prop_map(|(field, one, two)| format!("{field} in ({one}, {two})")),
        (path_field(), pick(&FOLDERS))
            .prop_map(|(field, path)| format!("{field} startswith {path}/")),
        (path_field(), pick(&FOLDERS)).prop_map(|(field, path)| format!("{field} pmatch ({path})")),
        pick(&FOLDERS).prop_map(|path| format!("fd.directory = {path}")),
        pick(&NAMES).prop_map(|name| format!("fd.filename = {name}")),
        (prop::sample::select(vec!["fd.name", "proc.exepath"]), pick(&NAMES))
            .prop_map(|(field, name)| format!("{field} endswith /{name}")),
        (
            prop::sample::select(vec!["proc.name", "proc.pname", "proc.aname"]),
            pick(&NAMES),
            pick(&NAMES)
        )
            .prop_map(|(field, one, two)| format!("{field} in ({one}, {two})")),
        (prop::sample::select(vec!["proc.name", "proc.pname"]), pick(&NAMES))
            .prop_map(|(field, name)| format!("{field} != {name}")),
        (prop::sample::select(vec!["user.uid", "user.loginuid", "group.gid"]), 0..5)
            .prop_map(|(field, number)| format!("{field} = {number}")),
        (prop::sample::select(vec!["user.uid", "group.gid"]), 0..5)
            .prop_map(|(field, number)| format!("{field} >= {number}")),
        Just("user.loginuid != -1".to_owned()),
        pick(&USERS).prop_map(|name| format!("user.name = {name}")),
        (prop::sample::select(vec!["=", "!="]), pick(&CONTAINERS))
            .prop_map(|(op, id)| format!("container.id {op} {id}")),
        pick(&NETS).prop_map(|net| format!("fd.snet = {net}")),
        pick(&PLAIN_ADDRESSES).prop_map(|ip| format!("fd.sip = {ip}")),
        (
            prop::sample::select(vec!["=", "!=", "<", "<=", ">", ">="]),
            prop::sample::select(vec![22, 80, 443, 8080])
        )
            .prop_map(|(op, port)| format!("fd.sport {op} {port}")),
        (prop::sample::select(vec!["=", "!="]), prop::sample::select(vec!["tcp", "udp"]))
            .prop_map(|(op, word)| format!("fd.l4proto {op} {word}")),
        prop::sample::select(vec![
            "evt.is_open_read = true",
            "evt.is_open_write = true",
            "evt.is_open_create = false",
            "evt.rawres >= 0",
            "evt.res = SUCCESS",
            "evt.failed = false",
            "fd.type = file",
            "fd.type = ipv4",
        ])
        .prop_map(str::to_owned),
    ]
}

fn condition() -> impl Strategy<Value = String> {
    leaf().prop_recursive(4, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..4)
                .prop_map(|parts| format!("({})", parts.join(" and "))),
            prop::collection::vec(inner.clone(), 1..4)
                .prop_map(|parts| format!("({})", parts.join(" or "))),
            inner.prop_map(|part| format!("not ({part})")),
        ]
    })
}

/// Calls a condition may name: those whose act needs no more than facts of here.
fn named() -> impl Strategy<Value = Vec<&'static str>> {
    prop::sample::select(vec![
        vec!["open", "openat"],
        vec!["unlink"],
        vec!["mkdir", "rmdir"],
        vec!["rename"],
        vec!["link"],
        vec!["chmod", "chown"],
        vec!["execve"],
        vec!["connect"],
        vec!["mknod", "open"],
        vec!["mount", "umount2"],
    ])
}

#[derive(Debug)]
struct Case {
    calls: Vec<&'static str>,
    condition: String,
    scope: Option<String>,
    except: Vec<String>,
}

impl Case {
    fn text(&self) -> String {
        let mut text = format!(
            "- policy: p\n  mode: enforce\n  condition: >\n    evt.type in ({}) and {}\n",
            self.calls.join(", "),
            self.condition
        );
        if let Some(scope) = &self.scope {
            write!(text, "  scope: >\n    {scope}\n").unwrap();
        }
        if !self.except.is_empty() {
            text += "  except:\n";
            for one in &self.except {
                write!(text, "    - >\n      {one}\n").unwrap();
            }
        }
        text
    }
}

fn case() -> impl Strategy<Value = Case> {
    let except = prop::collection::vec(condition(), 0..2);
    (named(), condition(), prop::option::of(condition()), except)
        .prop_map(|(calls, condition, scope, except)| Case { calls, condition, scope, except })
}

fn model() -> impl Strategy<Value = Model> {
    let process = || {
        (pick(&NAMES), pick(&PATHS))
            .prop_map(|(comm, exe)| (comm[..comm.len().min(15)].to_owned(), exe.to_owned()))
    };
    let kinds = prop::sample::select(vec![
        flag::READ,
        flag::WRITE,
        flag::READ | flag::WRITE | flag::CREATE,
        flag::READ | flag::DIRECTORY,
    ]);
    let sockets = prop::sample::select(vec![flag::TCP, flag::UDP]);
    (
        (pick(&PATHS), pick(&PATHS), process(), prop::collection::vec(process(), 1..4)),
        (0..5_u32, prop::sample::select(vec![0, 1, 3, u32::MAX]), 0..5_u32, pick(&CONTAINERS)),
        (kinds, sockets, pick(&ADDRESSES), prop::sample::select(vec![21_u16, 22, 80, 443, 8080])),
    )
        .prop_map(
            |(
                (path, other, (comm, exe), ancestors),
                (uid, loginuid, gid, id),
                (kinds, transport, ip, port),
            )| {
                let address: std::net::IpAddr = ip.parse().unwrap();
                // A mapped address is one of IPv4 to rules: the connection is to that.
                let address = address.to_canonical();
                let family = if address.is_ipv4() { flag::IPV4 } else { flag::IPV6 };
                Model {
                    path: path.to_owned(),
                    other: other.to_owned(),
                    comm,
                    exe,
                    ancestors,
                    uid,
                    loginuid,
                    gid,
                    container: (id != "host").then(|| id.to_owned()),
                    flags: kinds | transport | family,
                    address,
                    port,
                }
            },
        )
}

/// Whether the hook of some calls denies, by either evaluator.
fn denied(
    compiled: &Compiled,
    program: &crate::layout::Program,
    calls: &Calls,
    model: &Model,
) -> bool {
    let facts = model.facts(calls, compiled);
    let ours = compiled.decide(calls.act, &facts);
    let end = host::decide(program, calls.act, &facts);
    let theirs = (end != END).then(|| usize::from(end & !MATCH));
    assert_eq!(ours, theirs, "the kernel's evaluator of {}", calls.act.name());
    ours.is_some()
}

/// Whether an event of one of the calls that the condition names, and that are these, matches.
fn matches(policies: &Policies, named: &[&str], calls: &Calls, model: &Model) -> bool {
    let (rules, _) = policies.as_rules();
    let holds = |model: &Model, condition: &_, name| {
        reference::holds(condition, &Event { model, calls, name })
    };
    // What is mapped is a program by what it is: where any file would do, its start was denied.
    let any_file = Model { path: "/of/no/set".to_owned(), ..model.clone() };
    calls.names.iter().filter(|name| named.contains(name)).any(|name| {
        rules.rules.iter().any(|rule| {
            let root = &rule.condition.root;
            let by_object = calls.view != View::Mapped || !holds(&any_file, root, name);
            holds(model, root, name) && by_object
        })
    })
}

fn agree(case: &Case, models: &[Model]) -> bool {
    let loaded = read(&case.text());
    let wrong = loaded.diagnostics.iter().find(|one| one.is_error());
    assert!(wrong.is_none(), "{}", wrong.unwrap());
    let Ok(compiled) = crate::compile(&loaded.policies, &lsm(), &TestAccounts) else {
        return false;
    };
    let program = compiled.program().unwrap();
    for model in models {
        for one in CALLS {
            // Calls with two names are denied where either hook denies.
            let twins = CALLS.iter().filter(|other| match one.flag {
                flag::BY_RENAME => other.flag == flag::BY_RENAME,
                flag::BY_LINK => other.flag == flag::BY_LINK || other.act == Act::Link,
                _ => other.act == one.act && other.flag == one.flag,
            });
            let twins: Vec<&Calls> = if one.act == Act::Link { continue } else { twins.collect() };
            let denied = twins.iter().any(|calls| denied(&compiled, &program, calls, model));
            let matches =
                twins.iter().any(|calls| matches(&loaded.policies, &case.calls, calls, model));
            assert_eq!(
                denied,
                matches,
                "{} {:?} of {model:?}\n{}{:#?}",
                one.act.name(),
                one.names,
                case.text(),
                compiled.policies[0].acts
            );
        }
    }
    true
}

#[test]
fn programs_say_what_conditions_say() {
    let compiles = std::cell::Cell::new(0);
    let config = ProptestConfig::with_cases(400);
    let mut runner = proptest::test_runner::TestRunner::new(config);
    let models = prop::collection::vec(model(), 12);
    let done = runner.run(&(case(), models), |(case, models)| {
        compiles.set(compiles.get() + u32::from(agree(&case, &models)));
        Ok(())
    });
    if let Err(error) = done {
        panic!("{error}");
    }
    assert!(compiles.get() > 130, "only {} of 400 policies are decidable", compiles.get());
}

#[test]
fn sets_that_only_the_object_kept_apart_are_one_where_it_has_no_name() {
    let condition = "(proc.name = sh or (proc.exepath = /usr/bin/sh and fd.name != /etc/passwd))";
    let case = Case {
        calls: vec!["open", "openat"],
        condition: condition.to_owned(),
        scope: None,
        except: Vec::new(),
    };
    let model = |comm: &str, exe: &str| Model {
        path: "/etc/shadow".to_owned(),
        other: "/tmp/x".to_owned(),
        comm: comm.to_owned(),
        exe: exe.to_owned(),
        ancestors: vec![("x".to_owned(), "/tmp/x".to_owned())],
        uid: 0,
        loginuid: 0,
        gid: 0,
        container: None,
        flags: flag::READ | flag::TCP | flag::IPV4,
        address: "10.1.2.3".parse().unwrap(),
        port: 80,
    };
    assert!(agree(
        &case,
        &[model("sh", "/tmp/x"), model("x", "/usr/bin/sh"), model("x", "/tmp/x")]
    ));
}
