//! What Peregrine reports of itself: notices, metrics, health.

use std::path::PathBuf;
use std::time::Duration;

use crate::choices::LibsSeverity;
use crate::setting::Status::{Ignored, Used};
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
        /// Figures about Peregrine itself, regularly and for Prometheus.
        enabled: bool = false, Used, "true";
        /// How often the alert and the line of the file are written; no more often than every 100 ms.
        interval: Interval = Interval(Duration::from_hours(1)), Used, "15m";
        /// As an alert of the rule `Falco internal: metrics snapshot`, to every output.
        output_rule: bool = true, Used, "false";
        /// As lines of JSON appended to this file. It may be moved away: it is opened for each line.
        output_file: PathBuf = PathBuf::new(), Used, "/var/log/peregrine-metrics.jsonl";
        /// How often each rule matched.
        rules_counters_enabled: bool = true, Used;
        /// CPU and memory that Peregrine and the host use.
        resource_utilization_enabled: bool = true, Used;
        /// What is kept of the host.
        state_counters_enabled: bool = true, Used;
        /// Events and losses in the kernel.
        kernel_event_counters_enabled: bool = true, Used;
        /// The same by CPU, where `kernel_event_counters_enabled` is on.
        kernel_event_counters_per_cpu_enabled: bool = false, Used;
        /// What snapshots brought, where `kernel_event_counters_enabled` is on.
        kernel_iter_event_counters_enabled: bool = true, Used;
        /// How often each kernel program ran, and for how long, where the kernel counts that:
        /// `sysctl kernel.bpf_stats_enabled=1`.
        libbpf_stats_enabled: bool = true, Used;
        /// Figures of plugins: of the one for containers, which is built in.
        plugins_metrics_enabled: bool = true, Used;
        /// Figures of the memory allocator. Falco's is jemalloc, ours is that of the C library.
        jemalloc_stats_enabled: bool = false, Used;
        /// Alert and file: memory in megabytes, instead of in bytes or kilobytes.
        convert_memory_to_mb: bool = true, Used;
        /// Alert and file: figures that are 0 too.
        include_empty_values: bool = false, Used;
        /// Prometheus: what Falco does not have too, under names that begin with `peregrine_`. (Not in Falco.)
        peregrine_metrics_enabled: bool = true, Used;
    }
}

section! {
    /// `webserver`.
    Webserver {
        /// Answers `GET` of `/healthz` and `/versions` with JSON. Anybody who reaches the port may ask: with
        /// `listen_address: 127.0.0.1` only this host does.
        enabled: bool = false, Used, "true";
        /// How many pages are made at a time; 0: one for each CPU.
        threadiness: Count = Whole(0), Used, "2";
        /// The port.
        listen_port: Whole<0, 65_535> = Whole(8765), Used, "9765";
        /// The address, IPv4 or IPv6.
        listen_address: Address = Address("0.0.0.0".to_owned()), Used, "127.0.0.1";
        /// The path that reports health: `{"status": "ok"}`. Where the last reload was rejected `detail` says why; where
        /// the pipeline has not polled for 30 seconds the status is 503.
        k8s_healthz_endpoint: String = "/healthz".to_owned(), Used, "/ready";
        /// Metrics for Prometheus at `/metrics`, where `metrics.enabled` is on as well.
        prometheus_metrics_enabled: bool = false, Used, "true";
        /// HTTPS instead of HTTP.
        ssl_enabled: bool = false, Used, "true";
        /// A file with the certificate, those that issued it, and the key (PEM). It is read at the start.
        ssl_certificate: PathBuf = PathBuf::from("/etc/falco/falco.pem"), Used, "/etc/peregrine/server.pem";
    }
}

section! {
    /// `sandbox`. (Not in Falco.)
    Sandbox {
        /// `peregrine run` gives up every right and system call that it does not need once it has started. Programs of
        /// outputs have no more: they cannot mount, trace, load modules, or become another user by `sudo`.
        enabled: bool = true, Used, "false";
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
