//! `base_syscalls`: calls that are wanted or not, whatever rules look at.

use peregrine_event::{SyscallSet, names, syscalls};

/// `base_syscalls`: what people say of the calls that are told.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BaseSyscalls {
    /// Told beside what rules look at, instead of what the picture of the host is kept from.
    pub instead: Option<SyscallSet>,
    /// Never told.
    pub never: SyscallSet,
    /// What the picture of the host is kept from is told all the same.
    pub repair: bool,
    /// The picture of threads follows the names they give themselves.
    pub names: bool,
    /// Rules for nearly every event get those of reads and writes too.
    pub all: bool,
}

impl BaseSyscalls {
    /// Takes the names of `base_syscalls.custom_set`, or further ones; `!name` is never told.
    ///
    /// # Errors
    /// A name that is none, with what looks like it.
    pub fn set_custom(&mut self, names: &[String], further: bool) -> Result<(), String> {
        if !further {
            (self.instead, self.never) = (None, SyscallSet::new());
        }
        for text in names {
            let name = text.strip_prefix('!').unwrap_or(text);
            let Some(call) = syscalls::by_name(name) else {
                let known = syscalls::all().iter().map(|call| call.name);
                let near = names::nearest(name, known);
                let guess = near.map(|near| format!(", did you mean {near}?")).unwrap_or_default();
                return Err(format!("there is no system call {name}{guess}"));
            };
            if name == text {
                self.instead.get_or_insert_default().insert(call.id);
                continue;
            }
            self.never.insert(call.id);
            // Its 32-bit forms are the same call.
            let exit = call.exit.filter(|_| !call.generic && call.x86_64.is_some());
            for form in exit.into_iter().flat_map(syscalls::of_event) {
                if form.x86_64.is_none() {
                    self.never.insert(form.id);
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_none_is_told_with_the_nearest() {
        let mut base = BaseSyscalls::default();
        let wrong = base.set_custom(&["opnat".to_owned()], true);
        assert_eq!(wrong.unwrap_err(), "there is no system call opnat, did you mean openat?");
    }
}
