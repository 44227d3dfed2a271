//! The programs load on this kernel.

use peregrine_enforce::{Guard, Options, kernel::capabilities};
use peregrine_guard::{Act, Level, Mode, PathKind};

use crate::policies;

#[test]
fn every_hook_of_a_level_loads() {
    let _alone = crate::acts::alone();
    if !peregrine_testkit::root("every_hook_of_a_level_loads") {
        return;
    }
    let host = capabilities();
    println!("GUARD levels of open {:?} preempts {}", host.of_act(Act::Open), host.skips_fmod_ret);
    for level in [Level::Lsm, Level::FmodRet] {
        let mut compiled = peregrine_guard::Compiled::none();
        let number = policies::policy(&mut compiled, "all", Mode::Enforce, false);
        for act in Act::ALL {
            policies::deny_object(&mut compiled, act, number, 0);
        }
        policies::path(&mut compiled, "/nowhere/at/all".as_ref(), PathKind::Exact, 0);
        let started = std::time::Instant::now();
        let guard = Guard::start(&compiled, &Options { level: Some(level), ..Options::default() });
        match guard {
            Ok(guard) => println!(
                "GUARD {} {:?} {} hooks",
                level.name(),
                started.elapsed(),
                guard.hooks().len()
            ),
            Err(error) => {
                assert!(!host.of_act(Act::Open).contains(level), "{}: {error}", level.name());
                println!("GUARD {} not here: {error}", level.name());
            }
        }
    }
}
