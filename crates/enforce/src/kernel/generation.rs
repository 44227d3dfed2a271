//! A generation of policies: its tables, filled aside and put into a slot.

use libbpf_rs::{Iter, Link, MapCore as _, MapFlags, MapHandle, MapType};
use peregrine_guard::{Compiled, PathMark, layout};
use zerocopy::IntoBytes as _;

use super::error::{EnforceError, io, refused};
use super::maps::{Maps, put, table};
use super::places::{Mounts, Places};
use super::shared::{Config, Hits, Id, IdKind, Inode, Name, NetworkKey};

/// Inodes that hooks may remember beside those there were at the load.
const LEARNED: usize = 16384;
/// Names and folders that come later: those of paths whose folder is missing at the load.
const LATER: usize = 64;

/// Fills the tables of a slot and puts them there. Returns the paths whose folder is missing.
pub(super) fn fill(
    maps: &Maps,
    compiled: &Compiled,
    slot: u32,
) -> Result<Vec<PathMark>, EnforceError> {
    let mut places = Places::resolve(&compiled.paths, &Mounts::read());
    for (name, object) in &compiled.last_components {
        let marks = places.names.entry(Name::new(Inode::default(), name)).or_default();
        for (to, from) in marks.itself.object.iter_mut().zip(object) {
            *to |= from;
        }
    }
    let later = LATER + 4 * places.missing.len();
    let names = table("names", MapType::Hash, places.names.iter(), later)?;
    let dirs = table("dirs", MapType::Hash, places.dirs.iter(), later)?;
    let inodes = table("inodes", MapType::Hash, places.inodes.iter(), LEARNED)?;
    let comms: Vec<_> = compiled.comms.iter().map(|(name, marks)| (comm(name), *marks)).collect();
    let comms = table("comms", MapType::Hash, comms.iter().map(|(key, value)| (key, value)), 0)?;
    let ids: Vec<_> = of_kind(&compiled.uids, IdKind::Uid)
        .chain(of_kind(&compiled.loginuids, IdKind::Loginuid))
        .chain(of_kind(&compiled.gids, IdKind::Gid))
        .collect();
    let ids = table("ids", MapType::Hash, ids.iter().map(|(key, value)| (key, value)), CONTAINERS)?;
    let networks: Vec<_> = compiled.networks.iter().filter_map(network).collect();
    let networks = networks.iter().map(|(key, value)| (key, value));
    let networks = table("networks", MapType::LpmTrie, networks, 0)?;
    let ports: Vec<_> = compiled
        .ports
        .iter()
        .flat_map(|(range, sets)| range.clone().map(|port| (u32::from(port), *sets)))
        .collect();
    let ports = table("ports", MapType::Hash, ports.iter().map(|(key, value)| (key, value)), 0)?;
    let memory = || io("make room for the steps")(std::io::ErrorKind::OutOfMemory.into());
    let program = compiled.program().ok_or_else(memory)?;
    let steps = table("programs", MapType::Array, [(&0_u32, program.as_ref())].into_iter(), 0)?;
    for policy in &compiled.policies {
        let hits = maps.get("hits_of")?;
        let key = policy.id.to_ne_bytes();
        let there = hits.lookup(&key, MapFlags::ANY).map_err(refused("read the map hits_of"))?;
        if there.is_none() {
            put(hits, "hits_of", &key, Hits::default().as_bytes())?;
        }
    }
    for (outer, inner) in [
        ("names", &names),
        ("dirs", &dirs),
        ("inodes", &inodes),
        ("comms", &comms),
        ("ids", &ids),
        ("networks", &networks),
        ("ports", &ports),
        ("programs", &steps),
    ] {
        maps.place(outer, slot, inner)?;
    }
    Ok(places.missing)
}

/// Control groups of containers that may be named at a time.
const CONTAINERS: usize = 8192;

fn of_kind(
    ids: &[(u32, [u64; layout::SUBJECT_WORDS])],
    kind: IdKind,
) -> impl Iterator<Item = (Id, [u64; layout::SUBJECT_WORDS])> {
    ids.iter()
        .map(move |(id, sets)| (Id { number: u64::from(*id), kind: kind as u32, pad: 0 }, *sets))
}

/// The name of a process as the kernel has it.
pub(super) fn comm(name: &[u8]) -> [u8; layout::COMM] {
    let mut key = [0; layout::COMM];
    for (to, from) in key.iter_mut().take(layout::COMM - 1).zip(name) {
        *to = *from;
    }
    key
}

/// A network as the kernel looks it up; none for IPv4, which stands there as a mapped one too.
fn network(network: &peregrine_guard::Network) -> Option<(NetworkKey, [u64; layout::NET_WORDS])> {
    let std::net::IpAddr::V6(address) = network.address else { return None };
    let key = NetworkKey { bits: u32::from(network.prefix), address: address.octets() };
    Some((key, network.sets))
}

/// Makes the slot known: from here on new programs are classified in it too, and those there are now.
pub(super) fn know(
    maps: &Maps,
    slot: u32,
    number: u32,
    iterators: [&Link; 2],
) -> Result<(), EnforceError> {
    let mut config: Config = maps.value("config")?;
    config.preparing = slot;
    config.known |= 1 << slot;
    if let Some(generation) = config.generation.get_mut(slot as usize) {
        *generation = number;
    }
    maps.set_value("config", config.as_bytes())?;
    for link in iterators {
        let mut iterator = Iter::new(link).map_err(refused("iterate over the processes"))?;
        std::io::copy(&mut iterator, &mut std::io::sink())
            .map_err(io("iterate over the processes"))?;
    }
    Ok(())
}

/// Has a slot decide.
pub(super) fn switch(maps: &Maps, slot: u32) -> Result<(), EnforceError> {
    let mut config: Config = maps.value("config")?;
    config.current = slot;
    maps.set_value("config", config.as_bytes())
}

/// Says that a slot is no longer that of a generation.
pub(super) fn forget(maps: &Maps, slot: u32) -> Result<(), EnforceError> {
    let mut config: Config = maps.value("config")?;
    config.known &= !(1 << slot);
    maps.set_value("config", config.as_bytes())
}

/// Adds paths to the tables of a slot, where their folders are there by now. Returns those that are still missing.
pub(super) fn add_places(
    maps: &Maps,
    paths: &[PathMark],
    slot: u32,
) -> Result<Vec<PathMark>, EnforceError> {
    let places = Places::resolve(paths, &Mounts::read());
    add_entries(maps, "names", slot, 0, places.names.iter())?;
    add_entries(maps, "dirs", slot, 0, places.dirs.iter())?;
    // An inode's value begins with its generation.
    add_entries(maps, "inodes", slot, size_of::<u32>(), places.inodes.iter())?;
    Ok(places.missing)
}

/// Adds the control group of a container that policies name.
pub(super) fn add_container(
    maps: &Maps,
    cgroup: u64,
    sets: &[u64; layout::SUBJECT_WORDS],
    slot: u32,
) -> Result<(), EnforceError> {
    let key = Id { number: cgroup, kind: IdKind::Cgroup as u32, pad: 0 };
    add_entries(maps, "ids", slot, 0, std::iter::once((&key, sets)))
}

/// Joins entries with those of a table of a slot; `sets` is where in a value the sets begin.
fn add_entries<'e, K, V>(
    maps: &Maps,
    name: &'static str,
    slot: u32,
    sets: usize,
    entries: impl Iterator<Item = (&'e K, &'e V)>,
) -> Result<(), EnforceError>
where
    K: zerocopy::IntoBytes + zerocopy::Immutable + 'e,
    V: zerocopy::IntoBytes + zerocopy::Immutable + 'e,
{
    let wrong = || format!("read the map {name}");
    let number = maps
        .get(name)?
        .lookup(&slot.to_ne_bytes(), MapFlags::ANY)
        .map_err(refused(wrong()))?
        .and_then(|number| number.first_chunk().copied())
        .map_or(0, u32::from_ne_bytes);
    let inner = MapHandle::from_map_id(number).map_err(refused(wrong()))?;
    for (key, value) in entries {
        let mut value = value.as_bytes().to_vec();
        let there = inner.lookup(key.as_bytes(), MapFlags::ANY).map_err(refused(wrong()))?;
        for (to, from) in value.iter_mut().zip(there.unwrap_or_default()).skip(sets) {
            *to |= from;
        }
        put(&inner, name, key.as_bytes(), &value)?;
    }
    Ok(())
}
