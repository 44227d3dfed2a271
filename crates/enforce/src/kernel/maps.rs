//! The maps that all objects share, and the inner ones of a generation.

use std::collections::BTreeMap;
use std::os::fd::{AsFd as _, AsRawFd as _};

use libbpf_rs::{MapCore as _, MapFlags, MapHandle, MapType, Object, OpenObject, libbpf_sys};
use zerocopy::{FromBytes, IntoBytes};

use super::error::{EnforceError, refused};

/// Entries of one table of a generation.
pub(super) const MOST: usize = 4 << 20;

/// Maps by their C names.
#[derive(Debug, Default)]
pub(super) struct Maps(BTreeMap<String, MapHandle>);

impl Maps {
    /// Those of a loaded object.
    pub(super) fn of(object: &Object) -> Result<Self, EnforceError> {
        let mut maps = BTreeMap::new();
        for map in object.maps() {
            let name = map.name().to_string_lossy().into_owned();
            if !name.contains('.') {
                let handle = MapHandle::try_from(&map).map_err(refused(format!("share {name}")))?;
                maps.insert(name, handle);
            }
        }
        Ok(Self(maps))
    }

    /// Has another object use them.
    pub(super) fn share(&self, open: &mut OpenObject) -> Result<(), EnforceError> {
        for mut map in open.maps_mut() {
            let name = map.name().to_string_lossy().into_owned();
            if let Some(made) = self.0.get(&name) {
                map.reuse_fd(made.as_fd()).map_err(refused(format!("share the map {name}")))?;
            }
        }
        Ok(())
    }

    pub(super) fn get(&self, name: &'static str) -> Result<&MapHandle, EnforceError> {
        let missing = || {
            let error = std::io::Error::from(std::io::ErrorKind::NotFound);
            EnforceError::Io { what: format!("find the map {name}"), source: error }
        };
        self.0.get(name).ok_or_else(missing)
    }

    /// All of them with their names.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&String, &MapHandle)> {
        self.0.iter()
    }

    /// The only value of a map.
    pub(super) fn value<T: FromBytes>(&self, name: &'static str) -> Result<T, EnforceError> {
        let map = self.get(name)?;
        let value = map
            .lookup(&0_u32.to_ne_bytes(), MapFlags::ANY)
            .map_err(refused(format!("read the map {name}")))?
            .unwrap_or_default();
        let wrong = |_| EnforceError::Io {
            what: format!("read the map {name}"),
            source: std::io::Error::from(std::io::ErrorKind::InvalidData),
        };
        T::read_from_bytes(&value).map_err(wrong)
    }

    /// Sets it.
    pub(super) fn set_value(&self, name: &'static str, value: &[u8]) -> Result<(), EnforceError> {
        put(self.get(name)?, name, &0_u32.to_ne_bytes(), value)
    }

    /// Puts a table into its place in a slot.
    pub(super) fn place(
        &self,
        outer: &'static str,
        slot: u32,
        inner: &MapHandle,
    ) -> Result<(), EnforceError> {
        let fd = inner.as_fd().as_raw_fd();
        put(self.get(outer)?, outer, &slot.to_ne_bytes(), &fd.to_ne_bytes())
    }
}

/// Sets an entry.
pub(super) fn put(
    map: &MapHandle,
    name: &str,
    key: &[u8],
    value: &[u8],
) -> Result<(), EnforceError> {
    map.update(key, value, MapFlags::ANY).map_err(refused(format!("fill the map {name}")))
}

/// A table with these entries, and with room for more.
pub(super) fn table<
    'e,
    K: IntoBytes + zerocopy::Immutable + 'e,
    V: IntoBytes + zerocopy::Immutable + 'e,
>(
    name: &'static str,
    kind: MapType,
    entries: impl ExactSizeIterator<Item = (&'e K, &'e V)>,
    more: usize,
) -> Result<MapHandle, EnforceError> {
    let asked = entries.len();
    if asked > MOST {
        return Err(EnforceError::TooMany { what: name, asked, most: MOST });
    }
    let flags = if kind == MapType::LpmTrie { libbpf_sys::BPF_F_NO_PREALLOC } else { 0 };
    let options = libbpf_sys::bpf_map_create_opts {
        sz: size_of::<libbpf_sys::bpf_map_create_opts>() as _,
        map_flags: flags,
        ..Default::default()
    };
    let size = |bytes: usize| u32::try_from(bytes).unwrap_or(u32::MAX);
    let room = size((asked + more).max(1));
    let map = MapHandle::create(
        kind,
        Some(name),
        size(size_of::<K>()),
        size(size_of::<V>()),
        room,
        &options,
    )
    .map_err(refused(format!("create the map {name}")))?;
    for (key, value) in entries {
        put(&map, name, key.as_bytes(), value.as_bytes())?;
    }
    Ok(map)
}
