//! Over generated policies and acts: the kernel denies what the conditions say, evaluated as rules are.

mod deed;
mod generate;

use std::path::PathBuf;

use peregrine_enforce::{Guard, Options, kernel::capabilities};
use peregrine_guard::{Accounts, Act, Capabilities, Level, Policies, compile, load};
use peregrine_rules::SourceText;

use deed::{Actor, Deed, World};
use generate::Dice;

/// Policies that are tried; each begins with a number of its own.
const SEEDS: u64 = 80;
/// Acts under each that can be decided.
const ACTS: usize = 16;

/// Users by number.
const USERS: [&str; 3] = ["root", "daemon", "deploy"];

/// Accounts of no real host.
pub(crate) struct TestAccounts;

impl Accounts for TestAccounts {
    fn uid(&self, name: &str) -> Option<u32> {
        USERS.iter().position(|known| *known == name)?.try_into().ok()
    }

    fn gid(&self, name: &str) -> Option<u32> {
        self.uid(name)
    }
}

fn read(text: &str) -> Policies {
    let file = [SourceText { name: "generated.yaml", text }];
    let loaded = load(&file, &[], &peregrine_rules::Options::default());
    let wrong = loaded.diagnostics.iter().find(|one| one.is_error());
    assert!(wrong.is_none(), "{}\n{text}", wrong.unwrap());
    loaded.policies
}

/// Whether the condition of a policy about these calls holds for the deed, taken for any of them.
fn holds(policies: &Policies, named: &[&str], deed: &Deed, world: &World) -> bool {
    let (rules, _) = policies.as_rules();
    deed.calls().iter().filter(|name| named.contains(name)).any(|name| {
        let event = deed::Event { deed, world, name };
        let mut rules = rules.rules.iter();
        rules.any(|rule| peregrine_filter::reference::holds(&rule.condition.root, &event))
    })
}

#[test]
fn the_kernel_denies_what_conditions_say() {
    let _alone = crate::acts::alone();
    let levels = capabilities().of_act(Act::Open);
    let Some(level) = [Level::Lsm, Level::FmodRet].into_iter().find(|one| levels.contains(*one))
    else {
        println!("GUARD the_kernel_denies_what_conditions_say: no programs of P1 and P2 here");
        return;
    };
    let world = World::new();
    let mut actors: Vec<Actor> = world.actors();
    let mut guard: Option<Guard> = None;
    let (mut decidable, mut denied, mut allowed, mut wrong) = (0, 0, 0, Vec::new());
    for seed in 0..SEEDS {
        let mut dice = Dice::new(seed);
        let (named, text) = generate::policy(&mut dice, &world);
        let policies = read(&text);
        // What hooks cannot decide is refused: nothing to compare.
        let Ok(compiled) = compile(&policies, &Capabilities::of(&[level]), &TestAccounts) else {
            continue;
        };
        decidable += 1;
        match &mut guard {
            Some(guard) => guard.switch(&compiled).unwrap(),
            none => {
                let options = Options { level: Some(level), ..Options::default() };
                *none = Some(Guard::start(&compiled, &options).unwrap());
            }
        }
        for _ in 0..ACTS {
            let deed = generate::deed(&mut dice, &world, &named, actors.len());
            let said = actors[deed.actor].does(&deed);
            deed.undo();
            let expected = holds(&policies, &named, &deed, &world);
            if expected == deed.was_denied(said) {
                *(if expected { &mut denied } else { &mut allowed }) += 1;
            } else {
                wrong.push(format!("seed {seed}: {deed:?} said {said:?}, by its condition denied: {expected}\n{text}"));
            }
        }
    }
    println!(
        "STRENGTH\t{}\tgenerated policies, seeds 0 to {SEEDS}: {decidable} decidable\t{} acts\t{} otherwise than the \
         reference\t{denied} denied, {allowed} not",
        level.name(),
        denied + allowed + wrong.len(),
        wrong.len()
    );
    drop(guard);
    let few: Vec<_> = wrong.iter().take(5).cloned().collect();
    assert!(wrong.is_empty(), "{} wrong\n{}", wrong.len(), few.join("\n"));
    assert!(denied > 50 && allowed > 50, "{denied} denied, {allowed} allowed");
}

#[test]
#[ignore = "the process of one that acts, which another test starts"]
fn acts_as_told() {
    deed::act_as_told();
}

/// The program of this test.
fn own() -> PathBuf {
    std::env::current_exe().unwrap()
}
