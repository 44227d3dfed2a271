//! Checkpoints: signatures over the journal as it was at a moment, and the key they are made with.

use std::fmt;
use std::str::FromStr;

use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use rustix::rand::{GetRandomFlags, getrandom};
use serde::{Deserialize, Serialize};

use crate::error::JournalError;
use crate::record::Chain;
use crate::storage::{Anchor, Storage};

const SIGNED: &[u8] = b"peregrine journal checkpoint 1\n";

/// Bytes as hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |nibble: u8| char::from(DIGITS[usize::from(nibble & 15)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(*byte)]).collect()
}

/// The bytes that hexadecimal digits are.
pub(crate) fn unhex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let digits: Vec<u8> = text
        .chars()
        .map(|c| c.to_digit(16))
        .map(|d| u8::try_from(d?).ok())
        .collect::<Option<_>>()?;
    let bytes: Vec<u8> = digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect();
    (digits.len() == 2 * N).then(|| bytes.try_into().ok())?
}

/// What the journal was at a moment, signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// The last record before it.
    pub number: u64,
    /// That record's hash, which depends on all before: 64 hexadecimal digits.
    pub chain: String,
    /// When it was signed, nanoseconds since the epoch.
    pub time_ns: u64,
    /// The key: the first 16 hexadecimal digits of its public half.
    pub key: String,
    /// The signature: 128 hexadecimal digits.
    pub signature: String,
}

fn signed_bytes(number: u64, chain: &Chain, time_ns: u64) -> Vec<u8> {
    let mut bytes = SIGNED.to_vec();
    bytes.extend_from_slice(&number.to_le_bytes());
    bytes.extend_from_slice(chain);
    bytes.extend_from_slice(&time_ns.to_le_bytes());
    bytes
}

impl Checkpoint {
    /// Reads one; none where the bytes are none.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok()
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        // It always has a text: numbers and strings.
        serde_json::to_vec(self).unwrap_or_default()
    }

    pub(crate) fn chain(&self) -> Option<Chain> {
        unhex(&self.chain)
    }

    /// Whether this key signed it.
    pub(crate) fn is_signed_by(&self, key: &PublicKey) -> bool {
        let (Some(chain), Some(signature)) = (self.chain(), unhex(&self.signature)) else {
            return false;
        };
        let signed = signed_bytes(self.number, &chain, self.time_ns);
        key.0.verify_strict(&signed, &Signature::from_bytes(&signature)).is_ok()
    }
}

/// The public half of the key: what checkpoints are verified with. 64 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PublicKey(VerifyingKey);

impl PublicKey {
    /// What checkpoints call it.
    pub fn name(&self) -> String {
        hex(self.0.as_bytes()).chars().take(16).collect()
    }

    /// The one of an anchor.
    ///
    /// # Errors
    /// When there is none, or it is none.
    pub fn load<S: Storage>(anchor: &Anchor<S>) -> Result<Self, JournalError> {
        let name = anchor.name("pub");
        let bytes = anchor.load("pub").map_err(JournalError::storage("read", &name))?;
        let text = String::from_utf8(bytes.ok_or_else(|| JournalError::NoKey(name.clone()))?);
        text.ok().and_then(|text| text.parse().ok()).ok_or(JournalError::Key(name))
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(self.0.as_bytes()))
    }
}

impl FromStr for PublicKey {
    type Err = JournalError;

    fn from_str(text: &str) -> Result<Self, JournalError> {
        let text = text.trim();
        let bytes = unhex(text).and_then(|bytes| VerifyingKey::from_bytes(&bytes).ok());
        bytes.map(Self).ok_or_else(|| JournalError::Key(format!("\"{text}\"")))
    }
}

/// The key: what checkpoints are signed with.
pub(crate) struct Key(SigningKey);

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({})", self.public())
    }
}

impl Key {
    pub(crate) fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key())
    }

    /// The key of an anchor; made where there is none. The public half is put beside it.
    pub(crate) fn load_or_make<S: Storage>(anchor: &mut Anchor<S>) -> Result<Self, JournalError> {
        let name = anchor.name("key");
        let there = anchor.load("key").map_err(JournalError::storage("read", &name))?;
        let key = if let Some(bytes) = there {
            let text = String::from_utf8(bytes).ok();
            let secret = text.and_then(|text| unhex(text.trim()));
            Self(SigningKey::from_bytes(&secret.ok_or_else(|| JournalError::Key(name.clone()))?))
        } else {
            let mut secret = [0; 32];
            getrandom(&mut secret, GetRandomFlags::empty())
                .map_err(|errno| JournalError::storage("make", &name)(errno.into()))?;
            let text = format!("{}\n", hex(&secret));
            anchor
                .storage
                .replace(&name, text.as_bytes(), true)
                .map_err(JournalError::storage("write", &name))?;
            Self(SigningKey::from_bytes(&secret))
        };
        let (name, text) = (anchor.name("pub"), format!("{}\n", key.public()));
        let there = anchor.load("pub").map_err(JournalError::storage("read", &name))?;
        if there.as_deref() != Some(text.as_bytes()) {
            anchor
                .storage
                .replace(&name, text.as_bytes(), true)
                .map_err(JournalError::storage("write", &name))?;
        }
        Ok(key)
    }

    pub(crate) fn sign(&self, number: u64, chain: &Chain, time_ns: u64) -> Checkpoint {
        let signature = self.0.sign(&signed_bytes(number, chain, time_ns));
        Checkpoint {
            number,
            chain: hex(chain),
            time_ns,
            key: self.public().name(),
            signature: hex(&signature.to_bytes()),
        }
    }
}

/// What is signed beside the journal itself.
const SIGNED_BESIDE: &[u8] = b"peregrine evidence 1\n";

/// Signs with the key of the journal what lies outside of it.
#[derive(Debug)]
pub struct Signer(Key);

impl Signer {
    /// With the key of an anchor; made where there is none.
    ///
    /// # Errors
    /// When the key cannot be read or made.
    pub fn open<S: Storage>(mut anchor: Anchor<S>) -> Result<Self, JournalError> {
        Key::load_or_make(&mut anchor).map(Self)
    }

    /// The name of the key, and the signature of a hash: 128 hexadecimal digits.
    pub fn sign(&self, hash: &[u8]) -> (String, String) {
        let signature = self.0.0.sign(&[SIGNED_BESIDE, hash].concat());
        (self.0.public().name(), hex(&signature.to_bytes()))
    }
}

impl PublicKey {
    /// Whether this key made the signature of a hash.
    pub fn has_signed(&self, hash: &[u8], signature: &str) -> bool {
        let signed = [SIGNED_BESIDE, hash].concat();
        unhex(signature).is_some_and(|signature| {
            self.0.verify_strict(&signed, &Signature::from_bytes(&signature)).is_ok()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_beside_the_journal_is_signed_too() {
        let signer = Signer(Key(SigningKey::from_bytes(&[7; 32])));
        let (name, signature) = signer.sign(&[1; 32]);
        let key = signer.0.public();
        assert_eq!(name, key.name());
        assert!(key.has_signed(&[1; 32], &signature));
        assert!(!key.has_signed(&[2; 32], &signature) && !key.has_signed(&[1; 32], ""));
        let other = Key(SigningKey::from_bytes(&[8; 32])).public();
        assert!(!other.has_signed(&[1; 32], &signature));
    }

    #[test]
    fn a_signature_holds_for_what_was_signed_only() {
        let key = Key(SigningKey::from_bytes(&[7; 32]));
        let other = Key(SigningKey::from_bytes(&[8; 32]));
        let signed = key.sign(5, &[1; 32], 9);
        assert!(signed.is_signed_by(&key.public()));
        assert!(!signed.is_signed_by(&other.public()));
        assert_eq!(Checkpoint::parse(&signed.bytes()), Some(signed.clone()));
        let changes: [fn(&mut Checkpoint); 5] = [
            |one| one.number += 1,
            |one| one.time_ns += 1,
            |one| one.chain = hex(&[2; 32]),
            |one| one.chain.push('0'),
            |one| one.signature = hex(&[0; 64]),
        ];
        for change in changes {
            let mut changed = signed.clone();
            change(&mut changed);
            assert!(!changed.is_signed_by(&key.public()), "{changed:?}");
        }
        let text = key.public().to_string();
        assert_eq!(text.parse::<PublicKey>().unwrap(), key.public());
        for bad in ["", "zz", &text[1..], &format!("{text}0")] {
            assert!(bad.parse::<PublicKey>().is_err(), "{bad}");
        }
    }
}
