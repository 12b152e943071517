//! Weights that are taken from other files.

use weighbridge_domain::{Confidence, Severity};

use crate::facts::Facts;
use crate::rules::{Check, Example, Findings, Light, Rule};
use crate::samples::archive::Zip;
use crate::samples::hdf5::Hdf5;
use crate::samples::{File, one};

/// Weights that are taken from other files.
pub static RULE: Rule = Rule {
    id: "hdf5-external-data",
    severity: Severity::High,
    confidence: Confidence::High,
    light: Light::Format,
    since: "0.1.0",
    summary: "A file of weights takes data from another file of whoever loads it",
    why: "HDF5 can link into other files, keep elements in them, and put datasets together from them, and the library opens those files without asking. A loader of weights so reads any file that its user may read into a weight, from where it is saved, served or sent on. Keras did so until it refused such files (CVE-2026-1669); it never writes them.",
    advice: "Do not load the file. Ask for one that holds its weights itself. Files of measurements that are meant to be spread over several files are no weights.",
    references: &["CWE-73", "CWE-200", "CVE-2026-1669", "AML.T0010", "AML.T0011"],
    examples: &[
        Example {
            name: "external-link",
            files: || beside(&Hdf5::new().external_link("kernel", "other.h5")),
            fires: &["hdf5-external-data"],
        },
        Example {
            name: "external-link-twin",
            files: || beside(&Hdf5::new().dataset("other.h5", &[2], &[1; 8]).soft_link("kernel", "other.h5")),
            fires: &[],
        },
        Example {
            name: "external-link-absolute",
            files: || beside(&Hdf5::new().external_link("kernel", "/etc/hostname")),
            fires: &["hdf5-external-data", "reference-escape"],
        },
        Example {
            name: "external-storage",
            files: || beside(&Hdf5::new().external_dataset("kernel", "/etc/hostname")),
            fires: &["hdf5-external-data", "reference-escape"],
        },
        Example {
            name: "external-storage-beside",
            files: || beside(&Hdf5::new().external_dataset("kernel", "other.h5")),
            fires: &["hdf5-external-data"],
        },
        Example {
            name: "external-storage-twin",
            files: || beside(&Hdf5::new().dataset("kernel", &[2], &[1; 8])),
            fires: &[],
        },
        Example {
            name: "virtual",
            files: || beside(&Hdf5::new().virtual_dataset("kernel", "other.h5")),
            fires: &["hdf5-external-data"],
        },
        Example {
            name: "virtual-twin",
            files: || beside(&Hdf5::new().virtual_dataset("kernel", ".")),
            fires: &[],
        },
        Example {
            name: "in-a-keras-archive",
            files: || archive(&Hdf5::new().external_dataset("kernel", "/etc/hostname")),
            fires: &["hdf5-external-data", "reference-escape"],
        },
        Example {
            name: "in-a-keras-archive-twin",
            files: || archive(&Hdf5::new().dataset("kernel", &[2], &[1; 8])),
            fires: &[],
        },
    ],
    check: Check::File(check),
};

fn beside(file: &Hdf5) -> Vec<File> {
    let other = Hdf5::new().dataset("weights", &[2], &[1; 8]);
    vec![("model.weights.h5".to_owned(), file.build()), ("other.h5".to_owned(), other.build())]
}

fn archive(file: &Hdf5) -> Vec<File> {
    let zip = Zip::new().stored("metadata.json", b"{\"keras_version\": \"3.8.0\"}");
    let zip = zip.stored(
        "config.json",
        br#"{"module": "keras", "class_name": "Sequential", "config": {"layers": []}}"#,
    );
    one("model.keras", zip.stored("model.weights.h5", &file.build()).build())
}

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for (place, reference) in facts.references().filter(|(place, _)| place.format() == "hdf5") {
        findings.add(place, format!("it takes data from `{}` (its {})", reference.target, reference.role));
    }
}
