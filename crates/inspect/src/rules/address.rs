//! What the rules about addresses share.

use weighbridge_domain::facts::Address;
use weighbridge_domain::facts::secret::{AddressClass, AddressContext};

use crate::facts::{Facts, Place};
use crate::text;

/// Addresses of some classes, but for those in text for people.
pub(super) fn named<'a>(
    facts: &'a Facts,
    classes: &'a [AddressClass],
) -> impl Iterator<Item = (Place<'a>, &'a Address)> {
    let wanted =
        |address: &Address| classes.contains(&address.class) && address.context != AddressContext::Prose;
    facts.addresses().filter(move |(_, address)| wanted(address))
}

/// Where it is named, as the beginning of a sentence.
pub(super) fn told(place: Place<'_>, address: &Address) -> String {
    let of_strings = matches!(place.format(), "pickle" | "torch-stream" | "torch-tar" | "tensor-data");
    let place = match address.context {
        AddressContext::Settings if of_strings => "a string",
        AddressContext::Code => "program text",
        AddressContext::Settings => "a setting or a description",
        AddressContext::Prose => "text for people",
    };
    format!("{place} names `{}`", text::shown(&address.value, 200))
}
