//! Policies, decided about acts of other processes.

use std::os::unix::process::CommandExt as _;
use std::sync::Mutex;

use peregrine_guard::layout::{
    ActEntry, CommMarks, END, FLAGS, MATCH, OBJECT, PathMarks, SUBJECT, Step, flag, needs,
};
use peregrine_guard::{Compiled, CompiledPolicy, PathKind, PathMark, PolicyAct};

use super::*;

/// Whoever calls itself `cat` does not write `FILE`, nobody runs what lies below `PROGRAMS`.
fn compiled(file: &Path, programs: &Path, mode: Mode) -> Arc<Compiled> {
    let policy = |name: &str, id: u32, act: Act| CompiledPolicy {
        name: name.to_owned(),
        id,
        rules: Vec::new(),
        action: Action::Deny,
        mode,
        fail_closed: false,
        even_the_way_in: false,
        output: None,
        file: "guard.yaml".to_owned(),
        place: peregrine_guard::Place { line: 1, column: 1, offset: 0 },
        acts: vec![PolicyAct { act, level: Level::Fanotify, exact: true, words: String::new() }],
    };
    let step = |word: usize, mask: u64, yes: u16, no: u16| Step {
        mask,
        word: u16::try_from(word).unwrap(),
        yes,
        no,
        pad: 0,
    };
    let none = ActEntry { all: END, no_object: END, needs: 0 };
    let mut acts = [none; peregrine_guard::layout::ACTS];
    let asked = needs::OBJECT | needs::COMM;
    acts[Act::Open as usize] = ActEntry { all: 0, no_object: END, needs: asked };
    acts[Act::Exec as usize] = ActEntry { all: 3, no_object: END, needs: asked };
    let mark = |path: &Path, kind, object: u64| PathMark {
        path: path.as_os_str().as_encoded_bytes().to_vec(),
        kind,
        marks: PathMarks { object: [object, 0, 0, 0], ..PathMarks::default() },
    };
    let shell = CommMarks { subject: [1, 0, 0, 0], ..CommMarks::default() };
    Arc::new(Compiled {
        policies: vec![policy("opens", 7, Act::Open), policy("runs", 8, Act::Exec)],
        acts,
        steps: vec![
            step(OBJECT, 1, 1, END),
            step(FLAGS, flag::WRITE, 2, END),
            step(SUBJECT, 1, MATCH, END),
            step(OBJECT, 2, MATCH | 1, END),
        ],
        paths: vec![mark(file, PathKind::Exact, 1), mark(programs, PathKind::Below, 2)],
        comms: vec![(b"sh".to_vec(), shell)],
        ..Compiled::none()
    })
}

#[test]
fn policies_decide_by_object_flags_and_process() {
    let name = "policies_decide_by_object_flags_and_process";
    let Some((_folder, at)) = place(name) else { return };
    let file = at.join("file");
    let programs = at.join("programs");
    fs::write(&file, "before\n").unwrap();
    fs::create_dir(&programs).unwrap();
    let program = programs.join("true");
    fs::copy("/bin/true", &program).unwrap();
    let script = programs.join("script");
    fs::write(&script, "#!/bin/sh\nexit 0\n").unwrap();
    fs::set_permissions(&script, fs::metadata(&program).unwrap().permissions()).unwrap();
    let verdicts: Arc<Mutex<Vec<Verdict>>> = Arc::default();
    let taken = Arc::clone(&verdicts);
    let report: Report = Arc::new(move |verdict| taken.lock().unwrap().push(verdict));
    let enforced = compiled(&file, &programs, Mode::Enforce);
    let policies = Arc::new(Policies::new(Arc::clone(&enforced), &[], |_| None, report));
    let mut group = Fanotify::start(Arc::clone(&policies) as Arc<dyn Decide>).unwrap();
    policies.look_up_in(group.places());
    let to_watch = watched(&enforced).unwrap();
    assert!(to_watch.programs && to_watch.protected[0].opens && !to_watch.protected[1].opens);
    assert_eq!(group.protect(to_watch.protected, || {}).len(), 0);
    assert_eq!(group.decide_programs(true).len(), 0);
    let act = |line: &str, name: &str| {
        let mut shell = Command::new("/bin/sh");
        shell.arg0(name).args(["-c", line]).stderr(Stdio::null());
        shell.status().unwrap().success()
    };
    let change = format!("echo after > {}", file.display());
    let look = format!("read line < {}", file.display());
    let run = program.display().to_string();
    let check = |line: &str, allowed: bool| assert_eq!(act(line, "sh"), allowed, "{line}");
    check(&look, true);
    check(&change, false);
    assert_eq!(fs::read_to_string(&file).unwrap(), "before\n");
    check(&run, false);
    check(&script.display().to_string(), false);
    check("/bin/true", true);
    until("both are reported", || verdicts.lock().unwrap().len() >= 3);
    let seen: Vec<_> = std::mem::take(&mut *verdicts.lock().unwrap());
    let first = &seen[0];
    assert_eq!((first.policy, first.act, first.mode), (7, Act::Open, Mode::Enforce));
    assert_eq!(
        (first.comm.as_slice(), first.level, first.late),
        (&b"sh"[..], Level::Fanotify, false)
    );
    let object = first.object.as_ref().unwrap();
    assert_eq!(Path::new(std::str::from_utf8(&object.path).unwrap()), file);
    assert!(first.flags & flag::WRITE != 0 && first.flags & flag::READ == 0 && first.pid != 0);
    assert!(seen[1..].iter().all(|verdict| (verdict.policy, verdict.act) == (8, Act::Exec)));
    // In shadow mode everything goes on, and is reported all the same.
    let shadow = compiled(&file, &programs, Mode::Shadow);
    let to_watch = watched(&shadow).unwrap();
    let next = Arc::clone(&shadow);
    group.protect(to_watch.protected, || policies.replace(next, &[]));
    check(&change, true);
    assert_eq!(fs::read_to_string(&file).unwrap(), "after\n");
    check(&run, true);
    until("both are reported", || verdicts.lock().unwrap().len() >= 2);
    assert!(verdicts.lock().unwrap().iter().all(|verdict| verdict.mode == Mode::Shadow));
    // Whoever is the way in is denied nothing.
    let shell = PathBuf::from("/bin/sh");
    group.protect(watched(&enforced).unwrap().protected, || {
        policies.replace(Arc::clone(&enforced), std::slice::from_ref(&shell));
    });
    check(&change, true);
}
