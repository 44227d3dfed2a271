//! Engines of the tests' own on unix sockets: those that answer as real ones do, and those that do not.

mod grpc;
mod hostile;
mod http;
mod server;
mod storage;

use std::path::PathBuf;
use std::time::Duration;

use peregrine_state::{Container, Runtime, SeenContainer};

use crate::settings::{Limits, PodmanStorage, Settings};
use crate::{Lookups, Problem, Report};

pub(crate) const ID: &str = "0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f9";

/// A folder that goes away with the test.
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("pg-c-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn socket(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Nobody is asked.
pub(crate) fn nobody() -> Settings {
    Settings {
        docker: Vec::new(),
        podman: Vec::new(),
        podman_users: false,
        podman_storage: PodmanStorage::Unread,
        containerd: Vec::new(),
        cri: Vec::new(),
        limits: Limits { retry: Duration::from_millis(1), attempts: 3, ..Limits::default() },
        ..Settings::default()
    }
}

pub(crate) fn seen(runtime: Runtime, id: &str) -> SeenContainer {
    SeenContainer {
        id: id.chars().take(12).collect(),
        full_id: id.to_owned(),
        runtime,
        cgroup: format!("/{id}"),
    }
}

/// The answer about a container, and the problems reported before it.
pub(crate) fn look_up(lookups: &Lookups, seen: SeenContainer) -> (Option<Container>, Vec<Problem>) {
    let id = seen.id.clone();
    assert!(lookups.request(seen), "{id} is taken");
    let mut problems = Vec::new();
    loop {
        match lookups.wait(Duration::from_mins(1)).expect("an answer") {
            Report::Answer(answer) => {
                assert_eq!(answer.id, id);
                return (answer.container, problems);
            }
            Report::Problem(problem) => problems.push(problem),
        }
    }
}

/// The description of a container by engines that do not fail.
pub(crate) fn described(settings: Settings, seen: SeenContainer) -> Option<Container> {
    let lookups = Lookups::start(settings).unwrap();
    let (found, problems) = look_up(&lookups, seen);
    assert_eq!(problems, []);
    found
}
