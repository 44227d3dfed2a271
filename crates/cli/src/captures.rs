//! What `print` and `replay` read: captures in order, and which of their events.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::Args;
use peregrine_agent::capture::{Input, Progress};

use crate::moment::Part;
use crate::terminal::shows_progress;

/// Captures and a part of them.
#[derive(Debug, Args)]
pub(crate) struct Captures {
    /// Captures, in order: plain, gzip or zstd; - for stdin. Behind them a condition, which may be several
    /// words: only events for which it is true.
    #[arg(required = true, value_name = "FILE|FILTER", allow_negative_numbers = true)]
    words: Vec<String>,
    /// The condition, as one word.
    #[arg(long, value_name = "FILTER")]
    filter: Option<String>,
    /// Only events of this process.
    #[arg(long, value_name = "PID")]
    pid: Option<i64>,
    /// With --pid: of those below it, too.
    #[arg(long, requires = "pid")]
    children: bool,
    #[command(flatten)]
    pub(crate) part: Part,
}

/// Whether a word behind a capture names another one.
fn is_capture(word: &str) -> bool {
    let path = Path::new(word);
    let named = [".scap", ".scap.gz", ".scap.zst"].iter().any(|end| word.ends_with(end));
    word == "-" || path.is_file() || (named && !word.contains([' ', '=', '<', '>', '(', ')']))
}

impl Captures {
    /// How many of the words are captures: the first, and those behind it that look like one.
    fn files(&self) -> usize {
        1 + self.words.iter().skip(1).take_while(|word| is_capture(word)).count()
    }

    pub(crate) fn input<'p>(&self, progress: Option<&'p dyn Fn(&Progress)>) -> Input<'p> {
        let files = self.words.iter().take(self.files()).map(PathBuf::from).collect();
        Input { files, progress }
    }

    /// One condition of all that was asked for.
    pub(crate) fn condition(&self) -> String {
        let words = self.words.iter().skip(self.files()).map(String::as_str).collect::<Vec<_>>();
        let words = words.join(" ");
        let below =
            |pid| if self.children { format!(" or proc.apid = {pid}") } else { String::new() };
        let process = self.pid.map(|pid| format!("proc.pid = {pid}{}", below(pid)));
        let given = [Some(words.as_str()), self.filter.as_deref()];
        let given = given.into_iter().flatten().map(str::trim).filter(|text| !text.is_empty());
        let all: Vec<String> = given.map(str::to_owned).chain(process).collect();
        match &*all {
            [one] => one.clone(),
            _ => all.iter().map(|one| format!("({one})")).collect::<Vec<_>>().join(" and "),
        }
    }
}

/// A line on a terminal that says how far reading came, from the second second on; with `beside` only
/// where stdout is none.
pub(crate) fn progress(beside: bool) -> Option<impl Fn(&Progress)> {
    let to_file = !std::io::IsTerminal::is_terminal(&std::io::stdout());
    let begin = Instant::now();
    let line = move |at: &Progress| {
        let elapsed = begin.elapsed().as_secs_f64();
        if elapsed < 1.0 {
            return;
        }
        #[expect(clippy::cast_precision_loss, reason = "shown to people")]
        let (rate, part) = (at.events as f64 / elapsed, at.bytes as f64 / at.of.max(1) as f64);
        let part = if at.of == 0 { String::new() } else { format!("{:.0} %, ", part * 100.0) };
        let _ = write!(
            std::io::stderr().lock(),
            "\r\x1b[K{part}{} events, {rate:.0} events/s",
            at.events
        );
    };
    (shows_progress() && (to_file || !beside)).then_some(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_captures_then_a_condition() {
        let check = |words: &[&str],
                     filter: Option<&str>,
                     pid: Option<i64>,
                     files: &[&str],
                     condition: &str| {
            #[derive(clap::Parser)]
            struct Flags {
                #[command(flatten)]
                captures: Captures,
            }
            let mut args = vec!["x".to_owned()];
            args.extend(words.iter().map(|word| (*word).to_owned()));
            args.extend(filter.map(|filter| format!("--filter={filter}")));
            args.extend(pid.map(|pid| format!("--pid={pid}")));
            let captures = <Flags as clap::Parser>::try_parse_from(args).unwrap().captures;
            let expected: Vec<PathBuf> = files.iter().map(PathBuf::from).collect();
            assert_eq!(captures.input(None).files, expected, "{words:?}");
            assert_eq!(captures.condition(), condition, "{words:?}");
        };
        check(&["a"], None, None, &["a"], "");
        check(&["-"], None, None, &["-"], "");
        check(&["a", "b.scap", "c.scap.gz"], None, None, &["a", "b.scap", "c.scap.gz"], "");
        check(&["a", "proc.name=x.scap"], None, None, &["a"], "proc.name=x.scap");
        check(&["a", "evt.type", "in", "(open)"], None, None, &["a"], "evt.type in (open)");
        check(&["a", "fd.num", "=", "-1"], None, None, &["a"], "fd.num = -1");
        check(&["a"], Some("evt.num=1"), None, &["a"], "evt.num=1");
        check(&["a", "x=1"], Some("y=2"), None, &["a"], "(x=1) and (y=2)");
        check(&["a", "x=1 or y=2"], None, Some(7), &["a"], "(x=1 or y=2) and (proc.pid = 7)");
        check(&["a", "--children"], None, Some(7), &["a"], "proc.pid = 7 or proc.apid = 7");
    }
}
