//! Members and methods of the objects scripts look at: events, threads, descriptors.

use std::collections::BTreeMap;

use peregrine_alert::format_event;
use peregrine_event::{Event, EventBuilder, EventType};
use peregrine_fields::{Catalogue, EventContext};
use peregrine_filter::{DEFAULT_DEPTH, Template, check, parse};
use peregrine_state::{FdInfo, Role, User, kinds};
use serde_json::Value as Json;

use super::super::scripts;
use super::value::{Value, endpoint, null_delimited};
use super::{Machine, events};

impl Machine<'_> {
    pub(super) fn function(&mut self, name: &str, args: &[Json]) -> Result<Value, String> {
        if let Some(value) = self.engine_call(name, args)? {
            return Ok(value);
        }
        match name {
            "get_field_as_string" | "field_has_value" | "eval_filter" => {
                return self.asked(name, args);
            }
            "filter_compiles" => {
                let text = self.argument(args, 0)?.text()?;
                return Ok(Value::Number(compiles(&text).is_ok().into()));
            }
            "format" => return self.format(args),
            "std::to_string" | "std::string" | "std::move" | "strlen" => {
                let value = self.argument(args, 0)?;
                return match (name, &value) {
                    ("std::to_string", value) => {
                        Ok(Value::Text(value.number()?.to_string().into_bytes()))
                    }
                    ("strlen", Value::Text(text)) => Ok(Value::Number(text.len() as i128)),
                    ("std::string", Value::Nothing) => Err("a text that is not known".to_owned()),
                    _ => Ok(value),
                };
            }
            "test_utils::to_null_delimited" => {
                let list = self.argument(args, 0)?;
                return Ok(Value::Bytes(null_delimited(&list)?));
            }
            "test_utils::fill_sockaddr_in" | "test_utils::fill_sockaddr_in6" => {
                let family = if name.ends_with('6') { 10 } else { 2 };
                let (port, address) = (self.argument(args, 0)?, self.argument(args, 1)?);
                return endpoint(family, &port, &address);
            }
            "test_utils::fill_sockaddr_un" => {
                let path = self.argument(args, 0)?.text()?;
                return Ok(Value::Bytes([&[1], path.as_bytes(), b"\0"].concat()));
            }
            "test_utils::pack_sockaddr" => return self.argument(args, 0),
            "test_utils::pack_socktuple" => {
                return match (self.argument(args, 0)?, self.argument(args, 1)?) {
                    (Value::Bytes(client), Value::Bytes(server)) => {
                        Ok(Value::Bytes(events::tuple(&client, &server)))
                    }
                    _ => Err("no ends".to_owned()),
                };
            }
            "test_utils::pack_unix_socktuple" => {
                let (from, to) =
                    (self.argument(args, 0)?.number()?, self.argument(args, 1)?.number()?);
                let path = self.argument(args, 2)?.text()?;
                // Such that they print with their bytes the other way round.
                let pointer =
                    |number: i128| u64::try_from(number).unwrap_or_default().to_be_bytes();
                let tuple =
                    [&[1][..], &pointer(from), &pointer(to), path.as_bytes(), b"\0"].concat();
                return Ok(Value::Bytes(tuple));
            }
            _ => {}
        }
        self.method(name, args)
    }

    pub(super) fn argument(&mut self, args: &[Json], index: usize) -> Result<Value, String> {
        match args.get(index) {
            Some(arg) => self.eval(arg),
            None => Err("the script does not say of what".to_owned()),
        }
    }

    /// `object.method`: the object is a variable, a member or another method's value.
    fn method(&mut self, name: &str, args: &[Json]) -> Result<Value, String> {
        if let Some(rest) = name.strip_prefix("m_inspector.") {
            return self.inspector(rest, args);
        }
        let Some((of, method)) = split_method(name) else {
            return Err("it is not known here".to_owned());
        };
        let of = match of.strip_suffix("()") {
            Some(call) => self.call(call, &[])?,
            None => self.identifier(of)?,
        };
        match (&of, method) {
            (Value::Text(bytes) | Value::Bytes(bytes), "size" | "length") => {
                Ok(Value::Number(bytes.len() as i128))
            }
            (Value::Text(_) | Value::Bytes(_) | Value::List(_), "data" | "c_str" | "str") => Ok(of),
            (Value::Event(event), _) => self.of_event(*event, method),
            (Value::Thread(tid), "get_fd") => {
                let number = self.argument(args, 0)?.small()?;
                let pid = self.state.thread(*tid).map(|thread| thread.pid).ok_or("no thread")?;
                let fd = self.state.fd(pid, number);
                Ok(fd.map_or(Value::Nothing, |fd| Value::Fd(Box::new(fd.clone()))))
            }
            _ => self.member(&of, method),
        }
    }

    fn inspector(&mut self, rest: &str, args: &[Json]) -> Result<Value, String> {
        let number =
            |value: Value| u32::try_from(value.number()?).map_err(|error| error.to_string());
        match rest {
            "m_thread_manager.get_thread_count" => {
                Ok(Value::Number(self.state.thread_count() as i128))
            }
            "m_usergroup_manager.add_user" => {
                // Without texts of its own it is who it was.
                if args.len() >= 7 {
                    let (uid, gid) =
                        (number(self.argument(args, 2)?)?, number(self.argument(args, 3)?)?);
                    let user = User {
                        uid,
                        gid,
                        name: self.argument(args, 4)?.text()?.into(),
                        home: self.argument(args, 5)?.text()?.into(),
                        shell: self.argument(args, 6)?.text()?.into(),
                    };
                    self.world.users.borrow_mut().insert(uid, user);
                }
                Ok(Value::Number(1))
            }
            "m_usergroup_manager.rm_user" => {
                let uid = number(self.argument(args, 1)?)?;
                self.world.users.borrow_mut().remove(&uid);
                Ok(Value::Nothing)
            }
            _ => Err("of libsinsp's own insides".to_owned()),
        }
    }

    fn of_event(&mut self, at: usize, method: &str) -> Result<Value, String> {
        let bytes = self.events.get(at).ok_or("no event")?;
        let event = Event::parse(at as u64 + 1, bytes).map_err(|_| "no event")?;
        let tid = event.view.tid();
        let info = event.view.event_type().info().ok_or("an event without a row")?;
        match method {
            "get_type" => Ok(Value::Text(format!("PPME_{}", info.code).into_bytes())),
            "get_num" => Ok(Value::Number(at as i128 + 1)),
            "get_tid" => Ok(Value::Number(tid.into())),
            "get_thread_info" | "get_tinfo" => {
                Ok(self.state.thread(tid).map_or(Value::Nothing, |_| Value::Thread(tid)))
            }
            "get_fd_info" => {
                let fd = self.state.event_fd(&event);
                Ok(fd.map_or(Value::Nothing, |fd| Value::Fd(Box::new(fd.clone()))))
            }
            "get_source_name" => Ok(Value::Text(b"syscall".to_vec())),
            _ => Err(format!("{method} is of libsinsp's own insides")),
        }
    }

    pub(super) fn member(&mut self, of: &Value, member: &str) -> Result<Value, String> {
        match of {
            Value::Members(members) => {
                members.get(member).cloned().ok_or_else(|| format!("no member {member}"))
            }
            Value::Thread(tid) => self.of_thread(*tid, member),
            Value::Fd(fd) => of_fd(fd, member),
            Value::Nothing => Err(format!("{member} of nothing")),
            _ => Err(format!("{member} is not known here")),
        }
    }

    fn of_thread(&self, tid: i64, member: &str) -> Result<Value, String> {
        let thread = self.state.thread(tid).ok_or("the thread is gone")?;
        let number = |number: i64| Ok(Value::Number(number.into()));
        let text = |text: &[u8]| Ok(Value::Text(text.to_vec()));
        match member
            .strip_prefix("get_")
            .unwrap_or_else(|| member.strip_prefix("m_").unwrap_or(member))
        {
            "tid" => number(thread.tid),
            "pid" => number(thread.pid),
            "ptid" => number(thread.ptid),
            "vtid" => number(thread.vtid),
            "vpid" => number(thread.vpid),
            "sid" => number(thread.sid),
            "pgid" => number(thread.pgid),
            "vpgid" => number(thread.vpgid),
            "uid" => number(thread.uid.into()),
            "gid" => number(thread.gid.into()),
            "loginuid" => number(thread.loginuid.into()),
            "comm" => text(&thread.comm),
            "exe" => text(&thread.image.exe),
            "exepath" => text(&thread.image.exepath),
            "flags" => number(thread.flags.into()),
            "vmsize_kb" => number(thread.vm_size.into()),
            "vmrss_kb" => number(thread.vm_rss.into()),
            "vmswap_kb" => number(thread.vm_swap.into()),
            "cap_inheritable" => number(thread.cap_inheritable.cast_signed()),
            "cap_permitted" => number(thread.cap_permitted.cast_signed()),
            "cap_effective" => number(thread.cap_effective.cast_signed()),
            "clone_ts" => number(thread.start_ts.cast_signed()),
            "lastexec_ts" => number(thread.image.exec_ts.cast_signed()),
            "fdlimit" => number(thread.fdlimit),
            _ => Err(format!("{member} of a thread is not kept")),
        }
    }

    /// `format(template, kind, resolve, tid)`: what an output of that thread's event is.
    fn format(&mut self, args: &[Json]) -> Result<Value, String> {
        let text = self.argument(args, 0)?.text()?;
        let json = match args.get(1) {
            Some(_) => self.argument(args, 1)?.text()? == "OF_JSON",
            None => false,
        };
        let resolve = args.get(2).is_none_or(|resolve| *resolve != false);
        let tid = match args.get(3) {
            Some(tid) => self.eval(tid)?.small()?,
            None => 1,
        };
        let template =
            Template::parse(&text, &Catalogue::default()).map_err(|error| error.to_string())?;
        let block = EventBuilder::new(EventType::SYSCALL_GETCWD_X, self.tick(), tid)
            .i64(-2)
            .str(b"/test/dir")
            .finish();
        let event = Event::parse(1, &block).map_err(|_| "no event")?;
        self.state.apply(&event, &self.world);
        let context = EventContext::new(&event, &self.state, &self.world);
        let got = format_event(&template, &context, resolve);
        let output = match (json, got.fields.is_empty()) {
            (true, true) => "null".to_owned(),
            (true, false) => Json::Object(got.fields.clone()).to_string(),
            _ => got.text,
        };
        let shown = |value: &Json| match value {
            Json::String(text) => text.clone(),
            Json::Null => "<NA>".to_owned(),
            other => other.to_string(),
        };
        let fields: BTreeMap<String, Value> = got
            .fields
            .iter()
            .map(|(name, value)| (name.clone(), Value::Text(shown(value).into_bytes())))
            .collect();
        let mut set = |name: &str, value: Value| self.variables.insert(name.to_owned(), Ok(value));
        set("m_last_res", Value::Number(got.whole.into()));
        set("m_last_output", Value::Text(output.into_bytes()));
        set("m_last_field_values", Value::Members(fields));
        Ok(Value::Number(got.whole.into()))
    }

    /// A field or a condition of an event, as the state is now.
    fn asked(&mut self, name: &str, args: &[Json]) -> Result<Value, String> {
        let Value::Event(at) = self.argument(args, 0)? else { return Err("no event".to_owned()) };
        let text = self.argument(args, 1)?.text()?;
        let bytes = self.events.get(at).ok_or("no event")?;
        let mut event = Event::parse(at as u64 + 1, bytes).map_err(|_| "no event")?;
        event.cpu = 1;
        let mut context = EventContext::new(&event, &self.state, &self.world);
        context.containers = false;
        if name == "eval_filter" {
            let condition = compiles(&text)?;
            return Ok(Value::Number(scripts::holds(&condition, &context).into()));
        }
        let template = Template::parse(&format!("*%{text}"), &Catalogue::default())
            .map_err(|error| format!("{text}: {error}"))?;
        let value = template.tokens().next().and_then(|token| token.getter.value(&context));
        if name == "field_has_value" {
            return Ok(Value::Number(value.is_some().into()));
        }
        match value {
            Some(peregrine_filter::Value::Str(bytes)) => Ok(Value::Text(bytes.to_vec())),
            Some(_) => Ok(Value::Text(format_event(&template, &context, false).text.into_bytes())),
            // Of some a text stands for what is not there.
            None => match template.tokens().next().map(|token| &token.getter) {
                Some(peregrine_filter::Getter::Field(field)) => match field.missing(&context) {
                    "<NA>" => Ok(Value::Nothing),
                    text => Ok(Value::Text(text.as_bytes().to_vec())),
                },
                _ => Ok(Value::Nothing),
            },
        }
    }
}

/// A condition as far as it can be asked of events.
pub(super) fn compiles(
    text: &str,
) -> Result<peregrine_filter::Checked<peregrine_fields::Field>, String> {
    let tree = parse(text, DEFAULT_DEPTH).map_err(|error| error.to_string())?;
    check(&tree, &Catalogue::default())
        .map_err(|errors| errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))
}

/// The last method of a chain, past what stands in brackets.
fn split_method(name: &str) -> Option<(&str, &str)> {
    let mut depth = 0_usize;
    let mut at = None;
    for (index, letter) in name.char_indices() {
        match letter {
            '<' | '(' => depth += 1,
            '>' | ')' => depth = depth.saturating_sub(1),
            '.' if depth == 0 => at = Some(index),
            _ => {}
        }
    }
    let at = at?;
    Some((&name[..at], &name[at + 1..]))
}

fn of_fd(fd: &FdInfo, member: &str) -> Result<Value, String> {
    let yes = |yes: bool| Ok(Value::Number(yes.into()));
    let number = |number: i128| Ok(Value::Number(number));
    let role = fd.socket.role;
    match member {
        "m_name" => Ok(Value::Text(fd.name.to_vec())),
        "m_name_raw" => Ok(Value::Text(fd.name_raw.to_vec())),
        "m_openflags" => number(fd.open_flags.into()),
        "m_dev" => number(fd.dev.into()),
        "m_ino" | "get_ino" => number(fd.ino.into()),
        "m_mount_id" => number(fd.mnt.into()),
        "m_type" => number(fd.kind.into()),
        "get_typestring" => {
            let word = fd.kind_row().and_then(|row| row.word).unwrap_or_default();
            Ok(Value::Text(word.as_bytes().to_vec()))
        }
        "get_typechar" => {
            let letter = fd.kind_row().and_then(|row| row.letter).ok_or("no letter")?;
            number(u32::from(letter).into())
        }
        "is_pipe" => yes(fd.kind == kinds::FIFO),
        "is_file" => yes(matches!(fd.kind, kinds::FILE | kinds::FILE_V2)),
        "is_unix_socket" => yes(fd.kind == kinds::UNIX_SOCK),
        "is_ipv4_socket" => yes(fd.kind == kinds::IPV4_SOCK),
        "is_ipv6_socket" => yes(fd.kind == kinds::IPV6_SOCK),
        "is_tcp_socket" => yes(fd.is_tcp_v4()),
        "is_udp_socket" => yes(fd.is_udp_v4()),
        "is_socket_connected" => yes(fd.socket.connected),
        "is_role_client" => yes(role.is_client()),
        "is_role_server" => yes(role.is_server()),
        "is_role_none" => yes(role == Role::Unknown),
        "is_overlay_upper" => yes(fd.upper_layer),
        "is_overlay_lower" => yes(fd.lower_layer),
        "get_l4proto" => number(fd.l4proto().id().into()),
        _ => Err(format!("{member} of a descriptor is not kept")),
    }
}
