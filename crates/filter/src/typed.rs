//! The typed tree: conditions that can be evaluated.

use std::sync::Arc;

use crate::ast::{Op, Transformer};
use crate::error::Lint;
use crate::kind_set::KindSet;
use crate::ops::{Test, holds_between};
use crate::scheme::{Source, Together};
use crate::transform;
use crate::value::Value;

/// A condition that can be evaluated.
#[derive(Debug, Clone)]
pub struct Checked<F> {
    /// The typed tree.
    pub root: Node<F>,
    /// The kinds of event it can be true for.
    pub kinds: KindSet,
    /// What is legal and probably not meant.
    pub lints: Vec<Lint>,
}

/// The typed tree.
#[derive(Debug)]
pub enum Node<F> {
    /// All of them.
    And(Vec<Self>),
    /// Any of them.
    Or(Vec<Self>),
    /// Not it.
    Not(Box<Self>),
    /// One comparison.
    Predicate(Arc<Predicate<F>>),
}

/// One comparison: two with the same text are the same.
#[derive(Debug)]
pub struct Predicate<F> {
    /// The canonical text.
    pub text: String,
    /// What is looked at.
    pub left: Getter<F>,
    /// What it is compared with.
    pub(crate) right: Comparison<F>,
    /// For comparisons of the kind of event: the kinds it can be true for.
    pub kinds: Option<KindSet>,
    /// The kinds it is true for whatever the event says.
    pub always_for: KindSet,
    /// The kinds whose events have no value to compare: it is false for them.
    pub never_for: KindSet,
    /// Whether its field has several values at once.
    pub(crate) multi_valued: bool,
    /// Whether its field's value may follow from a key ([`Source::key`]), and nothing else counts.
    pub(crate) memoizable: bool,
}

#[derive(Debug)]
pub(crate) enum Comparison<F> {
    Test(Test),
    Getter(Op, Getter<F>),
}

/// Where a value is taken from.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Getter<F> {
    /// A field.
    Field(F),
    /// A transformer.
    Call {
        /// Which.
        transformer: Transformer,
        /// Of what.
        args: Vec<Self>,
        /// What stood in brackets behind it.
        option: Option<String>,
    },
    /// A text.
    Text(String),
    /// A number.
    Number(u64),
    /// A list.
    List(Vec<Self>),
}

impl<F> Getter<F> {
    /// The value for one event.
    pub fn value<'s>(&'s self, source: &'s impl Source<F>) -> Option<Value<'s>> {
        match self {
            Self::Field(field) => source.value(field),
            // What these give lies where their argument lies.
            Self::Call { transformer: Transformer::Val, args, .. } => args.first()?.value(source),
            Self::Call { transformer: Transformer::Basename, args, .. } => {
                transform::basename(args.first()?.value(source)?)
            }
            Self::Call { transformer, args, option } => {
                let values = args.iter().map(|arg| arg.value(source)).collect();
                transform::apply(*transformer, values, option.as_deref())
            }
            Self::Text(text) => Some(Value::str(text.as_bytes())),
            Self::Number(number) => Some(Value::Uint(*number)),
            Self::List(list) => {
                Some(Value::List(list.iter().filter_map(|one| one.value(source)).collect()))
            }
        }
    }

    /// Calls `visit` for every field in it.
    pub fn fields<'g>(&'g self, visit: &mut impl FnMut(&'g F)) {
        match self {
            Self::Field(field) => visit(field),
            Self::Call { args, .. } | Self::List(args) => {
                for arg in args {
                    arg.fields(visit);
                }
            }
            Self::Text(_) | Self::Number(_) => {}
        }
    }
}

impl<F: std::fmt::Display> std::fmt::Display for Getter<F> {
    /// As rules write it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let list = |f: &mut std::fmt::Formatter<'_>, args: &[Self]| {
            for (index, arg) in args.iter().enumerate() {
                write!(f, "{}{arg}", if index > 0 { "," } else { "" })?;
            }
            f.write_str(")")
        };
        match self {
            Self::Field(field) => write!(f, "{field}"),
            Self::Call { transformer, args, option } => {
                write!(f, "{}(", transformer.name())?;
                list(f, args)?;
                option.as_ref().map_or(Ok(()), |option| write!(f, "[{option}]"))
            }
            Self::Text(text) => f.write_str(&crate::ast::quoted(text)),
            Self::Number(number) => write!(f, "{number}"),
            Self::List(args) => {
                f.write_str("(")?;
                list(f, args)
            }
        }
    }
}

impl<F> Predicate<F> {
    /// Whether it is true for one event. A missing value makes every comparison false.
    pub fn holds(&self, source: &impl Source<F>) -> bool {
        if self.multi_valued
            && let (Getter::Field(field), Comparison::Test(test)) = (&self.left, &self.right)
        {
            let (mut any, mut every) = (false, true);
            let together = source.each(field, &mut |value| {
                let holds = test.holds(value);
                any |= holds;
                every &= holds;
            });
            match together {
                Some(Together::Either) if matches!(test, Test::Ne(_)) => return any && every,
                Some(_) => return any,
                None => {}
            }
        }
        self.holds_by_value(source)
    }

    /// The same, with every value taken as a whole.
    pub(crate) fn holds_by_value(&self, source: &impl Source<F>) -> bool {
        self.left.value(source).is_some_and(|left| self.holds_for(&left, source))
    }

    /// The same, where the value on the left is known.
    pub(crate) fn holds_for(&self, left: &Value<'_>, source: &impl Source<F>) -> bool {
        match &self.right {
            Comparison::Test(test) => test.holds(left),
            Comparison::Getter(op, getter) => {
                getter.value(source).is_some_and(|right| holds_between(*op, left, &right))
            }
        }
    }

    /// What the answer follows from, where that is one number.
    pub(crate) fn key(&self, source: &impl Source<F>) -> Option<u64> {
        if let Getter::Field(field) = &self.left { source.key(field) } else { None }
    }

    /// Calls `visit` for every field it looks at.
    pub fn fields<'p>(&'p self, visit: &mut impl FnMut(&'p F)) {
        self.left.fields(visit);
        if let Comparison::Getter(_, getter) = &self.right {
            getter.fields(visit);
        }
    }

    /// Calls `visit` for every text the value is compared with.
    pub fn texts<'p>(&'p self, visit: &mut impl FnMut(&'p [u8])) {
        if let Comparison::Test(test) = &self.right {
            test.texts(visit);
        }
    }
}

impl<F> Clone for Node<F> {
    fn clone(&self) -> Self {
        crate::deep::deep(|| match self {
            Self::And(parts) => Self::And(parts.clone()),
            Self::Or(parts) => Self::Or(parts.clone()),
            Self::Not(inner) => Self::Not(inner.clone()),
            Self::Predicate(predicate) => Self::Predicate(Arc::clone(predicate)),
        })
    }
}

impl<F> Drop for Node<F> {
    /// A tree may be deeper than the stack is high.
    fn drop(&mut self) {
        match self {
            Self::And(parts) | Self::Or(parts) => crate::deep::deep(|| parts.clear()),
            Self::Not(inner) => crate::deep::deep(|| **inner = Self::And(Vec::new())),
            Self::Predicate(_) => {}
        }
    }
}

impl<F> Node<F> {
    /// Calls `visit` for every comparison.
    pub fn predicates<'n>(&'n self, visit: &mut impl FnMut(&'n Arc<Predicate<F>>)) {
        crate::deep::deep(|| match self {
            Self::And(parts) | Self::Or(parts) => {
                for part in parts {
                    part.predicates(visit);
                }
            }
            Self::Not(inner) => inner.predicates(visit),
            Self::Predicate(predicate) => visit(predicate),
        });
    }

    /// The kinds of event it can be true for, or false for with `negated`.
    pub(crate) fn kinds(&self, negated: bool, all: &KindSet) -> KindSet {
        crate::deep::deep(|| {
            match self {
                Self::Not(inner) => inner.kinds(!negated, all),
                Self::And(parts) | Self::Or(parts) => {
                    let both = matches!(self, Self::And(_)) != negated;
                    let sets = parts.iter().map(|part| part.kinds(negated, all));
                    if both {
                        sets.fold(all.clone(), |all, one| all.intersection(&one))
                    } else {
                        sets.fold(KindSet::new(all.kinds()), |any, one| any.union(&one))
                    }
                }
                // As in Falco: what is not `evt.type = x` is of none of its kinds, be it of a kind that
                // stands for many names.
                Self::Predicate(predicate) => match &predicate.kinds {
                    Some(kinds) if negated => all.clone().minus(kinds),
                    Some(kinds) => kinds.clone(),
                    None => all.clone(),
                },
            }
        })
    }
}
