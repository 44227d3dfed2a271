//! Which engines are asked, and where they listen.

use std::path::{Path, PathBuf};
use std::time::Duration;

/// Which engines are asked, and where they listen. An engine without a socket is not asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The folder below which the host's files are; empty: `/`.
    pub host_root: PathBuf,
    /// Sockets of docker.
    pub docker: Vec<PathBuf>,
    /// Sockets of podman that are asked about every container of podman's.
    pub podman: Vec<PathBuf>,
    /// Whether the socket below `/run/user` of the user whose container it is is asked, too.
    pub podman_users: bool,
    /// Where podman stores its containers, for hosts on which it listens on no socket.
    pub podman_storage: PodmanStorage,
    /// Sockets of containerd, asked by its own interface.
    pub containerd: Vec<PathBuf>,
    /// Sockets with the container runtime interface of Kubernetes.
    pub cri: Vec<PathBuf>,
    /// Labels whose values have more bytes are left out.
    pub label_max_len: usize,
    /// Bounds of a request.
    pub limits: Limits,
}

/// Where podman stores its containers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PodmanStorage {
    /// Its storage is not read.
    Unread,
    /// In the usual places: that of the host's configuration, and below the home of the user whose
    /// container it is.
    Usual,
    /// In these folders.
    In(Vec<PathBuf>),
}

/// Bounds of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How long all requests to one engine about one container may take.
    pub time: Duration,
    /// Bytes of one answer, or of one file.
    pub answer: usize,
    /// Requests that one socket has at once.
    pub at_once: usize,
    /// Containers that wait to be looked up.
    pub queue: usize,
    /// How long after the first attempt the next one begins; each later one waits twice as long.
    pub retry: Duration,
    /// Attempts for a container that no engine knows.
    pub attempts: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            time: Duration::from_secs(5),
            answer: 4 << 20,
            at_once: 4,
            queue: 1024,
            retry: Duration::from_millis(25),
            attempts: 10,
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        let paths = |paths: &[&str]| paths.iter().map(PathBuf::from).collect::<Vec<_>>();
        Self {
            host_root: PathBuf::new(),
            docker: paths(&["/var/run/docker.sock"]),
            podman: paths(&["/run/podman/podman.sock"]),
            podman_users: true,
            podman_storage: PodmanStorage::Usual,
            containerd: paths(&[
                "/run/containerd/containerd.sock",
                "/run/k3s/containerd/containerd.sock",
                "/run/host-containerd/containerd.sock",
            ]),
            cri: paths(&[
                "/run/containerd/containerd.sock",
                "/run/crio/crio.sock",
                "/run/k3s/containerd/containerd.sock",
                "/run/host-containerd/containerd.sock",
            ]),
            label_max_len: 100,
            limits: Limits::default(),
        }
    }
}

impl Settings {
    /// The path of a file of the host.
    pub(crate) fn on_host(&self, path: &Path) -> PathBuf {
        if self.host_root.as_os_str().is_empty() {
            return path.to_path_buf();
        }
        self.host_root.join(path.strip_prefix("/").unwrap_or(path))
    }
}
