//! Tokens of break-glass: a file by which somebody who has the key says that nothing is to be denied on a host, for
//! a while.

use std::fs;
use std::io;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use rustix::rand::{GetRandomFlags, getrandom};
use serde::{Deserialize, Serialize};

const SIGNED: &[u8] = b"peregrine break-glass 1\n";
/// How long a token may count.
pub const LONGEST: Duration = Duration::from_hours(1);
/// How far clocks of two machines may differ, seconds.
const SKEW: u64 = 300;
/// Bytes of a token or key at most.
const SIZE: u64 = 4096;

/// Why a token does not count, or a key is none.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TokenError {
    /// The file cannot be read or written.
    #[error("{path}: {error}", path = path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// The system's words.
        error: io::Error,
    },
    /// Somebody else than root may write it.
    #[error("{}: it must be root's, and nobody else may write it", .0.display())]
    NotOnlyRoots(PathBuf),
    /// It is no key.
    #[error("{}: no key of break-glass: 64 hexadecimal digits", .0.display())]
    NoKey(PathBuf),
    /// It is no token.
    #[error("{path}: no token: {error}", path = path.display())]
    NoToken {
        /// The file.
        path: PathBuf,
        /// Why not.
        error: serde_json::Error,
    },
    /// Another key signed it.
    #[error("the token is not signed by the key of this host")]
    OtherKey,
    /// It is for another host.
    #[error("the token is for the host {0}, this one is {1}")]
    OtherHost(String, String),
    /// It does not count yet, or no more, or for too long.
    #[error(
        "the token counts from {0} to {1}, seconds since 1970, and no token counts for more than an hour"
    )]
    OtherTime(u64, u64),
}

/// A token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Token {
    /// The name of the host it is for.
    pub host: String,
    /// From when it counts, seconds since 1970.
    pub from: u64,
    /// Until when.
    pub until: u64,
    /// The signature: 128 hexadecimal digits.
    pub signature: String,
}

fn signed_bytes(host: &str, from: u64, until: u64) -> Vec<u8> {
    let mut bytes = SIGNED.to_vec();
    bytes.extend_from_slice(&from.to_le_bytes());
    bytes.extend_from_slice(&until.to_le_bytes());
    bytes.extend_from_slice(host.as_bytes());
    bytes
}

impl Token {
    /// Signs one, for a host and from a time on.
    ///
    /// # Errors
    /// When the key cannot be read.
    pub fn sign(key: &Path, host: &str, from: u64, how_long: Duration) -> Result<Self, TokenError> {
        let key = SigningKey::from_bytes(&read_key(key, false)?);
        let until = from.saturating_add(how_long.min(LONGEST).as_secs());
        let signature = key.sign(&signed_bytes(host, from, until)).to_bytes();
        Ok(Self { host: host.to_owned(), from, until, signature: hex(&signature) })
    }

    /// Until when the token in a file counts on a host at a time; none where there is no file.
    ///
    /// # Errors
    /// When it does not count.
    pub fn until(file: &Path, key: &Path, host: &str, now: u64) -> Result<Option<u64>, TokenError> {
        let Some(text) = read_roots(file, true)? else { return Ok(None) };
        let token: Self = serde_json::from_str(&text)
            .map_err(|error| TokenError::NoToken { path: file.to_owned(), error })?;
        token.check(&read_key(key, true)?, host, now).map(Some)
    }

    fn check(&self, key: &[u8; 32], host: &str, now: u64) -> Result<u64, TokenError> {
        let key = VerifyingKey::from_bytes(key).map_err(|_| TokenError::OtherKey)?;
        let signature = unhex(&self.signature).ok_or(TokenError::OtherKey)?;
        let bytes = signed_bytes(&self.host, self.from, self.until);
        key.verify_strict(&bytes, &Signature::from_bytes(&signature))
            .map_err(|_| TokenError::OtherKey)?;
        if self.host != host {
            return Err(TokenError::OtherHost(self.host.clone(), host.to_owned()));
        }
        let counts = self.from.saturating_sub(SKEW) <= now
            && now < self.until
            && self.until - self.from.min(self.until) <= LONGEST.as_secs();
        if counts { Ok(self.until) } else { Err(TokenError::OtherTime(self.from, self.until)) }
    }
}

/// Makes a key: the file, and its public half with `.pub` behind its name.
///
/// # Errors
/// When a file cannot be written, or is there already.
pub fn new_key(path: &Path) -> Result<PathBuf, TokenError> {
    let error = |path: &Path, error: io::Error| TokenError::File { path: path.to_owned(), error };
    let mut secret = [0; 32];
    getrandom(&mut secret, GetRandomFlags::empty()).map_err(|code| error(path, code.into()))?;
    let key = SigningKey::from_bytes(&secret);
    let mut public = path.as_os_str().to_owned();
    public.push(".pub");
    let public = PathBuf::from(public);
    for (path, bytes, mode) in
        [(path, key.as_bytes(), 0o600), (public.as_path(), key.verifying_key().as_bytes(), 0o644)]
    {
        use std::io::Write as _;
        let mut options = fs::OpenOptions::new();
        let file = options.write(true).create_new(true).mode(mode).open(path);
        file.and_then(|mut file| writeln!(file, "{}", hex(bytes)))
            .map_err(|code| error(path, code))?;
    }
    Ok(public)
}

/// The 32 bytes of a key. `only_roots`: nobody else may write the file.
fn read_key(path: &Path, only_roots: bool) -> Result<[u8; 32], TokenError> {
    let none = || TokenError::File {
        path: path.to_owned(),
        error: io::Error::from(io::ErrorKind::NotFound),
    };
    let text = read_roots(path, only_roots)?.ok_or_else(none)?;
    unhex(text.trim()).ok_or_else(|| TokenError::NoKey(path.to_owned()))
}

/// A small file of root's; none where it is not there.
fn read_roots(path: &Path, only_roots: bool) -> Result<Option<String>, TokenError> {
    use std::io::Read as _;
    let fail = |error: io::Error| TokenError::File { path: path.to_owned(), error };
    let no_follow = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
    let flags = no_follow.bits().cast_signed();
    let file = match fs::OpenOptions::new().read(true).custom_flags(flags).open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        file => file.map_err(fail)?,
    };
    let about = file.metadata().map_err(fail)?;
    let is_roots = about.is_file() && about.uid() == 0 && about.mode() & 0o022 == 0;
    if only_roots && !is_roots {
        return Err(TokenError::NotOnlyRoots(path.to_owned()));
    }
    let mut text = String::new();
    file.take(SIZE).read_to_string(&mut text).map_err(fail)?;
    Ok(Some(text))
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |nibble: u8| char::from(DIGITS[usize::from(nibble & 15)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(*byte)]).collect()
}

fn unhex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let digit =
        |digit: &u8| char::from(*digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let digits: Vec<u8> = text.as_bytes().iter().map(digit).collect::<Option<_>>()?;
    let bytes: Vec<u8> = digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect();
    (digits.len() == 2 * N).then(|| bytes.try_into().ok())?
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use peregrine_testkit::{Folder, root};

    use super::*;

    #[test]
    fn a_token_counts_for_its_host_its_time_and_its_key() {
        let folder = Folder::new("token");
        let at = |name: &str| folder.path().join(name);
        let public = new_key(&at("glass")).unwrap();
        assert!(new_key(&at("glass")).is_err(), "a key is never replaced");
        assert_eq!(fs::metadata(at("glass")).unwrap().mode() & 0o777, 0o600);
        let key = read_key(&public, false).unwrap();
        let token = Token::sign(&at("glass"), "web1", 1000, Duration::from_mins(10)).unwrap();
        let check = |token: &Token, host: &str, now: u64, expected: Result<u64, &str>| {
            let got = token.check(&key, host, now).map_err(|error| error.to_string());
            match expected {
                Ok(until) => assert_eq!(got, Ok(until), "{token:?}"),
                Err(words) => assert!(got.clone().unwrap_err().contains(words), "{got:?}"),
            }
        };
        check(&token, "web1", 1000, Ok(1600));
        check(&token, "web1", 700, Ok(1600));
        check(&token, "web1", 699, Err("counts from"));
        check(&token, "web1", 1600, Err("counts from"));
        check(&token, "web2", 1000, Err("for the host web1"));
        let longer = Token { until: 9999, ..token.clone() };
        check(&longer, "web1", 1000, Err("not signed"));
        let none = Token { signature: "00".to_owned(), ..token };
        check(&none, "web1", 1000, Err("not signed"));
        new_key(&at("other")).unwrap();
        let other = Token::sign(&at("other"), "web1", 1000, Duration::from_mins(10)).unwrap();
        check(&other, "web1", 1000, Err("not signed"));
        let long = Token::sign(&at("glass"), "web1", 1000, Duration::from_hours(9)).unwrap();
        check(&long, "web1", 1000, Ok(1000 + LONGEST.as_secs()));
    }

    #[test]
    fn only_roots_files_count() {
        if !root("only_roots_files_count") {
            return;
        }
        let folder = Folder::new("token");
        let at = |name: &str| folder.path().join(name);
        let public = new_key(&at("glass")).unwrap();
        let token = Token::sign(&at("glass"), "web1", 1000, Duration::from_mins(10)).unwrap();
        let until = |file: &str| {
            Token::until(&at(file), &public, "web1", 1000).map_err(|error| error.to_string())
        };
        assert_eq!(until("file"), Ok(None));
        fs::write(at("file"), serde_json::to_string(&token).unwrap()).unwrap();
        assert_eq!(until("file"), Ok(Some(1600)));
        fs::set_permissions(at("file"), fs::Permissions::from_mode(0o666)).unwrap();
        assert!(until("file").unwrap_err().contains("must be root's"));
        fs::set_permissions(at("file"), fs::Permissions::from_mode(0o600)).unwrap();
        std::os::unix::fs::chown(at("file"), Some(1), None).unwrap();
        assert!(until("file").unwrap_err().contains("must be root's"));
        std::os::unix::fs::symlink(at("file"), at("link")).unwrap();
        assert!(until("link").is_err());
        fs::write(at("bad"), "{").unwrap();
        assert!(until("bad").unwrap_err().contains("no token"));
    }
}
