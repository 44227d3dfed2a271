//! Where alerts go.

use std::path::PathBuf;

use crate::drop_actions::DropActions;
use crate::setting::Status::{Ignored, NoOutput, Unsupported, Used, With};
use crate::setting::section;
use crate::values::{Count, Number, Real, Share, Whole};

section! {
    /// `outputs_queue`.
    OutputsQueue {
        /// Alerts that may wait for one output; what does not fit is dropped and counted. 0: any number,
        /// which is Falco's default.
        capacity: Count = Whole(8192), Used, "0";
        /// Bytes of memory that alerts may take which wait for one output; fewer where there is little
        /// memory. (Not in Falco.)
        bytes: Count = Whole(32 << 20), Used;
    }
}

section! {
    /// `stdout_output`.
    StdoutOutput {
        /// Alerts on stdout.
        enabled: bool = true, Used;
    }
}

section! {
    /// `file_output`.
    FileOutput {
        /// Alerts at the end of a file.
        enabled: bool = false, Used, "true";
        /// The file stays open; otherwise it is opened for every alert, so that it may be moved away.
        /// SIGUSR1 opens it anew.
        keep_alive: bool = false, Used;
        /// The file; it is made where it is missing.
        filename: PathBuf = PathBuf::from("./events.txt"), Used, "/var/log/peregrine/alerts";
    }
}

section! {
    /// `syslog_output`.
    SyslogOutput {
        /// Alerts to the system log.
        enabled: bool = false, NoOutput;
    }
}

section! {
    /// `program_output`.
    ProgramOutput {
        /// Alerts to the standard input of a program.
        enabled: bool = false, NoOutput;
        /// The program stays; otherwise it is started for every alert.
        keep_alive: bool = false, With("program_output.enabled");
        /// The program, as a shell reads it.
        program: String = String::new(), With("program_output.enabled");
    }
}

section! {
    /// `http_output`.
    HttpOutput {
        /// Alerts as POST requests.
        enabled: bool = false, NoOutput;
        /// Where they go.
        url: String = String::new(), With("http_output.enabled");
        /// The header `User-Agent`.
        user_agent: String = "falcosecurity/falco".to_owned(), With("http_output.enabled");
        /// Trusts any certificate.
        insecure: bool = false, With("http_output.enabled");
        /// A certificate to trust.
        ca_cert: PathBuf = PathBuf::new(), With("http_output.enabled");
        /// A file of certificates to trust.
        ca_bundle: PathBuf = PathBuf::new(), With("http_output.enabled");
        /// A folder of certificates to trust.
        ca_path: PathBuf = PathBuf::from("/etc/ssl/certs"), With("http_output.enabled");
        /// Shows a certificate of its own.
        mtls: bool = false, With("http_output.enabled");
        /// That certificate.
        client_cert: PathBuf = PathBuf::from("/etc/ssl/certs/client.crt"), With("http_output.enabled");
        /// Its key.
        client_key: PathBuf = PathBuf::from("/etc/ssl/certs/client.key"), With("http_output.enabled");
        /// Answers are printed on stdout.
        echo: bool = false, With("http_output.enabled");
        /// Requests are compressed.
        compress_uploads: bool = false, With("http_output.enabled");
        /// The connection stays open.
        keep_alive: bool = false, With("http_output.enabled");
        /// How often a request is sent again that took too long.
        max_consecutive_timeouts: Number = Whole(5), With("http_output.enabled");
    }
}

section! {
    /// `syscall_event_drops`.
    SyscallEventDrops {
        /// What is done when events were lost.
        actions: DropActions = DropActions::default(),
            Ignored("lost events are always reported, on stderr and as an alert");
        /// The share of lost events from which on something is done.
        threshold: Share = Share(0.1),
            Ignored("lost events are always reported, on stderr and as an alert");
        /// How often something is done, times a second.
        rate: Real = Real(0.03333), Ignored("lost events are reported once a second at most");
        /// How often in a row.
        max_burst: Real = Real(1.0), Ignored("lost events are reported once a second at most");
        /// Loses events on purpose, for a test.
        simulate_drops: bool = false, Unsupported("false");
    }
}

section! {
    /// `syscall_event_timeouts`.
    SyscallEventTimeouts {
        /// How often the probe may have nothing to tell before Falco says so.
        max_consecutives: Number = Whole(1000),
            Ignored("whether events still come is found out every two seconds with an event of Peregrine's own");
    }
}
