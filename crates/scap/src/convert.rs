//! Conversion of old events to the current schema.
//!
//! A block of an older schema has fewer parameters, another code, or its values in the enter event.
//! Enter events are stored until their exit comes; a missing value is empty or a default.

use std::fmt::Write as _;

use peregrine_event::{
    Category, EventFlags, EventType, EventView, HEADER_LEN, ParamInfo, ParamType,
};
use rustc_hash::FxHashMap;

use crate::conversion_table::CONVERSIONS;
use crate::error::ConvertError;

/// How a block of one code and number of parameters becomes newer.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) code: u16,
    pub(crate) nparams: u32,
    pub(crate) action: Action,
}

#[derive(Debug)]
pub(crate) enum Action {
    /// Nothing to convert.
    Pass,
    /// An enter event whose values its exit needs.
    Store,
    /// Both.
    StoreAndPass,
    /// Further parameters are added.
    Add(&'static [From]),
    /// It becomes another code, with these parameters.
    Change(u16, &'static [From]),
}

/// The source of a parameter.
#[derive(Debug, Clone, Copy)]
pub(crate) enum From {
    /// A parameter of the block.
    Old(usize),
    /// A parameter of the enter event; without one, the default of its type or nothing.
    Enter(usize, bool),
    /// Nothing.
    Empty,
    /// The default of its type.
    Default,
    /// The description of a container in JSON, from the values of the block.
    ContainerJson,
}

/// Limit on the bytes of stored enter events, for files without their exits.
const MOST_KEPT: usize = 16 << 20;
/// Limit on the steps of a conversion; the longest one in the table has eleven.
const MOST_STEPS: usize = 50;

/// The result of one step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Nothing is left of it: an enter event, or a code that is no longer written.
    Dropped,
    /// It is of the current schema.
    Same,
    /// The next form.
    Became(Vec<u8>),
}

/// What an event needs.
enum Need {
    Drop,
    Pass,
    Table,
    Impossible,
}

/// Converts events to the current schema. Events of a thread must come in order.
#[derive(Debug, Default)]
pub struct Converter {
    kept: FxHashMap<i64, Vec<u8>>,
    bytes: usize,
}

impl Converter {
    /// Converts a block in place; returns false where nothing is left of it.
    ///
    /// # Errors
    /// Why a block cannot be converted.
    pub fn convert(&mut self, record: &mut Vec<u8>) -> Result<bool, ConvertError> {
        for _ in 0..MOST_STEPS {
            match self.step(record)? {
                Step::Dropped => return Ok(false),
                Step::Same => return Ok(true),
                Step::Became(newer) => *record = newer,
            }
        }
        Err(ConvertError::Endless { code: code_of(record) })
    }

    /// One step of a conversion.
    ///
    /// # Errors
    /// Why there is none.
    pub fn step(&mut self, record: &[u8]) -> Result<Step, ConvertError> {
        let (view, _) = EventView::parse(record)?;
        match need(&view) {
            Need::Drop => return Ok(Step::Dropped),
            Need::Pass => return Ok(Step::Same),
            Need::Table => {}
            Need::Impossible => return Err(unknown(&view)),
        }
        let row = row(&view).ok_or_else(|| unknown(&view))?;
        match row.action {
            Action::Pass => Ok(Step::Same),
            Action::Store => {
                self.keep(&view);
                Ok(Step::Dropped)
            }
            Action::StoreAndPass => {
                self.keep(&view);
                Ok(Step::Same)
            }
            Action::Add(from) => {
                let mut block = Block::new(view.event_type(), &view);
                for index in 0..view.nparams() {
                    block.put(view.param(index).unwrap_or_default());
                }
                self.fill(&view, from, block)
            }
            Action::Change(code, from) => {
                self.fill(&view, from, Block::new(EventType(code), &view))
            }
        }
    }

    /// Whether the stored enter event of a thread is this one.
    pub fn keeps(&self, tid: i64, record: &[u8]) -> bool {
        self.kept.get(&tid).is_some_and(|kept| kept == record)
    }

    fn keep(&mut self, view: &EventView<'_>) {
        if self.bytes > MOST_KEPT {
            self.kept.clear();
            self.bytes = 0;
        }
        self.bytes += view.bytes().len();
        if let Some(old) = self.kept.insert(view.tid(), view.bytes().to_vec()) {
            self.bytes = self.bytes.saturating_sub(old.len());
        }
    }

    fn fill(
        &mut self,
        view: &EventView<'_>,
        from: &[From],
        mut block: Block,
    ) -> Result<Step, ConvertError> {
        let asked = from.iter().any(|from| matches!(from, From::Enter(..)));
        let kept = if asked { self.kept.remove(&view.tid()) } else { None };
        self.bytes = self.bytes.saturating_sub(kept.as_ref().map_or(0, Vec::len));
        let enter = match &kept {
            Some(kept) => {
                let (enter, _) = EventView::parse(kept)?;
                if enter.event_type().0.checked_add(1) != Some(view.event_type().0) {
                    let (exit, enter) = (view.info().code, enter.info().code);
                    return Err(ConvertError::Enter { exit, enter });
                }
                Some(enter)
            }
            None => None,
        };
        for from in from {
            match *from {
                From::Empty => block.put(&[]),
                From::Default => block.put_default(),
                From::Old(index) => {
                    let code = view.info().code;
                    let value = view.param(index);
                    block.put(value.ok_or(ConvertError::Parameter { code, index })?);
                }
                From::Enter(index, default) => match enter.and_then(|enter| enter.param(index)) {
                    Some(value) => block.put(value),
                    None if default => block.put_default(),
                    None => block.put(&[]),
                },
                From::ContainerJson => block.put(&container_json(view)),
            }
        }
        Ok(Step::Became(block.finish()))
    }
}

/// Whether an event is of the current schema and does not have to be stored. Records of a snapshot are
/// not.
pub(crate) fn passes(record: &[u8]) -> bool {
    EventView::parse(record)
        .is_ok_and(|(view, _)| !view.info().is(Category::Iter) && matches!(need(&view), Need::Pass))
}

fn code_of(record: &[u8]) -> u16 {
    record.get(20..22).and_then(|code| code.try_into().ok()).map_or(u16::MAX, u16::from_le_bytes)
}

fn unknown(view: &EventView<'_>) -> ConvertError {
    ConvertError::Unknown { code: view.info().code, params: view.nparams() }
}

fn need(view: &EventView<'_>) -> Need {
    let info = view.info();
    let old = info.flags.has(EventFlags::OLD_VERSION);
    let exit = view.event_type().is_exit();
    if info.flags.has(EventFlags::UNUSED) {
        return Need::Drop;
    }
    if !info.flags.has(EventFlags::CONVERTER_MANAGED) {
        return match (old, exit) {
            (false, _) => Need::Pass,
            (true, false) => Need::Drop,
            (true, true) => Need::Impossible,
        };
    }
    if exit && !old && view.nparams() == info.params.len() { Need::Pass } else { Need::Table }
}

fn row(view: &EventView<'_>) -> Option<&'static Row> {
    let key = (view.event_type().0, u32::try_from(view.nparams()).ok()?);
    let place = CONVERSIONS.binary_search_by_key(&key, |row| (row.code, row.nparams)).ok()?;
    CONVERSIONS.get(place)
}

/// A block being written.
struct Block {
    code: EventType,
    ts: u64,
    tid: i64,
    params: &'static [ParamInfo],
    width: usize,
    lengths: Vec<u8>,
    values: Vec<u8>,
}

impl Block {
    /// A block with the time and thread of another one.
    fn new(code: EventType, of: &EventView<'_>) -> Self {
        let info = code.info();
        let wide = info.is_some_and(|info| info.flags.has(EventFlags::LARGE_PAYLOAD));
        Self {
            code,
            ts: of.ts(),
            tid: of.tid(),
            params: info.map_or(&[], |info| info.params),
            width: if wide { 4 } else { 2 },
            lengths: Vec::new(),
            values: Vec::new(),
        }
    }

    /// The type of the next parameter.
    fn next(&self) -> Option<ParamType> {
        self.params.get(self.lengths.len() / self.width).map(|param| param.ty)
    }

    fn put(&mut self, value: &[u8]) {
        // A value longer than its type is truncated.
        let longest = if self.width == 2 { u16::MAX.into() } else { usize::MAX };
        let most = self.next().and_then(ParamType::size).unwrap_or(longest);
        let value = value.get(..most).unwrap_or(value);
        let len = u32::try_from(value.len()).unwrap_or(u32::MAX).to_le_bytes();
        self.lengths.extend_from_slice(len.get(..self.width).unwrap_or(&len));
        self.values.extend_from_slice(value);
    }

    fn put_default(&mut self) {
        let ty = self.next();
        let size = ty.and_then(ParamType::size).unwrap_or(0);
        let byte = if matches!(ty, Some(ParamType::Uid | ParamType::Gid)) { 0xff } else { 0 };
        let value = [byte; 16];
        self.put(value.get(..size).unwrap_or_default());
    }

    fn finish(self) -> Vec<u8> {
        let nparams = self.lengths.len() / self.width;
        let len = HEADER_LEN + self.lengths.len() + self.values.len();
        let small = |number: usize| u32::try_from(number).unwrap_or(u32::MAX).to_le_bytes();
        let mut block = Vec::with_capacity(len);
        block.extend_from_slice(&self.ts.to_le_bytes());
        block.extend_from_slice(&self.tid.to_le_bytes());
        block.extend_from_slice(&small(len));
        block.extend_from_slice(&self.code.0.to_le_bytes());
        block.extend_from_slice(&small(nparams));
        block.extend_from_slice(&self.lengths);
        block.extend_from_slice(&self.values);
        block
    }
}

/// `{"id":..,"type":..,"name":..,"image":..}` with its NUL.
fn container_json(view: &EventView<'_>) -> Vec<u8> {
    let text = |index: usize| {
        let mut out = String::from("\"");
        for c in String::from_utf8_lossy(view.str(index).unwrap_or_default()).chars() {
            match c {
                '"' | '\\' => out.extend(['\\', c]),
                c if c.is_control() => {
                    let _ = write!(out, "\\u{:04x}", u32::from(c));
                }
                c => out.push(c),
            }
        }
        out.push('"');
        out
    };
    let kind = view.u32(1).unwrap_or(0);
    let [id, name, image] = [text(0), text(2), text(3)];
    format!("{{\"id\":{id},\"type\":{kind},\"name\":{name},\"image\":{image}}}\0").into_bytes()
}
