//! What a comparison becomes at a hook: a condition over facts, or the reason why it cannot be decided there.

mod asked;
mod event;
mod object;
mod process;
mod socket;

use peregrine_filter::Getter;

pub use asked::Accounts;
pub(crate) use asked::{Asked, Leaf};

/// What a comparison is at a hook.
pub(crate) fn leaf(asked: &Asked<'_>) -> Leaf {
    let Getter::Field(field) = &asked.predicate.left else {
        return Leaf::no("hooks know no transformed values");
    };
    let mut fields = 0;
    asked.predicate.fields(&mut |_| fields += 1);
    if fields > 1 {
        return Leaf::no("hooks compare with constants only");
    }
    let leaf = match field.info.name.split('.').next().unwrap_or_default() {
        "evt" => event::leaf(asked, field),
        "fd" | "fs" => object::leaf(asked, field).or_else(|| socket::leaf(asked, field)),
        "proc" | "user" | "group" | "container" => process::leaf(asked, field),
        _ => None,
    };
    leaf.unwrap_or_else(|| {
        Leaf::no(format!("hooks of {} do not know {field}", asked.calls.act.name()))
    })
}
