//! What a receiver says may hold what it was sent: many an error page names the path of the URL. Secrets among
//! that are blanked before anybody reads the answer.

/// A part of a URL or header is taken for a secret from this many characters on; shorter ones are words of a
/// protocol (`api`, `alerts`).
const LEAST: usize = 12;
/// What stands in the place of a secret.
const HIDDEN: &str = "***";

/// What of a request may be secret: parts of its URL behind the host, and values of headers that authorize.
pub(super) struct Secrets(Vec<String>);

impl Secrets {
    /// `private` are values of headers that nobody may read.
    pub(super) fn new<'a>(url: &str, private: impl Iterator<Item = &'a str>) -> Self {
        let behind = url.split_once("://").map_or(url, |(_, rest)| rest);
        let behind = behind.split_once(['/', '?']).map_or("", |(_, path)| path);
        let parts = behind.split(['/', '?', '&', '=', '#']);
        // `Bearer TOKEN`: the token alone is one, too.
        let words = private.flat_map(|value| std::iter::once(value).chain(value.split(' ')));
        let mut secrets: Vec<String> =
            parts.chain(words).filter(|part| part.len() >= LEAST).map(str::to_owned).collect();
        // The longer one first: it may hold the shorter.
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        Self(secrets)
    }

    /// The bytes without secrets.
    pub(super) fn blank(&self, body: Vec<u8>) -> Vec<u8> {
        let found =
            |secret: &String| body.windows(secret.len()).any(|window| window == secret.as_bytes());
        if !self.0.iter().any(found) {
            return body;
        }
        let mut text = String::from_utf8_lossy(&body).into_owned();
        for secret in &self.0 {
            text = text.replace(secret.as_str(), HIDDEN);
        }
        text.into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_blanked_and_words_are_not() {
        let check = |url: &str, headers: &[&str], body: &str, expected: &str| {
            let secrets = Secrets::new(url, headers.iter().copied());
            let got = secrets.blank(body.as_bytes().to_vec());
            assert_eq!(String::from_utf8(got).unwrap(), expected, "{url} {headers:?}");
        };
        let hook = "https://hooks.example.com/services/T0/B0/abcdefghijkl";
        check(
            hook,
            &[],
            "Cannot POST /services/T0/B0/abcdefghijkl",
            "Cannot POST /services/T0/B0/***",
        );
        check(hook, &[], "hooks.example.com: no", "hooks.example.com: no");
        check("http://h/x?token=0123456789abcdef&n=1", &[], "0123456789abcdef1", "***1");
        check("http://h", &["Bearer 0123456789abcdef"], "0123456789abcdef!", "***!");
        check("http://h", &["Bearer 0123456789abcdef"], "Bearer 0123456789abcdef!", "***!");
        check(
            "http://h/api/v2/alerts",
            &["Bearer no"],
            "/api/v2/alerts Bearer",
            "/api/v2/alerts Bearer",
        );
    }
}
