//! Signatures, encodings and headers that name who sends.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use peregrine_config::{HttpUrl, Secret};
use sha2::Sha256;

use crate::SinkError;

/// HMAC-SHA256 in base64.
pub(crate) fn hmac_sha256(key: &[u8], message: &[u8]) -> Result<String, SinkError> {
    // A key may have any length.
    let mac = Hmac::<Sha256>::new_from_slice(key);
    let mut mac = mac.map_err(|_| SinkError::Configuration("the secret is no key".to_owned()))?;
    mac.update(message);
    Ok(STANDARD.encode(mac.finalize().into_bytes()))
}

/// A text within the query of a URL.
pub(crate) fn query(text: &str) -> String {
    let mut made = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            made.push(char::from(byte));
        } else {
            let _ = write!(made, "%{byte:02X}");
        }
    }
    made
}

/// A URL with one more parameter in its query.
pub(crate) fn with_parameter(url: &str, name: &str, value: &str) -> String {
    let between = if url.contains('?') { '&' } else { '?' };
    format!("{url}{between}{name}={}", query(value))
}

/// A header's name and value.
pub(crate) type Header = (String, String);

/// The header of basic authentication; none without a user.
pub(crate) fn basic(username: &str, password: &Secret) -> Result<Option<Header>, SinkError> {
    let password = load("password", password)?;
    if username.is_empty() {
        return Ok(None);
    }
    let value = format!("Basic {}", STANDARD.encode(format!("{username}:{password}")));
    Ok(Some(("Authorization".to_owned(), value)))
}

/// A secret of the configuration; empty where there is none.
pub(crate) fn load(key: &str, secret: &Secret) -> Result<String, SinkError> {
    secret.load().map_err(|error| SinkError::Configuration(format!("{key}: {error}")))
}

/// A secret the type cannot do without.
pub(crate) fn required(key: &str, secret: &Secret) -> Result<String, SinkError> {
    let text = load(key, secret)?;
    if text.is_empty() || text.chars().any(char::is_control) {
        return Err(SinkError::Configuration(format!("{key}: it is empty or more than one line")));
    }
    Ok(text)
}

/// Where requests go, checked once more: a file or a variable may hold anything.
pub(crate) fn url(key: &str, url: &HttpUrl) -> Result<String, SinkError> {
    let text = load(key, &url.0)?;
    if HttpUrl::origin(&text).is_none() {
        let why = format!("{key}: it holds no URL that begins with http:// or https://");
        return Err(SinkError::Configuration(why));
    }
    Ok(text)
}

/// A path below the address of a receiver.
pub(crate) fn below(address: &str, path: &str) -> String {
    format!("{}{path}", address.trim_end_matches('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_are_those_of_rfc_4231() {
        let key = [0xaa; 20];
        let expected = "dz6pHjaADkaFTbjr0JGBpylZCYs++MEi2WNVFM7VZf4=";
        assert_eq!(hmac_sha256(&key, &[0xdd; 50]).unwrap(), expected);
    }

    #[test]
    fn queries_are_encoded() {
        assert_eq!(
            with_parameter("http://h/p", "a", "b+/= \u{4e2d}"),
            "http://h/p?a=b%2B%2F%3D%20%E4%B8%AD"
        );
        assert_eq!(with_parameter("http://h/p?x=1", "a", "b"), "http://h/p?x=1&a=b");
    }

    #[test]
    fn what_a_secret_holds_is_checked_but_never_shown() {
        let text = |text: &str| Secret::Text(text.to_owned());
        assert_eq!(url("url", &HttpUrl(text("http://h"))).unwrap(), "http://h");
        let error = url("url", &HttpUrl(text("hunter2"))).unwrap_err().to_string();
        assert!(error.starts_with("url: ") && !error.contains("hunter2"), "{error}");
        assert!(required("token", &text("two\nlines")).is_err());
        assert!(required("token", &Secret::None).is_err());
        assert_eq!(basic("", &Secret::None).unwrap(), None);
        let header = basic("user", &text("p\u{e4}ss")).unwrap().unwrap();
        assert_eq!(header.1, "Basic dXNlcjpww6Rzcw==");
    }
}
