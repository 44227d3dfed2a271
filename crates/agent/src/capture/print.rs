//! A capture as lines for people.

use std::io::Write;
use std::ops::ControlFlow;

use peregrine_alert::{escape_json, format_line};
use peregrine_event::Category;
use peregrine_fields::Catalogue;
use peregrine_filter::Template;
use serde_json::Value as Json;

use super::cursor::{Entry, for_each};
use super::error::CaptureError;
use super::input::Input;
use super::source::CaptureSource;
use super::window::{Span, Window};
use crate::event_filter::{EventFilter, names_container};

/// The default format.
pub const DEFAULT_FORMAT: &str =
    "*%evt.num %evt.outputtime %evt.cpu %proc.name (%thread.tid) %evt.dir %evt.type %evt.info";

/// What is printed of a capture.
#[derive(Debug)]
pub struct Print<'p> {
    /// The format. Without a leading `*` an event that lacks one of its fields is skipped.
    pub format: &'p str,
    /// A condition; empty: every event.
    pub filter: &'p str,
    /// One JSON object a line instead.
    pub json: bool,
    /// The part of the capture that is printed.
    pub window: Window,
    /// The maximum number of bytes shown of buffers among the arguments; 0: all.
    pub shown_bytes: usize,
    /// The maximum number of lines.
    pub limit: Option<u64>,
}

/// Prints the events of captures; returns the window where no event lies in it. Messages about the host
/// itself (`procinfo` and the like) are not shown.
///
/// # Errors
/// A filter or format that is none, with its place; a file that is no capture; damage, after what
/// stands before it; a writer that fails.
pub fn print<'p>(
    input: impl Into<Input<'p>>,
    print: &Print<'_>,
    out: &mut dyn Write,
) -> Result<Option<Span>, CaptureError> {
    let template = Template::parse(print.format, &Catalogue::default())
        .map_err(|error| CaptureError::Format { format: print.format.to_owned(), error })?;
    let mut filter = EventFilter::new(print.filter)?;
    let containers = template.tokens().any(|token| names_container(&token.text))
        || names_container(print.filter);
    let mut source = CaptureSource::open(input, print.window)?;
    let mut lines = 0;
    for_each(&mut source, &mut |entry| {
        let Entry::Event(at) = entry else { return Ok(ControlFlow::Continue(())) };
        let mut context = at.context;
        (context.containers, context.shown_bytes) = (containers, print.shown_bytes);
        let info = context.event.view.info();
        if !at.for_rules
            || at.state_only
            || info.categories.first() == Category::Internal
            || !filter.fits(&context)
        {
            return Ok(ControlFlow::Continue(()));
        }
        let line = format_line(&template, &context);
        if !line.whole {
            return Ok(ControlFlow::Continue(()));
        }
        let written = if print.json {
            writeln!(out, "{}", escape_json(Json::Object(line.fields).to_string()))
        } else {
            writeln!(out, "{}", line.text)
        };
        written.map_err(CaptureError::Print)?;
        lines += 1;
        let done = print.limit == Some(lines);
        Ok(if done { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    })?;
    Ok(source.empty_window())
}
