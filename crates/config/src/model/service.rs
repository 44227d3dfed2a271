//! What Peregrine reports of itself: notices, metrics, health.

use std::path::PathBuf;
use std::time::Duration;

use crate::choices::LibsSeverity;
use crate::setting::Status::{Ignored, Unsupported, Used, With};
use crate::setting::section;
use crate::values::{Address, Count, Interval, Whole};

section! {
    /// `libs_logger`.
    LibsLogger {
        /// Notices of the libraries too.
        enabled: bool = true, Ignored("there are no libraries of Falco here");
        /// From which severity on.
        severity: LibsSeverity = LibsSeverity::Info, Ignored("there are no libraries of Falco here");
    }
}

section! {
    /// `metrics`.
    Metrics {
        /// Figures about Peregrine itself, regularly.
        enabled: bool = false, Unsupported("false");
        /// How often.
        interval: Interval = Interval(Duration::from_hours(1)), With("metrics.enabled"), "15m";
        /// As an alert of an internal rule.
        output_rule: bool = true, With("metrics.enabled");
        /// As lines of JSON in this file.
        output_file: PathBuf = PathBuf::new(), With("metrics.enabled");
        /// How often each rule matched.
        rules_counters_enabled: bool = true, With("metrics.enabled");
        /// CPU and memory that are used.
        resource_utilization_enabled: bool = true, With("metrics.enabled");
        /// What is kept of the host.
        state_counters_enabled: bool = true, With("metrics.enabled");
        /// Events and losses in the kernel.
        kernel_event_counters_enabled: bool = true, With("metrics.enabled");
        /// The same by CPU.
        kernel_event_counters_per_cpu_enabled: bool = false, With("metrics.enabled");
        /// What the first snapshot took.
        kernel_iter_event_counters_enabled: bool = true, With("metrics.enabled");
        /// How often each kernel program ran, and for how long.
        libbpf_stats_enabled: bool = true, With("metrics.enabled");
        /// Figures of plugins.
        plugins_metrics_enabled: bool = true, With("metrics.enabled");
        /// Figures of the memory allocator.
        jemalloc_stats_enabled: bool = false, With("metrics.enabled");
        /// Memory in megabytes instead of bytes.
        convert_memory_to_mb: bool = true, With("metrics.enabled");
        /// Figures that are 0 too.
        include_empty_values: bool = false, With("metrics.enabled");
    }
}

section! {
    /// `webserver`.
    Webserver {
        /// Answers requests for health, versions and metrics.
        enabled: bool = false, Unsupported("false");
        /// How many threads answer; 0: one for each CPU.
        threadiness: Count = Whole(0), With("webserver.enabled");
        /// The port.
        listen_port: Whole<0, 65_535> = Whole(8765), With("webserver.enabled");
        /// The address.
        listen_address: Address = Address("0.0.0.0".to_owned()), With("webserver.enabled");
        /// The path that reports health.
        k8s_healthz_endpoint: String = "/healthz".to_owned(), With("webserver.enabled");
        /// Metrics at `/metrics`.
        prometheus_metrics_enabled: bool = false, With("webserver.enabled");
        /// Encrypts.
        ssl_enabled: bool = false, With("webserver.enabled");
        /// Certificate and key.
        ssl_certificate: PathBuf = PathBuf::from("/etc/falco/falco.pem"), With("webserver.enabled");
    }
}

section! {
    /// `control`. (Not in Falco.)
    Control {
        /// The agent that monitors this host answers `peregrine status` and `peregrine outputs status`. Only root
        /// may ask, and the user the agent runs as.
        enabled: bool = true, Used, "false";
        /// The socket. Its folder is made where it is missing, for root only. Of two agents with one path the
        /// first has it, and the other runs without.
        path: PathBuf = PathBuf::from("/run/peregrine/control.sock"), Used, "/run/peregrine/second.sock";
    }
}
