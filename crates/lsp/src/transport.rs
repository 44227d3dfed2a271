//! Messages over a pair of streams. A message that is none is reported and left out; the next one is read.

use std::io::{self, BufRead, Read as _, Write};
use std::thread::{self, JoinHandle};

use crossbeam_channel::{Sender, bounded, unbounded};
use lsp_server::{Connection, ErrorCode, Message, Notification, RequestId, Response};
use lsp_types::{LogMessageParams, MessageType};

/// How long a message may be.
const MOST: u64 = 64 << 20;
/// How long the line of a header may be.
const LINE: u64 = 4 << 10;

/// What was read.
enum Read {
    /// What should be a message.
    Body(Vec<u8>),
    /// A message that is too long; it was passed over.
    TooLong(u64),
    /// The end of the stream.
    End,
}

fn read(input: &mut impl BufRead) -> io::Result<Read> {
    let mut length = None;
    loop {
        let mut line = String::new();
        let mut bytes = Vec::new();
        if input.by_ref().take(LINE).read_until(b'\n', &mut bytes)? == 0 {
            return Ok(Read::End);
        }
        line.push_str(&String::from_utf8_lossy(&bytes));
        let line = line.trim();
        if line.is_empty() {
            match length.take() {
                Some(length) if length > MOST => {
                    io::copy(&mut input.by_ref().take(length), &mut io::sink())?;
                    return Ok(Read::TooLong(length));
                }
                Some(length) => {
                    let mut body = Vec::new();
                    let got = input.by_ref().take(length).read_to_end(&mut body)?;
                    return Ok(if got as u64 == length { Read::Body(body) } else { Read::End });
                }
                // Blank lines before a header, or a header without a length.
                None => continue,
            }
        }
        if let Some((name, value)) = line.split_once(':')
            && name.trim().eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().ok();
        }
    }
}

/// What is answered to what is no message: to a request by its number, else a line of the log.
fn refusal(body: &[u8], why: &str) -> Message {
    let value: Option<serde_json::Value> = serde_json::from_slice(body).ok();
    let id = value.as_ref().and_then(|value| value.get("id"));
    if let Some(id) = id.and_then(|id| serde_json::from_value::<RequestId>(id.clone()).ok()) {
        let code = ErrorCode::InvalidRequest as i32;
        return Response::new_err(id, code, why.to_owned()).into();
    }
    let params = LogMessageParams { typ: MessageType::ERROR, message: why.to_owned() };
    Notification::new("window/logMessage".to_owned(), params).into()
}

fn read_all(mut input: impl BufRead, messages: &Sender<Message>, answers: &Sender<Message>) {
    loop {
        let body = match read(&mut input) {
            Ok(Read::Body(body)) => body,
            Ok(Read::TooLong(length)) => {
                let why = format!("a message of {length} bytes was left out: {MOST} at most");
                if answers.send(refusal(&[], &why)).is_err() {
                    return;
                }
                continue;
            }
            Ok(Read::End) | Err(_) => return,
        };
        let sent = match serde_json::from_slice::<Message>(&body) {
            Ok(message) => messages.send(message).is_ok(),
            Err(error) => {
                let why = format!("what came is no message of the protocol: {error}");
                answers.send(refusal(&body, &why)).is_ok()
            }
        };
        if !sent {
            return;
        }
    }
}

/// The thread that writes what is sent.
pub(crate) struct Writer(JoinHandle<io::Result<()>>);

impl Writer {
    /// Waits until all is written.
    ///
    /// # Errors
    /// When the stream could not be written.
    pub(crate) fn join(self) -> io::Result<()> {
        self.0.join().unwrap_or_else(|_| Err(io::Error::other("the writer ended early")))
    }
}

/// A connection over two streams.
pub(crate) fn connect(
    input: impl BufRead + Send + 'static,
    mut output: impl Write + Send + 'static,
) -> (Connection, Writer) {
    // Bounded, so that a client that floods waits; what is written may be much at once.
    let (incoming, receiver) = bounded(256);
    let (sender, outgoing) = unbounded::<Message>();
    let answers = sender.clone();
    // It ends with the input, or with the process.
    thread::spawn(move || {
        let (incoming, answers) = (incoming, answers);
        read_all(input, &incoming, &answers);
    });
    let writer = thread::spawn(move || {
        for message in outgoing {
            let last = matches!(&message, Message::Notification(one) if one.method == DONE);
            if last {
                break;
            }
            message.write(&mut output)?;
        }
        output.flush()
    });
    (Connection { sender, receiver }, Writer(writer))
}

/// Marks for the writer that nothing follows: the reader may hold its channel open.
const DONE: &str = "$/done";

/// The last message: it is not written.
pub(crate) fn done() -> Message {
    Notification::new(DONE.to_owned(), ()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_message_is_left_out() {
        let frame = |body: &str| format!("Content-Length: {}\r\n\r\n{body}", body.len());
        let check = |input: &str, messages: &[&str], answers: &[&str]| {
            let (sender, receiver) = unbounded();
            let (answer, answered) = unbounded();
            read_all(input.as_bytes(), &sender, &answer);
            drop((sender, answer));
            let shown: Vec<String> = receiver
                .iter()
                .map(|message| match message {
                    Message::Request(request) => request.method,
                    Message::Notification(one) => one.method,
                    Message::Response(_) => "response".to_owned(),
                })
                .collect();
            assert_eq!(shown, messages, "{input}");
            let shown: Vec<String> = answered
                .iter()
                .map(|message| match message {
                    Message::Response(response) => {
                        format!("error {}", response.response_result.unwrap_err().code)
                    }
                    Message::Notification(one) => one.method,
                    Message::Request(_) => "request".to_owned(),
                })
                .collect();
            assert_eq!(shown, answers, "{input}");
        };
        let good = frame(r#"{"jsonrpc":"2.0","method":"a"}"#);
        check(&good, &["a"], &[]);
        check(&format!("{}{good}", frame("{nonsense")), &["a"], &["window/logMessage"]);
        check(&format!("{}{good}", frame(r#"{"id":7}"#)), &["a"], &["error -32600"]);
        check(&format!("{}{good}", frame("[]")), &["a"], &["window/logMessage"]);
        check(&format!("Content-Type: x\r\n{good}"), &["a"], &[]);
        check(&format!("nonsense\r\n\r\n{good}"), &["a"], &[]);
        check(&format!("Content-Length: 99999999999\r\n\r\n{good}"), &[], &["window/logMessage"]);
        check("Content-Length: 10\r\n\r\n{", &[], &[]);
        check("", &[], &[]);
    }
}
