//! Parameters and values as text, the way Falco prints them.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::net::Ipv4Addr;

use peregrine_event::{Named, ParamInfo, ParamType, PrintFormat, Strings, names};
use peregrine_filter::Value;
use peregrine_state::{FdInfo, IpText, join, tuple_text};

use crate::buffer_format::{BufferFormat, dotted};
use crate::context::EventContext;
use crate::time::local_date;

/// A parameter as text: the plain value, and what it stands for where that says more.
pub(crate) struct ParamText {
    pub(crate) plain: String,
    pub(crate) resolved: Option<String>,
}

impl ParamText {
    fn plain(text: impl Into<String>) -> Self {
        Self { plain: text.into(), resolved: None }
    }
}

/// Bytes as text: what is no UTF-8 becomes replacement characters.
pub fn lossy(bytes: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(bytes)
}

/// A text in which control characters are replaced, as Falco shows names of descriptors and texts
/// among arguments.
pub(crate) fn replaced(bytes: &[u8]) -> Cow<'_, [u8]> {
    // No early end: so many bytes are looked at in one step.
    if !bytes.iter().fold(false, |any, byte| any | byte.is_ascii_control()) {
        return Cow::Borrowed(bytes);
    }
    let mut out = Vec::with_capacity(bytes.len() + 2);
    for byte in bytes {
        if byte.is_ascii_control() {
            out.extend_from_slice("\u{fffd}".as_bytes());
        } else {
            out.push(*byte);
        }
    }
    Cow::Owned(out)
}

/// Such a text as a value.
pub(crate) fn clean(bytes: &[u8]) -> Value<'_> {
    Value::Str(replaced(bytes))
}

pub(crate) fn little(bytes: &[u8]) -> u64 {
    let mut wide = [0_u8; 8];
    for (place, byte) in wide.iter_mut().zip(bytes) {
        *place = *byte;
    }
    u64::from_le_bytes(wide)
}

pub(crate) fn signed(bytes: &[u8]) -> i64 {
    match bytes.len() {
        1 => i64::from(little(bytes).to_le_bytes()[0].cast_signed()),
        2 => bytes.try_into().map_or(0, |b| i64::from(i16::from_le_bytes(b))),
        4 => bytes.try_into().map_or(0, |b| i64::from(i32::from_le_bytes(b))),
        _ => little(bytes).cast_signed(),
    }
}

/// A number in the form its row of the table says.
pub(crate) struct Formatted(pub(crate) u64, pub(crate) PrintFormat);

impl std::fmt::Display for Formatted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self(number, fmt) = self;
        match fmt {
            PrintFormat::Hex => write!(f, "{number:X}"),
            PrintFormat::Oct if *number != 0 => write!(f, "0{number:o}"),
            PrintFormat::PaddedDec10 => write!(f, "{number:09}"),
            _ => write!(f, "{number}"),
        }
    }
}

fn formatted(number: u64, fmt: PrintFormat) -> String {
    Formatted(number, fmt).to_string()
}

/// The names of the flags in `value`, in the table's order.
pub(crate) fn flag_names(table: &'static [Named], value: u64, take: &mut dyn FnMut(&'static str)) {
    let mut rest = value;
    for entry in table {
        let bits = entry.value.cast_unsigned();
        let zero = bits == 0 && value == 0;
        if zero || (bits != 0 && rest != 0 && rest & bits == bits) {
            take(entry.name);
            rest &= !bits;
        }
    }
}

/// The names a number of flags or of an enumeration has.
pub(crate) fn number_names(
    info: &ParamInfo,
    ty: ParamType,
    value: u64,
    take: &mut dyn FnMut(&'static str),
) {
    let table = info.names.unwrap_or_default();
    if matches!(ty, ParamType::Enumflags8 | ParamType::Enumflags16 | ParamType::Enumflags32) {
        let same = |entry: &&Named| entry.value.cast_unsigned() == value;
        table.iter().filter(same).for_each(|entry| take(entry.name));
    } else {
        flag_names(table, value, take);
    }
}

/// The letter Falco writes before a descriptor's name: `<f>/etc/passwd`.
pub(crate) fn fd_text(info: &FdInfo) -> String {
    let letter = info.kind_row().and_then(|kind| kind.letter).unwrap_or('o');
    // A socket says its protocol once its part is known.
    let protocol = match info.l4proto() {
        peregrine_state::L4::Tcp => Some('t'),
        peregrine_state::L4::Udp => Some('u'),
        peregrine_state::L4::Icmp => Some('i'),
        peregrine_state::L4::Raw => Some('r'),
        _ => None,
    };
    let mut text = format!("<{letter}");
    text.extend(protocol);
    text.push('>');
    text.push_str(&lossy(&replaced(&info.name)));
    text
}

fn descriptor(c: &EventContext<'_>, number: i64) -> ParamText {
    let resolved = if number == -100 {
        Some("AT_FDCWD".to_owned())
    } else if number < 0 {
        names::errno_name(number).map(str::to_owned)
    } else {
        let known = c.thread().and_then(|thread| c.state.fd(thread.files(), number));
        known.map(fd_text)
    };
    ParamText { plain: number.to_string(), resolved }
}

fn process(c: &EventContext<'_>, number: i64) -> ParamText {
    // A negative number is nobody, and no error either: a failed `setsid` is `-1`.
    let resolved = c
        .state
        .thread(number)
        .filter(|thread| number >= 0 && !thread.comm.is_empty())
        .map(|thread| lossy(&thread.comm).into_owned());
    ParamText { plain: number.to_string(), resolved }
}

fn path(c: &EventContext<'_>, raw: &[u8], dirfd: Option<i64>) -> ParamText {
    let plain = lossy(raw).into_owned();
    if raw.first() == Some(&b'/') || raw.is_empty() {
        return ParamText { plain, resolved: None };
    }
    let base = c.state.base_of(c.event.view.tid(), dirfd.unwrap_or(-100));
    let resolved = base.map(|base| lossy(&join(&base, raw)).into_owned());
    ParamText { plain, resolved }
}

fn address(bytes: &[u8]) -> String {
    if let Ok(octets) = <[u8; 4]>::try_from(bytes) {
        return Ipv4Addr::from(octets).to_string();
    }
    <[u8; 16]>::try_from(bytes)
        .map_or_else(|_| "<NA>".to_owned(), |octets| IpText(octets.into()).to_string())
}

/// `family u8`, address, port: `127.0.0.1:80`.
pub(crate) struct Sockaddr<'b>(pub(crate) &'b [u8]);

impl std::fmt::Display for Sockaddr<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Some((family, rest)) = self.0.split_first() else { return f.write_str("<NA>") };
        match family {
            1 => f.write_str(&lossy(rest.split(|byte| *byte == 0).next().unwrap_or_default())),
            2 => match (rest.first_chunk::<4>(), rest.get(4..6)) {
                (Some(ip), Some(port)) => write!(f, "{}:{}", Ipv4Addr::from(*ip), little(port)),
                _ => f.write_str("<NA>"),
            },
            10 => match (rest.first_chunk::<16>(), rest.get(16..18)) {
                (Some(ip), Some(port)) => write!(f, "{}:{}", IpText((*ip).into()), little(port)),
                _ => f.write_str("<NA>"),
            },
            family => write!(f, "family {family}"),
        }
    }
}

fn socktuple(bytes: &[u8]) -> String {
    match bytes.first() {
        Some(1 | 2 | 10) => tuple_text(bytes)
            .map_or_else(|| "<NA>".to_owned(), |text| lossy(&replaced(&text)).into_owned()),
        Some(family) => format!("family {family}"),
        None => "<NA>".to_owned(),
    }
}

/// Nanoseconds as seconds with six significant digits, small ones as `2e-05`.
#[expect(clippy::cast_precision_loss, reason = "six digits are shown")]
fn short_seconds(ns: u64) -> String {
    let seconds = ns as f64 / 1e9;
    if seconds == 0.0 {
        return "0".to_owned();
    }
    let scientific = format!("{seconds:.5e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let trim = |text: &str| -> String {
        if text.contains('.') {
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        } else {
            text.to_owned()
        }
    };
    if (-4..6).contains(&exponent) {
        let places = usize::try_from(5 - exponent).unwrap_or(0);
        return trim(&format!("{seconds:.places$}"));
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{}e{sign}{:02}", trim(digits), exponent.abs())
}

fn fdlist(c: &EventContext<'_>, bytes: &[u8]) -> String {
    let mut text = String::new();
    for entry in bytes.get(2..).unwrap_or_default().chunks_exact(10) {
        let (fd, flags) = entry.split_at(8);
        let fd = little(fd).cast_signed();
        let letter = c
            .thread()
            .and_then(|thread| c.state.fd(thread.files(), fd))
            .and_then(FdInfo::kind_row)
            .and_then(|kind| kind.letter);
        if !text.is_empty() {
            text.push(' ');
        }
        let _ = write!(text, "{}:{}", fd.cast_unsigned(), letter.unwrap_or('?'));
        let _ = write!(text, "{:x}", little(flags));
    }
    text
}

/// A parameter of the event as text; `None` where the event has no such parameter.
pub(crate) fn param_text(c: &EventContext<'_>, index: usize) -> Option<ParamText> {
    let info = c.event.view.info().params.get(index)?;
    let bytes = c.event.view.param(index)?;
    Some(typed_text(c, info, info.ty, info.fmt, bytes))
}

/// A buffer's text, as much as is asked for, with dots for what is left out.
fn cut(c: &EventContext<'_>, mut text: String) -> String {
    if c.shown_bytes > 0 && text.len() > c.shown_bytes {
        let most = c.shown_bytes.saturating_sub(3);
        let end = (0..=most).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        text.truncate(end);
        text.push_str("...");
    }
    text
}

/// What stands for a parameter that is empty.
pub(crate) fn no_value(ty: ParamType, bytes: &[u8]) -> Option<&'static str> {
    match ty {
        _ if !bytes.is_empty() => None,
        ParamType::Charbufarray => None,
        ParamType::Bytebuf | ParamType::Socktuple => Some("NULL"),
        _ => Some("<NA>"),
    }
}

pub(crate) fn typed_text(
    c: &EventContext<'_>,
    info: &ParamInfo,
    ty: ParamType,
    fmt: PrintFormat,
    bytes: &[u8],
) -> ParamText {
    if let Some(text) = no_value(ty, bytes) {
        return ParamText::plain(text);
    }
    match ty {
        ParamType::Errno => {
            let number = signed(bytes);
            let resolved =
                (number < 0).then(|| names::errno_name(number)).flatten().map(str::to_owned);
            ParamText { plain: number.to_string(), resolved }
        }
        ParamType::Fd | ParamType::Fd32 => descriptor(c, signed(bytes)),
        ParamType::Pid | ParamType::Pid32 => process(c, signed(bytes)),
        ParamType::Uid | ParamType::Gid => {
            let number = u32::try_from(little(bytes)).unwrap_or(u32::MAX);
            if number == u32::MAX {
                return ParamText { plain: "-1".to_owned(), resolved: Some("<NONE>".to_owned()) };
            }
            let name = if ty == ParamType::Uid {
                c.outside.user(number).map(|user| user.name.to_string())
            } else {
                c.outside.group(number).map(|group| group.name.to_string())
            };
            let name = name.unwrap_or_else(|| "<NA>".to_owned());
            ParamText { plain: number.to_string(), resolved: Some(name) }
        }
        ParamType::Sigtype => {
            let number = u8::try_from(little(bytes)).unwrap_or(0);
            ParamText {
                plain: number.to_string(),
                resolved: names::signal_name(number).map(str::to_owned),
            }
        }
        ParamType::Flags8
        | ParamType::Flags16
        | ParamType::Flags32
        | ParamType::Mode
        | ParamType::Enumflags8
        | ParamType::Enumflags16
        | ParamType::Enumflags32 => {
            let number = little(bytes);
            let mut names = Vec::new();
            number_names(info, ty, number, &mut |name| names.push(name));
            let plain =
                if ty == ParamType::Mode { formatted(number, fmt) } else { number.to_string() };
            ParamText { plain, resolved: (!names.is_empty()).then(|| names.join("|")) }
        }
        ParamType::Charbuf => {
            let text = bytes.split(|byte| *byte == 0).next().unwrap_or_default();
            // So the driver writes what it could not read.
            if text == b"(NULL)" {
                return ParamText::plain("<NA>");
            }
            ParamText::plain(lossy(&replaced(text)))
        }
        ParamType::Fspath => {
            path(c, bytes.split(|byte| *byte == 0).next().unwrap_or_default(), None)
        }
        ParamType::Fsrelpath => {
            let dirfd = info.dirfd.and_then(|index| c.event.view.i64(usize::from(index)));
            path(c, bytes.split(|byte| *byte == 0).next().unwrap_or_default(), dirfd)
        }
        ParamType::Bytebuf => ParamText::plain(cut(c, c.buffers.text(bytes))),
        ParamType::Charbufarray => {
            let list: Vec<Cow<'_, str>> = Strings::new(bytes).map(lossy).collect();
            ParamText::plain(cut(c, list.join(".")))
        }
        ParamType::Sockaddr => ParamText::plain(Sockaddr(bytes).to_string()),
        ParamType::Socktuple => ParamText::plain(socktuple(bytes)),
        ParamType::Reltime => {
            let number = little(bytes);
            let resolved = Some(format!("{}s", short_seconds(number)));
            ParamText { plain: number.to_string(), resolved }
        }
        ParamType::Abstime => {
            let time = little(bytes);
            ParamText::plain(local_date(time, c.outside.utc_offset(time)))
        }
        ParamType::Fdlist => ParamText::plain(fdlist(c, bytes)),
        ParamType::Ipv4addr | ParamType::Ipv6addr | ParamType::Ipaddr => {
            ParamText::plain(address(bytes))
        }
        ParamType::Syscallid => {
            let id = u16::try_from(little(bytes)).unwrap_or(0);
            let name = peregrine_event::syscalls::by_id(id).map(|call| call.name.to_owned());
            ParamText { plain: id.to_string(), resolved: name }
        }
        ParamType::Sigset => {
            let set = little(bytes);
            let names: Vec<&str> = (0..32_u8)
                .filter(|bit| set >> bit & 1 != 0)
                .filter_map(|bit| names::signal_name(bit + 1))
                .collect();
            ParamText::plain(names.join(" "))
        }
        ParamType::Dyn => {
            let Some((index, value)) = bytes.split_first() else { return ParamText::plain("<NA>") };
            let row = info.dynamic.unwrap_or_default().iter().find(|row| row.index == *index);
            match row {
                Some(row) if row.ty == ParamType::Charbuf && value.is_empty() => {
                    ParamText::plain("(null)")
                }
                // What was asked for is there, and has no bytes.
                Some(row) if row.ty == ParamType::Bytebuf && value.is_empty() => {
                    ParamText::plain("")
                }
                Some(row) => typed_text(c, info, row.ty, row.fmt, value),
                None => ParamText::plain(dotted(value)),
            }
        }
        ParamType::Int8 | ParamType::Int16 | ParamType::Int32 | ParamType::Int64 => {
            let number = signed(bytes);
            let plain = if fmt == PrintFormat::Dec {
                number.to_string()
            } else {
                formatted(little(bytes), fmt)
            };
            ParamText::plain(plain)
        }
        // Offsets and owners may be negative: Falco prints these decimals with their sign.
        ParamType::Uint32 | ParamType::Uint64 if fmt == PrintFormat::Dec => {
            ParamText::plain(signed(bytes).to_string())
        }
        ParamType::Bool => ParamText::plain(if little(bytes) == 0 { "false" } else { "true" }),
        _ => ParamText::plain(formatted(little(bytes), fmt)),
    }
}

/// A field's value as text.
pub fn value_text(value: &Value<'_>, fmt: PrintFormat, buffers: BufferFormat) -> String {
    match value {
        Value::Int(number) => match fmt {
            PrintFormat::Hex => format!("{number:X}"),
            PrintFormat::Oct => format!("{number:o}"),
            _ => number.to_string(),
        },
        Value::Uint(number) => match fmt {
            PrintFormat::Hex => format!("{number:X}"),
            PrintFormat::Oct => format!("{number:o}"),
            PrintFormat::PaddedDec10 => format!("{number:09}"),
            _ => number.to_string(),
        },
        Value::Double(number) => format!("{number:.1}"),
        Value::Bool(truth) => truth.to_string(),
        Value::Str(bytes) => lossy(bytes).into_owned(),
        Value::Bytes(bytes) => buffers.text(bytes),
        Value::Ip(address) => IpText(*address).to_string(),
        Value::Net(address, prefix) => format!("{address}/{prefix}"),
        Value::List(list) => {
            let parts: Vec<String> =
                list.iter().map(|value| value_text(value, fmt, buffers)).collect();
            format!("({})", parts.join(","))
        }
        Value::Any(list) => {
            // Blanks stand between texts once there is one.
            list.iter().fold(String::new(), |mut text, value| {
                if !text.is_empty() {
                    text.push(' ');
                }
                text.push_str(&value_text(value, fmt, buffers));
                text
            })
        }
        Value::Either(pair) => value_text(&pair[0], fmt, buffers),
    }
}
