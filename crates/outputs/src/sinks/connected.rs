//! Outputs over a connection that stays open between alerts: one attempt has a time limit, whatever the
//! receiver does, and an idle connection is closed before a firewall forgets it.

use std::future::Future;
use std::io;
use std::time::{Duration, Instant};

use tokio::runtime::{Builder, Runtime};
use tokio::time::timeout;

use crate::error::SinkError;
use crate::output::{Batch, Fate, Output, Record, Report};

/// After so long without alerts the connection is closed.
const IDLE: Duration = Duration::from_secs(30);
/// How long saying goodbye may take.
const GOODBYE: Duration = Duration::from_secs(1);

/// How a type of output speaks with its receiver.
pub(super) trait Speaker: Send {
    /// The connection.
    type Connection: Send;

    /// Who it speaks with, as errors name it: `nats.example.com:4222`.
    fn receiver(&self) -> String;

    /// How much it takes at once.
    fn batch(&self) -> Batch;

    /// Connects and logs in.
    fn connect(&self) -> impl Future<Output = Result<Self::Connection, SinkError>>;

    /// Sends the alerts whose fate is [`Fate::Again`] and says what became of each as soon as that is known.
    ///
    /// # Errors
    /// Why some stay to be sent again. The connection is used no more.
    fn send(
        &self,
        connection: &mut Self::Connection,
        batch: &[Record<'_>],
        fates: &mut [Fate],
    ) -> impl Future<Output = Result<(), SinkError>>;

    /// How many alerts it delivered so far from which something was cut.
    fn truncated(&self) -> u64 {
        0
    }

    /// Says goodbye, where the protocol has a word for it.
    fn close(&self, _connection: Self::Connection) -> impl Future<Output = ()> {
        async {}
    }
}

/// An output over a connection.
pub(super) struct Connected<S: Speaker> {
    speaker: S,
    /// How long one attempt may take.
    limit: Duration,
    open: Option<S::Connection>,
    used: Instant,
    /// None only while it is dropped.
    runtime: Option<Runtime>,
}

impl<S: Speaker> Connected<S> {
    /// Connects to nothing yet.
    ///
    /// # Errors
    /// When the system has no descriptors left.
    pub(super) fn new(speaker: S, limit: Duration) -> Result<Self, SinkError> {
        // The two look names up, which has no time limit of its own.
        let runtime = Builder::new_current_thread().enable_all().max_blocking_threads(2).build()?;
        let used = Instant::now();
        Ok(Self { speaker, limit, open: None, used, runtime: Some(runtime) })
    }
}

/// Sends what is to be sent, over a new connection where there is none.
async fn attempt<S: Speaker>(
    speaker: &S,
    open: &mut Option<S::Connection>,
    batch: &[Record<'_>],
    fates: &mut [Fate],
) -> Result<(), SinkError> {
    if let Some(connection) = open {
        if speaker.send(connection, batch, fates).await.is_ok() {
            return Ok(());
        }
        // It may have been closed while nobody looked: that is no reason to report an error.
        *open = None;
    }
    let connection = open.insert(speaker.connect().await?);
    speaker.send(connection, batch, fates).await
}

impl<S: Speaker> Output for Connected<S> {
    fn batch(&self) -> Batch {
        self.speaker.batch()
    }

    fn deliver(&mut self, batch: &[Record<'_>]) -> Report {
        let mut fates: Vec<Fate> = batch.iter().map(|_| Fate::Again).collect();
        let Self { speaker, limit, open, used, runtime: Some(runtime) } = self else {
            return Report::failed(batch.len(), io::Error::other("it was closed").into());
        };
        let done = runtime.block_on(async {
            let done = timeout(*limit, attempt(speaker, open, batch, &mut fates)).await;
            let done = done.unwrap_or_else(|_| {
                let (receiver, limit) = (speaker.receiver(), limit.as_secs_f64());
                Err(SinkError::Answer(format!("{receiver} did not answer within {limit} s")))
            });
            if done.is_err() {
                *open = None;
            }
            done
        });
        *used = Instant::now();
        Report { fates, error: done.err(), retry_after: None }
    }

    fn truncated(&self) -> u64 {
        self.speaker.truncated()
    }

    fn tick(&mut self) -> Result<(), SinkError> {
        if self.used.elapsed() >= IDLE
            && let (Some(connection), Some(runtime)) = (self.open.take(), &self.runtime)
        {
            let goodbye = async { timeout(GOODBYE, self.speaker.close(connection)).await };
            // What was said is delivered already.
            let _ = runtime.block_on(goodbye);
        }
        Ok(())
    }
}

impl<S: Speaker> Drop for Connected<S> {
    fn drop(&mut self) {
        let Some(runtime) = self.runtime.take() else { return };
        if let Some(connection) = self.open.take() {
            let goodbye = async { timeout(GOODBYE, self.speaker.close(connection)).await };
            let _ = runtime.block_on(goodbye);
        }
        // A name that is still looked up is not waited for.
        runtime.shutdown_background();
    }
}
