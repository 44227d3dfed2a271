//! Encodes trailers as the probe does.

use crate::program::{Program, Standing};
use crate::trailer::{
    ARGUMENT, Alias, BELOW, BOUND, Bound, CAPABILITIES, Capabilities, DESCRIPTOR, DESCRIPTOR_LEN,
    Descriptor, FsPath, GENERATION, Generation, INSIDE, KEPT, KNOWN_AS, ORIGIN, ORIGIN_LEN, Origin,
    OverlayLower, PROCESS_FOLDER, PROGRAM, RAISED, REMOVED, ROOT, ResolvedPath, Root, STANDING,
    STREAMS, Streams, Trailer, WALKED,
};

/// Writes a trailer the way the probe does: for tests and for sources in user space.
#[derive(Debug, Clone, Default)]
pub struct TrailerWriter(Vec<u8>);

impl TrailerWriter {
    fn push(mut self, kind: u16, parts: &[&[u8]]) -> Self {
        let len: usize = parts.iter().map(|part| part.len()).sum();
        self.0.extend_from_slice(&kind.to_le_bytes());
        self.0.extend_from_slice(&u16::try_from(len).unwrap_or(u16::MAX).to_le_bytes());
        for part in parts {
            self.0.extend_from_slice(part);
        }
        self
    }

    /// Adds an origin.
    #[must_use]
    pub fn origin(self, origin: Origin) -> Self {
        let mut bytes = [0_u8; ORIGIN_LEN];
        bytes[0..2].copy_from_slice(&origin.cpu.to_le_bytes());
        bytes[2..4].copy_from_slice(&origin.flags.to_le_bytes());
        bytes[4..8].copy_from_slice(&origin.pid.to_le_bytes());
        self.push(ORIGIN, &[&bytes])
    }

    /// Adds a descriptor.
    #[must_use]
    pub fn descriptor(self, descriptor: &Descriptor<'_>) -> Self {
        let mut bytes = [0_u8; DESCRIPTOR_LEN];
        bytes[0..4].copy_from_slice(&descriptor.fd.to_le_bytes());
        bytes[4] = descriptor.kind;
        bytes[5] = descriptor.role;
        bytes[8..12].copy_from_slice(&descriptor.open_flags.to_le_bytes());
        bytes[12..16].copy_from_slice(&descriptor.dev.to_le_bytes());
        bytes[16..20].copy_from_slice(&descriptor.mnt.to_le_bytes());
        bytes[20..28].copy_from_slice(&descriptor.ino.to_le_bytes());
        self.push(DESCRIPTOR, &[&bytes, descriptor.payload])
    }

    /// Adds a walked path.
    #[must_use]
    pub fn resolved_path(self, walked: &ResolvedPath<'_>) -> Self {
        self.push(WALKED, &[&[walked.param], walked.path])
    }

    /// Adds what `state` stores of a thread or descriptor.
    #[must_use]
    pub fn kept(self, bytes: &[u8]) -> Self {
        self.push(KEPT, &[bytes])
    }

    /// Adds the file of a layer.
    #[must_use]
    pub fn overlay_lower(self, below: OverlayLower) -> Self {
        let (fd, dev) = (below.fd.to_le_bytes(), below.dev.to_le_bytes());
        self.push(BELOW, &[&fd, &dev, &below.ino.to_le_bytes(), &below.generation.to_le_bytes()])
    }

    /// Adds which of its first three descriptors a program starts with.
    #[must_use]
    pub fn streams(self, streams: Streams) -> Self {
        self.push(STREAMS, &[&[streams.open]])
    }

    /// Adds the generation of a descriptor's inode.
    #[must_use]
    pub fn generation(self, one: Generation) -> Self {
        self.push(GENERATION, &[&one.fd.to_le_bytes(), &one.generation.to_le_bytes()])
    }

    /// Adds the folder below which the process lives.
    #[must_use]
    pub fn root(self, root: &Root<'_>) -> Self {
        self.push(ROOT, &[&root.mnt.to_le_bytes(), &root.ino.to_le_bytes(), root.path])
    }

    /// Adds another name of a path parameter's file.
    #[must_use]
    pub fn alias(self, known: &Alias<'_>) -> Self {
        self.push(KNOWN_AS, &[&[known.param], known.path])
    }

    /// Adds what a thread may do.
    #[must_use]
    pub fn capabilities(self, all: Capabilities) -> Self {
        let Capabilities { inheritable, permitted, effective } = all;
        let numbers = [inheritable, permitted, effective].map(u64::to_le_bytes);
        self.push(CAPABILITIES, &[&numbers[0], &numbers[1], &numbers[2]])
    }

    /// Adds the file of a unix socket.
    #[must_use]
    pub fn bound(self, bound: &Bound<'_>) -> Self {
        self.push(BOUND, &[&bound.fd.to_le_bytes(), bound.path])
    }

    /// Adds a path inside a file system.
    #[must_use]
    pub fn fs_path(self, inside: &FsPath<'_>) -> Self {
        self.push(INSIDE, &[&inside.fd.to_le_bytes(), inside.path])
    }

    /// Adds what the kernel reports of a program's file.
    #[must_use]
    pub fn program(self, program: &Program<'_>) -> Self {
        let [flags, dev, uid] = [program.flags, program.dev, program.uid].map(u32::to_le_bytes);
        self.push(PROGRAM, &[&flags, &dev, &uid, program.inside])
    }

    /// Adds what was found of a program's file.
    #[must_use]
    pub fn standing(self, standing: &Standing<'_>) -> Self {
        let bit = |set: bool, bit: u8| if set { bit } else { 0 };
        let bits = bit(standing.removed, REMOVED) | bit(standing.raised, RAISED);
        self.push(STANDING, &[&[standing.whose.number(), bits], standing.known_as])
    }

    /// Adds what a call without an event of its own was given.
    #[must_use]
    pub fn argument(self, which: u8, bytes: &[u8]) -> Self {
        self.push(ARGUMENT, &[&[which], bytes])
    }

    /// Adds the process in whose folder of `/proc` the file of a descriptor lies.
    #[must_use]
    pub fn process_folder(self, fd: i32, pid: i32) -> Self {
        self.push(PROCESS_FOLDER, &[&fd.to_le_bytes(), &pid.to_le_bytes()])
    }

    /// Continues an existing trailer.
    pub fn behind(trailer: Trailer<'_>) -> Self {
        Self(trailer.bytes().to_vec())
    }

    /// The trailer.
    pub fn finish(self) -> Vec<u8> {
        self.0
    }
}
