//! Where events come from and what is kept of the host.

use std::path::PathBuf;

use crate::base_syscalls::CustomSet;
use crate::choices::{CaptureEvents, CaptureMode, EngineKind};
use crate::setting::Status::{Ignored, Section, Unsupported, Used};
use crate::setting::section;
use crate::values::{Count, Number, RingSize, Whole};

section! {
    /// `engine`.
    Engine {
        /// Where events come from: this host, watched with eBPF (`modern_ebpf`; `kmod`, Falco's kernel
        /// module, means the same), a capture (`replay`), or nowhere (`nodriver`).
        kind: EngineKind = EngineKind::ModernEbpf, Used;
        /// Falco's kernel module.
        kmod: Kmod = Kmod::default(), Section;
        /// The eBPF probe.
        modern_ebpf: ModernEbpf = ModernEbpf::default(), Section;
        /// Reading a capture.
        replay: Replay = Replay::default(), Section;
    }
}

section! {
    /// `engine.kmod`.
    Kmod {
        /// Size of its buffers.
        buf_size_preset: Number = Whole(4), Ignored("there is no kernel module");
        /// Leaves out calls that failed.
        drop_failed_exit: bool = false, Ignored("there is no kernel module");
    }
}

section! {
    /// `engine.modern_ebpf`.
    ModernEbpf {
        /// How many CPUs share a ring.
        cpus_for_each_buffer: Number = Whole(2), Ignored("each CPU has a ring of its own");
        /// Size of a ring, in which events wait: 1 is 1 MB, each further one doubles it, 4 is 8 MB.
        /// Larger where events are lost in the kernel.
        buf_size_preset: RingSize = RingSize::default(), Used, "5";
        /// Leaves out calls that failed.
        drop_failed_exit: bool = false, Unsupported("false");
        /// Takes the first snapshot from `/proc` instead of from the kernel.
        disable_iterators: bool = false, Unsupported("false");
        /// Bytes of a program's arguments that are reported, and of its environment. (Not in Falco, where
        /// they are 4096.)
        arguments_max: Whole<4096, 12_285> = Whole(4096), Used, "12285";
        /// Events no rule can match are left out in the kernel. (Not in Falco.)
        pushdown: bool = true, Used;
    }
}

section! {
    /// `engine.replay`.
    Replay {
        /// The capture.
        capture_file: PathBuf = PathBuf::new(), Used, "/var/lib/peregrine/trace.scap";
    }
}

section! {
    /// `base_syscalls`.
    BaseSyscallKeys {
        /// Calls that are watched whatever rules look at, instead of those the state of the host is
        /// kept from; `!name` is never watched.
        custom_set: CustomSet = CustomSet::default(), Used, "[clone, execve, '!mprotect']";
        /// The calls the state of the host is kept from are watched all the same.
        repair: bool = false, Used;
        /// Rules for nearly every event get reads and writes too.
        all: bool = false, Used;
    }
}

section! {
    /// `falco_libs`.
    FalcoLibs {
        /// How many threads are kept; events of others are judged all the same.
        thread_table_size: Count = Whole(262_144), Used;
        /// How many descriptors of one process are kept. (Not in Falco.)
        fd_table_size: Count = Whole(65_536), Used;
        /// How many descriptors of all processes are kept; an ordinary user's may be half of them. (Not in
        /// Falco.)
        fd_tables_size: Count = Whole(1 << 20), Used;
        /// Seconds between two looks for threads that ended unseen.
        thread_table_auto_purging_interval_s: Number = Whole(300),
            Ignored("threads are compared with the kernel's every five minutes and after losses");
        /// Seconds without an event after which a thread is looked for.
        thread_table_auto_purging_thread_timeout_s: Number = Whole(300),
            Ignored("threads are compared with the kernel's every five minutes and after losses");
        /// Bytes of a buffer that are reported.
        snaplen: Number = Whole(80), Unsupported("80");
        /// `proc.name` is the name a thread gave itself last. (Not in Falco.)
        proc_name_follows_prctl: bool = false, Used;
        /// Bytes of memory the state of the host may take; fewer where there is little memory. (Not in
        /// Falco.)
        state_bytes: Count = Whole(256 << 20), Used;
    }
}

section! {
    /// `capture`.
    Capture {
        /// Keeps what happens around a match in a file.
        enabled: bool = false, Used;
        /// How the files' names begin; the folder has to be there.
        path_prefix: PathBuf = PathBuf::from("/tmp/falco"), Used, "/var/lib/peregrine/captures/host";
        /// Whether rules say so (`rules`), or every rule means it (`all_rules`).
        mode: CaptureMode = CaptureMode::Rules, Used;
        /// Milliseconds a file goes on after a match where the rule does not say.
        default_duration: Count = Whole(5000), Used;
        /// Mebibytes of a file at most; 0: any number.
        max_file_size_mb: Whole<0, 1_048_576> = Whole(0), Used, "200";
        /// Milliseconds before the match that a file begins with, from memory. (Not in Falco, whose files
        /// begin with the match.)
        before_duration: Count = Whole(5000), Used;
        /// Mebibytes of memory for that at most: where events are many it is less time. (Not in Falco.)
        before_max_size_mb: Whole<0, 4096> = Whole(32), Used;
        /// Which events files have: those of all calls that rules and the state of the host need (`calls`,
        /// as in Falco), those of all calls with an event type of their own (`all`), or only those the
        /// kernel's filter passes anyway (`filtered`). (Not in Falco.)
        events: CaptureEvents = CaptureEvents::Calls, Used;
    }
}
