//! Making the maps that user space makes itself, and what lies in them.

use std::os::fd::{AsFd, AsRawFd};

use libbpf_rs::{MapCore as _, MapFlags, MapHandle, MapType, libbpf_sys};

use crate::error::{ProbeError, Refused};
use crate::interest::InterestSet;
use crate::object::refused;
use crate::ring::Ring;

fn create(
    kind: MapType,
    name: &str,
    value: u32,
    entries: u32,
    inner: Option<&MapHandle>,
) -> Result<MapHandle, ProbeError> {
    let options = libbpf_sys::bpf_map_create_opts {
        sz: std::mem::size_of::<libbpf_sys::bpf_map_create_opts>() as _,
        inner_map_fd: inner.map_or(0, |inner| inner.as_fd().as_raw_fd().cast_unsigned()),
        ..Default::default()
    };
    let key = if kind == MapType::RingBuf { 0 } else { 4 };
    MapHandle::create(kind, Some(name), key, value, entries, &options)
        .map_err(|error| refused(format!("create the map {name}"), error))
}

pub(super) fn create_interest() -> Result<MapHandle, ProbeError> {
    create(MapType::Array, "interest", InterestSet::WHOLE, 1, None)
}

pub(super) fn fill_interest(map: &MapHandle, value: &[u8]) -> Result<(), ProbeError> {
    map.update(&0_u32.to_ne_bytes(), value, MapFlags::ANY)
        .map_err(|error| refused("fill the set of calls of interest", error))
}

/// A map of maps such as `inner`.
pub(super) fn create_outer(
    name: &str,
    entries: usize,
    inner: &MapHandle,
) -> Result<MapHandle, ProbeError> {
    let entries = u32::try_from(entries).unwrap_or(u32::MAX);
    create(MapType::ArrayOfMaps, name, 4, entries, Some(inner))
}

pub(super) fn set_inner(
    outer: &MapHandle,
    index: u32,
    inner: &MapHandle,
) -> Result<(), ProbeError> {
    let fd = inner.as_fd().as_raw_fd();
    outer
        .update(&index.to_ne_bytes(), &fd.to_ne_bytes(), MapFlags::ANY)
        .map_err(|error| refused("insert a map into a map of maps", error))
}

/// The same map once more.
pub(super) fn again(map: &MapHandle) -> Result<MapHandle, ProbeError> {
    MapHandle::try_from(map).map_err(|error| refused("duplicate the descriptor of a map", error))
}

pub(super) fn make_rings(count: usize, size: u32) -> Result<Vec<MapHandle>, ProbeError> {
    (0..count).map(|_| create(MapType::RingBuf, "ring", 0, size, None)).collect()
}

pub(super) fn map_ring(ring: &MapHandle, size: u32) -> Result<Ring, ProbeError> {
    Ring::map(ring.as_fd(), size)
        .map_err(|error| Refused::new(format!("map a ring of {size} bytes"), error).into())
}
