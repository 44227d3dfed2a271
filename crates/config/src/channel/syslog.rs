//! `type: syslog`.

use std::path::PathBuf;

use serde_json::Value as Json;

use super::{Server, TlsKeys};
use crate::choices::choice;
use crate::reader::Reader;
use crate::setting::Status::{Section, Used};
use crate::setting::{Kind, Value, section};
use crate::tree::Node;
use crate::values::{Size, Whole};

choice! {
    /// How messages reach the system log.
    SyslogProtocol {
        /// By a socket of this host.
        Local = "local",
        /// In datagrams, which nobody acknowledges.
        Udp = "udp",
        /// Over a connection, each message behind its length.
        Tcp = "tcp",
        /// The same, encrypted.
        Tls = "tls",
    }
}

choice! {
    /// What stands before the text of a message.
    SyslogHeader {
        /// Priority, time, host, program, process, rule and structured data.
        Rfc5424 = "rfc5424",
        /// Priority, time, host and program.
        Rfc3164 = "rfc3164",
    }
}

choice! {
    /// Who a message is from, in the words of the system log.
    Facility {
        /// The kernel.
        Kern = "kern",
        /// Programs of users.
        User = "user",
        /// Mail.
        Mail = "mail",
        /// Services.
        Daemon = "daemon",
        /// Logins.
        Auth = "auth",
        /// The log itself.
        Syslog = "syslog",
        /// Printers.
        Lpr = "lpr",
        /// News.
        News = "news",
        /// UUCP.
        Uucp = "uucp",
        /// Jobs.
        Cron = "cron",
        /// Logins, what not everybody may read.
        Authpriv = "authpriv",
        /// FTP.
        Ftp = "ftp",
        /// For local use.
        Local0 = "local0",
        /// For local use.
        Local1 = "local1",
        /// For local use.
        Local2 = "local2",
        /// For local use.
        Local3 = "local3",
        /// For local use.
        Local4 = "local4",
        /// For local use.
        Local5 = "local5",
        /// For local use.
        Local6 = "local6",
        /// For local use.
        Local7 = "local7",
    }
}

impl Facility {
    /// Its number.
    pub fn number(self) -> u8 {
        let at = Self::ALL.iter().position(|(known, _)| *known == self).unwrap_or_default();
        let at = u8::try_from(at).unwrap_or_default();
        // 12 to 15 have no name that all systems know.
        if at < 12 { at } else { at + 4 }
    }
}

section! {
    /// `type: syslog`: the system log of this host or another one.
    Syslog {
        /// How messages reach the log: `local`, by a socket of this host; `udp`, in datagrams, which nobody
        /// acknowledges; `tcp`, over a connection, each message behind its length (RFC 6587); `tls`, the same, encrypted
        /// (RFC 5425).
        protocol: SyslogProtocol = SyslogProtocol::Local, Used, "tls";
        /// Of `local`: the socket.
        socket: PathBuf = PathBuf::from("/dev/log"), Used, "/run/systemd/journal/dev-log";
        /// Of the others: who receives messages; the port is 514, with `tls` 6514.
        server: Server = Server::default(), Used, "logs.example.com";
        /// What stands before the text: `rfc5424`, with structured data; `rfc3164`, the form of before. Not set:
        /// `rfc5424`, with `local` `rfc3164`, which is what reads `/dev/log`.
        header: Option<SyslogHeader> = None, Used, "rfc3164";
        /// Who alerts are from, by the words of the system log: `user`, `daemon`, `auth`, `authpriv`, `local0` to
        /// `local7` and so on.
        facility: Facility = Facility::User, Used, "local4";
        /// The name of the program.
        app_name: String = "peregrine".to_owned(), Used, "falco";
        /// Whether the alert's values stand in structured data (of `rfc5424`). Not set: where the text is not JSON or
        /// CEF, which have them.
        structured_data: Option<bool> = None, Used, "false";
        /// The number that IANA gave to your organisation, which names of structured data end in. 32473 is the one for
        /// examples.
        enterprise_number: Whole<1, { u32::MAX as i64 }> = Whole(32473), Used, "12345";
        /// Bytes of a message at most. Longer texts and values are cut at a character and end in `...`. Take what the
        /// receiver takes: rsyslog 8 KiB unless its `maxMessageSize` says more, syslog-ng 64 KiB.
        max_message_size: Size = Size(8 << 10), Used, "64KiB";
        /// Of `tls`: how the receiver proves who it is, and how this host does.
        tls: TlsKeys = TlsKeys::default(), Section;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facilities_have_their_numbers() {
        for (word, number) in [
            ("kern", 0),
            ("user", 1),
            ("authpriv", 10),
            ("ftp", 11),
            ("local0", 16),
            ("local7", 23),
        ] {
            assert_eq!(Facility::named(word).map(Facility::number), Some(number), "{word}");
        }
    }
}
