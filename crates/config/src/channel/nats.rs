//! `type: nats`.

use super::{Encryption, Secret, Server, Template, TlsKeys};
use crate::setting::Status::{Section, Used};
use crate::setting::section;

section! {
    /// `type: nats`: NATS, its core or `JetStream`.
    Nats {
        /// The servers, one or more of a cluster; their port is 4222.
        servers: Vec<Server> = Vec::new(), Used, "[nats-1.example.com, 'nats-2.example.com:4222']";
        /// The subject, a template; characters that subjects may not have become `_`.
        subject: Template = Template("peregrine.alerts.{{ priority | lower }}".to_owned()), Used,
            "'alerts.{{ hostname }}.{{ priority | lower }}'";
        /// Whether a stream of `JetStream` takes the alerts: each is delivered when the stream says so, and
        /// a repeat is dropped by its `Nats-Msg-Id`. The stream must be there. Otherwise an alert is delivered
        /// when the server has it, whether anybody listens or not.
        jetstream: bool = false, Used;
        /// A user name.
        username: String = String::new(), Used, "peregrine";
        /// The user's password.
        password: Secret = Secret::None, Used, "{file: /etc/peregrine/nats-password}";
        /// A token, in the place of a user.
        token: Secret = Secret::None, Used, "{env: NATS_TOKEN}";
        /// The seed of an `NKey`, in the place of a user.
        nkey: Secret = Secret::None, Used, "{file: /etc/peregrine/nats.nk}";
        /// The text of a `.creds` file (JWT and seed), in the place of a user.
        credentials: Secret = Secret::None, Used, "{file: /etc/peregrine/nats.creds}";
        /// `tls`: the connection is encrypted; `none`: it is not, for a server on this host or in a network of its own.
        encryption: Encryption = Encryption::None, Used, "tls";
        /// How the receiver proves who it is, and how this host does.
        tls: TlsKeys = TlsKeys::default(), Section;
    }
}
