//! An order of correlations in which each stands behind those it references.

use crate::rule::MAX_CHAIN;

/// Visits correlations from those they reference on.
#[derive(Default)]
pub(crate) struct Walk<'r> {
    pub(crate) references: &'r [Vec<usize>],
    /// How long the chain that ends with one is; none: not visited yet.
    pub(crate) depth: Vec<Option<usize>>,
    pub(crate) path: Vec<usize>,
    pub(crate) order: Vec<usize>,
    pub(crate) circles: Vec<Vec<usize>>,
}

impl Walk<'_> {
    /// The length of the chain that ends with one. As deep as files are long: far below what a stack holds
    /// for files people write, and bounded for all others.
    pub(crate) fn visit(&mut self, number: usize) -> usize {
        if let Some(Some(depth)) = self.depth.get(number) {
            return *depth;
        }
        if let Some(at) = self.path.iter().position(|one| *one == number) {
            self.circles.push(self.path.get(at..).unwrap_or_default().to_vec());
            return 0;
        }
        if self.path.len() > 16 * MAX_CHAIN {
            return MAX_CHAIN + 1;
        }
        self.path.push(number);
        let references = self.references.get(number).map(Vec::as_slice).unwrap_or_default();
        let deepest = references.iter().map(|one| self.visit(*one)).max().unwrap_or(0);
        self.path.pop();
        if let Some(depth) = self.depth.get_mut(number) {
            *depth = Some(deepest + 1);
        }
        self.order.push(number);
        deepest + 1
    }
}
