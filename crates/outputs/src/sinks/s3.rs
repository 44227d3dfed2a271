//! `type: s3`: alerts as objects of lines.

mod http;

use std::io::Write as _;
use std::time::Duration;

use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::path::Path;
use object_store::{Error, ObjectStoreExt as _, RetryConfig};
use peregrine_alert::Alert;
use peregrine_config::{Delivery, ObjectCompression, S3 as Keys};

use self::http::Connector;
use super::connected::{Connected, Speaker};
use super::identity;
use crate::error::SinkError;
use crate::output::{Batch, Fate, Output, Record};
use crate::tls::Tls;

/// A request may take so much longer than an attempt: the end of that is said in the words of all outputs.
const MARGIN: Duration = Duration::from_secs(5);

struct S3 {
    keys: Keys,
    /// The name of the output: two of one bucket write different objects.
    name: String,
    limit: Duration,
    tls: Tls,
    alerts: usize,
}

/// An output of this type.
pub(crate) fn open(
    name: &str,
    common: &Delivery,
    keys: &Keys,
) -> Result<Box<dyn Output>, SinkError> {
    let s3 = S3 {
        keys: keys.clone(),
        name: name.to_owned(),
        limit: common.timeout.0,
        tls: Tls::load(&keys.tls)?,
        alerts: common.batch.map_or(1000, peregrine_config::Whole::size),
    };
    if keys.access_key.is_none() != keys.secret_key.is_none() {
        let words = "`access_key` and `secret_key` go together: set both or none";
        return Err(SinkError::Configuration(words.to_owned()));
    }
    if !keys.endpoint.is_empty() && peregrine_config::HttpUrl::origin(&keys.endpoint).is_none() {
        let words = "`endpoint` must be a URL that begins with http:// or https://";
        return Err(SinkError::Configuration(words.to_owned()));
    }
    Ok(Box::new(Connected::new(s3, common.timeout.0)?))
}

fn compressed(text: &[u8], how: ObjectCompression) -> std::io::Result<Vec<u8>> {
    match how {
        ObjectCompression::None => Ok(text.to_vec()),
        ObjectCompression::Zstd => zstd::encode_all(text, 3),
        ObjectCompression::Gzip => {
            let mut gzip =
                flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
            gzip.write_all(text)?;
            gzip.finish()
        }
    }
}

impl S3 {
    /// Where an object stands whose first alert is this one.
    fn path(&self, first: &Alert) -> Path {
        let time = i128::from(first.time_ns);
        let time = jiff::Timestamp::from_nanosecond(time).unwrap_or_default();
        let name: String =
            self.name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
        let ending = match self.keys.compression {
            ObjectCompression::Gzip => ".gz",
            ObjectCompression::Zstd => ".zst",
            ObjectCompression::None => "",
        };
        let Self { keys: Keys { prefix, .. }, .. } = self;
        let day = time.strftime("%Y/%m/%d");
        let host = identity(first);
        let host = host.rsplit_once('-').map_or(host.as_str(), |(host, _)| host);
        let (second, sequence) = (time.strftime("%Y%m%dT%H%M%SZ"), first.id.sequence);
        Path::from(format!("{prefix}{day}/{host}/{name}-{second}-{sequence:020}.jsonl{ending}"))
    }

    fn error(&self, error: Error) -> SinkError {
        let (receiver, bucket) = (self.receiver(), &self.keys.bucket);
        let what = match error {
            Error::NotFound { .. } => {
                format!(
                    "{receiver} has no bucket {bucket}: make it, or change `bucket` or `region`"
                )
            }
            Error::Unauthenticated { .. } | Error::PermissionDenied { .. } => format!(
                "{receiver} does not let us write to {bucket}: check `access_key`, `secret_key` and what they may (s3:PutObject)"
            ),
            _ => format!("cannot write to {bucket} at {receiver}"),
        };
        SinkError::Exchange { what, source: Box::new(error) }
    }
}

impl Speaker for S3 {
    type Connection = AmazonS3;

    fn receiver(&self) -> String {
        if self.keys.endpoint.is_empty() {
            "Amazon S3".to_owned()
        } else {
            self.keys.endpoint.clone()
        }
    }

    fn batch(&self) -> Batch {
        Batch { alerts: self.alerts, bytes: 16 << 20, wait: self.keys.interval.0 }
    }

    async fn connect(&self) -> Result<AmazonS3, SinkError> {
        let keys = &self.keys;
        let at_own_address = !keys.endpoint.is_empty();
        // Tried again by whoever delivers, not by the library.
        let retry =
            RetryConfig { max_retries: 0, retry_timeout: self.limit, ..RetryConfig::default() };
        let mut builder = AmazonS3Builder::from_env()
            .with_bucket_name(&keys.bucket)
            .with_virtual_hosted_style_request(!keys.path_style.unwrap_or(at_own_address))
            .with_http_connector(Connector { limit: self.limit + MARGIN, tls: self.tls.for_http() })
            .with_retry(retry);
        if !keys.region.is_empty() {
            builder = builder.with_region(&keys.region);
        }
        if at_own_address {
            builder = builder.with_endpoint(&keys.endpoint).with_allow_http(true);
        }
        if !keys.access_key.is_none() {
            builder = builder
                .with_access_key_id(keys.access_key.load()?)
                .with_secret_access_key(keys.secret_key.load()?);
        }
        if !keys.session_token.is_none() {
            builder = builder.with_token(keys.session_token.load()?);
        }
        builder.build().map_err(|error| self.error(error))
    }

    async fn send(
        &self,
        store: &mut AmazonS3,
        batch: &[Record<'_>],
        fates: &mut [Fate],
    ) -> Result<(), SinkError> {
        let [first, ..] = batch else { return Ok(()) };
        let mut text = Vec::new();
        for record in batch {
            text.extend_from_slice(record.text.as_bytes());
            text.push(b'\n');
        }
        let object = compressed(&text, self.keys.compression)?;
        let put = store.put(&self.path(first.alert), object.into()).await;
        put.map_err(|error| self.error(error))?;
        for fate in fates {
            *fate = Fate::Delivered;
        }
        Ok(())
    }
}
