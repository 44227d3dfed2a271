//! An act as rules see it, by texts, and as hooks see it, by facts.

use std::net::IpAddr;

use peregrine_fields::Field;
use peregrine_filter::{Source, Value};

use crate::calls::{Calls, View};
use crate::compiled::{Compiled, PathKind};
use crate::layout::{ANCESTORS, Act, COMM, Facts, PARENT, PathMarks, SUBJECT, flag};

/// A process that does something, and what it does it to.
#[derive(Debug, Clone)]
pub(super) struct Model {
    /// The object, or the old name of a call with two.
    pub(super) path: String,
    /// The new name of a call with two.
    pub(super) other: String,
    pub(super) comm: String,
    pub(super) exe: String,
    /// The parent first.
    pub(super) ancestors: Vec<(String, String)>,
    pub(super) uid: u32,
    pub(super) loginuid: u32,
    pub(super) gid: u32,
    /// Its container; none: the host.
    pub(super) container: Option<String>,
    /// Flags of an open, and kinds of files and sockets.
    pub(super) flags: u64,
    pub(super) address: IpAddr,
    pub(super) port: u16,
}

impl Model {
    fn has(&self, bits: u64) -> bool {
        self.flags & bits != 0
    }

    /// The name a hook sees.
    pub(super) fn object(&self, calls: &Calls) -> &str {
        match (calls.act, calls.flag) {
            (Act::Create, flag::BY_RENAME | flag::BY_LINK) => &self.other,
            _ => &self.path,
        }
    }

    /// The name of a program that starts, as processes are named.
    fn started(&self) -> &str {
        let name = last_component(&self.path);
        &name[..name.len().min(COMM - 1)]
    }

    /// What a hook knows.
    pub(super) fn facts(&self, calls: &Calls, compiled: &Compiled) -> Facts {
        let mut facts = Facts::default();
        let is_net = matches!(calls.act, Act::Connect | Act::Bind | Act::Listen);
        let sockets = flag::IPV4 | flag::IPV6 | flag::TCP | flag::UDP;
        let of_kind = if is_net { self.flags & sockets } else { self.flags & !sockets };
        facts.flag(of_kind | calls.flag);
        facts.flag(if self.container.is_some() { flag::CONTAINER } else { flag::HOST });
        if is_net {
            let fits = |net: &&crate::Network| within(self.address, net.address, net.prefix);
            let longest = compiled.networks.iter().filter(fits).max_by_key(|net| net.prefix);
            if let Some(net) = longest {
                facts.net(&net.sets);
            }
            let port = compiled.ports.iter().find(|(range, _)| range.contains(&self.port));
            if let Some((_, sets)) = port {
                facts.net(sets);
            }
        } else {
            let path = self.object(calls);
            marks(compiled, path, &mut |marks| facts.object(&marks.object));
            let name = last_component(path).as_bytes();
            let component = compiled.last_components.iter().find(|(known, _)| known == name);
            if let Some((_, sets)) = component {
                facts.object(sets);
            }
        }
        let comm = if calls.act == Act::Exec { self.started() } else { &self.comm };
        let comms = |comm: &str| {
            compiled
                .comms
                .iter()
                .find(|(known, _)| known == comm.as_bytes())
                .map(|(_, marks)| *marks)
        };
        if let Some(marks) = comms(comm) {
            facts.add(SUBJECT, &marks.subject);
        }
        marks(compiled, &self.exe, &mut |marks| facts.add(SUBJECT, &marks.exe));
        for (number, (comm, exe)) in self.ancestors.iter().enumerate() {
            if let Some(marks) = comms(comm) {
                facts.add(ANCESTORS, &marks.ancestors);
                facts.add(PARENT, &[if number == 0 { marks.parent } else { 0 }]);
            }
            marks(compiled, exe, &mut |marks| {
                facts.add(ANCESTORS, &marks.ancestors);
                facts.add(PARENT, &[if number == 0 { marks.parent } else { 0 }]);
            });
        }
        for (table, number) in [
            (&compiled.uids, self.uid),
            (&compiled.loginuids, self.loginuid),
            (&compiled.gids, self.gid),
        ] {
            let found = table.iter().find(|(known, _)| *known == number);
            if let Some((_, sets)) = found {
                facts.add(SUBJECT, sets);
            }
        }
        let container =
            compiled.containers.iter().find(|(id, _)| Some(id) == self.container.as_ref());
        if let Some((_, sets)) = container {
            facts.add(SUBJECT, sets);
        }
        facts
    }
}

fn last_component(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or_default()
}

fn folder(path: &str) -> &str {
    let end = path.rfind('/').unwrap_or_default();
    if end == 0 { "/" } else { &path[..end] }
}

fn within(address: IpAddr, network: IpAddr, prefix: u8) -> bool {
    let (address, network, width): (u128, u128, u32) = match (address, network) {
        (IpAddr::V4(one), IpAddr::V4(other)) => (one.to_bits().into(), other.to_bits().into(), 32),
        (IpAddr::V6(one), IpAddr::V6(other)) => (one.to_bits(), other.to_bits(), 128),
        _ => return false,
    };
    (address ^ network).checked_shr(width - u32::from(prefix)).unwrap_or(0) == 0
}

fn marks(compiled: &Compiled, path: &str, each: &mut dyn FnMut(&PathMarks)) {
    for mark in &compiled.paths {
        let own = std::str::from_utf8(&mark.path).unwrap();
        let below =
            |folder: &str| path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
        let holds = match mark.kind {
            PathKind::Exact => own == path,
            PathKind::Below => own == "/" || below(own),
            PathKind::ChildrenOf => own == folder(path),
        };
        if holds {
            each(&mark.marks);
        }
    }
}

/// The event of one call that does it.
pub(super) struct Event<'m> {
    pub(super) model: &'m Model,
    pub(super) calls: &'m Calls,
    pub(super) name: &'static str,
}

impl Event<'_> {
    fn path_of_descriptor(&self) -> Option<&str> {
        let has = matches!(
            self.calls.act,
            Act::Open | Act::Attributes | Act::LoadModule | Act::UnixConnect
        ) || self.calls.view == View::Created
            || (self.calls.act == Act::MapExec && self.calls.view == View::Own);
        has.then_some(self.model.path.as_str())
    }

    fn one_path(&self) -> Option<&str> {
        let names = [
            "open",
            "openat",
            "openat2",
            "creat",
            "open_by_handle_at",
            "mkdir",
            "mkdirat",
            "rmdir",
            "unlink",
            "unlinkat",
            "chmod",
            "fchmod",
            "fchmodat",
            "fchmodat2",
            "chown",
            "lchown",
            "fchown",
            "fchownat",
            "mount",
            "umount",
            "umount2",
        ];
        names.contains(&self.name).then_some(self.model.path.as_str())
    }

    /// The old and the new name.
    fn two_paths(&self) -> Option<(&str, &str)> {
        let (old, new) = (self.model.path.as_str(), self.model.other.as_str());
        let has = self.name.starts_with("rename") || self.name.starts_with("link");
        has.then_some((old, new))
    }
}

impl Source<Field> for Event<'_> {
    fn value(&self, field: &Field) -> Option<Value<'_>> {
        let text = |text: &str| Value::string(text.as_bytes().to_vec());
        let model = self.model;
        let net = matches!(self.calls.act, Act::Connect | Act::Bind | Act::Listen);
        let inet = net && model.has(flag::IPV4 | flag::IPV6);
        let opens = self.calls.act == Act::Open;
        let starts = matches!(self.calls.act, Act::Exec) || self.calls.view == View::Mapped;
        Some(match field.info.name {
            "evt.type" => text(self.name),
            "evt.res" => text("SUCCESS"),
            "evt.rawres" => Value::Int(3),
            "evt.failed" => Value::Bool(false),
            "evt.is_open_read" => Value::Bool(opens && model.has(flag::READ)),
            "evt.is_open_write" => Value::Bool(match self.calls.view {
                View::Own => opens && model.has(flag::WRITE),
                View::Created | View::Truncated => true,
                View::Mapped => false,
            }),
            "evt.is_open_create" => Value::Bool(match self.calls.view {
                View::Own => opens && model.has(flag::CREATE),
                view => view == View::Created,
            }),
            "fd.name" => text(self.path_of_descriptor()?),
            "fd.directory" => text(folder(self.path_of_descriptor()?)),
            "fd.filename" => text(last_component(self.path_of_descriptor()?)),
            "fs.path.name" => text(self.one_path()?),
            "fs.path.target" if self.name == "mount" => text(&model.path),
            "fs.path.source" | "fs.path.target" => {
                let (old, new) = self.two_paths()?;
                // Of links the new name is the source.
                let source = field.info.name.ends_with("source");
                text(if source == self.name.starts_with("link") { new } else { old })
            }
            "fd.type" if matches!(self.calls.view, View::Created | View::Truncated) => text("file"),
            "fd.type" if opens => {
                text(if model.has(flag::DIRECTORY) { "directory" } else { "file" })
            }
            "fd.type" if net => text(if model.has(flag::IPV4) { "ipv4" } else { "ipv6" }),
            "fd.l4proto" if inet => text(if model.has(flag::TCP) { "tcp" } else { "udp" }),
            "fd.l4proto" if self.path_of_descriptor().is_some() => text("<NA>"),
            "fd.sip" | "fd.snet" if inet => Value::Ip(model.address),
            "fd.sport" if inet => Value::Uint(model.port.into()),
            "proc.name" if self.calls.view == View::Mapped => text(last_component(&model.path)),
            "proc.name" if starts => text(model.started()),
            "proc.name" => text(&model.comm),
            "proc.exepath" if starts => text(&model.path),
            "proc.exepath" => text(&model.exe),
            "proc.pname" => text(&model.ancestors[0].0),
            "proc.pexepath" => text(&model.ancestors[0].1),
            "proc.aname" => {
                Value::Any(model.ancestors.iter().map(|(comm, _)| text(comm)).collect())
            }
            "proc.aexepath" => {
                Value::Any(model.ancestors.iter().map(|(_, exe)| text(exe)).collect())
            }
            "user.uid" => Value::Uint(model.uid.into()),
            "user.loginuid" => {
                Value::Int(if model.loginuid == u32::MAX { -1 } else { model.loginuid.into() })
            }
            "group.gid" => Value::Uint(model.gid.into()),
            "user.name" => text(super::USERS.get(model.uid as usize).copied().unwrap_or("other")),
            "container.id" => text(model.container.as_deref().unwrap_or("host")),
            _ => return None,
        })
    }
}
