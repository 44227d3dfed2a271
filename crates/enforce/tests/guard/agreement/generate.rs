//! Policies and acts from a number.

use std::fmt::Write as _;

use super::USERS;
use super::deed::{Deed, VERBS, Verb, World};

/// Numbers that follow from the first one.
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Below so many, by the steps of splitmix64.
    fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ word >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ word >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((word ^ word >> 31) % u64::try_from(most).unwrap()).unwrap()
    }

    fn pick<'p, T: ?Sized>(&mut self, from: &[&'p T]) -> &'p T {
        from[self.below(from.len())]
    }

    fn one(&mut self, from: &[String]) -> String {
        from[self.below(from.len())].clone()
    }
}

const NAMES: [&str; 6] = ["sh", "nginx", "x", "passwd", "passwd-keeper", "config"];
const ADDRESSES: [&str; 4] = ["127.1.2.3", "127.9.9.9", "127.0.0.1", "::1"];
const NETS: [&str; 4] = ["127.0.0.0/8", "127.1.0.0/16", "127.1.2.0/24", "::1/128"];
const PORTS: [u16; 4] = [22, 80, 443, 8080];

/// One comparison that hooks can decide about the calls.
fn leaf(dice: &mut Dice, world: &World, verb: Verb) -> String {
    let paths = [world.files(), world.new_names()].concat();
    let fields: &[&str] = match verb {
        Verb::Read | Verb::Write => &["fd.name", "fs.path.name"],
        Verb::Mkdir | Verb::Unlink => &["fs.path.name"],
        Verb::Rename => &["fs.path.source", "fs.path.target"],
        Verb::Exec | Verb::Tcp | Verb::Udp => &["proc.exepath"],
    };
    let field = dice.pick(fields);
    match dice.below(16) {
        0 => format!("{field} = {}", dice.one(&paths)),
        1 => format!("{field} != {}", dice.one(&paths)),
        2 => format!("{field} in ({}, {})", dice.one(&paths), dice.one(&paths)),
        3 | 4 => format!("{field} startswith {}/", dice.one(&world.folders())),
        5 => format!("{field} pmatch ({})", dice.one(&world.folders())),
        6 => format!("{field} endswith /{}", dice.pick(&NAMES)),
        7 => format!("proc.pexepath = {}", dice.one(&world.programs())),
        8 => format!("proc.aexepath in ({}, {})", dice.one(&world.programs()), dice.one(&paths)),
        9 => {
            let field = dice.pick(&["proc.name", "proc.pname", "proc.aname"]);
            format!("{field} in ({}, {})", dice.pick(&NAMES), dice.pick(&NAMES))
        }
        10 => format!("user.uid {} {}", dice.pick(&["=", "!=", ">="]), dice.below(4)),
        11 => format!("group.gid = {}", dice.below(4)),
        12 => format!("user.name = {}", dice.pick(&USERS)),
        13 => format!("container.id {} host", dice.pick(&["=", "!="])),
        _ => match verb {
            Verb::Read | Verb::Write => {
                let leaves = ["evt.is_open_read = true", "evt.is_open_write = true"];
                let name = dice.pick(&NAMES);
                let folder = dice.one(&world.folders());
                let more = [format!("fd.filename = {name}"), format!("fd.directory = {folder}")];
                dice.pick(&[leaves[0], leaves[1], &more[0], &more[1]]).to_owned()
            }
            Verb::Tcp | Verb::Udp => match dice.below(4) {
                0 => format!("fd.snet = {}", dice.pick(&NETS)),
                1 => format!("fd.sip = {}", dice.pick(&ADDRESSES)),
                2 => {
                    let how = dice.pick(&["=", "!=", "<", ">="]);
                    format!("fd.sport {how} {}", PORTS[dice.below(PORTS.len())])
                }
                _ => format!("fd.l4proto = {}", dice.pick(&["tcp", "udp"])),
            },
            _ => format!("{field} = {}", dice.one(&paths)),
        },
    }
}

fn condition(dice: &mut Dice, world: &World, verb: Verb, depth: usize) -> String {
    if depth == 0 || dice.below(3) == 0 {
        return leaf(dice, world, verb);
    }
    let many = 2 + dice.below(2);
    let parts: Vec<String> = (0..many).map(|_| condition(dice, world, verb, depth - 1)).collect();
    match dice.below(4) {
        0 => format!("not ({})", parts[0]),
        1 => format!("({})", parts.join(" and ")),
        _ => format!("({})", parts.join(" or ")),
    }
}

/// A policy: the calls it names, and its text.
pub(super) fn policy(dice: &mut Dice, world: &World) -> (Vec<&'static str>, String) {
    let verb = VERBS[dice.below(VERBS.len())];
    let named: Vec<&'static str> = match verb {
        Verb::Read | Verb::Write => vec!["open", "openat"],
        Verb::Mkdir => vec!["mkdir"],
        Verb::Unlink => vec!["unlink"],
        Verb::Rename => vec!["rename"],
        Verb::Exec => vec!["execve"],
        Verb::Tcp | Verb::Udp => vec!["connect"],
    };
    let mut text = format!(
        "- policy: p\n  mode: enforce\n  condition: >\n    evt.type in ({}) and {}\n",
        named.join(", "),
        condition(dice, world, verb, 2)
    );
    if dice.below(4) == 0 {
        write!(text, "  scope: >\n    {}\n", condition(dice, world, verb, 1)).unwrap();
    }
    if dice.below(3) == 0 {
        write!(text, "  except:\n    - >\n      {}\n", condition(dice, world, verb, 1)).unwrap();
    }
    (named, text)
}

/// An act, three times of four one that the policy is about.
pub(super) fn deed(dice: &mut Dice, world: &World, named: &[&str], actors: usize) -> Deed {
    let mut verb = VERBS[dice.below(VERBS.len())];
    let about: Vec<Verb> = VERBS
        .into_iter()
        .filter(|verb| {
            let mut deed = blank(*verb);
            deed.actor = 0;
            deed.calls().iter().any(|name| named.contains(name))
        })
        .collect();
    if dice.below(4) > 0 {
        verb = about[dice.below(about.len())];
    }
    // A program that is started opens its libraries.
    if verb == Verb::Exec && named.contains(&"open") {
        verb = Verb::Read;
    }
    let mut deed = blank(verb);
    deed.actor = dice.below(actors);
    deed.uid = [0, 0, 1, 2, 3][dice.below(5)];
    deed.gid = [0, 1, 2, 3][dice.below(4)];
    deed.path = dice.one(&if verb == Verb::Mkdir { world.new_names() } else { world.files() });
    deed.other = dice.one(&world.new_names());
    deed.address = dice.pick(&ADDRESSES).parse().unwrap();
    deed.port = PORTS[dice.below(PORTS.len())];
    deed
}

fn blank(verb: Verb) -> Deed {
    let (path, other) = (String::new(), String::new());
    Deed { verb, actor: 0, uid: 0, gid: 0, path, other, address: [127, 0, 0, 1].into(), port: 0 }
}
