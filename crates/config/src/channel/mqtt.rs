//! `type: mqtt`.

use super::{Encryption, Secret, Server, Template, TlsKeys};
use crate::setting::Status::{Section, Used};
use crate::setting::section;

section! {
    /// `type: mqtt`: a broker of MQTT 5; each alert with a `QoS` of 1, never retained.
    Mqtt {
        /// The broker; its port is 1883, with `encryption: tls` 8883.
        server: Server = Server::default(), Used, "mqtt.example.com";
        /// The topic, a template; `+` and `#` in it become `_`.
        topic: Template = Template("peregrine/{{ hostname }}/{{ priority | lower }}".to_owned()), Used, "alerts";
        /// The identifier of the client; empty: the broker gives one.
        client_id: String = String::new(), Used, "peregrine-web1";
        /// A user name.
        username: String = String::new(), Used, "peregrine";
        /// The user's password.
        password: Secret = Secret::None, Used, "{file: /etc/peregrine/mqtt-password}";
        /// `tls`: the connection is encrypted; `none`: it is not, for a server on this host or in a network of its own.
        encryption: Encryption = Encryption::None, Used, "tls";
        /// How the receiver proves who it is, and how this host does.
        tls: TlsKeys = TlsKeys::default(), Section;
    }
}
