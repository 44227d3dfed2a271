//! `http_output`: a request for each alert, as Falco sends it.

use std::io::Write as _;
use std::time::Duration;

use peregrine_config::model::HttpOutput as Keys;
use peregrine_config::{Compression, TlsKeys};

use crate::error::SinkError;
use crate::http::{HttpOutput, Options, Protocol, Request, Response, by_status};
use crate::output::{Output, Record, Report};
use crate::tls::Tls;

/// Of one attempt: Falco has none.
const TIMEOUT: Duration = Duration::from_secs(10);

struct FalcoHttp {
    url: String,
    content_type: &'static str,
    /// Headers by which curl asks for compressed answers.
    asks_compressed: bool,
    echo: bool,
}

/// Opens it. `json`: alerts are JSON.
pub(crate) fn open(keys: &Keys, json: bool) -> Result<Box<dyn Output>, SinkError> {
    // As curl, which takes what has no scheme for HTTP.
    let url =
        if keys.url.contains("://") { keys.url.clone() } else { format!("http://{}", keys.url) };
    let client = |path: &std::path::Path| if keys.mtls { path.to_path_buf() } else { "".into() };
    // What the system trusts is where Falco's default says.
    let ca_path =
        if keys.ca_path == Keys::default().ca_path { "".into() } else { keys.ca_path.clone() };
    let tls = TlsKeys {
        insecure: keys.insecure,
        ca_cert: keys.ca_cert.clone(),
        ca_bundle: keys.ca_bundle.clone(),
        ca_path,
        client_cert: client(&keys.client_cert),
        client_key: client(&keys.client_key),
    };
    // curl looks at none of these keys where it does not speak TLS.
    let tls = if url.starts_with("https://") { tls } else { TlsKeys::default() };
    let compress = keys.compress_uploads && !keys.as_falco;
    let options = Options {
        headers: Vec::new(),
        user_agent: keys.user_agent.clone(),
        compress: if compress { Compression::Gzip } else { Compression::None },
        keep_alive: true,
        timeout: TIMEOUT,
        numbered: !keys.as_falco,
    };
    let protocol = FalcoHttp {
        url,
        content_type: if json { "application/json" } else { "text/plain" },
        asks_compressed: keys.compress_uploads && keys.as_falco,
        echo: keys.echo,
    };
    Ok(Box::new(HttpOutput::with(protocol, options, &Tls::load(&tls)?)?))
}

impl Protocol for FalcoHttp {
    fn requests(
        &mut self,
        batch: &[Record<'_>],
        _now: Duration,
    ) -> Result<Vec<(Request, usize)>, SinkError> {
        let request = |record: &Record<'_>| {
            let mut headers = Vec::new();
            if self.asks_compressed {
                headers.push(("Connection".to_owned(), "TE".to_owned()));
                headers.push(("TE".to_owned(), "gzip".to_owned()));
            }
            let mut request = Request::post(&self.url, self.content_type, record.text);
            headers.append(&mut request.headers);
            (Request { headers, ..request }, 1)
        };
        Ok(batch.iter().map(request).collect())
    }

    fn report(&self, alerts: usize, response: &Response) -> Report {
        if self.echo {
            let mut stdout = std::io::stdout().lock();
            // Nobody reading stdout is no reason to send the alert again.
            let _ = stdout.write_all(&response.body).and_then(|()| stdout.flush());
        }
        by_status(alerts, response)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::alert;

    #[test]
    fn a_request_for_each_alert_as_falco_sends_it() {
        let check = |asks_compressed: bool,
                     content_type: &'static str,
                     expected: &[(&str, &str)]| {
            let url = "http://h/p?q".to_owned();
            let mut http = FalcoHttp { url, content_type, asks_compressed, echo: false };
            let alert = alert(1);
            let batch = ["one", "two\n文"].map(|text| Record { alert: &alert, text });
            let requests = http.requests(&batch, Duration::ZERO).unwrap();
            let bodies: Vec<_> = requests.iter().map(|(made, _)| made.body.as_slice()).collect();
            assert_eq!(bodies, [b"one".as_slice(), "two\n文".as_bytes()]);
            for (request, alerts) in &requests {
                let headers = request.headers.iter();
                let headers: Vec<_> = headers.map(|(name, value)| (&**name, &**value)).collect();
                assert_eq!((headers.as_slice(), *alerts), (expected, 1));
                assert_eq!((request.method, &*request.url), ("POST", "http://h/p?q"));
            }
        };
        check(false, "text/plain", &[("Content-Type", "text/plain")]);
        let te = [("Connection", "TE"), ("TE", "gzip"), ("Content-Type", "application/json")];
        check(true, "application/json", &te);
    }

    #[test]
    fn certificates_count_where_tls_is_spoken() {
        let check = |url: &str, change: fn(&mut Keys), expected: Option<&str>| {
            let mut keys = Keys { url: url.to_owned(), ..Keys::default() };
            change(&mut keys);
            let error = open(&keys, false).err().map(|error| error.to_string());
            let same = match (&error, expected) {
                (Some(error), Some(expected)) => error.starts_with(expected),
                (error, expected) => error.is_none() && expected.is_none(),
            };
            assert!(same, "{url}: {error:?}");
        };
        let missing = |keys: &mut Keys| keys.ca_cert = "/none/ca".into();
        check("https://h", missing, Some("tls: ca_cert: /none/ca: "));
        check("http://h", missing, None);
        check("h:80/q", missing, None);
        // Falco's default paths of a client's certificate need not exist.
        check("https://h", |_| (), None);
        check("https://h", |keys| keys.mtls = true, Some("tls: client_cert: "));
    }
}
