//! `docs/report.schema.json` describes what is written. This checks as much of JSON Schema as that file uses.

use serde_json::Value;
use weighbridge_inspect::formats::FORMATS;
use weighbridge_inspect::rules::RULES;
use weighbridge_inspect::samples;

use crate::run::{folder, run};

const SCHEMA: &str = include_str!("../../../../docs/report.schema.json");

pub(crate) struct Schema(pub(crate) Value);

impl Schema {
    /// What does not fit, with the path to it.
    pub(crate) fn misfits(&self, schema: &Value, value: &Value, at: &str, out: &mut Vec<String>) {
        let mut refuse = |what: String| out.push(format!("{at}: {what}"));
        for (key, rule) in schema.as_object().unwrap() {
            match key.as_str() {
                "$schema" | "$defs" | "title" | "description" | "properties" | "items" => {}
                "$ref" => {
                    let target = self.0.pointer(rule.as_str().unwrap().trim_start_matches('#')).unwrap();
                    self.misfits(target, value, at, out);
                    return self.misfits_inside(schema, value, at, out);
                }
                "type" => {
                    let is = |name: &Value| match name.as_str().unwrap() {
                        "object" => value.is_object(),
                        "array" => value.is_array(),
                        "string" => value.is_string(),
                        "integer" => value.is_u64(),
                        "number" => value.is_number(),
                        "boolean" => value.is_boolean(),
                        "null" => value.is_null(),
                        other => panic!("type {other}"),
                    };
                    if !rule.as_array().map_or_else(|| is(rule), |names| names.iter().any(is)) {
                        refuse(format!("{value} is not of type {rule}"));
                    }
                }
                "required" => {
                    for name in rule.as_array().unwrap() {
                        if value.get(name.as_str().unwrap()).is_none() {
                            refuse(format!("{name} is missing"));
                        }
                    }
                }
                "additionalProperties" => {
                    assert_eq!(rule, &Value::Bool(false));
                    for name in value.as_object().into_iter().flat_map(|object| object.keys()) {
                        if schema["properties"].get(name).is_none() {
                            refuse(format!("{name} is not described"));
                        }
                    }
                }
                "const" if rule == value => {}
                "enum" if rule.as_array().unwrap().contains(value) => {}
                "const" | "enum" => refuse(format!("{value} is not {rule}")),
                "minimum" => assert_eq!(rule, &Value::from(0)),
                "pattern" => {
                    if !matches(rule.as_str().unwrap(), value.as_str().unwrap_or_default()) {
                        refuse(format!("{value} does not match {rule}"));
                    }
                }
                "oneOf" => {
                    let fits = |schema: &&Value| {
                        let mut misfits = Vec::new();
                        self.misfits(schema, value, at, &mut misfits);
                        misfits.is_empty()
                    };
                    let count = rule.as_array().unwrap().iter().filter(fits).count();
                    if count != 1 {
                        refuse(format!("{value} fits {count} of the alternatives"));
                    }
                }
                other => panic!("{other} is not understood here"),
            }
        }
        self.misfits_inside(schema, value, at, out);
    }

    fn misfits_inside(&self, schema: &Value, value: &Value, at: &str, out: &mut Vec<String>) {
        for (name, schema) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
            if let Some(value) = value.get(name) {
                self.misfits(schema, value, &format!("{at}/{name}"), out);
            }
        }
        if let (Some(schema), Some(values)) = (schema.get("items"), value.as_array()) {
            for (index, value) in values.iter().enumerate() {
                self.misfits(schema, value, &format!("{at}/{index}"), out);
            }
        }
    }
}

/// The patterns of the schema.
fn matches(pattern: &str, text: &str) -> bool {
    let hexadecimal =
        |length| text.len() == length && text.bytes().all(|c| matches!(c, b'0'..=b'9' | b'a'..=b'f'));
    match pattern {
        "^[0-9a-f]{64}$" => hexadecimal(64),
        "^[0-9a-f]{32}$" => hexadecimal(32),
        "^[a-z-]+$" => !text.is_empty() && text.bytes().all(|c| c.is_ascii_lowercase() || c == b'-'),
        "^[a-z0-9-]+$" => {
            !text.is_empty()
                && text.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-')
        }
        r"^weighbridge\.diff/1\.[0-9]+$" => {
            text.strip_prefix("weighbridge.diff/1.").is_some_and(|minor| minor.parse::<u32>().is_ok())
        }
        r"^weighbridge\.scan/1\.[0-9]+$" => {
            text.strip_prefix("weighbridge.scan/1.").is_some_and(|minor| minor.parse::<u32>().is_ok())
        }
        other => panic!("pattern {other}"),
    }
}

#[test]
fn the_schema_describes_the_report_on_every_sample() {
    let schema = Schema(serde_json::from_str(SCHEMA).unwrap());
    let folder = folder(&[]);
    for format in FORMATS {
        samples::write(&folder.path().join("formats").join(format.id), &(format.samples)()).unwrap();
    }
    for rule in RULES {
        for example in rule.examples {
            let place = folder.path().join(rule.id).join(example.name);
            samples::write(&place, &(example.files)()).unwrap();
        }
    }
    let run = run(folder.path(), &["scan", ".", "--format", "json", "--facts"]);
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    let mut misfits = Vec::new();
    schema.misfits(&schema.0, &report, "", &mut misfits);
    assert!(misfits.is_empty(), "{}", misfits.join("\n"));
    assert!(report["files"].as_array().unwrap().len() > FORMATS.len() / 2);

    // The check itself finds what is wrong.
    let mut wrong = report.clone();
    wrong["answer"] = "clean".into();
    wrong["files"][0]["sha256"] = "0".into();
    wrong["more"] = true.into();
    schema.misfits(&schema.0, &wrong, "", &mut misfits);
    misfits.sort();
    assert_eq!(misfits.len(), 3, "{misfits:?}");
}
