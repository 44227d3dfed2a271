//! Options of the probe from the configuration.

use peregrine_config::Config;
use peregrine_probe::Options as ProbeOptions;

/// How the kernel side is set up.
pub fn probe_options(config: &Config) -> ProbeOptions {
    let probe = &config.engine.modern_ebpf;
    ProbeOptions {
        ring_bytes: probe.buf_size_preset.bytes,
        arguments_max: u32::try_from(probe.arguments_max.size()).unwrap_or(u32::MAX),
    }
}
