//! The thread that asks engines, and what it says.

use std::collections::HashMap;
use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc as blocking};
use std::time::Duration;

use peregrine_state::{Container, SeenContainer};
use tokio::runtime::Builder;
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

use crate::bounds::bounded;
use crate::error::EngineError;
use crate::settings::Settings;
use crate::sources::{Engine, Source, sources};
use crate::{containerd, cri, docker, podman_storage};

/// How long an engine that failed is left alone, and the longest after repeated failures.
const REST: Duration = Duration::from_millis(500);
const LONGEST_REST: Duration = Duration::from_mins(1);

/// The thread that asks engines about containers.
#[derive(Debug)]
pub struct Lookups {
    wanted: mpsc::Sender<SeenContainer>,
    reports: blocking::Receiver<Report>,
    counters: Arc<Counters>,
}

/// What the thread has to say.
#[derive(Debug)]
pub enum Report {
    /// A look-up ended.
    Answer(Box<Answer>),
    /// An engine fails; reported again only once it has answered meanwhile.
    Problem(Problem),
}

/// The end of a look-up.
#[derive(Debug)]
pub struct Answer {
    /// `container.id`.
    pub id: String,
    /// The description; none where no engine has one.
    pub container: Option<Container>,
}

/// An engine that fails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The engine.
    pub engine: Engine,
    /// Where it was asked.
    pub path: PathBuf,
    /// Why.
    pub why: EngineError,
}

/// How many look-ups ended how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Containers that were described.
    pub found: u64,
    /// Containers that no engine described.
    pub unknown: u64,
    /// Containers that were not looked up because too many waited.
    pub refused: u64,
    /// Requests that failed.
    pub failures: u64,
}

#[derive(Debug, Default)]
struct Counters {
    found: AtomicU64,
    unknown: AtomicU64,
    refused: AtomicU64,
    failures: AtomicU64,
}

fn add(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

impl Lookups {
    /// Starts the thread. It ends when this is dropped.
    ///
    /// # Errors
    /// When the thread or its runtime cannot be started.
    pub fn start(settings: Settings) -> io::Result<Self> {
        let (wanted, queue) = mpsc::channel(settings.limits.queue);
        let (out, reports) = blocking::channel();
        let counters = Arc::new(Counters::default());
        let runtime = Builder::new_current_thread()
            .enable_io()
            .enable_time()
            .max_blocking_threads(settings.limits.at_once)
            .build()?;
        let shared = Arc::new(Shared {
            settings,
            out,
            counters: Arc::clone(&counters),
            engines: Mutex::default(),
        });
        std::thread::Builder::new().name("containers".to_owned()).spawn(move || {
            runtime.block_on(serve(shared, queue));
            // A file system that hangs does not hold the end up.
            runtime.shutdown_background();
        })?;
        Ok(Self { wanted, reports, counters })
    }

    /// Has a container looked up. False where too many wait already: nobody will answer.
    pub fn request(&self, seen: SeenContainer) -> bool {
        let taken = self.wanted.try_send(seen).is_ok();
        if !taken {
            add(&self.counters.refused);
        }
        taken
    }

    /// Counts a container that nobody can be asked about.
    pub fn leave_unknown(&self) {
        add(&self.counters.unknown);
    }

    /// What there is to say since the last call.
    pub fn reports(&self) -> impl Iterator<Item = Report> {
        self.reports.try_iter()
    }

    /// The next report, as soon as there is one.
    pub fn wait(&self, patience: Duration) -> Option<Report> {
        self.reports.recv_timeout(patience).ok()
    }

    /// How many look-ups ended how.
    pub fn counts(&self) -> Counts {
        let Counters { found, unknown, refused, failures } = &*self.counters;
        let [found, unknown, refused, failures] =
            [found, unknown, refused, failures].map(|one| one.load(Ordering::Relaxed));
        Counts { found, unknown, refused, failures }
    }
}

/// What look-ups share.
struct Shared {
    settings: Settings,
    out: blocking::Sender<Report>,
    counters: Arc<Counters>,
    engines: Mutex<HashMap<Source, Health>>,
}

/// How an engine does.
struct Health {
    slots: Arc<Semaphore>,
    failures: u32,
    /// It is not asked before.
    rests_until: Option<Instant>,
}

async fn serve(shared: Arc<Shared>, mut queue: mpsc::Receiver<SeenContainer>) {
    let most = shared.settings.limits.queue;
    let mut running = JoinSet::new();
    loop {
        tokio::select! {
            seen = queue.recv(), if running.len() < most => match seen {
                Some(seen) => {
                    running.spawn(look_up(Arc::clone(&shared), seen));
                }
                None => return,
            },
            Some(_) = running.join_next(), if !running.is_empty() => {}
        }
    }
}

/// Looks a container up, again and again while an engine may yet learn of it.
async fn look_up(shared: Arc<Shared>, seen: SeenContainer) {
    let limits = shared.settings.limits;
    let mut pause = limits.retry;
    let mut container = None;
    for attempt in 1..=limits.attempts {
        match shared.ask_all(&seen).await {
            Asked::Found(found) => {
                container = Some(*found);
                break;
            }
            Asked::Nobody => break,
            Asked::Unknown if attempt == limits.attempts => {}
            Asked::Unknown => {
                sleep(pause).await;
                pause *= 2;
            }
        }
    }
    add(if container.is_some() { &shared.counters.found } else { &shared.counters.unknown });
    let container = container.map(|found| bounded(found, &seen, shared.settings.label_max_len));
    // Nobody listens any more where the receiver is gone.
    let _ = shared.out.send(Report::Answer(Box::new(Answer { id: seen.id, container })));
}

/// What all engines said about a container.
enum Asked {
    Found(Box<Container>),
    /// Those that are there do not know it, or fail.
    Unknown,
    /// There is no engine to ask.
    Nobody,
}

impl Shared {
    async fn ask_all(&self, seen: &SeenContainer) -> Asked {
        let mut result = Asked::Nobody;
        for source in sources(&self.settings, seen) {
            match self.ask(&source, seen).await {
                Ok(Some(found)) => return Asked::Found(Box::new(found)),
                Err(EngineError::Absent) => {}
                Ok(None) | Err(_) => result = Asked::Unknown,
            }
        }
        result
    }

    /// Asks one engine, within its bounds.
    async fn ask(
        &self,
        source: &Source,
        seen: &SeenContainer,
    ) -> Result<Option<Container>, EngineError> {
        let slots = self.slots(source).ok_or(EngineError::Resting)?;
        let time = self.settings.limits.time;
        let bounded = timeout(time, async {
            let _slot = slots.acquire().await;
            self.call(source, seen).await
        });
        let answer = bounded.await.unwrap_or(Err(EngineError::TimedOut(time.as_millis())));
        self.note(source, answer.as_ref().err());
        answer
    }

    async fn call(
        &self,
        source: &Source,
        seen: &SeenContainer,
    ) -> Result<Option<Container>, EngineError> {
        let path = self.settings.on_host(&source.path);
        let limit = self.settings.limits.answer;
        match source.engine {
            Engine::Docker => docker::docker(&path, limit, seen).await,
            Engine::Podman => docker::podman(&path, limit, seen).await,
            Engine::Cri => cri::cri(&path, limit, seen).await,
            Engine::Containerd => containerd::containerd(&path, limit, seen).await,
            Engine::PodmanStorage => {
                let seen = seen.clone();
                let read = move || podman_storage::find(&path, limit, &seen);
                tokio::task::spawn_blocking(read)
                    .await
                    .unwrap_or_else(|error| Err(EngineError::Connection(error.to_string())))
            }
        }
    }

    /// The places of requests to an engine; none while it rests.
    fn slots(&self, source: &Source) -> Option<Arc<Semaphore>> {
        let mut engines = self.engines.lock().unwrap_or_else(PoisonError::into_inner);
        let health = engines.entry(source.clone()).or_insert_with(|| Health {
            slots: Arc::new(Semaphore::new(self.settings.limits.at_once)),
            failures: 0,
            rests_until: None,
        });
        let rests = health.rests_until.is_some_and(|until| Instant::now() < until);
        (!rests).then(|| Arc::clone(&health.slots))
    }

    /// Takes account of how an engine answered.
    fn note(&self, source: &Source, error: Option<&EngineError>) {
        let mut engines = self.engines.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(health) = engines.get_mut(source) else { return };
        match error.filter(|error| error.is_failure()) {
            // One that is not there was none before, or ended.
            None => (health.failures, health.rests_until) = (0, None),
            Some(why) => {
                add(&self.counters.failures);
                let rest = REST.saturating_mul(1 << health.failures.min(16)).min(LONGEST_REST);
                health.failures += 1;
                health.rests_until = Some(Instant::now() + rest);
                if health.failures == 1 {
                    let problem = Problem {
                        engine: source.engine,
                        path: source.path.clone(),
                        why: why.clone(),
                    };
                    let _ = self.out.send(Report::Problem(problem));
                }
            }
        }
    }
}
