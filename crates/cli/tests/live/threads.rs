//! What rules see of threads where a setting asks for more than Falco reports, and of users in containers.
//! Needs root; says so loudly where it has none.

use std::path::Path;
use std::process::Command;

use crate::support::act::{Act, alerts};
use crate::support::agent::{Watched, container_group, scratch};

const MARKER: &str = "- rule: Marker\n  desc: d\n  condition: evt.type in (open, openat, openat2) and \
                      fd.name=HERE/marker\n  output: o\n  priority: NOTICE\n";

/// Watches with one rule and these settings; what it printed of the act.
fn printed(
    folder: &Path,
    condition: &str,
    output: &str,
    settings: &[&str],
    act: &Act,
) -> Vec<String> {
    let here = folder.display().to_string();
    std::fs::write(folder.join("marker"), "").unwrap();
    let file = folder.join("rules.yaml");
    let rule = format!(
        "- rule: Seen\n  desc: d\n  condition: {condition}\n  output: \"{output}\"\n  priority: NOTICE\n"
    );
    std::fs::write(&file, MARKER.replace("HERE", &here) + &rule).unwrap();
    let mut flags = vec!["--json", "-r", file.to_str().unwrap(), "-o", "append_output=[]"];
    flags.extend(settings.iter().flat_map(|setting| ["-o", *setting]));
    let mut watched = Watched::start(&flags);
    act.commit();
    let raised = alerts(&mut watched, folder);
    watched.stop();
    let text = |alert: &serde_json::Value| {
        let text = alert["output"].as_str().unwrap();
        text.split_once(": Notice ").map_or(text, |(_, text)| text).to_owned()
    };
    raised.iter().map(text).collect()
}

#[test]
fn live_names_that_threads_give_themselves() {
    if !peregrine_testkit::root("live_names_that_threads_give_themselves") {
        return;
    }
    let folder = scratch("renamed");
    let act = Act::perl(
        r#"rmdir "/peregrine-renamed"; my $name = "quite-a-long-name-indeed"; syscall(157, 15, $name) == 0 or die $!;
           rmdir "/peregrine-renamed"; system("rmdir /peregrine-renamed 2>/dev/null; :");"#,
    );
    let seen = |settings: &[&str]| {
        let condition = "evt.type=rmdir and evt.arg.path=/peregrine-renamed";
        printed(&folder, condition, "%proc.name %proc.pname", settings, &act)
    };
    let follows = seen(&["falco_libs.proc_name_follows_prctl=true"]);
    let stays = seen(&[]);
    let names = |lines: &[String]| -> Vec<String> {
        lines.iter().map(|line| line.split(' ').next().unwrap().to_owned()).collect()
    };
    assert_eq!(names(&stays), ["perl", "perl", "rmdir"], "{stays:?}");
    assert_eq!(names(&follows), ["perl", "quite-a-long-na", "rmdir"], "{follows:?}");
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn live_long_arguments_and_environment() {
    if !peregrine_testkit::root("live_long_arguments_and_environment") {
        return;
    }
    let folder = scratch("long");
    let long = "x".repeat(5000);
    // The environment's end first, then the arguments': each behind more than Falco reports.
    let first = format!("A={long}");
    let act = Act::of(&[
        "env",
        "-i",
        &first,
        &first,
        "Z=the-last-one",
        "/bin/echo",
        &long,
        &long,
        "the-end",
    ]);
    let seen = |settings: &[&str]| {
        let condition = "evt.type=execve and evt.res=SUCCESS and proc.name=echo and (proc.args endswith the-end or \
                         proc.env[Z]=the-last-one)";
        printed(&folder, condition, "%proc.env[Z]", settings, &act)
    };
    assert_eq!(seen(&[]), [""; 0]);
    assert_eq!(seen(&["engine.modern_ebpf.arguments_max=12285"]), ["the-last-one"]);
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn live_users_of_a_container() {
    if !peregrine_testkit::root("live_users_of_a_container") {
        return;
    }
    let folder = scratch("users");
    let group = container_group();
    let inside = folder.join("root");
    std::fs::create_dir_all(inside.join("etc")).unwrap();
    std::fs::write(
        inside.join("etc/passwd"),
        "root:x:0:0::/root:/bin/sh\ninner:x:4242:77:i:/home/inner:/bin/is\n",
    )
    .unwrap();
    std::fs::write(inside.join("etc/group"), "inners:x:77:\n").unwrap();
    let act = Act::perl(&format!(
        r#"open(my $g, ">", "{}") or die $!; syswrite $g, $$; close $g; chroot "{}" or die $!; chdir "/";
           if (!fork()) {{ syscall(119, 77, 77, 77) == 0 or die $!; syscall(117, 4242, 4242, 4242) == 0 or die $!;
                rmdir "/peregrine-user"; select undef, undef, undef, 0.3; exit }} wait;"#,
        group.door().display(),
        inside.display(),
    ));
    let condition = "evt.type=rmdir and evt.arg.path=/peregrine-user";
    let output = "%user.uid %user.name %user.homedir %user.shell %group.name";
    let seen = printed(&folder, condition, output, &[], &act);
    assert_eq!(seen, ["4242 inner /home/inner /bin/is inners"]);
    let own = Command::new("getent").args(["passwd", "4242"]).output().unwrap();
    assert!(own.stdout.is_empty(), "the host knows no such user");
    std::fs::remove_dir_all(folder).unwrap();
}
