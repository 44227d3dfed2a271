//! Policies to the programs that decide about acts before they happen.
//!
//! In: policy files, rules, what this host can do. Out: [`Compiled`], which the kernel programs of the crate
//! `enforce` evaluate by `include/guard/eval.h`.
//! Never: I/O; the kernel's structures; whether a hook really fires.
//!
//! A *fact* is one bit known about an act. A set of a policy's constants (names, paths, networks) is one bit:
//! the tables of [`Compiled`] say what is in which set, whoever decides looks the act's object, process and
//! address up in them and has the facts ([`layout::Facts`]). A *program* is jump code over facts.

mod calls;
mod compile;
mod compiled;
mod cond;
mod diagnostic;
#[cfg(feature = "host")]
#[expect(unsafe_code, reason = "calls the C of the kernel side")]
pub mod host;
#[rustfmt::skip]
#[expect(clippy::unreadable_literal, clippy::doc_markdown, reason = "generated")]
pub mod layout;
mod leaf;
mod level;
mod lower;
mod policy;
mod program;
mod run;
mod sets;
#[cfg(test)]
mod tests;
mod words;

pub use compile::{compile, compile_for};
pub use compiled::{Compiled, CompiledPolicy, Network, PathKind, PathMark, PolicyAct};
pub use diagnostic::{Diagnostic, PolicyDiagnostic, PolicyError};
pub use layout::{Act, Action, Mode};
pub use leaf::Accounts;
pub use level::{Capabilities, Level, Levels};
pub use peregrine_yaml::Place;
pub use policy::{KEYS, Loaded, Policies, Policy, load};
