//! Metadata of containers: name, image, labels, mounts, pod, as the engine that runs them answers.
//!
//! In: the containers that control groups name (`SeenContainer` of `state`). Out: an [`Answer`] for each:
//! the description, in the shape of the events that describe containers in captures.
//! Never: wait on the caller's thread; read an answer without bound; believe an engine about another
//! container than the one it was asked about.
//!
//! [`Lookups`] is the thread (`lookups.rs`); `sources.rs` decides which engines are asked about a
//! container; a file per engine makes a description of its answers: `docker.rs` (podman's answers have
//! the same shape), `podman_storage.rs` (podman without a socket), `containerd.rs`, `cri.rs`. They speak
//! HTTP (`http.rs`) and gRPC (`grpc.rs`) over unix sockets.

mod bounds;
mod containerd;
mod cri;
mod docker;
mod error;
mod grpc;
mod http;
mod image;
mod lookups;
mod oci;
mod podman_storage;
mod probes;
mod settings;
mod sources;
#[cfg(test)]
mod tests;

pub use error::EngineError;
pub use lookups::{Answer, Counts, Lookups, Problem, Report};
pub use settings::{Limits, PodmanStorage, Settings};
pub use sources::{Engine, has_engine};
