//! What a script expects.

use serde_json::Value as Json;

use super::objects::compiles;
use super::value::{Value, operation};
use super::{Machine, Verdict};

/// Helpers of scripts that assert.
pub(super) const ASSERTING: &[&str] = &[
    "test_accept",
    "test_reject",
    "test_filter_compile",
    "assert_return_value",
    "assert_fd_fields",
    "check_unsupported_types",
    "test_equal_ast",
    "test_exit_path",
    "test_exit_source_target",
    "test_failed_exit",
    "test_filter_compile_msg",
    "test_filter_run",
    "test_reject_msg",
];

/// `PPM_CL_CLONE_FILES` (of every thread that is not the first) and `PPM_CL_CLOSED`.
const DERIVED_FLAGS: u32 = 0x4_0001;

fn judged(good: bool, why: impl FnOnce() -> String) -> Verdict {
    if good { Verdict::Passed } else { Verdict::Failed(why()) }
}

impl Machine<'_> {
    pub(super) fn expect(&mut self, kind: &str, args: &[Json]) -> Verdict {
        self.expected(kind, args).unwrap_or_else(Verdict::NotRun)
    }

    fn expected(&mut self, kind: &str, args: &[Json]) -> Result<Verdict, String> {
        if let Some(one) = args.iter().find(|arg| self.chosen.contains(arg)) {
            return Err(format!("{one} is one of two values"));
        }
        match kind {
            "EQ" | "NE" | "STREQ" | "GT" | "GE" | "LT" | "LE" => {
                let (left, right) = (self.argument(args, 0)?, self.argument(args, 1)?);
                let op = match kind {
                    "EQ" | "STREQ" => "==",
                    "NE" => "!=",
                    "GT" => ">",
                    "GE" => ">=",
                    "LT" => "<",
                    _ => "<=",
                };
                // A field without a value stands for no text, not for an empty one.
                let good = operation(op, &left, &right)?.is_true();
                let asked = args[0]["args"][1].as_str().map_or_else(
                    || args[0]["call"].as_str().unwrap_or_default().to_owned(),
                    str::to_owned,
                );
                Ok(judged(good, || {
                    format!("{asked} is {}, expected {op} {}", left.shown(), right.shown())
                }))
            }
            "TRUE" | "FALSE" => {
                let value = self.argument(args, 0)?;
                let asked: String = args
                    .first()
                    .map(Json::to_string)
                    .unwrap_or_default()
                    .chars()
                    .take(160)
                    .collect();
                Ok(judged(value.is_true() == (kind == "TRUE"), || {
                    format!("{asked} is {}, expected {kind}", value.shown())
                }))
            }
            "THROW" | "ANY_THROW" | "NO_THROW" => self.thrown(kind, args),
            "VALIDATION_STATUS" => self.schema_status(args),
            _ => self.of_threads(kind, args),
        }
    }

    /// Only what takes a text of the user's can be refused here.
    fn thrown(&mut self, kind: &str, args: &[Json]) -> Result<Verdict, String> {
        let call = args.first().unwrap_or(&Json::Null);
        let name = call["call"].as_str().unwrap_or_default();
        let inner = call["args"].as_array().cloned().unwrap_or_default();
        let refused = match name {
            "eval_filter" => {
                let text = self.argument(&inner, 1)?.text()?;
                compiles(&text).err()
            }
            "filter_compiles" | "compiles" => {
                let text = self.argument(&inner, 0)?.text()?;
                compiles(&text).err()
            }
            "format" => {
                self.argument(&inner, 0)?.text()?;
                self.call(name, &inner).err()
            }
            _ => return Err(format!("{name} throws by its own rules")),
        };
        Ok(judged(refused.is_some() == (kind != "NO_THROW"), || {
            format!("{name} {inner:?}: {}", refused.as_deref().unwrap_or("it is not refused"))
        }))
    }

    /// Facts of the table of threads.
    fn of_threads(&mut self, kind: &str, args: &[Json]) -> Result<Verdict, String> {
        let values = args.iter().map(|arg| self.eval(arg)).collect::<Result<Vec<_>, _>>()?;
        let number = |index: usize| values.get(index).ok_or("too few arguments")?.small();
        let tid = number(0)?;
        let thread = self.state.thread(tid);
        match kind {
            "MISSING_THREAD_INFO" => {
                let gone = values.get(1).is_none_or(Value::is_true);
                Ok(judged(thread.is_none() == gone, || format!("thread {tid} is kept: {}", !gone)))
            }
            "THREAD_INFO_PIDS" | "THREAD_INFO_PIDS_IN_CONTAINER" => {
                let Some(thread) = thread else {
                    return Ok(Verdict::Failed(format!("no thread {tid}")));
                };
                let mut got = vec![thread.tid, thread.pid, thread.ptid];
                if kind.ends_with("CONTAINER") {
                    got.extend([thread.vtid, thread.vpid]);
                }
                let wanted = values.iter().map(Value::small).collect::<Result<Vec<_>, _>>()?;
                let wanted = &wanted[..got.len().min(wanted.len())];
                Ok(judged(got == wanted, || format!("thread {got:?}, expected {wanted:?}")))
            }
            "THREAD_INFO_COMM" => {
                let wanted = values.get(1).ok_or("no name")?.text()?;
                let got = thread.map(|thread| String::from_utf8_lossy(&thread.comm).into_owned());
                Ok(judged(got.as_deref() == Some(&wanted), || {
                    format!("thread {tid} is {got:?}, expected {wanted:?}")
                }))
            }
            "THREAD_INFO_FLAG" => {
                let bits = u32::try_from(number(1)?).map_err(|error| error.to_string())?;
                let wanted = values.get(2).is_some_and(Value::is_true);
                if DERIVED_FLAGS & bits != 0 {
                    return Err("a flag that libsinsp sets by itself".to_owned());
                }
                let Some(thread) = thread else {
                    return Ok(Verdict::Failed(format!("no thread {tid}")));
                };
                Ok(judged((thread.flags & bits != 0) == wanted, || {
                    format!(
                        "flags {:#x} of thread {tid}, {bits:#x} expected {wanted}",
                        thread.flags
                    )
                }))
            }
            "THREAD_GROUP_INFO" => {
                // pid, threads that live, whether it takes orphans, threads listed, not expired, who
                let process = self.state.main_thread(tid);
                let process = process.and_then(|thread| self.state.process_of(thread));
                let Some(process) = process else {
                    return Ok(Verdict::Failed(format!("no process {tid}")));
                };
                let mut who = Vec::new();
                for value in values.get(5..).unwrap_or_default() {
                    who.push(value.small()?);
                }
                let (living, listed) = (number(1)?, number(3)?);
                let have = i64::try_from(process.threads.len()).unwrap_or(i64::MAX);
                let of_group =
                    |one: i64| self.state.thread(one).is_some_and(|thread| thread.pid == tid);
                let missing = who.iter().find(|one| !of_group(**one));
                // A first thread that ended stays listed while others live.
                let good = have == living || have == listed;
                Ok(judged(good && missing.is_none(), || {
                    format!("threads {:?} of {tid}, expected {living}: {who:?}", process.threads)
                }))
            }
            "THREAD_CHILDREN" => {
                // tid, children listed, not expired, who
                for value in values.get(3..).unwrap_or_default() {
                    let child = value.small()?;
                    let parent = self.state.thread(child).map(|child| child.ptid);
                    if parent != Some(tid) {
                        return Ok(Verdict::Failed(format!(
                            "the parent of {child} is {parent:?}, expected {tid}"
                        )));
                    }
                }
                if values.len() > 3 {
                    Ok(Verdict::Passed)
                } else {
                    Err("it counts entries that ended".to_owned())
                }
            }
            _ => Err(format!("{kind} is of libsinsp's own insides")),
        }
    }

    pub(super) fn assertion(&mut self, name: &str, args: &[Json]) -> Verdict {
        self.asserted(name, args).unwrap_or_else(Verdict::NotRun)
    }

    fn asserted(&mut self, name: &str, args: &[Json]) -> Result<Verdict, String> {
        match name {
            "test_accept" | "test_reject" => {
                let text = self.argument(args, 0)?.text()?;
                let parsed = peregrine_filter::parse(&text, peregrine_filter::DEFAULT_DEPTH);
                Ok(judged(parsed.is_ok() == (name == "test_accept"), || {
                    format!("{name} {text:?}: {:?}", parsed.err().map(|error| error.to_string()))
                }))
            }
            "test_filter_compile" => {
                let text = self.argument(args, 1)?.text()?;
                let refused = args.get(2).is_some_and(|refused| *refused == true);
                let got = compiles(&text);
                Ok(judged(got.is_err() == refused, || {
                    format!("{text:?} refused: {:?}, expected {refused}", got.err())
                }))
            }
            "assert_return_value" => self.return_value(args),
            "assert_fd_fields" => {
                let event = self.argument(args, 0)?;
                let Value::Members(wanted) = self.argument(args, 1)? else {
                    return Err("no members".to_owned());
                };
                for (member, wanted) in wanted {
                    let field = match member.as_str() {
                        "fd_num" => "fd.num",
                        "fd_name" => "fd.name",
                        "fd_name_raw" => "fd.nameraw",
                        "fd_directory" => "fd.directory",
                        "fd_filename" => "fd.filename",
                        _ => return Err(format!("{member} is not known here")),
                    };
                    let wanted = match wanted {
                        Value::Number(number) => number.to_string(),
                        other => other.text()?,
                    };
                    if let Some(why) = self.differs(&event, field, &wanted)? {
                        return Ok(Verdict::Failed(why));
                    }
                }
                Ok(Verdict::Passed)
            }
            _ => Err(format!("{name} looks at libsinsp's own insides")),
        }
    }

    /// `assert_return_value(event, result)`: what the fields say of a result.
    fn return_value(&mut self, args: &[Json]) -> Result<Verdict, String> {
        let event = self.argument(args, 0)?;
        let result = self.argument(args, 1)?.number()?;
        let failed = result < 0;
        let mut wanted =
            vec![("evt.rawres", result.to_string()), ("evt.failed", failed.to_string())];
        if !failed {
            wanted.push(("evt.res", "SUCCESS".to_owned()));
        }
        for (field, wanted) in wanted {
            if let Some(why) = self.differs(&event, field, &wanted)? {
                return Ok(Verdict::Failed(why));
            }
        }
        Ok(Verdict::Passed)
    }

    fn differs(
        &mut self,
        event: &Value,
        field: &str,
        wanted: &str,
    ) -> Result<Option<String>, String> {
        self.variables.insert(" event".to_owned(), Ok(event.clone()));
        let args = [serde_json::json!({ "id": " event" }), Json::from(field)];
        let got = self.call("get_field_as_string", &args)?;
        let same = matches!(&got, Value::Text(text) if text == wanted.as_bytes());
        Ok((!same).then(|| format!("{field} is {}, expected {wanted:?}", got.shown())))
    }
}
