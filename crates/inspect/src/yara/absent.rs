//! What stands in for the engine in builds without it: there are no rules, so none can be passed over in silence.

use std::convert::Infallible;

use super::{Mistake, Source};
use crate::facts::Facts;
use crate::input::Input;
use crate::limits::Budget;

/// Rules that are ready to run: none in this build.
#[derive(Debug)]
pub struct Rules(Infallible);

impl Rules {
    /// Says that this build cannot run rules.
    pub fn compile(sources: &[Source]) -> Result<Self, Mistake> {
        let path = sources.first().map(|source| source.path.clone()).unwrap_or_default();
        Err(Mistake { path, at: None, what: "this build cannot run rules of YARA".to_owned() })
    }

    pub(crate) fn run(&self, _facts: &mut Facts, _inputs: &[Input], _budget: &mut Budget) {
        match self.0 {}
    }
}
