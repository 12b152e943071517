//! Manifests of Kubernetes and values of Helm: the images they run, with what arguments and rights.

use weighbridge_domain::facts::{ModelReference, What, When};

use super::command::{self, Runner, models};
use super::compose::{has_key, leaves, text};
use super::image::image;
use super::yaml::tree::{Node, Value};
use super::{Format, Support, yaml};
use crate::detect::{Probe, Recognition};
use crate::limits::Fault;
use crate::samples::commands;
use crate::text;
use crate::walk::Visit;

/// Manifests.
pub static FORMAT: Format = Format {
    id: "manifest",
    title: "Manifest of Kubernetes",
    extensions: &[],
    support: Support::Inspected,
    carries_code: true,
    refines: &["yaml"],
    docs: "YAML with `apiVersion` and `kind`, also of KServe and others, and the `values.yaml` of a chart of Helm. Besides what \
           is read of any YAML: images, commands and arguments, models that are named in arguments or as a place to load \
           from, rights of containers, folders of the host, and variables. Templates of charts are read as far as they \
           are YAML without what is filled in; the report then says that it was not filled in.",
    recognise,
    read,
    samples: commands::manifests,
};

fn recognise(probe: &Probe<'_>) -> Recognition {
    if !probe.ends_with(&["tpl", "yaml", "yml"]) || !probe.is_text() {
        return Recognition::No;
    }
    let object = has_key(&probe.head, "apiVersion") && has_key(&probe.head, "kind");
    let values = probe.name.starts_with("values") && has_key(&probe.head, "image");
    Recognition::certain_if(object || values)
}

fn read(visit: &mut Visit<'_>) -> Result<(), Fault> {
    let mut source = text(visit)?;
    if source.contains("{{") {
        visit.incomplete("the templates in it were not filled in");
        source = unfilled(&source);
    }
    for document in yaml::read_trees(visit, &source)? {
        Walk { path: String::new() }.node(visit, &document)?;
    }
    Ok(())
}

/// A text of the same length that has letters in the place of what is filled in, and nothing in lines that steer that.
fn unfilled(source: &str) -> String {
    let mut out = String::new();
    let mut open = false;
    for line in source.split_inclusive('\n') {
        let whole = line.trim();
        let steers = open || whole.starts_with("{{") && (whole.ends_with("}}") || !whole.contains("}}"));
        let mut rest = line;
        while let Some(at) = rest.find(if open { "}}" } else { "{{" }) {
            let (before, behind) = rest.split_at(at);
            let (sign, behind) = behind.split_at(2);
            let filler = if steers { ' ' } else { 'x' };
            match open {
                true => out.extend(std::iter::repeat_n(filler, before.len().saturating_add(2))),
                false if steers => out.extend(std::iter::repeat_n(' ', before.len().saturating_add(2))),
                false => out.extend([before, if sign.is_empty() { "" } else { "xx" }]),
            }
            open = !open;
            rest = behind;
        }
        if open || steers {
            let end = rest.len().saturating_sub(rest.trim_end_matches(['\n', '\r']).len());
            out.extend(std::iter::repeat_n(' ', rest.len().saturating_sub(end)));
            out.push_str(rest.get(rest.len().saturating_sub(end)..).unwrap_or_default());
        } else {
            out.push_str(rest);
        }
    }
    out
}

/// Keys that say what a container may do, wherever they stand.
const RIGHTS: [&str; 12] = [
    "add",
    "allowPrivilegeEscalation",
    "automountServiceAccountToken",
    "hostIPC",
    "hostNetwork",
    "hostPID",
    "privileged",
    "procMount",
    "readOnlyRootFilesystem",
    "runAsNonRoot",
    "runAsUser",
    "trustRemoteCode",
];

struct Walk {
    path: String,
}

impl Walk {
    fn node(&mut self, visit: &mut Visit<'_>, node: &Node) -> Result<(), Fault> {
        visit.budget.tick()?;
        for (number, item) in node.items().iter().enumerate() {
            self.step(visit, &number.to_string(), item)?;
        }
        for (key, value) in node.pairs() {
            match key.as_str() {
                "image" => one_image(visit, value),
                "storageUri" | "modelUri" => storage(visit, value),
                "hostPath" => {
                    if let Some(path) = value.get("path") {
                        self.settings(visit, "hostPath", path);
                    }
                }
                key if RIGHTS.contains(&key) => self.settings(visit, key, value),
                _ => {}
            }
            self.step(visit, key, value)?;
        }
        if node.get("args").is_some() || node.get("command").is_some() {
            container(visit, node);
        }
        if let (Some(name), Some(value)) = (node.get("name").and_then(Node::text), node.get("value"))
            && self.path.contains("env")
            && let Some(text) = value.text()
        {
            let key = format!("env.{}", text::kept(name.as_bytes(), 128));
            visit.fact(value.at, What::Directive { key, value: text::kept(text.as_bytes(), 512) });
        }
        Ok(())
    }

    fn step(&mut self, visit: &mut Visit<'_>, key: &str, node: &Node) -> Result<(), Fault> {
        if matches!(node.value, Value::Text { .. }) {
            return Ok(());
        }
        let length = self.path.len();
        if length > 0 {
            self.path.push('.');
        }
        self.path.push_str(key.get(..key.floor_char_boundary(128)).unwrap_or_default());
        self.node(visit, node)?;
        self.path.truncate(length);
        Ok(())
    }

    fn settings(&self, visit: &mut Visit<'_>, key: &str, node: &Node) {
        for (at, value) in leaves(node) {
            visit.fact(at, What::Directive { key: format!("{}.{key}", self.path), value });
        }
    }
}

/// An image as a text, or in the parts that charts have for it.
fn one_image(visit: &mut Visit<'_>, node: &Node) {
    if let Some(text) = node.text() {
        if !text.is_empty() {
            visit.fact(node.at, What::Image(image("image", text)));
        }
        return;
    }
    let part = |key: &str| node.get(key).and_then(Node::text).filter(|text| !text.is_empty());
    let Some(name) = part("repository").or_else(|| part("name")) else { return };
    let mut one = image("image", name);
    if let Some(registry) = part("registry") {
        one.name = format!("{registry}/{}", one.name);
    }
    one.tag = part("tag").map(|tag| text::kept(tag.as_bytes(), 256)).or(one.tag);
    one.digest =
        part("digest").or_else(|| part("sha")).map(|one| text::kept(one.as_bytes(), 256)).or(one.digest);
    visit.fact(node.at, What::Image(one));
}

/// A place that a server loads its model from.
fn storage(visit: &mut Visit<'_>, node: &Node) {
    let Some(text) = node.text() else { return };
    let Some(name) = text.strip_prefix("hf://") else { return };
    let (name, revision) = match name.split_once([':', '@']) {
        Some((name, revision)) => (name, Some(text::kept(revision.as_bytes(), 256))),
        None => (name, None),
    };
    visit.fact(
        node.at,
        What::ModelReference(ModelReference {
            asked_by: "storageUri".to_owned(),
            name: text::kept(name.as_bytes(), 256),
            revision,
            trusts_remote_code: false,
            text: text::kept(text.as_bytes(), 512),
        }),
    );
}

/// The program of a container: its command and arguments, or the arguments alone for the program of its image.
fn container(visit: &mut Visit<'_>, node: &Node) {
    let words = |key: &str| node.get(key).map(Node::texts).unwrap_or_default();
    let (program, arguments) = (words("command"), words("args"));
    let at = node.get("command").or_else(|| node.get("args")).map_or(node.at, |node| node.at);
    let runner = Runner::new("manifest", When::Loaded, at).at(at);
    if program.is_empty() {
        let image = node.get("image").and_then(Node::text).unwrap_or_default();
        return models::of_image(visit, at, image, &arguments);
    }
    command::emit_words(visit, runner, &[program, arguments].concat());
}

#[cfg(test)]
mod tests {
    use super::unfilled;

    #[test]
    fn what_is_filled_in_keeps_its_place() {
        let source = "{{- if .Values.a }}\nimage: \"{{ .Values.b }}:{{ .Values.c }}\"\n{{- end }}\nd: {{ include \"x\" .\n | indent 4 }}\n";
        let plain = unfilled(source);
        assert_eq!(plain.len(), source.len());
        let lines: Vec<&str> = plain.lines().map(str::trim_end).collect();
        assert_eq!(lines[1], format!("image: \"{}:{}\"", "x".repeat(15), "x".repeat(15)));
        assert!(lines[0].is_empty() && lines[2].is_empty());
        assert!(!plain.contains('{') && !plain.contains('}'));
    }
}
