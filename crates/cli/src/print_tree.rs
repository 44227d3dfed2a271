//! `peregrine print --tree`.

use std::io::{BufWriter, Write as _};
use std::process::ExitCode;

use peregrine_agent::capture::tree::{Process, tree};
use peregrine_agent::capture::{Input, Window};
use serde_json::json;

use crate::moment::{empty, shown};
use crate::table::{self, Paint};
use crate::terminal::{clear, say};

pub(crate) fn run(
    input: Input<'_>,
    condition: &str,
    window: Window,
    json: bool,
) -> anyhow::Result<ExitCode> {
    let reported = input.progress.is_some();
    let tree = tree(input, condition, window);
    clear(reported);
    let tree = tree?;
    if let Some(span) = tree.empty_window {
        say(empty(span));
    }
    let mut out = BufWriter::new(std::io::stdout().lock());
    if json {
        for process in &tree.processes {
            let parent = process.parent.and_then(|parent| tree.processes.get(parent));
            let time = |ns: u64| (ns != 0).then_some(ns);
            let commands: Vec<_> = process
                .commands
                .iter()
                .map(|(ns, command)| json!({"time": time(*ns), "command": command}))
                .collect();
            let row = json!({
                "pid": process.pid, "ppid": parent.map(|parent| parent.pid), "user": process.user,
                "start": time(process.start), "end": time(process.end), "commands": commands,
                "chosen": process.chosen,
            });
            writeln!(out, "{row}")?;
        }
    } else if !tree.processes.is_empty() {
        let paint = Paint::stdout();
        let head = ["PID", "USER", "START", "END", "COMMAND"];
        let mut rows = vec![head.map(|word| paint.dim(word)).to_vec()];
        rows.extend(
            lines(&tree.processes)
                .into_iter()
                .map(|(branch, process)| row(paint, &branch, process)),
        );
        table::write(&mut out, &rows)?;
    }
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}

fn row(paint: Paint, branch: &str, process: &Process) -> Vec<String> {
    let time = |ns: u64| if ns == 0 { "-".to_owned() } else { shown(ns) };
    let commands: Vec<&str> =
        process.commands.iter().map(|(_, command)| command.as_str()).collect();
    let commands = commands.join(" -> ");
    let commands = if process.chosen { commands } else { paint.dim(&commands) };
    vec![
        process.pid.to_string(),
        process.user.clone(),
        time(process.start),
        time(process.end),
        format!("{}{commands}", paint.dim(branch)),
    ]
}

/// Each process below its parent, with the branch before it.
fn lines(processes: &[Process]) -> Vec<(String, &Process)> {
    let mut below: Vec<Vec<usize>> = vec![Vec::new(); processes.len()];
    let mut tops = Vec::new();
    for (place, process) in processes.iter().enumerate() {
        match process.parent.and_then(|parent| below.get_mut(parent)) {
            Some(children) => children.push(place),
            None => tops.push(place),
        }
    }
    let mut lines = Vec::new();
    // What is still to be shown: a process, what stands before its children, its own branch.
    let mut stack: Vec<(usize, String, String)> =
        tops.into_iter().rev().map(|top| (top, String::new(), String::new())).collect();
    while let Some((place, before, branch)) = stack.pop() {
        let (Some(process), Some(children)) = (processes.get(place), below.get(place)) else {
            continue;
        };
        lines.push((branch, process));
        for (back, child) in children.iter().rev().enumerate() {
            let (corner, rest) = if back == 0 { ("└─ ", "   ") } else { ("├─ ", "│  ") };
            stack.push((*child, format!("{before}{rest}"), format!("{before}{corner}")));
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn branches() {
        let process = |pid, parent| Process {
            pid,
            parent,
            start: 0,
            end: 0,
            user: String::new(),
            commands: Vec::new(),
            chosen: true,
        };
        let processes = [
            process(1, None),
            process(2, Some(0)),
            process(3, Some(1)),
            process(4, Some(0)),
            process(5, Some(3)),
            process(9, None),
        ];
        let lines: Vec<String> = lines(&processes)
            .iter()
            .map(|(branch, process)| format!("{branch}{}", process.pid))
            .collect();
        assert_eq!(lines, ["1", "├─ 2", "│  └─ 3", "└─ 4", "   └─ 5", "9"]);
    }
}
