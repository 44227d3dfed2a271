//! The table of metrics.

use super::row::{FalcoNames as F, Group, Kind, Row, Unit};

macro_rules! metrics {
    ($(
        #[doc = $help:literal]
        $metric:ident: $name:literal, $kind:ident, $unit:ident, $group:ident, [$($label:literal),*], $falco:expr;
    )+) => {
        /// One value that the agent counts or measures.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Metric {
            $(#[doc = $help] $metric,)+
        }

        impl Metric {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$metric),+];

            /// Its row.
            pub const fn row(self) -> &'static Row {
                match self {
                    $(Self::$metric => const { &Row {
                        name: $name,
                        kind: Kind::$kind,
                        unit: Unit::$unit,
                        group: Group::$group,
                        labels: &[$($label),*],
                        help: $help.trim_ascii(),
                        falco: $falco,
                    } },)+
                }
            }
        }
    };
}

metrics! {
    /// The release of Falco that this is compatible with.
    Version: "peregrine_compatible_info", Info, Count, Always, ["version"],
        Some(F::info("falcosecurity_falco_version_info", "falco.version"));
    /// The release of Peregrine.
    Build: "peregrine_build_info", Info, Count, Always, ["version"], None;
    /// Rule files of this run.
    RuleFiles: "peregrine_rule_file_info", Info, Count, Always, ["file_name", "sha256"],
        Some(F::info("falcosecurity_falco_sha256_rules_files_info", "falco.sha256_rules_file.{file_name}"));
    /// Configuration files of this run.
    ConfigFiles: "peregrine_config_file_info", Info, Count, Always, ["file_name", "sha256"],
        Some(F::info("falcosecurity_falco_sha256_config_files_info", "falco.sha256_config_file.{file_name}"));
    /// Where events come from.
    Engine: "peregrine_engine_info", Info, Count, Always, ["engine_name", "evt_source"],
        Some(F::info("falcosecurity_scap_engine_name_info", "scap.engine_name"));
    /// The release of the kernel.
    KernelRelease: "peregrine_kernel_release_info", Info, Count, Always, ["kernel_release"],
        Some(F::info("falcosecurity_falco_kernel_release_info", "falco.kernel_release"));
    /// The name of this host.
    HostName: "peregrine_host_name_info", Info, Count, Always, ["hostname"],
        Some(F::info("falcosecurity_evt_hostname_info", "evt.hostname"));
    /// Addresses of this host, but for those of `lo`.
    HostAddresses: "peregrine_host_addresses_info", Info, Count, Always, ["interface", "protocol", "addresses"],
        Some(F::only_field("falco.host_netinfo.interfaces.{interface}.protocols.{protocol}.addresses"));
    /// When this host was started, since the epoch.
    HostStart: "peregrine_host_start_timestamp_seconds", Gauge, Seconds, Always, [],
        Some(F::gauge("falcosecurity_falco_host_boot_timestamp_nanoseconds", "falco.host_boot_ts"));
    /// CPUs of this host.
    HostCpus: "peregrine_host_cpus", Gauge, Count, Always, [],
        Some(F::gauge("falcosecurity_falco_host_num_cpus_total", "falco.host_num_cpus"));
    /// When Peregrine was started, since the epoch.
    Start: "peregrine_start_timestamp_seconds", Gauge, Seconds, Always, [],
        Some(F::gauge("falcosecurity_falco_start_timestamp_nanoseconds", "falco.start_ts"));
    /// Time since the start.
    Duration: "peregrine_duration_seconds_total", Counter, Seconds, Always, [],
        Some(F::counter("falcosecurity_falco_duration_seconds_total", "falco.duration_sec"));
    /// Events that the pipeline processed.
    Events: "peregrine_events_total", Counter, Count, Always, [], None;
    /// Those of them that rules may match: without the entries of calls, and what only updates the state of the host.
    EventsForRules: "peregrine_events_for_rules_total", Counter, Count, Always, [],
        Some(F::only_field("falco.num_evts"));
    /// Records that are not events: a defect of Peregrine's, or a damaged source.
    MalformedRecords: "peregrine_malformed_records_total", Counter, Count, Always, [], None;
    /// Enabled rules.
    RulesEnabled: "peregrine_rules_enabled", Gauge, Count, Rules, [], None;
    /// Events that a rule matched; `priority` is syslog's number.
    RuleMatches: "peregrine_rule_matches_total", Counter, Count, Rules, ["rule_name", "priority", "source"],
        Some(F::counter("falcosecurity_falco_rules_matches_total", "falco.rules.{rule_name}"));
    /// How long a rule took, as if it were the only one; estimated from one event in 1,024.
    RuleTimes: "peregrine_rule_evaluation_seconds_total", Counter, Seconds, Rules, ["rule_name"], None;
    /// Reloads of configuration and rules: those that took hold, and those that were rejected.
    Reloads: "peregrine_reloads_total", Counter, Count, Always, ["outcome"], None;
    /// Since when the configuration and the rules that run do, since the epoch: the start, or the last reload.
    LastReload: "peregrine_last_reload_timestamp_seconds", Gauge, Seconds, Always, [],
        Some(F::gauge("falcosecurity_falco_reload_timestamp_nanoseconds", "falco.reload_ts"));
    /// When a reload was last rejected, since the epoch; 0: none was.
    LastReloadRejected: "peregrine_last_reload_rejected_timestamp_seconds", Gauge, Seconds, Always, [], None;
    /// How long the last reload that took hold took.
    LastReloadDuration: "peregrine_last_reload_duration_seconds", Gauge, Seconds, Always, [], None;
    /// The longest time that the last reload kept events from being evaluated.
    LastReloadPause: "peregrine_last_reload_pause_seconds", Gauge, Seconds, Always, [], None;
    /// How long reloads kept events from being evaluated.
    ReloadPauses: "peregrine_reload_pause_seconds", Histogram, Seconds, Always, [], None;
    /// How long an event took in the state, in the rules (one event in 64 is measured), and to make and hand on its alerts.
    StageTimes: "peregrine_stage_duration_seconds", Histogram, Seconds, Always, ["stage"], None;
    /// How long after it had happened an event was evaluated, of one event in 64.
    EventDelays: "peregrine_event_delay_seconds", Histogram, Seconds, Always, [], None;
    /// Memory by what it is for, as far as it is counted.
    MemoryByUse: "peregrine_memory_bytes", Gauge, Bytes, Always, ["use"], None;
    /// CPU time of Peregrine as a part of one CPU, since it was started.
    CpuUsage: "peregrine_cpu_usage_ratio", Gauge, Ratio, Resources, [],
        Some(F::gauge("falcosecurity_falco_cpu_usage_ratio", "falco.cpu_usage_perc"));
    /// Memory of Peregrine that is resident.
    MemoryRss: "peregrine_resident_memory_bytes", Gauge, Bytes, Resources, [],
        Some(F::gauge("falcosecurity_falco_memory_rss_bytes", "falco.memory_rss_kb"));
    /// Addresses of memory that Peregrine has.
    MemoryVirtual: "peregrine_virtual_memory_bytes", Gauge, Bytes, Resources, [],
        Some(F::gauge("falcosecurity_falco_memory_vsz_bytes", "falco.memory_vsz_kb"));
    /// Memory of Peregrine that is resident; what it shares with other processes counts in part.
    MemoryPss: "peregrine_proportional_memory_bytes", Gauge, Bytes, Resources, [],
        Some(F::gauge("falcosecurity_falco_memory_pss_bytes", "falco.memory_pss_kb"));
    /// Memory of Peregrine's control group.
    MemoryContainer: "peregrine_container_memory_bytes", Gauge, Bytes, Resources, [],
        Some(F::gauge("falcosecurity_falco_container_memory_used_bytes", "falco.container_memory_used_bytes"));
    /// CPU time that this host used since it was started, as a part of that of all its CPUs.
    HostCpuUsage: "peregrine_host_cpu_usage_ratio", Gauge, Ratio, Resources, [],
        Some(F::gauge("falcosecurity_falco_host_cpu_usage_ratio", "falco.host_cpu_usage_perc"));
    /// Memory that this host uses, without buffers and caches.
    HostMemory: "peregrine_host_memory_bytes", Gauge, Bytes, Resources, [],
        Some(F::gauge("falcosecurity_falco_host_memory_used_bytes", "falco.host_memory_used_kb"));
    /// Threads that run or wait for a CPU.
    HostRunning: "peregrine_host_running_threads", Gauge, Count, Resources, [],
        Some(F::gauge("falcosecurity_falco_host_procs_running_total", "falco.host_procs_running"));
    /// Files that are open on this host.
    HostOpenFiles: "peregrine_host_open_files", Gauge, Count, Resources, [],
        Some(F::gauge("falcosecurity_falco_host_open_fds_total", "falco.host_open_fds"));
    /// The allocator: bytes of memory that are in use.
    AllocatorAllocated: "peregrine_allocator_allocated_bytes", Gauge, Bytes, Allocator, [],
        Some(F::counter("falcosecurity_falco_jemalloc_allocated_bytes", "falco.jemalloc.allocated_bytes"));
    /// The allocator: bytes of pages with memory that is in use.
    AllocatorActive: "peregrine_allocator_active_bytes", Gauge, Bytes, Allocator, [],
        Some(F::counter("falcosecurity_falco_jemalloc_active_bytes", "falco.jemalloc.active_bytes"));
    /// The allocator: bytes the allocator needs for itself.
    AllocatorMetadata: "peregrine_allocator_metadata_bytes", Gauge, Bytes, Allocator, [],
        Some(F::counter("falcosecurity_falco_jemalloc_metadata_bytes", "falco.jemalloc.metadata_bytes"));
    /// The allocator: bytes of these in huge pages.
    AllocatorMetadataHuge: "peregrine_allocator_metadata_huge_bytes", Gauge, Bytes, Allocator, [],
        Some(F::counter("falcosecurity_falco_jemalloc_metadata_thp_bytes", "falco.jemalloc.metadata_thp_bytes"));
    /// The allocator: bytes of its memory that are resident.
    AllocatorResident: "peregrine_allocator_resident_bytes", Gauge, Bytes, Allocator, [],
        Some(F::counter("falcosecurity_falco_jemalloc_resident_bytes", "falco.jemalloc.resident_bytes"));
    /// The allocator: bytes it has from the system.
    AllocatorMapped: "peregrine_allocator_mapped_bytes", Gauge, Bytes, Allocator, [],
        Some(F::counter("falcosecurity_falco_jemalloc_mapped_bytes", "falco.jemalloc.mapped_bytes"));
    /// The allocator: bytes that are free and were not given back to the system.
    AllocatorRetained: "peregrine_allocator_retained_bytes", Gauge, Bytes, Allocator, [],
        Some(F::counter("falcosecurity_falco_jemalloc_retained_bytes", "falco.jemalloc.retained_bytes"));
    /// The allocator: blocks that were resized to 0 bytes.
    AllocatorZero: "peregrine_allocator_zero_reallocs", Gauge, Count, Allocator, [],
        Some(F::counter("falcosecurity_falco_jemalloc_zero_reallocs_bytes", "falco.jemalloc.zero_reallocs_bytes"));
    /// Events that the kernel made: those that were processed, and those it could not deliver.
    EventsMade: "peregrine_events_made_total", Counter, Count, Kernel, [],
        Some(F::counter("falcosecurity_scap_n_evts_total", "scap.n_evts"));
    /// Events that the kernel could not deliver, for whatever reason.
    EventsLost: "peregrine_events_lost_total", Counter, Count, Kernel, [],
        Some(F::counter("falcosecurity_scap_n_drops_total", "scap.n_drops"));
    /// Seconds in which a larger share of the events was lost than `syscall_event_drops.threshold`.
    LossIntervals: "peregrine_event_loss_intervals_total", Counter, Count, Kernel, [], None;
    /// How often something was done about lost events, as `syscall_event_drops` says.
    LossActions: "peregrine_event_loss_actions_total", Counter, Count, Kernel, [], None;
    /// Events that the kernel could not deliver because a ring was full, by the kind of call.
    EventsLostRing: "peregrine_events_lost_ring_total", Counter, Count, Kernel, ["drop", "dir"],
        Some(F::counter("falcosecurity_scap_n_drops_buffer_total", "scap.n_drops_buffer_{drop}_{dir}"));
    /// Events that the kernel could not deliver because no scratch memory was free.
    EventsLostScratch: "peregrine_events_lost_scratch_total", Counter, Count, Kernel, [],
        Some(F::counter("falcosecurity_scap_n_drops_scratch_map_total", "scap.n_drops_scratch_map"));
    /// Events that the kernel could not deliver because they are too large.
    EventsLostTooLarge: "peregrine_events_lost_too_large_total", Counter, Count, Kernel, [],
        Some(F::counter("falcosecurity_scap_n_drops_max_event_size_total", "scap.n_drops_max_event_size"));
    /// Events that the kernel's filter dropped on purpose, because no rule can match them.
    EventsFiltered: "peregrine_events_filtered_total", Counter, Count, Kernel, ["syscall"], None;
    /// Events that the kernel made, by CPU.
    EventsMadeCpu: "peregrine_cpu_events_made_total", Counter, Count, KernelPerCpu, ["cpu"],
        Some(F::counter("falcosecurity_scap_n_evts_cpu_total", "scap.n_evts_cpu_{cpu}"));
    /// Events that the kernel could not deliver, by CPU.
    EventsLostCpu: "peregrine_cpu_events_lost_total", Counter, Count, KernelPerCpu, ["cpu"],
        Some(F::counter("falcosecurity_scap_n_drops_cpu_total", "scap.n_drops_cpu_{cpu}"));
    /// Records of threads that snapshots brought.
    SnapshotThreads: "peregrine_snapshot_threads_total", Counter, Count, Snapshots, [],
        Some(F::counter("falcosecurity_scap_n_evts_task_total", "scap.n_evts_task"));
    /// Records of open files without a name that snapshots brought.
    SnapshotAnonInodes: "peregrine_snapshot_anon_inode_total", Counter, Count, Snapshots, [],
        Some(F::counter("falcosecurity_scap_n_evts_task_file_anon_inode_total", "scap.n_evts_task_file_anon_inode"));
    /// Records of open folders that snapshots brought.
    SnapshotDirectories: "peregrine_snapshot_directory_total", Counter, Count, Snapshots, [],
        Some(F::counter("falcosecurity_scap_n_evts_task_file_directory_total", "scap.n_evts_task_file_directory"));
    /// Records of open files in memory that snapshots brought.
    SnapshotMemfds: "peregrine_snapshot_memfd_total", Counter, Count, Snapshots, [],
        Some(F::counter("falcosecurity_scap_n_evts_task_file_memfd_total", "scap.n_evts_task_file_memfd"));
    /// Records of open pipes that snapshots brought.
    SnapshotPipes: "peregrine_snapshot_pipe_total", Counter, Count, Snapshots, [],
        Some(F::counter("falcosecurity_scap_n_evts_task_file_pipe_total", "scap.n_evts_task_file_pipe"));
    /// Records of open files that snapshots brought.
    SnapshotRegular: "peregrine_snapshot_regular_total", Counter, Count, Snapshots, [],
        Some(F::counter("falcosecurity_scap_n_evts_task_file_regular_total", "scap.n_evts_task_file_regular"));
    /// Records of open sockets of IPv4 that snapshots brought.
    SnapshotInet: "peregrine_snapshot_socket_inet_total", Counter, Count, Snapshots, [],
        Some(F::counter("falcosecurity_scap_n_evts_task_file_socket_inet_total", "scap.n_evts_task_file_socket_inet"));
    /// Records of open sockets of IPv6 that snapshots brought.
    SnapshotInet6: "peregrine_snapshot_socket_inet6_total", Counter, Count, Snapshots, [],
        Some(F::counter("falcosecurity_scap_n_evts_task_file_socket_inet6_total", "scap.n_evts_task_file_socket_inet6"));
    /// Records of open sockets of netlink that snapshots brought.
    SnapshotNetlink: "peregrine_snapshot_socket_netlink_total", Counter, Count, Snapshots, [],
        Some(F::counter("falcosecurity_scap_n_evts_task_file_socket_netlink_total", "scap.n_evts_task_file_socket_netlink"));
    /// Records of open unix sockets that snapshots brought.
    SnapshotUnix: "peregrine_snapshot_socket_unix_total", Counter, Count, Snapshots, [],
        Some(F::counter("falcosecurity_scap_n_evts_task_file_socket_unix_total", "scap.n_evts_task_file_socket_unix"));
    /// Records of snapshots that were lost.
    SnapshotLostThreads: "peregrine_snapshot_threads_lost_total", Counter, Count, Snapshots, [],
        Some(F::counter("falcosecurity_scap_n_drops_task_total", "scap.n_drops_task"));
    /// Records of open files without a name that snapshots lost.
    SnapshotLostAnonInodes: "peregrine_snapshot_anon_inode_lost_total", Counter, Count, Snapshots, [],
        Some(F::counter("falcosecurity_scap_n_drops_task_file_anon_inode_total", "scap.n_drops_task_file_anon_inode"));
    /// Records of open folders that snapshots lost.
    SnapshotLostDirectories: "peregrine_snapshot_directory_lost_total", Counter, Count, Snapshots, [],
        Some(F::counter("falcosecurity_scap_n_drops_task_file_directory_total", "scap.n_drops_task_file_directory"));
    /// Records of open files in memory that snapshots lost.
    SnapshotLostMemfds: "peregrine_snapshot_memfd_lost_total", Counter, Count, Snapshots, [],
        Some(F::counter("falcosecurity_scap_n_drops_task_file_memfd_total", "scap.n_drops_task_file_memfd"));
    /// Records of open pipes that snapshots lost.
    SnapshotLostPipes: "peregrine_snapshot_pipe_lost_total", Counter, Count, Snapshots, [],
        Some(F::counter("falcosecurity_scap_n_drops_task_file_pipe_total", "scap.n_drops_task_file_pipe"));
    /// Records of open files that snapshots lost.
    SnapshotLostRegular: "peregrine_snapshot_regular_lost_total", Counter, Count, Snapshots, [],
        Some(F::counter("falcosecurity_scap_n_drops_task_file_regular_total", "scap.n_drops_task_file_regular"));
    /// Records of open sockets of IPv4 that snapshots lost.
    SnapshotLostInet: "peregrine_snapshot_socket_inet_lost_total", Counter, Count, Snapshots, [],
        Some(F::counter("falcosecurity_scap_n_drops_task_file_socket_inet_total", "scap.n_drops_task_file_socket_inet"));
    /// Records of open sockets of IPv6 that snapshots lost.
    SnapshotLostInet6: "peregrine_snapshot_socket_inet6_lost_total", Counter, Count, Snapshots, [],
        Some(F::counter("falcosecurity_scap_n_drops_task_file_socket_inet6_total", "scap.n_drops_task_file_socket_inet6"));
    /// Records of open sockets of netlink that snapshots lost.
    SnapshotLostNetlink: "peregrine_snapshot_socket_netlink_lost_total", Counter, Count, Snapshots, [],
        Some(F::counter("falcosecurity_scap_n_drops_task_file_socket_netlink_total", "scap.n_drops_task_file_socket_netlink"));
    /// Records of open unix sockets that snapshots lost.
    SnapshotLostUnix: "peregrine_snapshot_socket_unix_lost_total", Counter, Count, Snapshots, [],
        Some(F::counter("falcosecurity_scap_n_drops_task_file_socket_unix_total", "scap.n_drops_task_file_socket_unix"));
    /// Threads in the state.
    Threads: "peregrine_threads", Gauge, Count, State, [],
        Some(F::gauge("falcosecurity_scap_n_threads_total", "falco.n_threads"));
    /// Descriptors in the state.
    Descriptors: "peregrine_descriptors", Gauge, Count, State, [],
        Some(F::gauge("falcosecurity_scap_n_fds_total", "falco.n_fds"));
    /// Events whose descriptor only the kernel described, with the event.
    DescriptorsReported: "peregrine_descriptors_reported_total", Counter, Count, State, [],
        Some(F::counter("falcosecurity_scap_n_noncached_fd_lookups_total", "falco.n_noncached_fd_lookups"));
    /// Events whose descriptor the state had.
    DescriptorsFound: "peregrine_descriptors_found_total", Counter, Count, State, [],
        Some(F::counter("falcosecurity_scap_n_cached_fd_lookups_total", "falco.n_cached_fd_lookups"));
    /// Events whose descriptor neither the state nor the kernel described.
    DescriptorsUnknown: "peregrine_descriptors_unknown_total", Counter, Count, State, [],
        Some(F::counter("falcosecurity_scap_n_failed_fd_lookups_total", "falco.n_failed_fd_lookups"));
    /// Descriptors that were added to the state.
    DescriptorsAdded: "peregrine_descriptors_added_total", Counter, Count, State, [],
        Some(F::counter("falcosecurity_scap_n_added_fds_total", "falco.n_added_fds"));
    /// Descriptors that were removed from the state, but for those of processes that ended.
    DescriptorsRemoved: "peregrine_descriptors_removed_total", Counter, Count, State, [],
        Some(F::counter("falcosecurity_scap_n_removed_fds_total", "falco.n_removed_fds"));
    /// Entries of calls that the state kept until the call returned.
    EntriesKept: "peregrine_call_entries_kept_total", Counter, Count, State, [],
        Some(F::counter("falcosecurity_scap_n_stored_evts_total", "falco.n_stored_evts"));
    /// Entries of calls that the state did not keep: there were too many.
    EntriesRefused: "peregrine_call_entries_refused_total", Counter, Count, State, [],
        Some(F::counter("falcosecurity_scap_n_store_evts_drops_total", "falco.n_store_evts_drops"));
    /// Entries of calls that were there when the call returned.
    EntriesFound: "peregrine_call_entries_found_total", Counter, Count, State, [],
        Some(F::counter("falcosecurity_scap_n_retrieved_evts_total", "falco.n_retrieved_evts"));
    /// Entries of calls that were not there when the call returned.
    EntriesMissing: "peregrine_call_entries_missing_total", Counter, Count, State, [],
        Some(F::counter("falcosecurity_scap_n_retrieve_evts_drops_total", "falco.n_retrieve_evts_drops"));
    /// Threads that the state looked up on the host because no earlier event described them.
    ThreadsLookedUp: "peregrine_threads_looked_up_total", Counter, Count, State, [],
        Some(F::counter("falcosecurity_scap_n_noncached_thread_lookups_total", "falco.n_noncached_thread_lookups"));
    /// Events whose thread the state had.
    ThreadsFound: "peregrine_threads_found_total", Counter, Count, State, [],
        Some(F::counter("falcosecurity_scap_n_cached_thread_lookups_total", "falco.n_cached_thread_lookups"));
    /// Threads that the host did not know when the state looked them up.
    ThreadsUnknown: "peregrine_threads_unknown_total", Counter, Count, State, [],
        Some(F::counter("falcosecurity_scap_n_failed_thread_lookups_total", "falco.n_failed_thread_lookups"));
    /// Threads that were added to the state.
    ThreadsAdded: "peregrine_threads_added_total", Counter, Count, State, [],
        Some(F::counter("falcosecurity_scap_n_added_threads_total", "falco.n_added_threads"));
    /// Threads that were removed from the state.
    ThreadsRemoved: "peregrine_threads_removed_total", Counter, Count, State, [],
        Some(F::counter("falcosecurity_scap_n_removed_threads_total", "falco.n_removed_threads"));
    /// Threads that the state refused because its table was full.
    ThreadsRefused: "peregrine_threads_refused_total", Counter, Count, State, [],
        Some(F::counter("falcosecurity_scap_n_drops_full_threadtable_total", "falco.n_drops_full_threadtable"));
    /// Descriptors that the state refused because a table was full.
    DescriptorsRefused: "peregrine_descriptors_refused_total", Counter, Count, State, [], None;
    /// Threads that the state evicted at the memory limit.
    ThreadsEvicted: "peregrine_threads_evicted_total", Counter, Count, State, [], None;
    /// Descriptors that the state evicted at the memory limit.
    DescriptorsEvicted: "peregrine_descriptors_evicted_total", Counter, Count, State, [], None;
    /// Threads that reconciliation with the host removed: the event of their exit was lost.
    ThreadsStale: "peregrine_threads_stale_total", Counter, Count, State, [], None;
    /// Files and programs whose path could not be resolved because it is longer than 4095 bytes.
    FilePathsUnresolved: "peregrine_file_paths_unresolved_total", Counter, Count, State, [], None;
    /// Paths of calls that could not be resolved in time: too many at once, or their process was gone.
    CallPathsUnresolved: "peregrine_call_paths_unresolved_total", Counter, Count, State, [], None;
    /// How often each kernel program ran, where the kernel counts that.
    ProgramRuns: "peregrine_kernel_program_runs_total", Counter, Count, Programs, ["program"],
        Some(F::only_field("scap.{program}.run_cnt"));
    /// For how long each kernel program ran, where the kernel counts that.
    ProgramTime: "peregrine_kernel_program_seconds_total", Counter, Seconds, Programs, ["program"],
        Some(F::only_field("scap.{program}.run_time_ns"));
    /// Containers in the state that an engine described.
    Containers: "peregrine_containers", Gauge, Count, Plugins, [],
        Some(F::gauge("falcosecurity_plugins_container_n_containers_total", "plugins.container.n_containers"));
    /// Of those, the ones without an image.
    ContainersWithoutImage: "peregrine_containers_without_image", Gauge, Count, Plugins, [],
        Some(F::gauge("falcosecurity_plugins_container_n_missing_container_images_total", "plugins.container.n_missing_container_images"));
    /// Containers that an engine described.
    ContainersDescribed: "peregrine_containers_described_total", Counter, Count, Plugins, [], None;
    /// Containers that no engine described: their alerts have no name and no image.
    ContainersUnknown: "peregrine_containers_unknown_total", Counter, Count, Plugins, [], None;
    /// Containers that were not looked up because too many waited; they are once they start a process again.
    ContainersRefused: "peregrine_containers_refused_total", Counter, Count, Plugins, [], None;
    /// Requests to container engines that failed.
    ContainerEngineFailures: "peregrine_container_engine_failures_total", Counter, Count, Plugins, [], None;
    /// Events that waited for the metadata of their container.
    EventsParked: "peregrine_events_parked_total", Counter, Count, Plugins, [], None;
    /// Events that were evaluated without the metadata of their container: no engine had it in time.
    EventsWithoutMetadata: "peregrine_events_without_metadata_total", Counter, Count, Plugins, [], None;
    /// Captures on a match that were written.
    CaptureFiles: "peregrine_capture_files_total", Counter, Count, Always, [], None;
    /// Events that captures on a match have.
    CaptureEvents: "peregrine_capture_events_total", Counter, Count, Always, [], None;
    /// Bytes of captures on a match.
    CaptureBytes: "peregrine_capture_bytes_total", Counter, Count, Always, [], None;
    /// Captures on a match that could not be written.
    CaptureFailures: "peregrine_capture_failures_total", Counter, Count, Always, [], None;
    /// Events that are missing in captures on a match because they were not written fast enough.
    CaptureEventsLost: "peregrine_capture_events_lost_total", Counter, Count, Always, [], None;
    /// Bytes of recent events that are kept in memory for captures on a match.
    CaptureMemory: "peregrine_capture_memory_bytes", Gauge, Bytes, Always, [], None;
    /// Alerts that an output delivered.
    AlertsWritten: "peregrine_alerts_written_total", Counter, Count, Always, ["output"], None;
    /// Alerts that an output dropped: its queue was full, or the journal kept them no longer.
    AlertsDropped: "peregrine_alerts_dropped_total", Counter, Count, Always, ["output"],
        Some(F::counter("falcosecurity_falco_outputs_queue_num_drops_total", "falco.outputs_queue_num_drops").sum());
    /// Alerts that an output gave up: they could not be delivered for too long.
    AlertsFailed: "peregrine_alerts_failed_total", Counter, Count, Always, ["output"], None;
    /// Alerts that wait in the queue of an output; at the end, those it did not deliver in time.
    AlertsQueued: "peregrine_alerts_queued", Gauge, Count, Always, ["output"], None;
    /// Records of the journal that an output has not had; at the end, alerts that wait there for the next start.
    AlertsInJournal: "peregrine_alerts_in_journal", Gauge, Count, Always, ["output"], None;
    /// Alerts that the receiver of an output refused for good.
    AlertsRefused: "peregrine_alerts_refused_total", Counter, Count, Always, ["output"], None;
    /// Alerts that an output is not to get: `priority` and `when` say so, or they were held back.
    AlertsLeftOut: "peregrine_alerts_left_out_total", Counter, Count, Always, ["output"], None;
    /// Alerts that `throttle`, `dedup` or `mute` of an output held back: an alert says how many they were.
    AlertsHeld: "peregrine_alerts_held_back_total", Counter, Count, Always, ["output"], None;
    /// Alerts that were refused or given up and are kept as dead letters.
    AlertsKept: "peregrine_alerts_dead_letters_total", Counter, Count, Always, ["output"], None;
    /// Alerts that an output delivered without something that its receiver has no room for.
    AlertsTruncated: "peregrine_alerts_truncated_total", Counter, Count, Always, ["output"], None;
    /// How often an output sent alerts again.
    AlertsRetried: "peregrine_alerts_retried_total", Counter, Count, Always, ["output"], None;
    /// Whether the last attempt of an output failed.
    OutputFailing: "peregrine_output_failing", Gauge, Count, Always, ["output"], None;
    /// How long ago the oldest alert happened that an output is about to deliver.
    OutputLag: "peregrine_output_lag_seconds", Gauge, Seconds, Always, ["output"], None;
    /// Acts that a policy denied.
    GuardDenied: "peregrine_guard_denied_total", Counter, Count, Always, ["policy"], None;
    /// Acts that a policy would have denied in another mode, or denied too late.
    GuardWouldDeny: "peregrine_guard_would_deny_total", Counter, Count, Always, ["policy"], None;
    /// Whether what policies rely on worked when it was tried last.
    GuardProven: "peregrine_guard_proven", Gauge, Count, Always, ["hook", "level"], None;
    /// Openers of protected files that went on without a verdict, because it took too long.
    GuardLate: "peregrine_guard_late_total", Counter, Count, Always, [], None;
    /// Decisions of policies that are in no alert: there was no room for them.
    GuardVerdictsLost: "peregrine_guard_verdicts_lost_total", Counter, Count, Always, [], None;
    /// Alerts that were written to the journal.
    JournalWritten: "peregrine_journal_alerts_written_total", Counter, Count, Always, [], None;
    /// Alerts that the journal lost: it could not be written, or not fast enough.
    JournalLost: "peregrine_journal_alerts_lost_total", Counter, Count, Always, [], None;
    /// Alerts that wait for the journal; at the end, those it did not write in time.
    JournalQueued: "peregrine_journal_alerts_queued", Gauge, Count, Always, [], None;
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn rows_have_the_form_prometheus_asks_for() {
        let mut names = BTreeSet::new();
        let mut once = |name: &'static str| assert!(names.insert(name), "{name} is there twice");
        for metric in Metric::ALL {
            let row = metric.row();
            once(row.name);
            let is_plain = |text: &str| {
                text.starts_with(|first: char| first.is_ascii_lowercase())
                    && text
                        .chars()
                        .all(|one| one.is_ascii_lowercase() || "_0123456789".contains(one))
            };
            assert!(row.name.starts_with("peregrine_") && is_plain(row.name), "{row:?}");
            assert_eq!(row.name.ends_with("_total"), row.kind == Kind::Counter, "{row:?}");
            assert_eq!(row.name.ends_with("_info"), row.kind == Kind::Info, "{row:?}");
            assert_eq!(row.name.contains("_seconds"), row.unit == Unit::Seconds, "{row:?}");
            assert_eq!(row.name.ends_with("_bytes"), row.unit == Unit::Bytes, "{row:?}");
            assert_eq!(row.name.ends_with("_ratio"), row.unit == Unit::Ratio, "{row:?}");
            assert!(row.labels.iter().all(|label| is_plain(label)), "{row:?}");
            assert!(
                row.help.ends_with('.') && row.help.starts_with(char::is_alphabetic),
                "{row:?}"
            );
            let Some(falco) = row.falco else { continue };
            assert!(falco.prometheus.is_some() || falco.field.is_some(), "{row:?}");
            if let Some((name, _)) = falco.prometheus {
                once(name);
            }
            if let Some(field) = falco.field {
                once(field);
                for label in field.split('{').skip(1).filter_map(|rest| rest.split('}').next()) {
                    assert!(row.labels.contains(&label), "{row:?}");
                }
            }
        }
    }
}
