//! Sets of constants, and the bit of each: one word and one bit in it.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv6Addr};

use crate::compiled::{Compiled, Network, PathMark};
use crate::cond::{Fact, Name, Whose};
use crate::layout::{
    ANCESTOR_WORDS, ANCESTORS, CommMarks, NET, NET_WORDS, OBJECT, OBJECT_WORDS, PARENT, PathMarks,
    SUBJECT, SUBJECT_WORDS, needs,
};

/// The sets of all policies.
#[derive(Debug, Default)]
pub(crate) struct Sets {
    bits: BTreeMap<Fact, (usize, usize)>,
    used: BTreeMap<usize, usize>,
}

/// A group of words: its first, how many, what it has sets of.
type Group = (usize, usize, &'static str);

fn group(fact: &Fact) -> Group {
    match fact {
        Fact::Object(_) => (OBJECT, OBJECT_WORDS, "paths of objects"),
        Fact::Process(Whose::Parent, _) => (PARENT, 1, "names and programs of parents"),
        Fact::Process(Whose::Ancestor, _) => {
            (ANCESTORS, ANCESTOR_WORDS, "names and programs of ancestors")
        }
        Fact::Net(_) | Fact::Port(_) => (NET, NET_WORDS, "networks and ports"),
        _ => (SUBJECT, SUBJECT_WORDS, "processes, users, groups and containers"),
    }
}

impl Sets {
    /// Numbers a fact.
    ///
    /// # Errors
    /// What there are too many sets of, and how many there may be.
    pub(crate) fn add(&mut self, fact: &Fact) -> Result<(), (&'static str, usize)> {
        if matches!(fact, Fact::Flags(_)) || self.bits.contains_key(fact) {
            return Ok(());
        }
        let (first, words, of) = group(fact);
        let used = self.used.entry(first).or_default();
        if *used == words * 64 {
            return Err((of, words * 64));
        }
        self.bits.insert(fact.clone(), (first, *used));
        *used += 1;
        Ok(())
    }

    /// The word and the bit of a fact that was added.
    pub(crate) fn bit(&self, fact: &Fact) -> (usize, u64) {
        debug_assert!(self.bits.contains_key(fact), "a fact that was not added");
        self.bits.get(fact).map_or((0, 0), |(first, bit)| (first + bit / 64, 1 << (bit % 64)))
    }

    /// Writes what is in which set.
    pub(crate) fn tables(&self, compiled: &mut Compiled) {
        let mut tables = Tables::default();
        for (fact, (_, bit)) in &self.bits {
            tables.fact(fact, *bit);
        }
        tables.finish(compiled);
    }
}

/// What an act must look up to know a fact.
pub(crate) fn needs_of(fact: &Fact) -> u32 {
    let of_names = |names: &BTreeSet<Name>, comm: u32, path: u32| {
        names.iter().fold(0, |all, name| {
            all | match name {
                Name::Path(..) => path,
                Name::Component(_) => needs::COMPONENTS,
                Name::Comm(_) => comm,
            }
        })
    };
    match fact {
        Fact::Flags(bits) => {
            use crate::layout::flag;
            let mut all = 0;
            if bits & (flag::CONTAINER | flag::HOST) != 0 {
                all |= needs::CONTAINER;
            }
            if bits & flag::TTY != 0 {
                all |= needs::TTY;
            }
            all
        }
        Fact::Container(_) => needs::CGROUP,
        Fact::Uid(_) => needs::UID,
        Fact::Loginuid(_) => needs::LOGINUID,
        Fact::Gid(_) => needs::GID,
        Fact::Process(Whose::Own, names) => of_names(names, needs::COMM, needs::EXE),
        Fact::Process(Whose::Parent, _) => needs::PARENT,
        Fact::Process(Whose::Ancestor, _) => needs::ANCESTORS,
        Fact::Port(_) => needs::PORTS,
        Fact::Net(_) => needs::NETWORKS,
        Fact::Object(names) => of_names(names, 0, needs::OBJECT),
    }
}

/// Sets of users or groups.
type ByNumber = BTreeMap<u32, [u64; SUBJECT_WORDS]>;

#[derive(Default)]
struct Tables {
    paths: BTreeMap<Name, PathMarks>,
    components: BTreeMap<Vec<u8>, [u64; OBJECT_WORDS]>,
    comms: BTreeMap<Vec<u8>, CommMarks>,
    uids: ByNumber,
    loginuids: ByNumber,
    gids: ByNumber,
    containers: BTreeMap<String, [u64; SUBJECT_WORDS]>,
    networks: BTreeMap<(IpAddr, u8), [u64; NET_WORDS]>,
    ports: Vec<(u16, u16, usize)>,
}

fn set(words: &mut [u64], bit: usize) {
    if let Some(word) = words.get_mut(bit / 64) {
        *word |= 1 << (bit % 64);
    }
}

impl Tables {
    fn fact(&mut self, fact: &Fact, bit: usize) {
        let mut numbers = |of: fn(&mut Self) -> &mut ByNumber, all: &BTreeSet<u32>| {
            let table = of(self);
            for one in all {
                set(table.entry(*one).or_default(), bit);
            }
        };
        match fact {
            Fact::Flags(_) => {}
            Fact::Uid(all) => numbers(|tables| &mut tables.uids, all),
            Fact::Loginuid(all) => numbers(|tables| &mut tables.loginuids, all),
            Fact::Gid(all) => numbers(|tables| &mut tables.gids, all),
            Fact::Object(names) => {
                for name in names {
                    self.name(name, None, bit);
                }
            }
            Fact::Process(whose, names) => {
                for name in names {
                    self.name(name, Some(*whose), bit);
                }
            }
            Fact::Container(ids) => {
                for id in ids {
                    set(self.containers.entry(id.clone()).or_default(), bit);
                }
            }
            Fact::Port(ranges) => {
                self.ports.extend(ranges.iter().map(|(from, to)| (*from, *to, bit)));
            }
            Fact::Net(nets) => {
                for net in nets {
                    self.network(*net, bit);
                }
            }
        }
    }

    fn name(&mut self, name: &Name, whose: Option<Whose>, bit: usize) {
        match name {
            Name::Path(..) => {
                let marks = self.paths.entry(name.clone()).or_default();
                match whose {
                    None => set(&mut marks.object, bit),
                    Some(Whose::Own) => set(&mut marks.exe, bit),
                    Some(Whose::Parent) => set(std::slice::from_mut(&mut marks.parent), bit),
                    Some(Whose::Ancestor) => set(&mut marks.ancestors, bit),
                }
            }
            Name::Component(component) => {
                set(self.components.entry(component.clone()).or_default(), bit);
            }
            Name::Comm(comm) => {
                let marks = self.comms.entry(comm.clone()).or_default();
                match whose {
                    Some(Whose::Parent) => set(std::slice::from_mut(&mut marks.parent), bit),
                    Some(Whose::Ancestor) => set(&mut marks.ancestors, bit),
                    _ => set(&mut marks.subject, bit),
                }
            }
        }
    }

    /// A network, and as a mapped one.
    fn network(&mut self, (address, prefix): (IpAddr, u8), bit: usize) {
        let own = masked(address, prefix);
        set(self.networks.entry((own, prefix)).or_default(), bit);
        if let IpAddr::V4(four) = own {
            let mapped = (IpAddr::V6(four.to_ipv6_mapped()), prefix.saturating_add(96));
            set(self.networks.entry(mapped).or_default(), bit);
        }
    }

    fn finish(self, compiled: &mut Compiled) {
        let paths = self.paths.into_iter().filter_map(|(name, marks)| match name {
            Name::Path(kind, path) => Some(PathMark { path, kind, marks }),
            Name::Component(_) | Name::Comm(_) => None,
        });
        compiled.paths = paths.collect();
        compiled.last_components = self.components.into_iter().collect();
        compiled.comms = self.comms.into_iter().collect();
        compiled.uids = self.uids.into_iter().collect();
        compiled.loginuids = self.loginuids.into_iter().collect();
        compiled.gids = self.gids.into_iter().collect();
        compiled.containers = self.containers.into_iter().collect();
        compiled.networks = enclosed(&self.networks);
        compiled.ports = apart(&self.ports);
    }
}

/// Each network with the sets of those that enclose it.
fn enclosed(own: &BTreeMap<(IpAddr, u8), [u64; NET_WORDS]>) -> Vec<Network> {
    let whole = |(address, prefix): &(IpAddr, u8)| {
        let mut sets = [0; NET_WORDS];
        for shorter in 0..=*prefix {
            if let Some(outer) = own.get(&(masked(*address, shorter), shorter)) {
                for (word, more) in sets.iter_mut().zip(outer) {
                    *word |= more;
                }
            }
        }
        Network { address: *address, prefix: *prefix, sets }
    };
    own.keys().map(whole).collect()
}

/// An address without the bits behind a prefix.
fn masked(address: IpAddr, prefix: u8) -> IpAddr {
    match address {
        IpAddr::V4(four) => {
            let keep = u32::MAX.checked_shl(32 - u32::from(prefix.min(32))).unwrap_or(0);
            IpAddr::V4((four.to_bits() & keep).into())
        }
        IpAddr::V6(six) => {
            let keep = u128::MAX.checked_shl(128 - u32::from(prefix.min(128))).unwrap_or(0);
            IpAddr::V6(Ipv6Addr::from_bits(six.to_bits() & keep))
        }
    }
}

/// Ranges of ports that do not overlap, with the sets of all that hold them.
fn apart(ranges: &[(u16, u16, usize)]) -> Vec<(std::ops::RangeInclusive<u16>, [u64; NET_WORDS])> {
    let mut begins = BTreeSet::new();
    for (from, to, _) in ranges {
        begins.insert(u32::from(*from));
        begins.insert(u32::from(*to) + 1);
    }
    let begins: Vec<u32> = begins.into_iter().collect();
    let mut out = Vec::new();
    for pair in begins.windows(2) {
        let (Ok(from), Ok(to)) = (u16::try_from(pair[0]), u16::try_from(pair[1] - 1)) else {
            continue;
        };
        let mut sets = [0; NET_WORDS];
        for (first, last, bit) in ranges {
            if *first <= from && to <= *last {
                set(&mut sets, *bit);
            }
        }
        if sets != [0; NET_WORDS] {
            out.push((from..=to, sets));
        }
    }
    out
}
