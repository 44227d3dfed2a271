//! Bodies are kept compressed, with a dictionary of the file once it has one.

use std::io;

use zstd::bulk::{Compressor, Decompressor};
use zstd::dict::{DecoderDictionary, EncoderDictionary};

/// Bodies that a dictionary is made of.
pub(crate) const SAMPLES: usize = 3000;
/// Bytes of a dictionary.
const DICTIONARY: usize = 64 << 10;
const LEVEL: i32 = 3;
/// Bytes of a body at most: what is longer was never written.
pub(crate) const MAX_BODY: usize = 32 << 20;

/// The dictionary of a file, or none.
pub(crate) struct Codec {
    encoder: Option<EncoderDictionary<'static>>,
    decoder: Option<DecoderDictionary<'static>>,
}

impl std::fmt::Debug for Codec {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Codec").field("dictionary", &self.encoder.is_some()).finish_non_exhaustive()
    }
}

impl Codec {
    pub(crate) fn new(dictionary: Option<&[u8]>) -> Self {
        Self {
            encoder: dictionary.map(|bytes| EncoderDictionary::copy(bytes, LEVEL)),
            decoder: dictionary.map(DecoderDictionary::copy),
        }
    }

    /// Compresses bodies.
    pub(crate) fn packer(&self) -> io::Result<Compressor<'_>> {
        match &self.encoder {
            Some(dictionary) => Compressor::with_prepared_dictionary(dictionary),
            None => Compressor::new(LEVEL),
        }
    }

    /// What decompresses them, also those from before the file had a dictionary.
    pub(crate) fn unpacker(&self) -> io::Result<Unpacker<'_>> {
        let with = match &self.decoder {
            Some(dictionary) => Some(Decompressor::with_prepared_dictionary(dictionary)?),
            None => None,
        };
        Ok(Unpacker { with, without: Decompressor::new()? })
    }
}

/// Decompresses bodies of one file.
pub(crate) struct Unpacker<'c> {
    with: Option<Decompressor<'c>>,
    without: Decompressor<'static>,
}

impl Unpacker<'_> {
    pub(crate) fn unpack(&mut self, packed: &[u8]) -> io::Result<Vec<u8>> {
        let size = zstd::zstd_safe::get_frame_content_size(packed).ok().flatten();
        let size = size.and_then(|size| usize::try_from(size).ok());
        let size = size.filter(|size| *size <= MAX_BODY).ok_or_else(|| {
            io::Error::new(io::ErrorKind::InvalidData, "a body has no length, or too long a one")
        })?;
        let plain = zstd::zstd_safe::get_dict_id_from_frame(packed).is_none();
        match &mut self.with {
            Some(with) if !plain => with.decompress(packed, size),
            _ => self.without.decompress(packed, size),
        }
    }
}

/// A dictionary for bodies like these; none where there are too few.
pub(crate) fn train(bodies: &[Vec<u8>]) -> Option<Vec<u8>> {
    zstd::dict::from_samples(bodies, DICTIONARY).ok()
}
