//! One file a command.

pub(crate) mod bom;
pub(crate) mod diff;
pub(crate) mod licence;
pub(crate) mod lists;
pub(crate) mod scan;
pub(crate) mod shell;
