//! `type: smtp`.

use serde_json::Value as Json;

use super::{Secret, Server, Template, TlsKeys};
use crate::choices::choice;
use crate::reader::Reader;
use crate::setting::Status::{Section, Used};
use crate::setting::{Kind, Value, section};
use crate::tree::Node;
use crate::values::Interval;

choice! {
    /// How the connection to a mail server is encrypted.
    MailEncryption {
        /// After a plain begin, which the server must offer.
        StartTls = "starttls",
        /// From the first byte on.
        Tls = "tls",
        /// Not at all.
        None = "none",
    }
}

section! {
    /// `type: smtp`: mails.
    Smtp {
        /// The mail server; its port is 587, with `encryption: tls` 465, with `none` 25.
        server: Server = Server::default(), Used, "mail.example.com";
        /// `starttls`: encrypted after a plain begin, never sent where the server does not offer it; `tls`:
        /// from the first byte on; `none`: not at all, for a server on this host.
        encryption: MailEncryption = MailEncryption::StartTls, Used, "tls";
        /// The user to log in as; empty: without a login.
        username: String = String::new(), Used, "peregrine@example.com";
        /// The user's password.
        password: Secret = Secret::None, Used, "{file: /etc/peregrine/smtp-password}";
        /// Who the mails are from.
        from: String = String::new(), Used, "'Peregrine <peregrine@example.com>'";
        /// Who gets them.
        to: Vec<String> = Vec::new(), Used, "[soc@example.com, 'On call <oncall@example.com>']";
        /// The subject, a template.
        subject: Template = Template("[{{ priority }}] {{ rule }} ({{ hostname }})".to_owned()), Used,
            "'{{ hostname }}: {{ rule }}'";
        /// Whether mails have a part in HTML beside the text.
        html: bool = true, Used;
        /// One mail for the alerts of this time, at most `batch` of them (100 where that is not set); its
        /// subject says how many. Not set: a mail for each alert.
        digest: Option<Interval> = None, Used, "5m";
        /// How the receiver proves who it is, and how this host does.
        tls: TlsKeys = TlsKeys::default(), Section;
    }
}
