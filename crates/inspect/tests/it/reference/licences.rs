//! Terms in the headers of weights, as the libraries of their formats read them.

use weighbridge_domain::facts::LicenceSource;
use weighbridge_inspect::licence::named;

use super::files;

#[test]
fn terms_in_headers_are_those_that_the_libraries_read() {
    let mut compared = 0;
    for (format, key) in [("gguf", "general.license"), ("coreml", "license")] {
        for file in files(format) {
            let stated = &file.expected["fields"][key]["value"];
            let stated = stated.as_str().or_else(|| file.expected["properties"][key].as_str());
            // Parts of a pipeline have their own.
            if stated.is_none() {
                continue;
            }
            let (facts, _) = file.inspect();
            let found: Vec<_> = facts
                .licences()
                .filter(|(_, licence)| licence.source == LicenceSource::Metadata)
                .map(|(_, licence)| (licence.stated.clone(), licence.id.clone()))
                .collect();
            let expected: Vec<_> = stated
                .map(|stated| (stated.to_owned(), named(stated).map(std::borrow::Cow::into_owned)))
                .into_iter()
                .collect();
            assert_eq!(found, expected, "{}", file.path);
            compared += expected.len();
        }
    }
    assert!(compared > 5, "{compared}");
}
