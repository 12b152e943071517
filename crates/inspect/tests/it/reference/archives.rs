//! Archives and compressed files: every member with its kind and size, and what comes out of a stream.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use weighbridge_domain::facts::{EntryKind, What};
use weighbridge_inspect::Facts;

use super::{assert_ordinary, files};

/// Members by name, of the reading of this member.
fn entries(facts: &Facts, member: &str) -> Vec<Value> {
    let mut found: Vec<_> = facts
        .iter()
        .filter(|(place, _)| *place.reading.member == *member)
        .filter_map(|(_, what)| match what {
            What::Entry(entry) => {
                let kind = if entry.kind == EntryKind::Folder { "directory" } else { "file" };
                let size = if kind == "file" { entry.size } else { 0 };
                Some(json!([entry.name.trim_end_matches('/'), kind, size]))
            }
            _ => None,
        })
        .collect();
    found.sort_by_key(Value::to_string);
    found
}

#[test]
fn archives_hold_the_members_that_their_readers_list() {
    for file in ["zip", "tar", "7z", "npz", "torch-zip", "torch-tar"].into_iter().flat_map(files) {
        let (facts, findings) = file.inspect();
        assert_ordinary(
            &file.path,
            &findings,
            &["name-content-mismatch", "numpy-object-array", "archive-odd-header"],
        );
        // Behind a stream that is no archive itself, the archive is its part.
        let packed = file.expected.get("expanded").is_some();
        let outer = facts.readings.iter().find(|reading| reading.member.is_empty() != packed).unwrap();
        if packed {
            assert_eq!(json!(outer.size), file.expected["expanded"]["size"], "{}", file.path);
        }
        let expected = file.expected["members"].as_array().unwrap();
        let mut wanted: Vec<_> = expected
            .iter()
            .map(|member| {
                let name = member["name"].as_str().unwrap();
                json!([name.trim_end_matches('/'), member["kind"], member["size"]])
            })
            .collect();
        wanted.sort_by_key(Value::to_string);
        assert_eq!(entries(&facts, &outer.member), wanted, "{}", file.path);
    }
}

#[test]
fn streams_hold_what_comes_out_of_their_readers() {
    for file in files("compressed") {
        let (facts, findings) = file.inspect();
        assert_ordinary(&file.path, &findings, &[]);
        let inner = &facts.readings[1];
        assert_eq!(json!(inner.size), file.expected["expanded"]["size"], "{}", file.path);
        let programs: Vec<_> = facts
            .iter()
            .filter_map(|(place, what)| match what {
                What::Program { protocol, opcodes, end } => Some(json!([place.at, end, opcodes, protocol])),
                _ => None,
            })
            .collect();
        let wanted: Vec<_> = file.expected["streams"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| {
                json!([one["offset"], one["end"], one["opcodes"], one["protocol"].as_u64().unwrap_or(0)])
            })
            .collect();
        assert_eq!(programs, wanted, "{}", file.path);
    }
}

#[test]
fn arrays_between_the_opcodes_of_joblib_are_where_joblib_reads_them() {
    for file in files("joblib") {
        let (facts, findings) = file.inspect();
        assert_ordinary(&file.path, &findings, &["numpy-object-array"]);
        let found: BTreeMap<_, _> = facts
            .tensors()
            .map(|(_, tensor)| {
                let end = tensor.start + tensor.length;
                (tensor.start, json!([end, tensor.shape, tensor.dtype]))
            })
            .collect();
        for array in file.expected["arrays"].as_array().unwrap() {
            let dtype = array["dtype"].as_str().unwrap();
            if dtype == "|O" {
                continue;
            }
            let start = array["data_offset"].as_u64().unwrap();
            // The order of the bytes and the unit of times stand in a state of the type, which is not followed.
            let dtype = dtype.trim_start_matches(['<', '>', '|']).split('[').next();
            let wanted = json!([array["end"], array["shape"], dtype]);
            assert_eq!(found.get(&start), Some(&wanted), "{}", file.path);
        }
    }
}
