//! The ownership tags on everything that is made, and what each service calls a tag.

use std::collections::BTreeMap;

use crate::resource::Claim;

/// The stack an object belongs to.
pub const STACK: &str = "edxaws:stack";
/// The address of the object in its stack's graph.
pub const ADDRESS: &str = "edxaws:address";
/// The token of the claim it was created under.
pub const CLAIM: &str = "edxaws:claim";

/// All tags of an object made under `claim`, the user's own included; ours win.
pub fn of(stack: &str, claim: &Claim, user: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let name = format!("{stack}/{}", claim.address.name());
    let ours = [
        ("Name", name.as_str()),
        (STACK, stack),
        (ADDRESS, claim.address.as_str()),
        (CLAIM, claim.token.as_str()),
    ];
    let mut tags = user.clone();
    tags.extend(ours.map(|(key, value)| (key.to_owned(), value.to_owned())));
    tags
}
