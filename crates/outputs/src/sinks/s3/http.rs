//! How the library that speaks with stores sends its requests: by the HTTP client other outputs use, too.

use std::time::Duration;

use async_trait::async_trait;
use http_body_util::BodyExt as _;
use object_store::ClientOptions;
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse, HttpService,
};
use ureq::Agent;
use ureq::tls::TlsConfig;

/// Answers are no longer: they are errors and credentials.
const MOST: u64 = 1 << 20;

#[derive(Debug)]
pub(super) struct Connector {
    /// How long one request may take.
    pub(super) limit: Duration,
    pub(super) tls: TlsConfig,
}

impl HttpConnector for Connector {
    fn connect(&self, _options: &ClientOptions) -> object_store::Result<HttpClient> {
        let config = Agent::config_builder()
            .timeout_global(Some(self.limit))
            .http_status_as_error(false)
            .max_redirects(0)
            .tls_config(self.tls.clone())
            .build();
        Ok(HttpClient::new(Client(Agent::new_with_config(config))))
    }
}

#[derive(Debug)]
struct Client(Agent);

#[async_trait]
impl HttpService for Client {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let (head, body) = request.into_parts();
        let body = body.collect().await?.to_bytes().to_vec();
        let agent = self.0.clone();
        let asked = tokio::task::spawn_blocking(move || {
            ask(&agent, ureq::http::Request::from_parts(head, body))
        });
        let answer = asked.await.map_err(|error| HttpError::new(HttpErrorKind::Unknown, error))?;
        answer.map_err(|error| {
            let kind = match &error {
                ureq::Error::Timeout(_) => HttpErrorKind::Timeout,
                ureq::Error::HostNotFound | ureq::Error::ConnectionFailed => HttpErrorKind::Connect,
                _ => HttpErrorKind::Unknown,
            };
            HttpError::new(kind, error)
        })
    }
}

fn ask(agent: &Agent, request: ureq::http::Request<Vec<u8>>) -> Result<HttpResponse, ureq::Error> {
    let (head, mut body) = agent.run(request)?.into_parts();
    let body = body.with_config().limit(MOST).read_to_vec()?;
    Ok(HttpResponse::from_parts(head, body.into()))
}
