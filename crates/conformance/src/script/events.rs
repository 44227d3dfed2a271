//! Expressions, and the helper functions that make threads and events.

use std::collections::BTreeMap;

use peregrine_event::Event;
use serde_json::Value as Json;

use super::super::converter::{code, record, unhex};
use super::super::scripts::thread;
use super::Machine;
use super::value::{Value, endpoint, null_delimited, operation, sized};

impl Machine<'_> {
    pub(super) fn eval(&mut self, node: &Json) -> Result<Value, String> {
        if let Some(number) = node.as_i64() {
            return Ok(Value::Number(number.into()));
        }
        match node {
            Json::Null => return Ok(Value::Nothing),
            Json::Bool(yes) => return Ok(Value::Number((*yes).into())),
            Json::String(text) => return Ok(Value::Text(text.clone().into_bytes())),
            Json::Number(number) => {
                let number = number.as_u64().ok_or("a number with a fraction")?;
                return Ok(Value::Number(number.into()));
            }
            Json::Array(_) => return Err("a list".to_owned()),
            Json::Object(_) => {}
        }
        if let Some(name) = node["id"].as_str() {
            return self.identifier(name);
        }
        if let Some(name) = node["call"].as_str() {
            let args = node["args"].as_array().cloned().unwrap_or_default();
            return self.call(name, &args);
        }
        if let Some(member) = node["member"].as_str() {
            let of = self.eval(&node["of"])?;
            return self.member(&of, member);
        }
        if let Some(op) = node["op"].as_str() {
            let (left, right) = (self.eval(&node["l"])?, self.eval(&node["r"])?);
            return operation(op, &left, &right);
        }
        if let Some(op) = node["un"].as_str() {
            let value = self.eval(&node["x"])?;
            return match op {
                "-" => Ok(Value::Number(-value.number()?)),
                "~" => Ok(Value::Number(!value.number()?)),
                "!" => Ok(Value::Number((!value.is_true()).into())),
                _ => Ok(value),
            };
        }
        if let Some(list) = node["init"].as_array() {
            return self.initial(node["type"].as_str().unwrap_or_default(), list);
        }
        if !node["index"].is_null() && node["of"]["id"] == "m_last_field_values" {
            let Some(Ok(Value::Members(fields))) = self.variables.get("m_last_field_values") else {
                return Err("nothing was formatted".to_owned());
            };
            let name = node["index"].as_str().unwrap_or_default();
            return fields.get(name).cloned().ok_or_else(|| format!("no value of {name}"));
        }
        let text: String = node.to_string().chars().take(60).collect();
        Err(format!("an expression that is not known here: {text}"))
    }

    fn initial(&mut self, ty: &str, list: &[Json]) -> Result<Value, String> {
        if list.iter().any(|item| item["field"].is_string()) {
            let mut members = BTreeMap::new();
            for item in list {
                members.insert(
                    item["field"].as_str().unwrap_or_default().to_owned(),
                    self.eval(&item["x"])?,
                );
            }
            // A buffer by its members.
            return match (members.get("buf"), members.get("size")) {
                (Some(buffer), Some(size)) => sized(buffer, size),
                _ => Ok(Value::Members(members)),
            };
        }
        let values = list.iter().map(|item| self.eval(item)).collect::<Result<Vec<_>, _>>()?;
        if ty == "scap_const_sized_buffer" {
            return match values.as_slice() {
                [buffer, size] => sized(buffer, size),
                _ => Ok(Value::Bytes(Vec::new())),
            };
        }
        if let Some(kind) =
            ty.strip_suffix("_params").or_else(|| ty.strip_prefix("sinsp_test_input::"))
        {
            let kind = kind.trim_end_matches("_params").rsplit("::").next().unwrap_or_default();
            return self.parameters(kind, &values);
        }
        Ok(Value::List(values))
    }

    /// What `open_params`, `socket_params` and `connect_params` hold unless the script sets them.
    fn parameters(&self, kind: &str, values: &[Value]) -> Result<Value, String> {
        let helper = match kind {
            "open" => "generate_open_x_event",
            "socket" => "generate_socket_exit_event",
            "connect" => "generate_connect_exit_event",
            _ => return Err(format!("{kind} is not known here")),
        };
        let defaults = &self.helpers["helpers"][helper]["args"][0]["default"];
        let mut members: BTreeMap<String, Value> = defaults
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, value)| (name.clone(), plain(value)))
            .collect();
        match (kind, values) {
            (_, []) => {}
            ("socket", [domain, kind]) => {
                members.insert("domain".to_owned(), domain.clone());
                members.insert("type".to_owned(), kind.clone());
            }
            _ => return Err("parameters in an order that is not known".to_owned()),
        }
        Ok(Value::Members(members))
    }

    /// An object that was declared without a value.
    pub(super) fn fresh(&self, ty: &str) -> Result<Value, String> {
        let bare = ty.trim_start_matches("const ").trim();
        if let Some(kind) = bare.strip_suffix("_params") {
            return self.parameters(kind.rsplit("::").next().unwrap_or_default(), &[]);
        }
        match bare {
            "std::string" | "string" => Ok(Value::Text(Vec::new())),
            _ if bare.contains('*') || bare.contains("int") => Ok(Value::Nothing),
            _ if bare.contains("vector") => Ok(Value::List(Vec::new())),
            "scap_const_sized_buffer" => Ok(Value::Members(BTreeMap::new())),
            _ => Err(format!("an object of `{bare}`")),
        }
    }

    pub(super) fn identifier(&mut self, name: &str) -> Result<Value, String> {
        if let Some(value) = self.variables.get(name) {
            return value.clone();
        }
        if let Some((of, member)) = name.rsplit_once('.')
            && self.variables.contains_key(of)
        {
            let of = self.identifier(of)?;
            return self.member(&of, member);
        }
        match name {
            "nullptr" | "NULL" => return Ok(Value::Nothing),
            "true" | "false" => return Ok(Value::Number((name == "true").into())),
            _ => {}
        }
        // `sinsp_test_input::open_params::default_fd`
        if let Some((of, member)) = name.rsplit_once("::default_") {
            let kind = of.rsplit("::").next().unwrap_or_default().trim_end_matches("_params");
            let parameters = self.parameters(kind, &[])?;
            return self.member(&parameters, member);
        }
        let bare = name.rsplit("::").next().unwrap_or_default();
        let constant = &self.helpers["constants"][bare];
        if bare.starts_with("OF_") {
            return Ok(Value::Text(bare.as_bytes().to_vec()));
        }
        // Events go by their names: their numbers are of one version.
        if code(bare).is_some() && bare.starts_with("PPME_") {
            return Ok(Value::Text(bare.as_bytes().to_vec()));
        }
        if constant.is_null() {
            Err(format!("{name} is not known here"))
        } else {
            Ok(plain(constant))
        }
    }

    pub(super) fn is_function(&self, name: &str) -> bool {
        !self.helpers["helpers"][name].is_null() || !self.helpers["harness"][name].is_null()
    }

    pub(super) fn tick(&mut self) -> u64 {
        let now = self.clock;
        self.clock += self.helpers["clock"]["step_ns"].as_u64().unwrap_or(1);
        now
    }

    pub(super) fn call(&mut self, name: &str, args: &[Json]) -> Result<Value, String> {
        if name.starts_with("reinterpret_cast<") {
            return self.eval(args.first().unwrap_or(&Json::Null));
        }
        // `find_value` and its kin name the object before the method.
        match name {
            "increasing_ts" => return Ok(Value::Number(self.tick().into())),
            "open_inspector" => {
                if !args.is_empty() {
                    return Err("live".to_owned());
                }
                for (new, now) in std::mem::take(&mut self.table) {
                    thread(&mut self.state, &self.world, &new, now);
                }
                return Ok(Value::Nothing);
            }
            "add_default_init_thread" => {
                let now = self.tick();
                let init = self.helpers["init_thread"].clone();
                self.table.push((init, now));
                return Ok(Value::Nothing);
            }
            "add_simple_thread" => return self.simple_thread(args),
            "SCAP_EMPTY_PARAMS_SET" => {
                let set = args.get(1..).unwrap_or_default();
                let set = set.iter().map(|item| self.eval(item)).collect::<Result<_, _>>()?;
                let name = args.first().and_then(|name| name["id"].as_str()).unwrap_or_default();
                self.variables.insert(name.to_owned(), Ok(Value::List(set)));
                return Ok(Value::Nothing);
            }
            _ => {}
        }
        if !self.helpers["helpers"][name].is_null() {
            return self.helper(name, args);
        }
        if let Some(rest) = name.strip_prefix("add_")
            && rest.contains("event")
        {
            return self.add_event(name, args);
        }
        if let Some(kind) = name.strip_prefix("sinsp_test_input::").or(Some(name))
            && let Some(kind) = kind.strip_suffix("_params")
        {
            let values = args.iter().map(|arg| self.eval(arg)).collect::<Result<Vec<_>, _>>()?;
            return self.parameters(kind, &values);
        }
        self.function(name, args)
    }

    fn simple_thread(&mut self, args: &[Json]) -> Result<Value, String> {
        let mut new = self.helpers["init_thread"].clone();
        let values = args.iter().map(|arg| self.eval(arg)).collect::<Result<Vec<_>, _>>()?;
        let [tid, pid, ptid, rest @ ..] = values.as_slice() else {
            return Err("too few arguments".to_owned());
        };
        let (tid, pid, ptid) = (tid.small()?, pid.small()?, ptid.small()?);
        let comm = rest.first().map_or_else(|| Ok("random".to_owned()), Value::text)?;
        for (key, value) in [("tid", tid), ("pid", pid), ("ptid", ptid), ("vpgid", tid)] {
            new[key] = value.into();
        }
        new["vtid"] = tid.into();
        new["vpid"] = pid.into();
        new["comm"] = comm.into();
        for key in ["args", "env", "fds"] {
            new[key] = Json::Array(Vec::new());
        }
        let now = self.tick();
        self.table.push((new, now));
        Ok(Value::Nothing)
    }

    /// A helper as data: events with `$x` for its arguments, or calls of other helpers.
    fn helper(&mut self, helper_name: &str, args: &[Json]) -> Result<Value, String> {
        let helper = self.helpers["helpers"][helper_name].clone();
        let mut given: BTreeMap<String, Value> = BTreeMap::new();
        for (index, arg) in helper["args"].as_array().into_iter().flatten().enumerate() {
            let name = arg["name"].as_str().unwrap_or_default();
            let value = match args.get(index) {
                Some(value) if value["init"].as_array().is_some_and(Vec::is_empty) => {
                    // An object without a word stands where a variable stood.
                    let kind = helper_kind(helper_name);
                    match self.parameters_in.get(kind).cloned() {
                        Some(variable) => self.identifier(&variable)?,
                        None => plain(&arg["default"]),
                    }
                }
                Some(value) => self.eval(value)?,
                None => plain(&arg["default"]),
            };
            given.insert(name.to_owned(), value);
        }
        for (key, of) in [("vtid", "tid"), ("vpid", "pid")] {
            let zero = given.get(key).is_some_and(|value| matches!(value, Value::Number(0)));
            if let (true, Some(value)) = (zero, given.get(of).cloned()) {
                given.insert(key.to_owned(), value);
            }
        }
        if let Some(params) = given.get("params").cloned()
            && helper_name == "generate_connect_exit_event"
        {
            connect_ends(&params, &mut given)?;
        }
        let mut last = Value::Nothing;
        for call in helper["calls"].as_array().into_iter().flatten() {
            let args: Vec<Json> = call
                .as_array()
                .into_iter()
                .flatten()
                .skip(1)
                .map(|arg| match arg.as_str().and_then(|arg| arg.strip_prefix('$')) {
                    Some(name) => match given.get(name).map(Value::small) {
                        Some(Ok(number)) => number.into(),
                        _ => Json::Null,
                    },
                    None => arg.clone(),
                })
                .collect();
            last = self.call(call[0].as_str().unwrap_or_default(), &args)?;
        }
        for event in helper["events"].as_array().into_iter().flatten() {
            let now = self.tick();
            let code = given.get("event_type").map_or_else(
                || Ok(event["type"].as_str().unwrap_or_default().to_owned()),
                Value::text,
            )?;
            let tid = filled(&event["tid"], &given)?.small()?;
            let params = event["params"].as_array().into_iter().flatten();
            let params =
                params.map(|param| filled(param, &given)).collect::<Result<Vec<_>, _>>()?;
            let empty = event["empty"].as_array().into_iter().flatten();
            let empty: Vec<u64> = empty.filter_map(Json::as_u64).collect();
            last = self.made(now, tid, &code, &params, &empty)?;
        }
        Ok(last)
    }

    /// `add_event...(ts, tid, type, [empty,] count, parameters...)`.
    fn add_event(&mut self, name: &str, args: &[Json]) -> Result<Value, String> {
        let values = args.iter().map(|arg| self.eval(arg)).collect::<Result<Vec<_>, _>>()?;
        let [ts, tid, code, rest @ ..] = values.as_slice() else {
            return Err("too few arguments".to_owned());
        };
        let (empty, rest) = match (name.ends_with("_with_empty_params"), rest) {
            (true, [Value::List(empty), rest @ ..]) => {
                let empty = empty.iter().map(|at| at.small().map(i64::cast_unsigned));
                (empty.collect::<Result<Vec<_>, _>>()?, rest)
            }
            (true, _) => return Err("no set of empty parameters".to_owned()),
            _ => (Vec::new(), rest),
        };
        let params = rest.get(1..).unwrap_or_default();
        let (ts, tid) = (ts.number()?, tid.small()?);
        let ts = u64::try_from(ts).map_err(|error| error.to_string())?;
        match name {
            "add_event" => {
                let block = block(ts, tid, &code.text()?, params, &empty)?;
                self.queued.push(block);
                Ok(Value::Nothing)
            }
            "add_event_advance_ts"
            | "add_event_advance_ts_with_empty_params"
            | "add_filtered_event_advance_ts" => self.made(ts, tid, &code.text()?, params, &empty),
            _ => Err("it is not known here".to_owned()),
        }
    }

    /// Makes an event and has it applied, behind those that wait.
    fn made(
        &mut self,
        ts: u64,
        tid: i64,
        code: &str,
        params: &[Value],
        empty: &[u64],
    ) -> Result<Value, String> {
        let block = block(ts, tid, code, params, empty)?;
        let mut waiting = std::mem::take(&mut self.queued);
        waiting.push(block);
        for bytes in waiting {
            self.events.push(bytes);
            let number = self.events.len();
            let Some(bytes) = self.events.last() else { continue };
            let event = Event::parse(number as u64, bytes).map_err(|_| "no event".to_owned())?;
            self.state.apply(&event, &self.world);
        }
        Ok(Value::Event(self.events.len() - 1))
    }
}

/// Whose parameters a helper takes.
fn helper_kind(helper: &str) -> &str {
    helper.strip_prefix("generate_").and_then(|rest| rest.split('_').next()).unwrap_or_default()
}

/// The two ends of the connection `connect_params` describe.
fn connect_ends(params: &Value, given: &mut BTreeMap<String, Value>) -> Result<(), String> {
    let Value::Members(params) = params else { return Err("no parameters".to_owned()) };
    let get = |name: &str| params.get(name).cloned().unwrap_or(Value::Nothing);
    let family = get("family").number()?;
    let infix = match family {
        2 => "in",
        10 => "in6",
        _ => return Err("a unix socket of two pointers".to_owned()),
    };
    for side in ["client", "server"] {
        let end = endpoint(
            u8::try_from(family).unwrap_or_default(),
            &get(&format!("{side}_{infix}_port")),
            &get(&format!("{side}_{infix}_addr_string")),
        )?;
        given.insert(side.to_owned(), end);
    }
    Ok(())
}

/// A parameter of a helper's event with its arguments put in.
fn filled(param: &Json, given: &BTreeMap<String, Value>) -> Result<Value, String> {
    let get = |name: &str| -> Result<Value, String> {
        let name = name.strip_prefix('$').unwrap_or(name);
        let (of, member) = name.split_once('.').unwrap_or((name, ""));
        let value = given.get(of).cloned().ok_or_else(|| format!("no argument {of}"))?;
        match (value, member) {
            (value, "") => Ok(value),
            (Value::Members(members), _) => {
                members.get(member).cloned().ok_or_else(|| format!("no member {member}"))
            }
            _ => Err(format!("{of} has no members")),
        }
    };
    if let Some(text) = param.as_str() {
        return if text.starts_with('$') { get(text) } else { Ok(plain(param)) };
    }
    if let Some(hex) = param["hex"].as_str() {
        return Ok(Value::Bytes(unhex(hex)));
    }
    if let Some(name) = param["null_delimited"].as_str() {
        return match get(name)? {
            Value::Bytes(bytes) => Ok(Value::Bytes(bytes)),
            list => Ok(Value::Bytes(null_delimited(&list)?)),
        };
    }
    let bytes = |value: Value| match value {
        Value::Bytes(bytes) => Ok(bytes),
        _ => Err("no end of a connection".to_owned()),
    };
    if let Some(name) = param["sockaddr"].as_str() {
        return Ok(Value::Bytes(bytes(get(name)?)?));
    }
    if let Some((client, server)) =
        param["socktuple"].as_str().and_then(|ends| ends.split_once(','))
    {
        return Ok(Value::Bytes(tuple(&bytes(get(client)?)?, &bytes(get(server)?)?)));
    }
    Ok(plain(param))
}

/// Both ends of a connection behind one family.
pub(super) fn tuple(client: &[u8], server: &[u8]) -> Vec<u8> {
    [client, server.get(1..).unwrap_or_default()].concat()
}

/// JSON without names to look up.
fn plain(value: &Json) -> Value {
    match value {
        Json::Bool(yes) => Value::Number((*yes).into()),
        Json::Number(number) => Value::Number(
            number.as_i64().map_or_else(|| number.as_u64().unwrap_or_default().into(), i128::from),
        ),
        Json::String(text) => Value::Text(text.clone().into_bytes()),
        Json::Array(list) => Value::List(list.iter().map(plain).collect()),
        Json::Object(members) => Value::Members(
            members.iter().map(|(name, value)| (name.clone(), plain(value))).collect(),
        ),
        Json::Null => Value::Nothing,
    }
}

fn block(
    ts: u64,
    tid: i64,
    name: &str,
    params: &[Value],
    empty: &[u64],
) -> Result<Vec<u8>, String> {
    let info = code(name).ok_or_else(|| format!("no event {name}"))?;
    let mut bytes = Vec::new();
    for (index, value) in params.iter().enumerate() {
        let param = info.params.get(index).ok_or_else(|| format!("{name} has fewer parameters"))?;
        bytes.push(match value {
            _ if empty.contains(&(index as u64)) => Vec::new(),
            Value::Nothing => Vec::new(),
            Value::Number(number) => {
                let all = number.to_le_bytes();
                all.get(..param.ty.size().unwrap_or(8)).unwrap_or(&all).to_vec()
            }
            Value::Text(text) => [text.as_slice(), b"\0"].concat(),
            Value::Bytes(bytes) => bytes.clone(),
            other => return Err(format!("{other:?} is no parameter")),
        });
    }
    Ok(record(info, ts, tid, &bytes))
}
