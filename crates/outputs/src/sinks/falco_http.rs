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
