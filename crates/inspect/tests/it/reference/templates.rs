//! Chat templates: the attributes, calls and other templates that Jinja's own parser finds.

use std::collections::BTreeSet;

use serde_json::json;
use weighbridge_domain::facts::{Construct, Coverage, What};

use super::files;

#[test]
fn templates_are_parsed_as_jinja_parses_them() {
    for file in files("template") {
        let (facts, _) = file.inspect();
        let reading = &facts.readings[0];
        assert_eq!(
            (reading.format, &reading.coverage),
            (Some("chat-template"), &Coverage::Inspected),
            "{}",
            file.path
        );
        let (mut attributes, mut calls, mut loads) = (BTreeSet::new(), BTreeSet::new(), Vec::new());
        for (_, what) in facts.iter() {
            match what {
                What::Template(Construct::Attribute { name: Some(name), .. }) => {
                    attributes.insert(name.as_str());
                }
                What::Template(Construct::Call { name, .. }) => {
                    // Methods stand behind a dot.
                    calls.insert(name.as_deref().unwrap_or_default().trim_start_matches('.'));
                }
                What::Template(Construct::Load { statement, target }) => {
                    loads.push(json!([statement, target]));
                }
                _ => {}
            }
        }
        loads.sort_by_key(ToString::to_string);
        assert_eq!(json!(attributes), file.expected["attributes"], "{}", file.path);
        assert_eq!(json!(calls), file.expected["calls"], "{}", file.path);
        assert_eq!(json!(loads), file.expected["loads"], "{}", file.path);
    }
}
