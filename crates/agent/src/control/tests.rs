use std::io::{Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::process::Command;
use std::sync::mpsc;
use std::time::Instant;

use peregrine_control::{
    AnswerError, FailureKind, REQUEST_MAX, Request, parse_answer, request_line,
};
use serde_json::{Value as Json, json};

use super::*;

const SOON: Duration = Duration::from_secs(30);
/// Far more than a request of a test takes.
const GENEROUS: Limits = Limits { connections: 16, idle: SOON, line: SOON };

/// A folder of the test's own.
struct Stage(PathBuf);

impl Stage {
    fn new(name: &str) -> Self {
        let folder =
            std::env::temp_dir().join(format!("peregrine-control-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    fn path(&self) -> PathBuf {
        self.0.join("control.sock")
    }

    fn serve(&self, limits: Limits) -> ControlSocket {
        ControlSocket::with_limits(&self.path(), echo(), limits).unwrap()
    }

    fn client(&self) -> UnixStream {
        let stream = UnixStream::connect(self.path()).unwrap();
        stream.set_read_timeout(Some(SOON)).unwrap();
        stream
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Answers each request with itself.
fn echo() -> Answer {
    Arc::new(|request: &Request| Ok(json!(format!("{request:?}"))))
}

fn asked(stage: &Stage) -> Result<Json, AskError> {
    ask(&stage.path(), &Request::Status {}, SOON)
}

/// Everything the agent says until it closes the connection.
fn heard(mut stream: UnixStream) -> String {
    let mut said = Vec::new();
    // A connection that is closed before all of a request is read is reset behind what was said.
    let _ = stream.read_to_end(&mut said);
    String::from_utf8(said).unwrap()
}

fn failure(line: &str) -> FailureKind {
    match parse_answer(line.as_bytes()) {
        Err(AnswerError::Failed(failure)) => failure.kind,
        other => panic!("{line}: {other:?}"),
    }
}

#[test]
fn requests_are_answered_in_turn() {
    let stage = Stage::new("turn");
    let socket = stage.serve(GENEROUS);
    assert_eq!(asked(&stage).unwrap(), json!("Status"));
    let mut stream = stage.client();
    let both =
        request_line(&Request::Outputs {}) + "nonsense\n" + &request_line(&Request::Status {});
    stream.write_all(both.as_bytes()).unwrap();
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    let said = heard(stream);
    let lines: Vec<&str> = said.lines().collect();
    let [first, second, third] = lines[..] else { panic!("{said}") };
    assert_eq!(parse_answer(first.as_bytes()).unwrap(), json!("Outputs"));
    assert_eq!(failure(second), FailureKind::BadRequest);
    assert_eq!(parse_answer(third.as_bytes()).unwrap(), json!("Status"));
    drop(socket);
    assert!(!stage.path().exists());
    assert!(matches!(asked(&stage), Err(AskError::NoAgent { .. })));
}

#[test]
fn the_socket_is_for_its_owner_only() {
    let stage = Stage::new("mode");
    let path = stage.0.join("folder/control.sock");
    let socket = ControlSocket::start(&path, echo()).unwrap();
    let mode = |path: &Path| fs::symlink_metadata(path).unwrap().permissions().mode() & 0o7777;
    assert_eq!(mode(&path), 0o600);
    assert_eq!(mode(path.parent().unwrap()), 0o700);
    drop(socket);
}

#[test]
fn another_user_is_refused_though_the_socket_lets_them() {
    let test = "another_user_is_refused_though_the_socket_lets_them";
    if !peregrine_testkit::root(test) {
        return;
    }
    let stage = Stage::new("user");
    let socket = stage.serve(GENEROUS);
    let client = "use Socket; $SIG{PIPE} = 'IGNORE'; socket(S, AF_UNIX, SOCK_STREAM, 0); \
                  connect(S, sockaddr_un($ARGV[0])) or die qq(refused: $!\\n); \
                  syswrite(S, $ARGV[1]); print while <S>";
    let ask_as = |uid: u32| {
        let done = Command::new("perl")
            .args(["-e", client])
            .arg(stage.path())
            .arg(request_line(&Request::Status {}))
            .uid(uid)
            .gid(uid)
            .output()
            .unwrap();
        String::from_utf8([done.stdout, done.stderr].concat()).unwrap()
    };
    fs::set_permissions(&stage.0, fs::Permissions::from_mode(0o755)).unwrap();
    assert_eq!(ask_as(65534), "refused: Permission denied\n");
    fs::set_permissions(stage.path(), fs::Permissions::from_mode(0o666)).unwrap();
    assert_eq!(failure(&ask_as(65534)), FailureKind::NotAllowed);
    drop(socket);
}

#[test]
fn what_a_dead_agent_left_is_replaced_and_what_lives_is_not() {
    let stage = Stage::new("stale");
    let path = stage.path();
    // It listens and takes no lock.
    let other = UnixListener::bind(&path).unwrap();
    let start = || ControlSocket::start(&path, echo());
    assert!(matches!(start(), Err(ControlError::Taken { .. })));
    drop(other);
    assert!(path.exists());
    let living = start().unwrap();
    for _ in 0..2 {
        let error = start().unwrap_err();
        assert_eq!(error.to_string(), format!("another agent listens at {}", path.display()));
        assert_eq!(asked(&stage).unwrap(), json!("Status"));
    }
    // Another one at the same path stays when the first ends.
    fs::remove_file(&path).unwrap();
    let other = UnixListener::bind(&path).unwrap();
    drop(living);
    assert!(path.exists());
    drop(other);
    drop(start().unwrap());
    assert!(!path.exists());
}

#[test]
fn a_path_that_cannot_be_is_an_error_that_names_it() {
    let stage = Stage::new("path");
    let check = |path: &Path, expected: &str| {
        let error = ControlSocket::start(path, echo()).unwrap_err().to_string();
        assert!(error.contains(expected) && error.contains(&*path.to_string_lossy()), "{error}");
    };
    let file = stage.0.join("file");
    fs::write(&file, "kept").unwrap();
    check(&file, "is there and no socket");
    assert_eq!(fs::read_to_string(&file).unwrap(), "kept");
    check(&stage.0.join("x".repeat(120)), "107 bytes at most");
    let link = stage.0.join("link");
    std::os::unix::fs::symlink(&file, &link).unwrap();
    check(&link, "is there and no socket");
    std::os::unix::fs::symlink(&file, stage.0.join("x.lock")).unwrap();
    let error = ControlSocket::start(&stage.0.join("x"), echo()).unwrap_err().to_string();
    assert!(error.starts_with("cannot open "), "{error}");
}

#[test]
fn clients_that_stop_half_way_hold_nobody_up() {
    let stage = Stage::new("slow");
    let soon = Duration::from_millis(100);
    let _socket = stage.serve(Limits { connections: 16, idle: soon, line: soon });
    let silent = stage.client();
    let mut half = stage.client();
    half.write_all(br#"{"version": 1, "req"#).unwrap();
    let mut ended = stage.client();
    ended.write_all(br#"{"version": 1}"#).unwrap();
    ended.shutdown(std::net::Shutdown::Write).unwrap();
    assert_eq!(asked(&stage).unwrap(), json!("Status"));
    assert_eq!(failure(&heard(silent)), FailureKind::TooLate);
    assert_eq!(failure(&heard(half)), FailureKind::TooLate);
    assert_eq!(failure(&heard(ended)), FailureKind::BadRequest);
}

#[test]
fn a_request_that_is_too_long_is_not_read_to_its_end() {
    let stage = Stage::new("long");
    let _socket = stage.serve(GENEROUS);
    let mut stream = stage.client();
    let piece = [b'x'; 1 << 13];
    let mut sent = 0;
    while sent < 100 << 20 {
        match stream.write(&piece) {
            Ok(size) => sent += size,
            Err(_) => break,
        }
    }
    assert!(sent < 100 << 20, "all of it was read");
    assert_eq!(failure(&heard(stream)), FailureKind::TooLong);
    // The longest one that is a request, and one more byte.
    let request = request_line(&Request::Status {});
    for (length, answered) in [(REQUEST_MAX, true), (REQUEST_MAX + 1, false)] {
        let mut stream = stage.client();
        let line = " ".repeat(length - request.len()) + &request;
        let _ = stream.write_all(line.as_bytes());
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        let said = heard(stream);
        assert_eq!(parse_answer(said.as_bytes()).is_ok(), answered, "{length}: {said}");
    }
}

#[test]
fn so_many_are_connected_at_once_and_no_more() {
    let stage = Stage::new("many");
    let _socket = stage.serve(Limits { connections: 2, ..GENEROUS });
    let greet = |stream: &mut UnixStream| {
        stream.write_all(request_line(&Request::Status {}).as_bytes()).unwrap();
        assert!(stream.read(&mut [0; 100]).unwrap() > 0);
    };
    let mut two = [stage.client(), stage.client()];
    two.iter_mut().for_each(greet);
    assert_eq!(failure(&heard(stage.client())), FailureKind::Busy);
    drop(two);
    let end = Instant::now() + SOON;
    while asked(&stage).is_err() {
        assert!(Instant::now() < end, "their places stay taken");
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn an_answer_nobody_takes_ends_the_connection() {
    let stage = Stage::new("unread");
    let (begun, begins) = mpsc::channel();
    let large: Answer = Arc::new(move |_: &Request| {
        let _ = begun.send(());
        Ok(json!("x".repeat(3 << 20)))
    });
    let limits = Limits { connections: 1, idle: SOON, line: Duration::from_millis(100) };
    let _socket = ControlSocket::with_limits(&stage.path(), large, limits).unwrap();
    let mut deaf = stage.client();
    deaf.write_all(request_line(&Request::Status {}).as_bytes()).unwrap();
    begins.recv_timeout(SOON).unwrap();
    // Whoever reads gets all of it, once the one that does not is gone.
    let end = Instant::now() + SOON;
    loop {
        match asked(&stage) {
            Ok(answer) => return assert_eq!(answer.as_str().map(str::len), Some(3 << 20)),
            Err(error) => assert!(Instant::now() < end, "{error}"),
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}
