//! What the table of metrics says of each.

/// How a metric behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It only grows, from 0 at the start.
    Counter,
    /// It grows and shrinks.
    Gauge,
    /// Its labels say something; its value is 1.
    Info,
    /// Times, by how long they are.
    Histogram,
}

impl Kind {
    /// The type, as Prometheus has it.
    pub const fn prometheus(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge | Self::Info => "gauge",
            Self::Histogram => "histogram",
        }
    }
}

/// What a metric is measured in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// A number of things.
    Count,
    /// Seconds; the registry holds them as nanoseconds.
    Seconds,
    /// Bytes.
    Bytes,
    /// A part of a whole; the registry holds it in thousandths.
    Ratio,
}

/// Which key of the configuration turns a metric on, beside `metrics.enabled`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// None: it is always on.
    Always,
    /// `metrics.rules_counters_enabled`.
    Rules,
    /// `metrics.resource_utilization_enabled`.
    Resources,
    /// `metrics.state_counters_enabled`.
    State,
    /// `metrics.kernel_event_counters_enabled`.
    Kernel,
    /// `metrics.kernel_event_counters_per_cpu_enabled`, where those of the kernel are on as well.
    KernelPerCpu,
    /// `metrics.kernel_iter_event_counters_enabled`, where those of the kernel are on as well.
    Snapshots,
    /// `metrics.libbpf_stats_enabled`.
    Programs,
    /// `metrics.plugins_metrics_enabled`.
    Plugins,
    /// `metrics.jemalloc_stats_enabled`.
    Allocator,
}

impl Group {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Always,
        Self::Rules,
        Self::Resources,
        Self::State,
        Self::Kernel,
        Self::KernelPerCpu,
        Self::Snapshots,
        Self::Programs,
        Self::Plugins,
        Self::Allocator,
    ];

    /// The key below `metrics`; none where there is none.
    pub const fn key(self) -> Option<&'static str> {
        Some(match self {
            Self::Always => return None,
            Self::Rules => "rules_counters_enabled",
            Self::Resources => "resource_utilization_enabled",
            Self::State => "state_counters_enabled",
            Self::Kernel => "kernel_event_counters_enabled",
            Self::KernelPerCpu => "kernel_event_counters_per_cpu_enabled",
            Self::Snapshots => "kernel_iter_event_counters_enabled",
            Self::Programs => "libbpf_stats_enabled",
            Self::Plugins => "plugins_metrics_enabled",
            Self::Allocator => "jemalloc_stats_enabled",
        })
    }
}

/// The names Falco gives to the same value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FalcoNames {
    /// The metric of its endpoint `/metrics`, and how it behaves there. Ours is then reported under that name only,
    /// unless ours has labels and Falco's, which is their sum, has none.
    pub prometheus: Option<(&'static str, Kind)>,
    /// The field of its alert "Falco internal: metrics snapshot"; `{label}` stands for the value of a label. The field
    /// of an [`Kind::Info`] has the value of the first label that is not in its name.
    pub field: Option<&'static str>,
    /// Whether Falco's is the sum over the labels.
    pub summed: bool,
}

impl FalcoNames {
    pub(super) const fn counter(prometheus: &'static str, field: &'static str) -> Self {
        Self { prometheus: Some((prometheus, Kind::Counter)), field: Some(field), summed: false }
    }

    pub(super) const fn gauge(prometheus: &'static str, field: &'static str) -> Self {
        Self { prometheus: Some((prometheus, Kind::Gauge)), field: Some(field), summed: false }
    }

    pub(super) const fn info(prometheus: &'static str, field: &'static str) -> Self {
        Self { prometheus: Some((prometheus, Kind::Info)), field: Some(field), summed: false }
    }

    pub(super) const fn only_field(field: &'static str) -> Self {
        Self { prometheus: None, field: Some(field), summed: false }
    }

    pub(super) const fn sum(self) -> Self {
        Self { summed: true, ..self }
    }
}

/// A row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// The name, as Prometheus has it.
    pub name: &'static str,
    /// How it behaves.
    pub kind: Kind,
    /// What it is measured in.
    pub unit: Unit,
    /// Which key turns it on.
    pub group: Group,
    /// The names of its labels.
    pub labels: &'static [&'static str],
    /// What it is, in one sentence.
    pub help: &'static str,
    /// What Falco calls the same value; none where Falco does not have it.
    pub falco: Option<FalcoNames>,
}

impl Row {
    /// Whether it is reported under its own name: Falco's is no other name for it.
    pub const fn is_own(&self) -> bool {
        match self.falco {
            None => true,
            Some(falco) if falco.prometheus.is_some() => falco.summed,
            Some(_) => !matches!(self.kind, Kind::Info),
        }
    }
}
