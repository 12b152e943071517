//! What is read out of JSON, and under which names.

use weighbridge_domain::facts::{Coverage, What};

use crate::facts::Facts;
use crate::input::Input;
use crate::{Limits, inspect};

fn read(name: &str, text: impl Into<Vec<u8>>) -> Facts {
    inspect(&Input::bytes(text.into()), name, &Limits::default()).0
}

/// Keys and values of the settings, and the names of what is embedded.
fn told(name: &str, text: &str) -> (Vec<String>, Vec<String>) {
    let facts = read(name, text);
    let settings = facts.settings().map(|(_, key, value)| format!("{key}={value}")).collect();
    let members = facts.readings.iter().skip(1).map(|part| part.member.to_string()).collect();
    (settings, members)
}

#[test]
fn settings_have_the_path_to_them() {
    let (settings, members) = told(
        "config.json",
        r#"{"a":[{"auto_map":{"AutoModel":["m.A",null,"m.B"]}}],"x_file":"v","dropout":1,"trust_remote_code":true}"#,
    );
    assert_eq!(
        settings,
        [
            "a.*.auto_map.AutoModel.0=m.A",
            "a.*.auto_map.AutoModel.2=m.B",
            "x_file=v",
            "trust_remote_code=true"
        ]
    );
    assert!(members.is_empty());
}

#[test]
fn scope_is_by_the_name_of_the_file() {
    let pipeline = r#"{"_class_name":"A","unet":["diffusers","U"],"no":true,"none":[null,null]}"#;
    assert_eq!(told("model_index.json", pipeline).0, ["unet.0=diffusers", "unet.1=U"]);
    assert_eq!(told("other.json", pipeline).0, [""; 0]);
    let modules = r#"[{"idx":0,"path":"","type":"a.B","x":{"type":"c"}}]"#;
    assert_eq!(told("modules.json", modules).0, ["*.path=", "*.type=a.B"]);
    assert_eq!(told("other.json", modules).0, [""; 0]);
    let model = r#"{"n_layer":2,"text_config":{"n_layer":3},"vocab_size":"4"}"#;
    assert_eq!(told("config.json", model).0, ["n_layer=2", "vocab_size=4"]);
    assert_eq!(told("other.json", model).0, [""; 0]);
}

#[test]
fn settings_stand_where_their_key_does() {
    for text in [r#"{"b":1,"model_type":"demo"}"#, "\u{feff}{\"b\":1,\"model_type\":\"demo\"}"] {
        let facts = read("config.json", text);
        let at = text.find("model_type").map(|at| at as u64);
        assert!(at.is_some() && facts.settings().all(|(place, _, _)| place.at == at), "{text}");
    }
}

#[test]
fn templates_are_inspected_under_their_names() {
    for (text, expected) in [
        (r#"{"chat_template":"{{ a }}"}"#, &["chat_template.jinja"][..]),
        (
            r#"{"chat_template":[{"name":"tool_use","template":"{{ a }}"},{"template":"{{ b }}","name":"rag"}]}"#,
            &["tool_use.jinja", "rag.jinja"],
        ),
        (r#"{"chat_template":{"default":"{{ a }}"}}"#, &["default.jinja"]),
        (r#"{"a":[{"chat_template":"{{ a }}"}]}"#, &["chat_template.jinja"]),
        (
            r#"{"chat_template":[{"name":"../../x","template":"a","template":"b"}]}"#,
            &["chat_template.jinja", "chat_template.jinja"],
        ),
        (r#"{"chat_template":null,"name":"a","template":"b"}"#, &[]),
    ] {
        assert_eq!(told("tokenizer_config.json", text).1, expected, "{text}");
    }
    let facts = read("chat_template.json", r#"{"chat_template":"\u007b{ a }}\n"}"#);
    assert_eq!(facts.readings.last().map(|part| part.size), Some("{{ a }}\n".len() as u64));
}

#[test]
fn what_is_not_read_yet_is_not_inspected() {
    for text in [
        r#"{"__class__":"A","__module__":"b","__loader__":"ObjectNode"}"#,
        r#"{"cells":[],"metadata":{},"nbformat":4}"#,
        r#"{"learner":{},"version":[2,0,0]}"#,
        r#"{"policy":{":type:":"a",":serialized:":"gAWV"}}"#,
    ] {
        for name in ["config.json", "a.json", "data"] {
            let facts = read(name, text);
            let [reading] = facts.readings.as_slice() else { panic!("{name} {text}") };
            assert!(matches!(reading.coverage, Coverage::NotInspected { .. }), "{name} {text}");
        }
    }
    let facts = read("config.json", r#"{"class_name":"a","b":{"config":{}},"version":"1","cells":3}"#);
    assert_eq!(facts.readings.first().map(|part| &part.coverage), Some(&Coverage::Inspected));
}

#[test]
fn objects_of_keras_are_found_at_any_depth() {
    let text = r#"{"class_name":"Sequential","config":[{"config":{"function":["eA==",null],"function_type":"lambda"},
        "class_name":"Lambda"},{"b":{"module":"a","class_name":"B","config":{"vocabulary":["x"],"vocabulary":"y"}}},
        {"class_name":"C"},{"class_name":"function","module":"d","config":"e"},{"class_name":"F","config":{},
        "class_name":"G"},{"class_name":"__tuple__","config":{}},{"class_name":"G","config":null}]}"#;
    let facts = read("config.json", text);
    let objects: Vec<_> = facts
        .objects()
        .map(|(_, object)| (object.name.to_string(), object.path.as_str(), object.count))
        .collect();
    let expected = [
        (".G".to_owned(), "config.*", 2),
        (".Lambda".to_owned(), "config.*", 1),
        (".Sequential".to_owned(), "", 1),
        ("a.B".to_owned(), "config.*.b", 1),
        ("d.e".to_owned(), "config.*", 1),
    ];
    assert_eq!(objects, expected);
    let words: Vec<_> = facts.references().map(|(_, reference)| reference.target.as_str()).collect();
    assert_eq!(words, ["y"]);
    assert_eq!(facts.iter().filter(|(_, what)| matches!(what, What::Code { .. })).count(), 1);
}

#[test]
fn formats_are_told_apart_by_content_first() {
    for (name, text, expected) in [
        ("config.json", r#"{"a":1}"#, Some("model-config")),
        ("config.json", "{{ a }}", Some("json")),
        ("data", r#"[{"a":1}]"#, Some("json")),
        ("data", "[1] is a reference", Some("text")),
        ("notes.txt", "{\"a\":1}\n{\"a\":2}\n", Some("text")),
        ("template.jinja", "{% if a %}{}{% endif %}", Some("chat-template")),
        ("template.txt", "{% if a %}{}{% endif %}", Some("text")),
        ("model.safetensors.index.json", r#"{"weight_map":{}}"#, Some("safetensors-index")),
    ] {
        let facts = read(name, text);
        let formats: Vec<_> = facts.readings.iter().map(|part| part.format).collect();
        assert_eq!(formats, [expected], "{name} {text}");
    }
    let long = format!("[{}0]", "1234567890,".repeat(10_000));
    assert_eq!(read("data", long).readings.first().and_then(|part| part.format), Some("json"));
}

#[test]
fn many_settings_are_bounded_and_said_to_be() {
    let text = format!("[{}0]", r#"{"model_type":"a"},"#.repeat(20_000));
    let facts = read("a.json", text);
    assert_eq!(facts.settings().count(), 10_000);
    assert!(matches!(
        facts.readings.first().map(|part| &part.coverage),
        Some(Coverage::NotInspected { why }) if why.contains("10000")
    ));
    assert!(facts.facts.iter().all(|fact| matches!(fact.what, What::Setting { .. })));
}
