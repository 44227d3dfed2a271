use std::collections::BTreeMap;

use peregrine_control::{
    CallActivity, ContainerActivity, Flow, LostEvents, OutputCondition, OutputStatus,
    ProcessActivity, Reloads, RuleActivity, RulesStatus, Sensor,
};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::*;

fn status() -> AgentStatus {
    let flow = |total, per_second| Flow { total, per_second };
    let output = OutputStatus {
        name: "webhook hooks".to_owned(),
        state: OutputCondition::CircuitOpen,
        retry_in_seconds: Some(3.0),
        queued: 12,
        lag_seconds: 90.0,
        in_journal: true,
        delivered: 1000,
        retries: 1,
        refused: 1,
        given_up: 2,
        dead_letters: 3,
        dropped: 4,
        left_out: 0,
        held_back: 0,
        truncated: 0,
        last_error: None,
    };
    AgentStatus {
        guard: None,
        version: "0.1.0".to_owned(),
        pid: 4711,
        started: "2026-01-01T00:00:00Z".to_owned(),
        uptime_seconds: 3700.0,
        age_seconds: 0.1,
        sensor: Sensor {
            engine: "modern_ebpf".to_owned(),
            kernel: "6.12".to_owned(),
            syscalls: 60,
            programs: 40,
            threads: 300,
        },
        rules: RulesStatus { loaded: 80, enabled: 78, since: "2026-01-01T00:00:00Z".to_owned() },
        reloads: Reloads {
            applied: 0,
            rejected: 0,
            took_seconds: None,
            pause_seconds: None,
            error: None,
        },
        events: flow(1_000_000, 1234.0),
        filtered: 5_000_000,
        alerts: flow(7, 0.2),
        lost: LostEvents { total: 3, classes: BTreeMap::from([("scratch".to_owned(), 3)]) },
        outputs: vec![output],
        journal: None,
        rss_bytes: Some(24 << 20),
        delay_seconds: None,
    }
}

fn said() -> Said {
    let call = |name: &str, events| CallActivity { name: name.to_owned(), events };
    let process = |pid, name: &str, container: Option<&str>, events| ProcessActivity {
        pid,
        name: name.to_owned(),
        container: container.map(str::to_owned),
        events,
    };
    let activity = Activity {
        seconds: 2.0,
        events: 300,
        calls: vec![call("openat", 200), call("close", 3), call("connect", 100)],
        rules: vec![RuleActivity { name: "Password file read".to_owned(), matches: 1 }],
        processes: vec![
            process(7, "nginx", Some("3f1c"), 2000),
            // What a process calls itself is not to be believed.
            process(31, "\u{1b}[31mevil\n", None, 10),
        ],
        containers: vec![ContainerActivity {
            id: "3f1c".to_owned(),
            name: "web".to_owned(),
            image: "docker.io/library/nginx:1".to_owned(),
            events: 2000,
        }],
        left_out: 0,
    };
    Said { status: status(), activity }
}

/// The lines of a terminal.
fn lines(screen: &mut Screen) -> Vec<String> {
    let mut terminal = Terminal::new(TestBackend::new(100, 30)).unwrap();
    terminal.draw(|frame| draw::draw(frame, screen)).unwrap();
    let text = terminal.backend().to_string();
    text.lines().map(|line| line.trim_matches('"').trim_end().to_owned()).collect()
}

fn press(screen: &mut Screen, codes: &[KeyCode]) -> Step {
    let press = |code: &KeyCode| screen.key(KeyEvent::new(*code, KeyModifiers::NONE));
    codes.iter().map(press).last().unwrap()
}

/// The words of the first column of the table that has the focus, from above.
fn column(screen: &Screen) -> Vec<String> {
    let rows = screen.panels[screen.focus].rows(&screen.said);
    rows.iter().map(|row| row[0].shown()).collect()
}

#[test]
fn everything_is_on_one_screen() {
    let mut screen = Screen::new(said());
    let lines = lines(&mut screen);
    let all = lines.join("\n");
    for words in [
        "peregrine 0.1.0, process 4711",
        "78 rules   60 calls watched   memory 24",
        "events 150/s   alerts 0.2/s   left out in the kernel 5",
        "lost 3: scratch 3",
        "3 calls",
        "openat",
        "100",
        "Password file read",
        "0.5",
        "nginx",
        "docker.io/lib",
        "webhook hooks",
        "circuit open",
        "Tab table",
    ] {
        assert!(all.contains(words), "{words} in\n{all}");
    }
    assert!(!all.contains('\u{1b}') && all.contains("evil"), "{all}");
}

#[test]
fn keys_sort_and_filter() {
    let mut screen = Screen::new(said());
    let check = |screen: &mut Screen, codes: &[KeyCode], expected: &[&str]| {
        assert_eq!(press(screen, codes), Step::Go, "{codes:?}");
        assert_eq!(column(screen), expected, "{codes:?}");
    };
    let key = KeyCode::Char;
    check(&mut screen, &[KeyCode::Up], &["openat", "connect", "close"]);
    check(&mut screen, &[key('s')], &["close", "connect", "openat"]);
    check(&mut screen, &[key('r')], &["openat", "connect", "close"]);
    // While the filter is typed keys are text.
    check(&mut screen, &[key('/'), key('C'), key('q')], &[]);
    check(&mut screen, &[KeyCode::Backspace], &["connect", "close"]);
    assert!(lines(&mut screen).last().unwrap().contains("filter calls: C_"));
    check(&mut screen, &[KeyCode::Enter, KeyCode::Tab], &["Password file read"]);
    check(&mut screen, &[KeyCode::BackTab], &["connect", "close"]);
    check(&mut screen, &[key('/'), KeyCode::Esc], &["openat", "connect", "close"]);
    // Numbers by their value: 7 before 31.
    check(&mut screen, &[KeyCode::Tab, KeyCode::Tab, key('s')], &["7", "31"]);
}

#[test]
fn one_table_is_shown_alone_and_scrolled() {
    let mut said = said();
    let calls = (0..100).map(|at| CallActivity { name: format!("call{at:02}"), events: 100 - at });
    said.activity.calls = calls.collect();
    let mut screen = Screen::new(said);
    press(&mut screen, &[KeyCode::Enter, KeyCode::PageDown]);
    let shown = lines(&mut screen);
    assert!(shown[3].contains("100 calls") && shown[5].contains("call10"), "{shown:#?}");
    // The end is the end.
    press(&mut screen, &[KeyCode::PageDown; 30]);
    let shown = lines(&mut screen);
    assert!(shown[shown.len() - 3].contains("call99"), "{shown:#?}");
    assert_eq!(press(&mut screen, &[KeyCode::Esc]), Step::Go);
    assert_eq!(press(&mut screen, &[KeyCode::Esc]), Step::End);
}

#[test]
fn what_is_wrong_is_said_and_pauses_are_kept() {
    let mut screen = Screen::new(said());
    screen.take(Err("no agent listens at /run/x".to_owned()));
    assert!(lines(&mut screen)[2].contains("no agent listens at /run/x"));
    press(&mut screen, &[KeyCode::Char(' ')]);
    let mut next = said();
    next.activity.calls.clear();
    screen.take(Ok(next.clone()));
    assert!(lines(&mut screen)[2].contains("paused"));
    assert_eq!(column(&screen).len(), 3);
    press(&mut screen, &[KeyCode::Char(' ')]);
    next.activity.left_out = 5;
    screen.take(Ok(next));
    assert_eq!(column(&screen).len(), 0);
    assert!(lines(&mut screen)[2].contains("5 events of processes"));
    let key = KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL);
    assert_eq!(screen.key(key), Step::End);
    assert_eq!(press(&mut screen, &[KeyCode::Char('q')]), Step::End);
}

#[test]
fn small_and_odd_terminals_are_drawn_too() {
    for (width, height) in [(1, 1), (10, 3), (40, 12), (300, 100)] {
        let mut screen = Screen::new(said());
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        terminal.draw(|frame| draw::draw(frame, &mut screen)).unwrap();
    }
}
