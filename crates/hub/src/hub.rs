//! The hub as a whole: opens, listens, ends.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;

use peregrine_store::{Keep, Store, Writer};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::{Semaphore, watch};

use crate::api::{self, Api};
use crate::counts::Counts;
use crate::error::HubError;
use crate::indexer::Indexer;
use crate::ingest::{self, Ingest};
use crate::limits::Limits;
use crate::live::Feed;
use crate::log::{Log, Shared};
use crate::serve::{listen, serve};

/// What a hub is started with.
#[derive(Debug, Clone)]
pub struct Options {
    /// The folder of all it keeps.
    pub dir: PathBuf,
    /// Where alerts are received.
    pub ingest: SocketAddr,
    /// Whether others than this host may send alerts, without a login and without TLS.
    pub open_ingest: bool,
    /// Where the page and the API are.
    pub page: SocketAddr,
    /// How much is kept.
    pub keep: Keep,
}

/// A hub that runs.
#[derive(Debug)]
pub struct Hub {
    runtime: Runtime,
    end: watch::Sender<bool>,
    servers: Vec<tokio::task::JoinHandle<()>>,
    log: Log,
    shared: Arc<Shared>,
    feed: Arc<Feed>,
    indexer: JoinHandle<()>,
    ingest: SocketAddr,
    page: SocketAddr,
}

impl Hub {
    /// Starts a hub.
    ///
    /// # Errors
    /// When its folder or one of its ports cannot be used, or an address is one that others can reach.
    pub fn start(options: &Options) -> Result<Self, HubError> {
        check_address("--ingest", options.ingest, options.open_ingest, ", or say --open-ingest")?;
        check_address("--page", options.page, false, "")?;
        std::fs::create_dir_all(&options.dir).map_err(|source| HubError::Folder {
            folder: options.dir.display().to_string(),
            source,
        })?;
        // What fails at once: before anything is written.
        let (ingest_port, page_port) = (listen(options.ingest)?, listen(options.page)?);
        let local = |listener: &std::net::TcpListener, address| {
            listener.local_addr().map_err(|source| HubError::Listen { address, source })
        };
        let (ingest, page) =
            (local(&ingest_port, options.ingest)?, local(&page_port, options.page)?);
        let store =
            Arc::new(Store::open(&options.dir.join("store"), peregrine_store::Options::default())?);
        let writer = Writer::new(Arc::clone(&store))?;
        let (log, sender) = Log::start(&options.dir, writer.cursor())?;
        let shared = Arc::clone(sender.shared());
        let limits = Limits::ALL;
        let feed = Arc::new(Feed::new(writer.cursor(), limits.live_alerts, limits.live_bytes));
        let (log_shared, to_feed) = (Arc::clone(&shared), Arc::clone(&feed));
        let indexer = Indexer::new(&options.dir, writer, log_shared, to_feed, options.keep)?;
        let counts = Arc::new(Counts::default());
        let door = Ingest { log: sender, counts: Arc::clone(&counts) };
        let api = Api {
            store,
            log: Arc::clone(&shared),
            progress: Arc::clone(indexer.progress()),
            counts,
            searches: Arc::new(Semaphore::new(limits.searches)),
            feed: Arc::clone(&feed),
            viewers: Arc::new(Semaphore::new(limits.viewers)),
        };
        let indexer = std::thread::Builder::new()
            .name("indexer".to_owned())
            .spawn(move || indexer.run())
            .map_err(HubError::Thread)?;
        let runtime = Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("hub")
            .enable_all()
            .build()
            .map_err(HubError::Thread)?;
        let (end, ends) = watch::channel(false);
        let _inside = runtime.enter();
        let listener = |port: std::net::TcpListener| {
            tokio::net::TcpListener::from_std(port).map_err(HubError::Thread)
        };
        let (ingest_port, page_port) = (listener(ingest_port)?, listener(page_port)?);
        let servers = vec![
            runtime.spawn(serve(ingest_port, ingest::router(door.clone()), ends.clone())),
            runtime.spawn(serve(page_port, api::router(api, door), ends)),
        ];
        Ok(Self { runtime, end, servers, log, shared, feed, indexer, ingest, page })
    }

    /// Where alerts are received.
    pub fn ingest(&self) -> SocketAddr {
        self.ingest
    }

    /// Where the page and the API are.
    pub fn page(&self) -> SocketAddr {
        self.page
    }

    /// Answers what was asked, and ends. What was acknowledged and is not in the store yet is there after the next
    /// start.
    pub fn stop(self) {
        // Nobody else has the other end where all servers have ended.
        let _ = self.end.send(true);
        self.feed.end();
        self.runtime.block_on(async {
            for server in self.servers {
                drop(server.await);
            }
        });
        self.shared.end();
        self.log.join();
        drop(self.indexer.join());
    }
}

fn check_address(
    flag: &'static str,
    address: SocketAddr,
    open: bool,
    or: &'static str,
) -> Result<(), HubError> {
    if open || address.ip().is_loopback() {
        return Ok(());
    }
    Err(HubError::NotLoopback { flag, address, or })
}
