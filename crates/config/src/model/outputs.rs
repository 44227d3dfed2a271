//! Where alerts go.

use std::path::PathBuf;

use peregrine_alert::Priority;

use crate::drop_actions::DropActions;
use crate::setting::Status::{Ignored, Used};
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
        /// Alerts to the system log of this host (`/dev/log`, facility `user`), in the severity of their priority.
        enabled: bool = false, Used, "true";
        /// The name of the program in the log. (Not in Falco.)
        tag: String = "peregrine".to_owned(), Used, "falco";
    }
}

section! {
    /// `program_output`.
    ProgramOutput {
        /// Alerts to the standard input of a program.
        enabled: bool = false, Used, "true";
        /// The program stays and reads alert after alert; otherwise it is started for every alert, and one with which it
        /// ends in an error is given to it again, three times at most.
        keep_alive: bool = false, Used;
        /// The program, as `/bin/sh` reads it. One that takes longer than a minute for an alert is killed.
        program: String = String::new(), Used, "jq -c . >> /var/log/alerts";
    }
}

section! {
    /// `http_output`.
    HttpOutput {
        /// Alerts as POST requests.
        enabled: bool = false, Used, "true";
        /// Where they go.
        url: String = String::new(), Used;
        /// The header `User-Agent`.
        user_agent: String = "falcosecurity/falco".to_owned(), Used;
        /// Trusts any certificate.
        insecure: bool = false, Used;
        /// A certificate to trust.
        ca_cert: PathBuf = PathBuf::new(), Used;
        /// A file of certificates to trust.
        ca_bundle: PathBuf = PathBuf::new(), Used;
        /// A folder of certificates to trust.
        ca_path: PathBuf = PathBuf::from("/etc/ssl/certs"), Used;
        /// Shows a certificate of its own.
        mtls: bool = false, Used;
        /// That certificate.
        client_cert: PathBuf = PathBuf::from("/etc/ssl/certs/client.crt"), Used;
        /// Its key.
        client_key: PathBuf = PathBuf::from("/etc/ssl/certs/client.key"), Used;
        /// Answers are printed on stdout.
        echo: bool = false, Used;
        /// Requests are compressed (`Content-Encoding: gzip`).
        compress_uploads: bool = false, Used;
        /// In Falco: the system tests now and then whether the other end is still there.
        keep_alive: bool = false, Ignored("a connection that idled for seconds is not used again");
        /// How often a request is sent again that took too long.
        max_consecutive_timeouts: Number = Whole(5),
            Ignored("an alert is sent again until the receiver has it");
        /// Requests are Falco's byte for byte: without the headers `Peregrine-Sequence` and `Idempotency-Key`, and with
        /// `compress_uploads` they ask for compressed answers only. (Not in Falco.)
        as_falco: bool = false, Used, "true";
    }
}

section! {
    /// `syscall_event_drops`.
    SyscallEventDrops {
        /// What is done when events were lost: `log` and `alert` say so, `exit` ends the agent with an error, `ignore`
        /// counts them only.
        actions: DropActions = DropActions::default(), Used, "[alert]";
        /// Something is done where a larger share of the events of a second was lost. Falco's default is 0.1: most
        /// losses, also those that an attacker causes, are below that.
        threshold: Share = Share(0.0), Used, "0.1";
        /// How often something is done, times a second. Falco's default is 0.03333, twice a minute.
        rate: Real = Real(1.0), Used, "0.03333";
        /// How often in a row.
        max_burst: Real = Real(1.0), Used, "10";
        /// Makes an event a second up that was lost, to try what is done then.
        simulate_drops: bool = false, Used, "true";
        /// The severity of that alert and of the line in the log. Called `falco`: `debug`, as in Falco. (Not in Falco.)
        priority: Priority = Priority::Critical, Used, "debug";
    }
}

section! {
    /// `syscall_event_timeouts`.
    SyscallEventTimeouts {
        /// How often the probe may report no event before Falco says so.
        max_consecutives: Number = Whole(1000),
            Ignored("whether events still come is found out every two seconds with an event of Peregrine's own");
    }
}
