//! `type: kafka`.

use super::{Secret, Server, Template};
use crate::setting::Status::Used;
use crate::setting::section;

section! {
    /// `type: kafka`: Kafka, in a build with `--features kafka`.
    Kafka {
        /// The brokers to begin with; their port is 9092.
        servers: Vec<Server> = Vec::new(), Used, "['kafka-1.example.com:9092', kafka-2.example.com]";
        /// The topic, a template.
        topic: Template = Template("peregrine-alerts".to_owned()), Used, "'alerts-{{ source }}'";
        /// A user name, for SASL/PLAIN.
        username: String = String::new(), Used, "peregrine";
        /// The user's password.
        password: Secret = Secret::None, Used, "{file: /etc/peregrine/kafka-password}";
    }
}
