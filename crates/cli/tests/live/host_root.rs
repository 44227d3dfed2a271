//! The agent in a pid namespace of its own, with the host's files below `HOST_ROOT`. Needs root; says so loudly
//! where it has none.

use std::io::Write as _;
use std::process::Command;
use std::time::Duration;

use crate::support::agent::{Watched, scratch};

#[test]
fn live_processes_of_the_host_are_known_below_host_root() {
    let test = "live_processes_of_the_host_are_known_below_host_root";
    if !peregrine_testkit::root(test) || !peregrine_testkit::own_mounts(test) {
        return;
    }
    let folder = scratch("host-root");
    let host = folder.join("host");
    for inside in ["proc", "etc"] {
        std::fs::create_dir_all(host.join(inside)).unwrap();
    }
    std::fs::write(host.join("etc/passwd"), "below:x:0:0::/:/bin/sh\n").unwrap();
    let (pipe, named) = (folder.join("pipe"), folder.join("named"));
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    std::fs::write(&named, "").unwrap();
    // It is there before anybody watches.
    let script = format!("read line < {}; : < {}", pipe.display(), named.display());
    let mut before = Command::new("sh").args(["-c", &script]).spawn().unwrap();
    let rules = folder.join("rules.yaml");
    let rule = format!(
        "- rule: named\n  desc: d\n  condition: evt.type in (open, openat) and fd.name = {}\n  \
         output: \"%proc.pid %user.name %proc.cmdline\"\n  priority: NOTICE\n",
        named.display()
    );
    std::fs::write(&rules, rule).unwrap();
    let path = rules.display().to_string();
    let own = format!(
        "exec unshare --mount sh -c 'mount --rbind /proc {0}/proc && \
         exec unshare --pid --fork --mount-proc env HOST_ROOT={0} \"$@\"' sh \"$@\"",
        host.display()
    );
    let mut watched = Watched::start_by(&own, &["-r", &path, "-o", "append_output=[]"]);
    writeln!(std::fs::OpenOptions::new().write(true).open(&pipe).unwrap(), "go").unwrap();
    assert!(before.wait().unwrap().success());
    let line = watched.line(Duration::from_secs(20));
    let account = watched.stop();
    let line = line.unwrap_or_else(|| panic!("no alert: {account}"));
    let expected = format!("{} below sh -c {script}", before.id());
    assert!(line.ends_with(&expected), "{line}, expected {expected}");
    assert!(!account.contains("pid namespace"), "{account}");
    std::fs::remove_dir_all(folder).unwrap();
}
