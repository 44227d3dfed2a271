//! What every machine does all day: no rule of ours may speak of it.
//!
//! Each act prepares its folder before the watch begins, is started, and is waited for. Its alerts
//! are those of its process, of processes below it, and of those that carry its mark.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::agent::MARK;

/// Tells of the programs that the acts are known to run somewhere below them.
pub(crate) const WITNESS: &str = "
- rule: Witness
  desc: a program of the test
  condition: evt.type in (execve, execveat) and proc.name in (git, rustc, dpkg, gzip, id, useradd)
  output: (program=%proc.name)
  priority: DEBUG
";

/// One everyday act, prepared.
pub(crate) struct Everyday {
    pub(crate) name: &'static str,
    runs: &'static str,
    command: Command,
    /// Appears when it has done its work; it then is ended. Without one it ends by itself.
    sign: Option<PathBuf>,
}

/// One that runs.
pub(crate) struct Running {
    pub(crate) name: &'static str,
    /// A program it runs.
    pub(crate) runs: &'static str,
    pub(crate) pid: u32,
    child: Child,
    sign: Option<PathBuf>,
}

impl Everyday {
    fn new(name: &'static str, runs: &'static str, words: &[&str]) -> Self {
        let mut command = Command::new(words[0]);
        command.args(&words[1..]).stdin(Stdio::null()).stdout(Stdio::null());
        // Where cargo's libraries lie is no business of the programs that are run.
        command.env(MARK, name).env_remove("LD_LIBRARY_PATH").stderr(Stdio::piped());
        Self { name, runs, command, sign: None }
    }

    fn until(mut self, sign: PathBuf) -> Self {
        self.sign = Some(sign);
        self
    }

    pub(crate) fn start(mut self) -> Running {
        let child = self.command.spawn().unwrap();
        Running { name: self.name, runs: self.runs, pid: child.id(), child, sign: self.sign }
    }
}

impl Running {
    /// Waits until its work is done.
    pub(crate) fn finish(mut self) {
        if let Some(sign) = &self.sign {
            let end = Instant::now() + Duration::from_secs(90);
            while !sign.exists() {
                assert!(Instant::now() < end, "{}: {} never came", self.name, sign.display());
                assert!(self.child.try_wait().unwrap().is_none(), "{} ended early", self.name);
                std::thread::sleep(Duration::from_millis(200));
            }
            // A moment for what comes after the sign.
            std::thread::sleep(Duration::from_millis(500));
            self.child.kill().unwrap();
            self.child.wait().unwrap();
            return;
        }
        let output = self.child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{}: {} {said}", self.name, output.status);
    }
}

/// Runs a command that prepares something.
fn prepare(words: &[&str]) {
    let output = Command::new(words[0]).args(&words[1..]).stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
}

fn write(path: &Path, text: &str, mode: u32) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

/// A clone of this repository.
fn git_clone(here: &Path) -> Option<Everyday> {
    let repository = peregrine_testkit::workspace();
    let known = Command::new("git").arg("-C").arg(&repository).args(["rev-parse", "HEAD"]).output();
    if !known.is_ok_and(|known| known.status.success()) {
        peregrine_testkit::skipped("quiet: git clone", "this folder is no whole repository");
        return None;
    }
    Some({
        let from = repository.display().to_string();
        let to = here.display().to_string();
        Everyday::new("git clone", "git", &["git", "clone", "--quiet", "--no-local", &from, &to])
    })
}

/// A build with programs that the build itself runs.
fn cargo_build(here: &Path) -> Everyday {
    let repository = peregrine_testkit::workspace();
    let target = here.display();
    let line = format!(
        "cd {} && cargo build --quiet --locked --offline -p peregrine-event --target-dir {target}",
        repository.display()
    );
    Everyday::new("cargo build", "rustc", &["sh", "-c", &line])
}

/// A package with everything packages bring: programs, a set-user-id file, a job, a service, a start
/// file, scripts. It is made here, so that no network is needed, and removed again at once.
fn apt_get(here: &Path) -> Everyday {
    let root = here.join("package");
    let name = format!("peregrine-quiet-{}", std::process::id());
    let place = |path: &str, text: &str, mode| write(&root.join(path), text, mode);
    place(
        "DEBIAN/control",
        &format!(
            "Package: {name}\nVersion: 1\nArchitecture: all\nMaintainer: nobody <nobody@invalid>\nDescription: made by a test, gone again at once\n"
        ),
        0o644,
    );
    for script in ["preinst", "postinst", "prerm", "postrm"] {
        let text = format!(
            "#!/bin/sh\nset -e\nln -sf true /usr/bin/{name}-link\nrm /usr/bin/{name}-link\n"
        );
        place(&format!("DEBIAN/{script}"), &text, 0o755);
    }
    place(&format!("usr/bin/{name}"), "#!/bin/sh\n:\n", 0o4755);
    place(&format!("usr/sbin/{name}"), "#!/bin/sh\n:\n", 0o755);
    place(&format!("etc/cron.d/{name}"), "# nothing\n", 0o644);
    place(&format!("etc/profile.d/{name}.sh"), "# nothing\n", 0o644);
    place(&format!("lib/systemd/system/{name}.service"), "[Service]\nExecStart=/bin/true\n", 0o644);
    let file = here.join("own.deb").display().to_string();
    prepare(&["dpkg-deb", "--root-owner-group", "--build", &root.display().to_string(), &file]);
    let wait = "-o DPkg::Lock::Timeout=60 -o APT::Sandbox::User=root -qq -y";
    let line = format!(
        "export DEBIAN_FRONTEND=noninteractive; apt-get {wait} install {file} && dpkg-reconfigure -f noninteractive {name} && apt-get {wait} purge {name}"
    );
    Everyday::new("apt-get install", "dpkg", &["sh", "-c", &line])
}

/// A copy of `/etc` with an empty table of jobs, to be mounted over the true one.
fn own_etc(here: &Path) {
    let shown = here.display().to_string();
    prepare(&["sh", "-c", &format!("cp -a /etc {shown}/etc && rm -rf {shown}/etc/cron*")]);
}

/// A job of the minute, by a cron that knows of no other.
fn cron(here: &Path) -> Everyday {
    let ran = here.join("ran");
    own_etc(here);
    write(&here.join("etc/cron.d/job"), &format!("* * * * * root id > {}\n", ran.display()), 0o644);
    std::fs::create_dir_all(here.join("spool/cron/crontabs")).unwrap();
    let line = format!(
        "mount --bind {0}/etc /etc && mount --bind {0}/spool /var/spool
         mount -t tmpfs t /run && exec cron -f",
        here.display()
    );
    Everyday::new("cron", "id", &["unshare", "--mount", "sh", "-c", &line]).until(ran)
}

/// A new user with a home of his own, by adduser, who then goes again.
fn adduser(here: &Path) -> Everyday {
    own_etc(here);
    for folder in ["home", "mail"] {
        std::fs::create_dir_all(here.join(folder)).unwrap();
    }
    let line = format!(
        "mount --bind {0}/etc /etc && mount --bind {0}/home /home && mount --bind {0}/mail /var/mail
         adduser --quiet --disabled-password --gecos '' quietly && deluser --quiet quietly",
        here.display()
    );
    Everyday::new("adduser", "useradd", &["unshare", "--mount", "sh", "-c", &line])
}

/// A name for one of several programs.
fn alternatives(here: &Path) -> Everyday {
    let name = format!("peregrine-quiet-{}", std::process::id());
    for folder in ["alt", "admin"] {
        std::fs::create_dir_all(here.join(folder)).unwrap();
    }
    let tool = format!(
        "update-alternatives --quiet --altdir {0}/alt --admindir {0}/admin",
        here.display()
    );
    let line = format!(
        "{tool} --install /usr/bin/{name} {name} /bin/true 1 && {tool} --remove {name} /bin/true && id"
    );
    Everyday::new("update-alternatives", "id", &["sh", "-c", &line])
}

/// Files of a system copied, and one unpacked: what lies elsewhere is no login procedure.
fn copies(here: &Path) -> Everyday {
    let line = format!(
        "cd {0} && mkdir -p backup/etc root/usr/lib/x86_64-linux-gnu/security && cp -a /etc/pam.d backup/etc/ && mkdir backup/etc/security && cp -a /etc/security/pam_* backup/etc/security/
         echo x > root/usr/lib/x86_64-linux-gnu/security/pam_unix.so && tar -cf root.tar root && rm -r root
         tar -xf root.tar && id",
        here.display()
    );
    Everyday::new("copies of a system", "id", &["sh", "-c", &line])
}

/// A place that is only looked up, the process's own memory, and a write to oneself.
fn harmless_calls(_: &Path) -> Everyday {
    let text = r#"
        my $shadow = "/etc/shadow";
        syscall(257, -100, $shadow, 010000000, 0) >= 0 or die $!;
        for my $name ("/proc/self/mem", "/proc/$$/mem", "/proc/thread-self/mem") {
            open(my $memory, "+<", $name) or die "$name $!"; open($memory, "<", $name) or die $!;
        }
        my ($from, $to) = ("a", "b");
        my @pieces = map { pack("QQ", unpack("Q", pack("p", $_)), 1) } $from, $to;
        syscall(311, $$, $pieces[0], 1, $pieces[1], 1, 0) == 1 or die $!;
        system("id") == 0 or die;
    "#;
    Everyday::new("harmless calls", "id", &["perl", "-e", text])
}

/// A login with a key, and a command over there.
fn ssh_login(here: &Path) -> Everyday {
    let shown = here.display();
    std::fs::create_dir_all("/run/sshd").unwrap();
    for key in ["host", "own"] {
        prepare(&["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", &format!("{shown}/{key}")]);
    }
    std::fs::copy(here.join("own.pub"), here.join("allowed")).unwrap();
    let port = peregrine_testkit::free_port();
    let settings = format!(
        "ListenAddress 127.0.0.1:{port}\nHostKey {shown}/host\nPidFile none\nUsePAM yes\nStrictModes no\nPermitRootLogin yes\nAuthorizedKeysFile {shown}/allowed\nSubsystem sftp internal-sftp\n"
    );
    write(&here.join("sshd_config"), &settings, 0o600);
    let line = format!(
        "/usr/sbin/sshd -D -f {shown}/sshd_config & server=$!
         trap 'kill $server' EXIT
         for attempt in 1 2 3 4 5 6 7 8 9 10; do
             ssh -n -q -i {shown}/own -p {port} -o BatchMode=yes -o StrictHostKeyChecking=no \\
                 -o UserKnownHostsFile={shown}/known root@127.0.0.1 'id; ls -la ~' && exit 0
             sleep 0.3
         done
         exit 1"
    );
    Everyday::new("ssh login", "id", &["bash", "-c", &line])
}

/// The night's rotation of the logs of a machine whose logs are these.
fn logrotate(here: &Path) -> Everyday {
    for log in ["auth.log", "syslog", "wtmp", "btmp"] {
        write(&here.join("log").join(log), "a line\n", 0o640);
    }
    let settings = "/var/log/auth.log /var/log/syslog {\n    rotate 2\n    compress\n    missingok\n    su root root\n    postrotate\n        true\n    endscript\n}\n/var/log/wtmp /var/log/btmp {\n    create 0660 root root\n    rotate 1\n    su root root\n}\n";
    write(&here.join("settings"), settings, 0o644);
    let line = format!(
        "mount --bind {0}/log /var/log && logrotate --force --state {0}/state {0}/settings",
        here.display()
    );
    Everyday::new("logrotate", "gzip", &["unshare", "--mount", "sh", "-c", &line])
}

/// Whether a program is there; where not, a loud line says what is not tested.
fn installed(test: &str, program: &str) -> bool {
    let there = ["/usr/sbin", "/usr/bin", "/sbin", "/bin"]
        .iter()
        .any(|folder| Path::new(folder).join(program).exists());
    if !there {
        peregrine_testkit::skipped(
            test,
            &format!("no {program}: scripts/deps.sh test installs it"),
        );
    }
    there
}

/// All of them, ready to start.
pub(crate) fn acts(test: &str, folder: &Path) -> Vec<Everyday> {
    let room = |name: &str| {
        let path = folder.join(name);
        std::fs::create_dir_all(&path).unwrap();
        path
    };
    let mut acts = Vec::new();
    let can_mount = peregrine_testkit::own_mounts(&format!("{test}: cron and logrotate"));
    acts.extend((can_mount && installed(test, "cron")).then(|| cron(&room("cron"))));
    acts.extend(git_clone(&folder.join("clone")));
    acts.push(cargo_build(&room("target")));
    acts.extend(installed(test, "apt-get").then(|| apt_get(&room("apt"))));
    acts.extend(installed(test, "sshd").then(|| ssh_login(&room("ssh"))));
    acts.extend((can_mount && installed(test, "adduser")).then(|| adduser(&room("adduser"))));
    acts.extend(
        installed(test, "update-alternatives").then(|| alternatives(&room("alternatives"))),
    );
    acts.push(copies(&room("copies")));
    acts.push(harmless_calls(folder));
    acts.extend((can_mount && installed(test, "logrotate")).then(|| logrotate(&room("logrotate"))));
    acts
}
