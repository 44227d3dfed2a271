//! `type: file`.

use std::path::PathBuf;

use super::{Maybe, ObjectCompression};
use crate::setting::Status::Used;
use crate::setting::section;
use crate::values::{Interval, Size, Whole};

section! {
    /// `rotation`: when a file is put aside for a new one, and how many such files stay.
    Rotation {
        /// The file is put aside before it has more bytes than this.
        max_size: Size = Size(100 << 20), Used, "1GiB";
        /// It is put aside at the end of each such time by the host's clock, where it has alerts: `1d` at midnight. Not
        /// set: by its size alone.
        interval: Option<Interval> = None, Used, "1d";
        /// So many files that were put aside stay; the oldest go.
        max_files: Whole<1, 100_000> = Whole(10), Used, "365";
        /// Files that were put aside longer ago go. Not set: none does for its age.
        max_age: Option<Interval> = None, Used, "90d";
        /// How files that were put aside are compressed.
        compression: ObjectCompression = ObjectCompression::Gzip, Used, "zstd";
    }
}

section! {
    /// `type: file`: alerts at the end of a file, one a line.
    File {
        /// The file. It is made where it is missing, for the user of Peregrine only; its folder must be there.
        path: PathBuf = PathBuf::new(), Used, "/var/log/peregrine/alerts.jsonl";
        /// Whether the file stays open; then whoever moves it away has to send SIGUSR1. Otherwise it is opened anew for
        /// each write.
        keep_alive: bool = false, Used, "true";
        /// Puts the file aside when it is large or old. Not set: that is left to others, such as logrotate.
        rotation: Maybe<Rotation> = Maybe(None), Used, "{interval: 1d, max_files: 30}";
    }
}
