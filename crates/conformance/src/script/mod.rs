//! `event_scripts`, `other_scripts`, `falco_unit_scripts`: whole unit tests of Falco's libraries, step
//! by step. Each expectation is a case. One that speaks of what there is no counterpart for is
//! counted as not run and says why; so is every one behind a step that cannot be made.

mod events;
mod expect;
mod loading;
mod objects;
mod value;

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, Result};
use peregrine_state::{Limits, State};
use serde_json::Value as Json;

use self::loading::Engine;
use self::value::Value;
use super::scripts::World;

/// How an expectation went.
pub(crate) enum Verdict {
    Passed,
    Failed(String),
    NotRun(String),
}

/// What the helper functions and constants of the scripts are.
pub(crate) struct Helpers(Json);

impl Helpers {
    pub(crate) fn read(unit: &Path) -> Result<Self> {
        let file = unit.join("helpers.json");
        let text = std::fs::read_to_string(&file).with_context(|| file.display().to_string())?;
        Ok(Self(serde_json::from_str(&text).with_context(|| file.display().to_string())?))
    }
}

/// A script while it runs.
struct Machine<'h> {
    helpers: &'h Json,
    world: World,
    state: State,
    variables: BTreeMap<String, Result<Value, String>>,
    events: Vec<Vec<u8>>,
    /// Events that wait for the next one.
    queued: Vec<Vec<u8>>,
    clock: u64,
    /// The first table of threads, until processing starts.
    table: Vec<(Json, u64)>,
    /// The variable that holds `open_params` and its kin, by the kind.
    parameters_in: BTreeMap<String, String>,
    /// The variable the step before set.
    just_set: Option<String>,
    /// Texts of variables that were set twice in a row: what chose between the two is not known, and
    /// the later stands wherever the variable does.
    chosen: Vec<Json>,
    engine: Engine,
    /// Why nothing behind it can be run.
    stopped: Option<String>,
}

/// Runs a script; reports each expectation by its line.
pub(crate) fn run(helpers: &Helpers, script: &Json, note: &mut dyn FnMut(&Json, Verdict)) {
    let helpers = &helpers.0;
    let mut machine = Machine {
        helpers,
        world: World::default(),
        state: State::new(Limits::default()),
        variables: BTreeMap::new(),
        events: Vec::new(),
        queued: Vec::new(),
        clock: helpers["clock"]["start_ns"].as_u64().unwrap_or_default(),
        table: Vec::new(),
        parameters_in: BTreeMap::new(),
        just_set: None,
        chosen: Vec::new(),
        engine: Engine::default(),
        stopped: None,
    };
    let fixture = script["test"].as_str().unwrap_or_default().split('.').next().unwrap_or_default();
    if fixture == "sinsp_formatter_test" {
        let _ = machine.call("add_default_init_thread", &[]);
        let _ = machine.call("open_inspector", &[]);
    }
    for step in script["steps"].as_array().into_iter().flatten() {
        machine.step(step, note);
    }
}

impl Machine<'_> {
    fn step(&mut self, step: &Json, note: &mut dyn FnMut(&Json, Verdict)) {
        let line = &step["line"];
        let just_set = self.just_set.take();
        if let Some(kind) = step["expect"].as_str() {
            let verdict = match &self.stopped {
                Some(why) => Verdict::NotRun(why.clone()),
                None => self.expect(kind, step["args"].as_array().map_or(&[], Vec::as_slice)),
            };
            note(line, verdict);
        } else if let Some(name) = step["let"].as_str() {
            let ty = step["type"].as_str().unwrap_or_default();
            // Where macros stand before a declaration they are part of its type here.
            self.macros(ty, line, note);
            let value = &step["value"];
            if ty.contains("DEFAULT_TREE") && self.is_function(name) {
                let args = value["init"].as_array().cloned().unwrap_or_default();
                self.statement(name, &args, line, note);
                return;
            }
            let value =
                if value.is_null() { self.fresh(ty) } else { self.declared(name, ty, value) };
            if let Some(kind) = ty.trim().strip_suffix("_params") {
                let kind = kind.rsplit("::").next().unwrap_or_default();
                self.parameters_in.insert(kind.to_owned(), name.to_owned());
            }
            self.variables.insert(name.to_owned(), value);
        } else if let Some(name) = step["set"].as_str() {
            let value = self.declared(name, "", &step["value"]);
            let plain = step["assign"].as_str().unwrap_or("=") == "=";
            let value = match (plain, just_set.as_deref() == Some(name)) {
                (true, false) => value,
                (false, _) => Err(format!("{name} is reckoned on")),
                (true, true) => {
                    self.chosen.push(step["value"].clone());
                    Err(format!("{name} is one of two values"))
                }
            };
            self.just_set = Some(name.to_owned());
            self.assign(name, value);
        } else if let Some(name) = step["call"].as_str() {
            let args = step["args"].as_array().cloned().unwrap_or_default();
            self.statement(name, &args, line, note);
        } else if let Some(text) = step["control"].as_str() {
            let start: String = text.chars().take(40).collect();
            self.stop(format!("what stands in `{}` is no list of steps", start.replace('\n', " ")));
        } else if let Some(text) = step["raw"].as_str() {
            self.raw(text);
        } else if step["ast"]["id"].is_string() {
            self.stop(format!("step {} is not whole", step["line"]));
        }
    }

    /// A declaration that was not taken apart.
    fn raw(&mut self, text: &str) {
        let declared = text
            .split_once('=')
            .and_then(|(left, value)| Some((left.split_whitespace().last()?, value.trim())));
        if let Some((name, value)) = declared {
            let value = match value.parse::<i128>() {
                Ok(number) => Ok(Value::Number(number)),
                Err(_) => self.identifier(value),
            };
            self.variables.insert(name.to_owned(), value);
        } else if text.starts_with("case ") {
            self.stop("a choice by cases".to_owned());
        }
    }

    fn stop(&mut self, why: String) {
        self.stopped.get_or_insert(why);
    }

    /// A call that is a step of its own: an assertion, something done, or unknown.
    fn statement(
        &mut self,
        name: &str,
        args: &[Json],
        line: &Json,
        note: &mut dyn FnMut(&Json, Verdict),
    ) {
        if expect::ASSERTING.contains(&name) {
            let verdict = match &self.stopped {
                Some(why) => Verdict::NotRun(why.clone()),
                None => self.assertion(name, args),
            };
            return note(line, verdict);
        }
        if self.stopped.is_some() {
            return;
        }
        if let Err(why) = self.call(name, args) {
            self.stop(format!("{name}: {why}"));
        }
    }

    /// `DEFAULT_TREE` and `ASSERT_...(...)` before a declaration.
    fn macros(&mut self, ty: &str, line: &Json, note: &mut dyn FnMut(&Json, Verdict)) {
        if ty.contains("DEFAULT_TREE") && self.stopped.is_none() {
            let tree = self.helpers["macros"]["DEFAULT_TREE"].clone();
            for call in tree["calls"].as_array().into_iter().flatten() {
                let name = call[0].as_str().unwrap_or_default();
                let args = call.as_array().map_or(&[][..], |call| call.get(1..).unwrap_or(&[]));
                if let Err(why) = self.call(name, args) {
                    self.stop(format!("{name}: {why}"));
                }
            }
            for (name, value) in tree["vars"].as_object().into_iter().flatten() {
                let number = Value::Number(i128::from(value.as_i64().unwrap_or_default()));
                self.variables.insert(name.clone(), Ok(number));
            }
        }
        for part in ty.split("ASSERT_").skip(1) {
            let Some((kind, rest)) = part.split_once('(') else { continue };
            let args: Vec<Json> = rest
                .split(')')
                .next()
                .unwrap_or_default()
                .split(',')
                .map(str::trim)
                .filter(|arg| !arg.is_empty())
                .map(|arg| match arg {
                    "true" | "false" => Json::from(arg == "true"),
                    _ => arg
                        .parse::<i64>()
                        .map_or_else(|_| serde_json::json!({ "id": arg }), Json::from),
                })
                .collect();
            let verdict = match &self.stopped {
                Some(why) => Verdict::NotRun(why.clone()),
                None => self.expect(kind, &args),
            };
            note(line, verdict);
        }
    }

    /// The value a variable begins with; what a function returned without saying of whom is reported
    /// by the variable's name.
    fn declared(&mut self, name: &str, ty: &str, value: &Json) -> Result<Value, String> {
        let call = value["call"].as_str().unwrap_or_default();
        if call == "m_threads.front" && self.table.len() == 1 {
            return Ok(Value::Initial);
        }
        if call.contains("find_thread()") || call.ends_with("find_thread().get") {
            let of = name.strip_suffix("_tinfo").map(|stem| format!("{stem}_tid"));
            let tid = match of.as_deref() {
                Some("init_tid") => Value::Number(1),
                Some(of) => self.identifier(of)?,
                None => return Err("it does not say which thread".to_owned()),
            };
            let tid = tid.small()?;
            return Ok(self.state.thread(tid).map_or(Value::Nothing, |_| Value::Thread(tid)));
        }
        if value["init"].as_array().is_some_and(Vec::is_empty) && !ty.is_empty() {
            return self.fresh(ty);
        }
        self.eval(value)
    }

    fn assign(&mut self, name: &str, value: Result<Value, String>) {
        let Some((of, member)) = name.rsplit_once('.') else {
            self.variables.insert(name.to_owned(), value);
            return;
        };
        match (self.variables.get_mut(of), value) {
            (Some(Ok(Value::Members(members))), Ok(value)) => {
                members.insert(member.to_owned(), value);
            }
            (Some(Ok(Value::Initial)), value) => match (self.table.last_mut(), value) {
                (Some((thread, _)), Ok(Value::Number(number))) => {
                    thread[member] = i64::try_from(number).unwrap_or(-1).into();
                }
                (Some((thread, _)), Ok(Value::Text(text))) => {
                    thread[member] = String::from_utf8_lossy(&text).into_owned().into();
                }
                _ => self.stop(format!("{name} is set to something else")),
            },
            (Some(Ok(Value::Thread(_) | Value::Fd(_))), _) => {
                self.stop(format!("{name} is set past all events"));
            }
            (Some(slot), value) => {
                *slot = Err(value.err().unwrap_or_else(|| format!("{name} is set")));
            }
            (None, _) => {}
        }
    }
}
