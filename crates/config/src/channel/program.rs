//! `type: program`.

use std::path::PathBuf;

use super::Environment;
use crate::setting::Status::{Section, Used};
use crate::setting::section;
use crate::values::{Size, Whole};

section! {
    /// `limits`: what a program may use.
    ProgramLimits {
        /// Bytes of memory of each of its processes: of their addresses (`RLIMIT_AS`), so more than what `top` shows.
        memory: Option<Size> = None, Used, "256MiB";
        /// Processes and threads of its `user` at once, counting those that run without Peregrine.
        processes: Option<Whole<1, { u32::MAX as i64 }>> = None, Used, "32";
        /// Seconds of processor time of each of its processes; one that stays is started anew then.
        cpu_seconds: Option<Whole<1, { u32::MAX as i64 }>> = None, Used, "60";
        /// Files, sockets and pipes each of its processes has open.
        open_files: Option<Whole<4, { u32::MAX as i64 }>> = None, Used, "64";
    }
}

section! {
    /// `type: program`: a program that reads alerts from its standard input, one a line.
    Program {
        /// The program and its arguments, as they are given to it. No shell reads them.
        argv: Vec<String> = Vec::new(), Used, "[/usr/local/bin/triage, --source, peregrine]";
        /// In its place: a command as `/bin/sh` reads it.
        command: String = String::new(), Used, "'jq -c . >> /var/log/alerts'";
        /// The program stays and reads alert after alert; otherwise it is started for every alert, and one with
        /// which it fails three times is refused.
        keep_alive: bool = false, Used, "true";
        /// The user it runs as, by name (of `/etc/passwd`) or number, with the user's own group and no other. Not
        /// set: that of Peregrine.
        user: String = String::new(), Used, "nobody";
        /// The folder it runs in.
        directory: PathBuf = PathBuf::from("/"), Used, "/var/lib/triage";
        /// Its environment, beside `PATH`, `HOME`, `USER` and `LOGNAME`. Of that of Peregrine it has nothing. Values are never printed.
        environment: Environment = Environment::default(), Used, "{TOKEN: {file: /etc/peregrine/triage-token}}";
        /// What it may use.
        limits: ProgramLimits = ProgramLimits::default(), Section;
    }
}
