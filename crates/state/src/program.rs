//! The program a process runs, as far as its path can be trusted.
//!
//! A path alone proves little: a new mount namespace shows any file at it, a preloaded library runs
//! inside any program, and an interpreter is whatever script it runs. So the path counts only where the
//! host has this very file there and the environment brings in no other code; an interpreter that runs
//! a script counts as that script.

use std::sync::Arc;

use peregrine_event::{Standing, Trailer, Whose, arguments};

use crate::str_list::StrList;
use crate::thread::{ProcImage, exe_flags};

/// Only root can write here: libraries from here are as trusted as the program.
const PLACES: [&[u8]; 7] =
    [b"/usr/", b"/lib/", b"/lib64/", b"/opt/", b"/snap/", b"/var/lib/snapd/", b"/nix/store/"];

/// Everybody, or a user with a home directory, can write here.
const OPEN_PLACES: [&[u8]; 5] = [b"/tmp", b"/var/tmp", b"/dev/shm", b"/run/user", b"/home"];

/// Variables that name libraries.
const LIBRARIES: [&[u8]; 2] = [b"LD_PRELOAD=", b"LD_AUDIT="];
/// A variable with directories of libraries.
const FOLDERS: &[u8] = b"LD_LIBRARY_PATH=";

/// Variables that bring other code into a script.
const SCRIPT_CODE: [&[u8]; 9] = [
    b"PERL5LIB=",
    b"PERL5OPT=",
    b"PERLLIB=",
    b"PYTHONPATH=",
    b"PYTHONHOME=",
    b"RUBYLIB=",
    b"RUBYOPT=",
    b"BASH_ENV=",
    b"NODE_OPTIONS=",
];

/// Interpreters, and option letters that do not change which script runs.
const INTERPRETERS: [(&[u8], &[u8]); 8] = [
    (b"perl", b"wWtTU"),
    (b"python", b"sEIuBOPS"),
    (b"ruby", b"wW"),
    (b"bash", b"eup"),
    (b"dash", b"eup"),
    (b"sh", b"eup"),
    (b"node", b""),
    (b"lua", b""),
];

/// The origin of a program's file in the trailer of an event.
pub(crate) fn standing_of(trailer: Trailer<'_>) -> Standing<'_> {
    trailer.standing().or_else(|| trailer.program()?.plain()).unwrap_or_default()
}

/// Sets the program of an image. `started`: the arguments are those of exec; a process can overwrite
/// them later.
pub(crate) fn apply(image: &mut ProcImage, trailer: Trailer<'_>, uid: u32, started: bool) {
    let standing = standing_of(trailer);
    image.whose = standing.whose;
    image.raised = standing.raised;
    image.removed = standing.removed;
    if !standing.known_as.is_empty() {
        image.known_as = Some(Arc::from(standing.known_as));
    }
    image.program = match trailer.argument(arguments::PATH) {
        Some(known) => Arc::from(known),
        None => program(image, uid, started),
    };
}

fn program(image: &ProcImage, uid: u32, started: bool) -> Arc<[u8]> {
    let unknown = || Arc::from(&b""[..]);
    let upper = image.flags & exe_flags::UPPER_LAYER != 0;
    if image.whose == Whose::Other
        || image.whose == Whose::Image && upper
        || !image.raised && image.env.iter().any(|one| brings_libraries(one, uid))
    {
        return unknown();
    }
    if !started {
        return Arc::clone(&image.exepath);
    }
    match script(&image.exepath, &image.args) {
        None => Arc::clone(&image.exepath),
        Some(_)
            if image.env.iter().any(|one| SCRIPT_CODE.iter().any(|name| one.starts_with(name))) =>
        {
            unknown()
        }
        Some(script) => Arc::from(script),
    }
}

/// Whether a variable in a process of this user names a library, or a directory of libraries, that
/// others than root can write.
fn brings_libraries(variable: &[u8], uid: u32) -> bool {
    let climbs = |path: &[u8]| path.windows(3).any(|three| three == b"/..");
    let good = |path: &[u8]| PLACES.iter().any(|place| path.starts_with(place)) && !climbs(path);
    if let Some(value) = LIBRARIES.iter().find_map(|name| variable.strip_prefix(*name)) {
        // A name without a directory is searched for in the library directories.
        let mut files = value.split(|byte| matches!(byte, b':' | b' '));
        return files.any(|file| file.contains(&b'/') && !good(file));
    }
    let Some(value) = variable.strip_prefix(FOLDERS).filter(|value| !value.is_empty()) else {
        return false;
    };
    // Root's own directories are trusted for root; an empty entry is the working directory.
    let roots = |folder: &[u8]| {
        let open = OPEN_PLACES.iter().any(|place| folder.starts_with(place));
        uid == 0 && folder.first() == Some(&b'/') && !open && !climbs(folder)
    };
    value.split(|byte| matches!(byte, b':' | b';')).any(|one| !good(one) && !roots(one))
}

/// The script an interpreter was started with, by its absolute path.
fn script<'a>(exepath: &[u8], args: &'a StrList) -> Option<&'a [u8]> {
    let name = exepath.rsplit(|byte| *byte == b'/').next()?;
    let version = |rest: &[u8]| rest.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.');
    let harmless = INTERPRETERS.iter().find_map(|(start, letters)| {
        name.strip_prefix(*start).filter(|rest| version(rest)).map(|_| letters)
    })?;
    for arg in args {
        match arg.strip_prefix(b"-") {
            Some(letters) if !letters.is_empty() => {
                if !letters.iter().all(|letter| harmless.contains(letter)) {
                    return None;
                }
            }
            _ => {
                let climbs = arg.windows(2).any(|two| two == b"..");
                return Some(arg).filter(|arg| arg.first() == Some(&b'/') && !climbs);
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(texts: &[&str]) -> StrList {
        let mut bytes = Vec::new();
        for text in texts {
            bytes.extend_from_slice(text.as_bytes());
            bytes.push(0);
        }
        StrList::new(&bytes)
    }

    #[test]
    fn the_program_of_an_interpreter_is_its_script() {
        let check = |exepath: &str, args: &[&str], env: &[&str], whose: Whose, expected: &str| {
            let image = ProcImage {
                exepath: Arc::from(exepath.as_bytes()),
                args: words(args),
                env: words(env),
                whose,
                ..ProcImage::default()
            };
            let found = program(&image, 1000, true);
            assert_eq!(String::from_utf8_lossy(&found), expected, "{exepath} {args:?} {env:?}");
        };
        let (host, other) = (Whose::Host, Whose::Other);
        check("/usr/bin/ssh", &["host"], &["A=b"], host, "/usr/bin/ssh");
        check("/usr/bin/ssh", &["host"], &["A=b"], Whose::Unknown, "/usr/bin/ssh");
        check("/usr/bin/ssh", &["host"], &["A=b"], other, "");
        check("/usr/bin/ssh", &[], &["LD_PRELOAD=/home/u/own.so"], host, "");
        check("/usr/bin/ssh", &[], &["LD_PRELOAD=own.so"], host, "/usr/bin/ssh");
        check("/usr/bin/ssh", &[], &["LD_PRELOAD=/usr/lib/a.so:/home/u/own.so"], host, "");
        check("/usr/bin/ssh", &[], &["LD_PRELOAD=/usr/lib/../../tmp/a.so"], host, "");
        check("/usr/bin/ssh", &[], &["LD_LIBRARY_PATH=/opt/lib"], host, "/usr/bin/ssh");
        check("/usr/bin/ssh", &[], &["LD_LIBRARY_PATH=:/usr/lib"], host, "");
        check("/usr/bin/ssh", &[], &["LD_LIBRARY_PATH="], host, "/usr/bin/ssh");
        check("/usr/bin/perl", &["-w", "/usr/sbin/adduser", "x"], &[], host, "/usr/sbin/adduser");
        check("/usr/bin/perl", &["/usr/sbin/adduser"], &["PERL5LIB=/home/u"], host, "");
        check("/usr/bin/perl", &["-e", "1", "/usr/sbin/adduser"], &[], host, "/usr/bin/perl");
        check("/usr/bin/perl", &["-we1", "/usr/sbin/adduser"], &[], host, "/usr/bin/perl");
        check("/usr/bin/perl", &["adduser"], &[], host, "/usr/bin/perl");
        check("/usr/bin/python3.11", &["-s", "/usr/bin/dnf", "up"], &[], host, "/usr/bin/dnf");
        check("/usr/bin/python3.11", &["-m", "/usr/bin/dnf"], &[], host, "/usr/bin/python3.11");
        check("/usr/bin/python3", &["/usr/bin/../../tmp/dnf"], &[], host, "/usr/bin/python3");
        check("/usr/bin/shred", &["/etc/passwd"], &[], host, "/usr/bin/shred");
        check("/usr/bin/dash", &["/usr/bin/x"], &["BASH_ENV=/tmp/x"], host, "");
    }

    #[test]
    fn root_trusts_its_own_directories() {
        let check = |uid: u32, folders: &str, expected: bool| {
            let variable = format!("LD_LIBRARY_PATH={folders}");
            assert_eq!(brings_libraries(variable.as_bytes(), uid), expected, "{uid} {folders}");
        };
        check(0, "/root/lib:/usr/lib", false);
        check(1000, "/root/lib", true);
        check(0, "/home/u/lib", true);
        check(0, "/tmp/x", true);
        check(0, "/root/../tmp/x", true);
        check(0, "lib", true);
        check(0, "", false);
    }

    #[test]
    fn a_setuid_program_ignores_the_environment() {
        let image = ProcImage {
            exepath: Arc::from(&b"/usr/bin/su"[..]),
            env: words(&["LD_PRELOAD=/home/u/own.so"]),
            whose: Whose::Host,
            raised: true,
            ..ProcImage::default()
        };
        assert_eq!(&*program(&image, 1000, true), b"/usr/bin/su");
    }
}
