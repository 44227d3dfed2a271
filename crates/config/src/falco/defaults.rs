//! The defaults of Falco's code, which hold where a file does not have the key; Falco's packages, and our
//! own defaults, come with a file that has other values.

use crate::append_output::AppendOutput;
use crate::choices::EngineKind;
use crate::model::Config;
use crate::plugins::LoadPlugins;
use crate::values::Whole;

impl Config {
    /// The configuration of a Falco whose file says nothing.
    pub(crate) fn of_falco() -> Self {
        let mut config = Self::default();
        config.engine.kind = EngineKind::Kmod;
        config.append_output = AppendOutput { suggested: false, extra: Vec::new() };
        config.plugins.clear();
        config.load_plugins = LoadPlugins(Vec::new());
        config.stdout_output.enabled = false;
        config.syslog_output.enabled = false;
        "falco".clone_into(&mut config.syslog_output.tag);
        config.http_output.as_falco = true;
        config.log_stderr = false;
        config.webserver.enabled = false;
        config.outputs_queue.capacity = Whole(0);
        config.syscall_event_drops.actions.0.clear();
        config.metrics.output_rule = false;
        // Scripts of outputs may do what Falco may: set rules of a firewall, use sudo.
        config.sandbox.enabled = false;
        config.metrics.kernel_event_counters_per_cpu_enabled = true;
        config.metrics.jemalloc_stats_enabled = true;
        config.metrics.peregrine_metrics_enabled = false;
        config
    }
}
