//! The policies we ship, enforced: an act of its kind is denied by each, and ordinary work goes on.

use std::ffi::CString;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use peregrine_enforce::{Guard, Options, kernel::capabilities};
use peregrine_guard::{Act, Capabilities, Compiled, Level, Mode, compile, load};
use peregrine_rules::SourceText;

use crate::acts::{Outcome, call, forked, number};
use crate::agreement::TestAccounts;

const POLICIES: &str = include_str!("../../../../rules/guard.yaml");

/// An act that a policy denies, by words of its name.
type Denied = (&'static str, fn() -> Outcome);

const ACTS: &[Denied] = &[
    ("password hashes", || open(c"/etc/shadow", libc::O_RDONLY)),
    ("private keys", || open(c"/etc/ssh/ssh_host_rsa_key", libc::O_RDONLY)),
    ("memory of the kernel", || open(c"/dev/mem", libc::O_RDONLY)),
    ("system accounts", || open(c"/etc/passwd", libc::O_WRONLY | libc::O_APPEND)),
    ("configuration of the kernel", || open(c"/etc/sysctl.d/x", libc::O_WRONLY | libc::O_CREAT)),
    ("starts by itself", || open(c"/etc/cron.d/x", libc::O_WRONLY | libc::O_CREAT)),
    ("keys that open an account", || {
        open(c"/root/.ssh/authorized_keys", libc::O_WRONLY | libc::O_CREAT)
    }),
    ("web servers", || said(Command::new(SERVER).args(OF_SERVER).env(STARTS_SHELL, "1").status())),
    ("folders that everybody writes", || exec(c"/tmp/starter-program")),
    ("from memory", || {
        let fd = call!(memfd_create(c"x".as_ptr(), 0))?;
        let bytes = std::fs::read("/bin/true").map_err(|error| number(&error))?;
        std::fs::write(format!("/proc/self/fd/{fd}"), bytes).map_err(|error| number(&error))?;
        exec(&CString::new(format!("/proc/self/fd/{fd}")).unwrap())
    }),
    ("modules", || {
        let fd = call!(open(c"/modules/dummy.ko".as_ptr(), libc::O_RDONLY))?;
        call!(syscall(libc::SYS_finit_module, fd, c"".as_ptr(), 0)).map(drop)
    }),
    ("processes are traced", || {
        let (mut to, from) = ([0_u8; 4], *b"text");
        let to = libc::iovec { iov_base: to.as_mut_ptr().cast(), iov_len: 4 };
        let from = libc::iovec { iov_base: from.as_ptr().cast_mut().cast(), iov_len: 4 };
        // SAFETY: a number.
        let parent = unsafe { libc::getppid() };
        call!(process_vm_readv(parent, &raw const to, 1, &raw const from, 1, 0)).map(drop)
    }),
    ("metadata", || {
        call!(syscall(libc::SYS_setuid, 1))?;
        match std::net::TcpStream::connect("169.254.169.254:80") {
            Err(error) if number(&error) == libc::EPERM => Err(libc::EPERM),
            // There is none here.
            _ => Ok(()),
        }
    }),
];

const SERVER: &str = "/usr/local/bin/nginx";
const OF_SERVER: [&str; 4] =
    ["--ignored", "--exact", "starter::a_server_that_starts_a_shell", "--nocapture"];
const STARTS_SHELL: &str = "PEREGRINE_TEST_STARTS_A_SHELL";

fn open(path: &std::ffi::CStr, flags: i32) -> Outcome {
    call!(open(path.as_ptr(), flags, 0o600)).map(drop)
}

fn exec(path: &std::ffi::CStr) -> Outcome {
    let (words, none) = ([path.as_ptr(), std::ptr::null()], [std::ptr::null()]);
    call!(execve(path.as_ptr(), words.as_ptr(), none.as_ptr())).map(drop)
}

/// What a program ended with.
fn said(status: std::io::Result<std::process::ExitStatus>) -> Outcome {
    let code = status.map_err(|error| number(&error))?.code();
    code.filter(|code| *code != 0).map_or(Ok(()), Err)
}

#[test]
#[ignore = "a web server that another test starts"]
#[expect(clippy::exit, reason = "what the shell said is what this process ends with")]
fn a_server_that_starts_a_shell() {
    if std::env::var_os(STARTS_SHELL).is_some() {
        let shell = Command::new("/bin/sh").args(["-c", ":"]).status();
        std::process::exit(said(shell).err().unwrap_or(0));
    }
}

/// Files of a host, which guests have none of.
fn furnish() {
    for folder in ["/etc/ssh", "/etc/sysctl.d", "/etc/cron.d", "/root/.ssh", "/usr/local/bin"] {
        std::fs::create_dir_all(folder).unwrap();
    }
    for file in ["/etc/shadow", "/etc/ssh/ssh_host_rsa_key"] {
        std::fs::write(file, "secret").unwrap();
    }
    for (from, to) in
        [("/bin/true".into(), "/tmp/starter-program"), (std::env::current_exe().unwrap(), SERVER)]
    {
        std::fs::copy::<std::path::PathBuf, _>(from, to).unwrap();
        std::fs::set_permissions(to, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
}

fn undo() {
    for file in ["/etc/sysctl.d/x", "/etc/cron.d/x", "/root/.ssh/authorized_keys"] {
        let _ = std::fs::remove_file(file);
    }
    let _ = call!(syscall(libc::SYS_delete_module, c"dummy".as_ptr(), libc::O_NONBLOCK));
}

/// What a host does all day, as far as a shell can.
const WORK: &str = "
set -e
cd /tmp; /bin/busybox mkdir -p work/deep; cd work
n=0
while [ $n -lt 30 ]; do
  echo line >>log; echo $n >deep/$n; /bin/busybox cp log deep/copy; /bin/busybox mv deep/copy deep/moved
  /bin/busybox grep -q root /etc/passwd; /bin/busybox ln -sf log link; /bin/busybox chmod 600 log
  /bin/busybox sed -i s/line/text/ log; /bin/busybox ls -l /etc /usr /proc/self >list; /bin/busybox rm deep/$n
  n=$((n + 1))
done
/bin/busybox mount -t tmpfs t deep; /bin/busybox umount deep; /bin/busybox sh -c '/bin/busybox sleep 9 & kill $!'
/bin/busybox tar cf t.tar log link; /bin/busybox tar xf t.tar; /bin/busybox gzip -f log; /bin/busybox find . >list
cd /; /bin/busybox rm -r /tmp/work
";

fn enforced(level: Level) -> Compiled {
    let file = [SourceText { name: "guard.yaml", text: POLICIES }];
    let mut policies = load(&file, &[], &peregrine_rules::Options::default()).policies;
    for policy in &mut policies.policies {
        policy.mode = Mode::Enforce;
    }
    compile(&policies, &Capabilities::of(&[level]), &TestAccounts)
        .unwrap_or_else(|all| panic!("{}", all[0]))
}

#[test]
fn the_policies_we_ship_deny_their_acts_and_no_work() {
    let _alone = crate::acts::alone();
    let levels = capabilities().of_act(Act::Open);
    let level = [Level::Lsm, Level::FmodRet].into_iter().find(|one| levels.contains(*one));
    // It writes to the folders of the host.
    let (Some(level), Some(_)) = (level, std::env::var_os("PEREGRINE_GUEST")) else {
        println!("GUARD the_policies_we_ship_deny_their_acts_and_no_work: only in a guest");
        return;
    };
    furnish();
    for (name, act) in ACTS {
        assert_eq!(forked(act), Some(0), "{name}: without a policy");
        undo();
    }
    let compiled = enforced(level);
    assert_eq!(compiled.policies.len(), ACTS.len(), "an act of each policy");
    let options = Options { level: Some(level), ..Options::default() };
    let mut guard = Guard::start(&compiled, &options).unwrap();
    let denied = |guard: &Guard, id: u32| {
        guard.counts().unwrap().policies.get(&id).map_or(0, |hits| hits.denied)
    };
    let work = Command::new("/bin/sh").args(["-c", WORK]).status().unwrap();
    let counts = guard.counts().unwrap();
    let mut said = Vec::new();
    guard.poll(std::time::Duration::ZERO, &mut |verdict| said.push(verdict.clone())).unwrap();
    assert!(work.success(), "{work}: {said:?}");
    assert!(counts.policies.values().all(|hits| hits.denied == 0), "{said:?}");
    let mut wrong = Vec::new();
    for (name, act) in ACTS {
        let policy = compiled.policies.iter().find(|policy| policy.name.contains(name)).unwrap();
        let before = denied(&guard, policy.id);
        let said = forked(act);
        let after = denied(&guard, policy.id);
        if said != Some(libc::EPERM) || after == before {
            wrong.push(format!("{name}: {said:?}, denied {}", after - before));
        }
    }
    let made =
        ["/etc/sysctl.d/x", "/etc/cron.d/x", "/root/.ssh/authorized_keys", "/sys/module/dummy"];
    wrong.extend(
        made.into_iter().filter(|path| std::path::Path::new(path).exists()).map(String::from),
    );
    undo();
    println!(
        "STRENGTH\t{}\tthe {} policies we ship, enforced\t30 rounds of a shell's work, an act for each policy\t{} not \
         denied\tno work denied",
        level.name(),
        compiled.policies.len(),
        wrong.len()
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
