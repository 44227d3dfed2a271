//! `type: s3`.

use std::time::Duration;

use serde_json::Value as Json;

use super::{Secret, TlsKeys};
use crate::choices::choice;
use crate::reader::Reader;
use crate::setting::Status::{Section, Used};
use crate::setting::{Kind, Value, section};
use crate::tree::Node;
use crate::values::Interval;

choice! {
    /// How objects are compressed.
    ObjectCompression {
        /// By gzip.
        Gzip = "gzip",
        /// By Zstandard.
        Zstd = "zstd",
        /// Not at all.
        None = "none",
    }
}

section! {
    /// `type: s3`: objects of lines in Amazon S3 and stores that speak its protocol.
    S3 {
        /// The bucket.
        bucket: String = String::new(), Used, "security-alerts";
        /// Its region. Empty: that of the environment (`AWS_REGION`), else `us-east-1`.
        region: String = String::new(), Used, "eu-central-1";
        /// The store's address, where it is not Amazon's.
        endpoint: String = String::new(), Used, "https://minio.example.com:9000";
        /// Whether the bucket stands in the path (`https://store/bucket/...`) instead of the host's name. Not
        /// set: where there is an `endpoint`.
        path_style: Option<bool> = None, Used, "true";
        /// The access key. Not set: that of the environment, of a role of the pod, task or instance.
        access_key: Secret = Secret::None, Used, "AKIAIOSFODNN7EXAMPLE";
        /// Its secret key.
        secret_key: Secret = Secret::None, Used, "{file: /etc/peregrine/s3-secret-key}";
        /// Its session token, where it has one.
        session_token: Secret = Secret::None, Used, "{env: AWS_SESSION_TOKEN}";
        /// What object names begin with. After it come the day, the host, and the time and number of the
        /// object's first alert, so that a repeat takes the place of the first attempt.
        prefix: String = "peregrine/".to_owned(), Used, "alerts/production/";
        /// How objects are compressed.
        compression: ObjectCompression = ObjectCompression::Gzip, Used, "zstd";
        /// How long alerts are gathered for one object, at most `batch` of them (1000 where that is not set).
        interval: Interval = Interval(Duration::from_mins(1)), Used, "5m";
        /// How the receiver proves who it is, and how this host does.
        tls: TlsKeys = TlsKeys::default(), Section;
    }
}
