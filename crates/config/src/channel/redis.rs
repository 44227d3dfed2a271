//! `type: redis`.

use serde_json::Value as Json;

use super::{Encryption, Secret, Server, Template, TlsKeys};
use crate::choices::choice;
use crate::reader::Reader;
use crate::setting::Status::{Section, Used};
use crate::setting::{Kind, Value, section};
use crate::tree::Node;
use crate::values::{Count, Whole};

choice! {
    /// What of Redis takes alerts.
    RedisKind {
        /// A stream, by `XADD`.
        Stream = "stream",
        /// A list, by `RPUSH`.
        List = "list",
        /// A channel, by `PUBLISH`.
        PubSub = "pubsub",
    }
}

section! {
    /// `type: redis`: Redis, Valkey and what else speaks their protocol.
    Redis {
        /// The server; its port is 6379.
        server: Server = Server::default(), Used, "redis.example.com";
        /// The number of the database.
        db: Whole<0, 65535> = Whole(0), Used, "1";
        /// The user of the server's ACL; empty: the default one.
        username: String = String::new(), Used, "peregrine";
        /// The password.
        password: Secret = Secret::None, Used, "{file: /etc/peregrine/redis-password}";
        /// `stream`: XADD with the fields `id`, `hostname`, `time`, `priority`, `rule` and `alert`; `list`:
        /// RPUSH of the alert; `pubsub`: PUBLISH of the alert, to whoever listens at that moment.
        kind: RedisKind = RedisKind::Stream, Used, "list";
        /// The key of the stream or list, or the channel: a template.
        key: Template = Template("peregrine:alerts".to_owned()), Used, "'alerts:{{ priority | lower }}'";
        /// Entries a stream or list keeps, about; the oldest go. 0: all.
        max_len: Count = Whole(100_000), Used, "0";
        /// `tls`: the connection is encrypted; `none`: it is not, for a server on this host or in a network of its own.
        encryption: Encryption = Encryption::None, Used, "tls";
        /// How the receiver proves who it is, and how this host does.
        tls: TlsKeys = TlsKeys::default(), Section;
    }
}
