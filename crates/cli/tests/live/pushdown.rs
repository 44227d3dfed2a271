//! What the kernel leaves out can raise no alert: the same acts with and without that raise the
//! same, and in a flood not one is missed. Needs root; says so loudly where it has none.

use std::fs::{self, File, OpenOptions};
use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Stdio};

use peregrine_testkit::Folder;

const RULES: &str = r#"
- rule: names
  desc: d
  condition: >
    evt.type in (open, openat, openat2, creat) and proc.name = acts and (
      fd.name = "@/secret" or fd.name startswith "@/below/" or fd.directory = "@/inside" or
      fd.filename = "key" or fd.name startswith "@/alias/o" or fd.name endswith ".pem" or fd.name pmatch ("@/tree") )
  output: "%evt.type %fd.name %fd.nameraw %evt.res"
  priority: INFO
- rule: but
  desc: d
  condition: >
    evt.type in (open, openat, openat2, creat) and proc.name = acts and fd.typechar = f
    and evt.is_open_write = true and not fd.name startswith "@/mine/" and not fd.name startswith "/dev/"
  output: "%evt.type %fd.name %fd.nameraw %evt.res"
  priority: INFO
- rule: failed
  desc: d
  condition: evt.type in (open, openat) and proc.name = acts and evt.res = ENOTDIR
  output: "%evt.type %fd.name %fd.nameraw %evt.res"
  priority: INFO
"#;

/// What a shell called `acts` does: it opens in every way.
const ACTS: &str = r#"
cd @
for f in secret other below/x below/../other tree tree/y mine/z inside/i inside/deeper/j key.pem sub/key sub/keys \
    ./secret linked hard bound/x /@/secret/no nothing .. alias/secret; do
  : < "$f"
  : < "@/$f"
done 2>/dev/null
cd sub
: < ../secret; : < key; : < keys; : < ../sub/../secret
for f in mine/z other secret free mine/../free hard; do : >> "../$f"; : >> "@/$f"; done
cd @/alias
: < secret; : < other; : < below/x; : >> free
exec 7< @/sub; : < /proc/self/fd/7/key; : < /proc/self/cwd/secret
"#;

struct Run {
    child: Child,
    stderr: BufReader<ChildStderr>,
    alerts: PathBuf,
}

impl Run {
    fn start(folder: &Path, rules: &Path, pushdown: bool) -> Self {
        let alerts = folder.join(format!("alerts-{pushdown}"));
        let mut child = Command::new(env!("CARGO_BIN_EXE_peregrine"))
            .args(["run", "-o", "control.enabled=false", "-o", "rule_matching=all"])
            .args(["-o", "outputs_queue.capacity=100000"])
            .args(["-o", &format!("engine.modern_ebpf.pushdown={pushdown}")])
            .args(["-o", "append_output=[]", "-o", "time_format_iso_8601=false"])
            .arg("-r")
            .arg(rules)
            .stdout(File::create(&alerts).unwrap())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        while !line.contains("monitoring: ") {
            line.clear();
            assert!(stderr.read_line(&mut line).unwrap() > 0, "peregrine did not start");
        }
        Self { child, stderr, alerts }
    }

    /// The alerts without their time, and the report. At its end the agent reads what is in the rings.
    fn stop(mut self) -> (Vec<String>, String) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
        let mut account = String::new();
        self.stderr.read_to_string(&mut account).unwrap();
        self.child.wait().unwrap();
        let text = fs::read_to_string(&self.alerts).unwrap();
        let lines =
            text.lines().filter_map(|line| Some(line.split_once(": ")?.1.to_owned())).collect();
        (lines, account)
    }
}

fn scene(name: &str) -> Folder {
    let folder = Folder::new(name);
    let at = folder.path();
    for part in ["below", "tree", "mine", "inside/deeper", "sub", "bound"] {
        fs::create_dir_all(at.join(part)).unwrap();
    }
    for file in [
        "secret",
        "other",
        "below/x",
        "tree/y",
        "mine/z",
        "inside/i",
        "inside/deeper/j",
        "key.pem",
        "sub/key",
        "sub/keys",
    ] {
        fs::write(at.join(file), "x").unwrap();
    }
    symlink("secret", at.join("linked")).unwrap();
    symlink(".", at.join("alias")).unwrap();
    fs::hard_link(at.join("secret"), at.join("hard")).unwrap();
    folder
}

/// Without the kernel's filter and with it: the same alerts.
#[test]
fn live_the_same_acts_raise_the_same_alerts() {
    if !peregrine_testkit::root("live_the_same_acts_raise_the_same_alerts") {
        return;
    }
    let scene = scene("same");
    let folder = scene.path();
    let at = folder.display().to_string();
    let rules = folder.join("rules.yaml");
    fs::write(&rules, RULES.replace('@', &at)).unwrap();
    fs::copy("/bin/bash", folder.join("acts")).unwrap();
    let script = folder.join("acts.sh");
    fs::write(&script, ACTS.replace('@', &at)).unwrap();
    let mut reported = Vec::new();
    for pushdown in [false, true] {
        let run = Run::start(folder, &rules, pushdown);
        // What was made is removed, so that both times find the same.
        let _ = fs::remove_file(folder.join("free"));
        Command::new(folder.join("acts")).arg(&script).stderr(Stdio::null()).status().unwrap();
        for _ in 0..5000 {
            drop(File::open(folder.join("other")).unwrap());
        }
        let (alerts, account) = run.stop();
        assert!(account.contains(" 0 lost"), "{account}");
        assert_eq!(account.contains("left out in the kernel"), pushdown, "{account}");
        reported.push(alerts);
    }
    let [without, with] = [&reported[0], &reported[1]];
    assert!(without.len() > 30, "{without:#?}");
    assert_eq!(without, with);
}

/// Ten thousand acts that match among a hundred thousand that do not.
#[test]
fn live_no_act_is_missed_in_a_flood() {
    const PLANTED: usize = 10_000;
    if !peregrine_testkit::root("live_no_act_is_missed_in_a_flood") {
        return;
    }
    let scene = scene("flood");
    let folder = scene.path();
    let rules = folder.join("rules.yaml");
    let planted = folder.join("planted");
    fs::create_dir(&planted).unwrap();
    fs::write(
        &rules,
        format!(
            "- rule: planted\n  desc: d\n  condition: evt.type in (open, openat) and evt.is_open_write = true and fd.directory = {}\n  output: \"%fd.name\"\n  priority: INFO\n",
            planted.display()
        ),
    )
    .unwrap();
    let run = Run::start(folder, &rules, true);
    let other = folder.join("other");
    for number in 0..PLANTED {
        for _ in 0..10 {
            drop(File::open(&other).unwrap());
        }
        let path = planted.join(number.to_string());
        drop(OpenOptions::new().create(true).append(true).open(path).unwrap());
    }
    let (alerts, account) = run.stop();
    assert_eq!(alerts.len(), PLANTED, "{account}");
    for (number, alert) in alerts.iter().enumerate() {
        assert!(alert.ends_with(&format!("/planted/{number}")), "{number}: {alert}");
    }
    let left_out = account.lines().find(|line| line.contains("left out in the kernel")).unwrap();
    let opens: usize =
        left_out.rsplit("openat ").next().unwrap().split(',').next().unwrap().parse().unwrap();
    assert!(opens >= 10 * PLANTED, "{account}");
}

const ABOUT_PROCESSES: &str = r#"
- rule: name
  desc: d
  condition: evt.type = rmdir and proc.name = pg-planted
  output: "name %proc.name %evt.arg.path"
  priority: INFO
- rule: user
  desc: d
  condition: evt.type = rmdir and user.uid = 43210
  output: "user %user.uid %evt.arg.path"
  priority: INFO
- rule: parent
  desc: d
  condition: evt.type = rmdir and proc.pname in (pg-planted, nobody-at-all)
  output: "parent %proc.pname %evt.arg.path"
  priority: INFO
- rule: socket
  desc: d
  condition: evt.type in (write, sendto) and fd.l4proto = tcp and fd.sport = @PORT and fd.sip = 127.0.0.1
  output: "socket %evt.type %evt.rawres"
  priority: INFO
"#;

/// Renames itself, starts others, becomes another user, and speaks to a socket, among much that no
/// rule can match.
const PLANTED: &str = r#"
rmdir "@/a"; $0 = "pg-other"; rmdir "@/b";
if (!fork) { rmdir "@/c"; exit } wait;
system "@/pg-other", "-e", 'rmdir "@/d"';
"#;
const OTHER: &str = r#"
rmdir "@/noise" for 1..500;
if (!fork) { $> = 43210; rmdir "@/e"; if (!fork) { rmdir "@/f"; exit } wait; exit } wait;
open my $null, ">", "/dev/null"; syswrite $null, "x" for 1..500;
use IO::Socket::INET;
my $to = IO::Socket::INET->new(PeerAddr => "127.0.0.1", PeerPort => @PORT) or die;
syswrite $to, "x" x $_ for 1..3; send $to, "x" x 4, 0;
"#;

/// Whoever changed just before is never taken for what it was, and what no rule can match is left out.
#[test]
fn live_what_processes_and_sockets_become_is_not_missed() {
    const TEST: &str = "live_what_processes_and_sockets_become_is_not_missed";
    if !peregrine_testkit::root(TEST) {
        return;
    }
    if !Path::new("/usr/bin/perl").exists() {
        peregrine_testkit::skipped(TEST, "needs perl");
        return;
    }
    let scene = scene("become");
    let folder = scene.path();
    let at = folder.display().to_string();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let filled = |text: &str| text.replace("@PORT", &port).replace('@', &at);
    let rules = folder.join("rules.yaml");
    fs::write(&rules, filled(ABOUT_PROCESSES)).unwrap();
    for name in ["pg-planted", "pg-other"] {
        fs::copy("/usr/bin/perl", folder.join(name)).unwrap();
    }
    let mut reported = Vec::new();
    for pushdown in [false, true] {
        let run = Run::start(folder, &rules, pushdown);
        for (name, script) in [("pg-planted", PLANTED), ("pg-other", OTHER)] {
            let done = Command::new(folder.join(name)).arg("-e").arg(filled(script)).status();
            assert!(done.unwrap().success(), "{name}");
        }
        let (alerts, account) = run.stop();
        assert!(account.contains(" 0 lost"), "{account}");
        reported.push(alerts);
        if pushdown {
            let left = |call: &str| -> usize {
                let line = account.lines().find(|line| line.contains("left out in the kernel"));
                let count = line.unwrap().split(&format!(" {call} ")).nth(1);
                count.map_or(0, |rest| rest.split(',').next().unwrap().trim().parse().unwrap())
            };
            assert!(left("rmdir") >= 500 && left("write") >= 500, "{account}");
        }
    }
    let short: Vec<String> = reported[1].iter().map(|alert| alert.replace(&at, "")).collect();
    let expected = [
        "name pg-planted /a",
        "name pg-planted /b",
        "parent pg-planted /c",
        "parent pg-planted /d",
        "user 43210 /e",
        "user 43210 /f",
        "socket write 1",
        "socket write 2",
        "socket write 3",
        "socket sendto 4",
    ];
    for one in expected {
        assert!(short.iter().any(|alert| alert.ends_with(one)), "{one} in {short:#?}");
    }
    assert_eq!(reported[0], reported[1]);
}
