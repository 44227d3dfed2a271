//! The field catalogue: what rules may name, and what each is worth for an event.
//!
//! In: an event, the state of the host, and `HostInfo`: an [`EventContext`].
//! Out: [`Catalogue`], the `Scheme` of conditions and outputs on system events; values; their text.
//! Never: I/O, a clock; a panic on bytes of an event.
//!
//! One file a class: `evt`, `process` (and `cpu`), `fd`, `fdlist`, `fspath`, `user`, `container`. The table of names and
//! types is `schema/fields.json`. A field the table has and no class answers yet is known, never
//! has a value, and `peregrine fields` says so.

mod arg;
mod buffer_format;
mod call;
mod catalogue;
mod container;
mod context;
mod cpu;
mod evt;
mod fd;
mod fdlist;
mod fspath;
mod getter;
mod info;
mod param;
mod path_aliases;
mod path_params;
mod process;
mod render;
#[rustfmt::skip]
mod table;
mod texts;
mod time;
mod user;

pub use arg::{Arg, Places};
pub use buffer_format::BufferFormat;
pub use catalogue::{Catalogue, Field, all};
pub use context::{EventContext, PathAlias, counts_as_first};
pub use info::{ArgRule, Depends, FieldInfo, PathOf};
pub use path_aliases::{names_param, names_path, path_aliases};
pub use path_params::{PathParam, changes_paths, only_looks, path_params, speaks};
pub use render::{lossy, value_text};
pub use texts::Texts;
pub use time::{Civil, iso8601, local_clock};
pub use user::ask_accounts;
