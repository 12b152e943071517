//! Workflows of GitHub and pipelines of GitLab: what they run, with what rights, and on whose text.

use weighbridge_domain::facts::{Image, What, When};

use super::command::{self, Runner};
use super::compose::{has_key, leaves, text};
use super::image::image;
use super::yaml::tree::{Node, Value};
use super::{Format, Support, yaml};
use crate::detect::{Probe, Recognition};
use crate::limits::Fault;
use crate::samples::commands;
use crate::text;
use crate::walk::Visit;

/// Workflows.
pub static FORMAT: Format = Format {
    id: "workflow",
    title: "Workflow",
    extensions: &[],
    support: Support::Inspected,
    carries_code: true,
    refines: &["compose", "manifest", "yaml"],
    docs: "Workflows and actions of GitHub (YAML with `on` and `jobs`, or with `runs`) and `.gitlab-ci.yml`. Besides what is \
           read of any YAML: what starts them, the rights of their token, the actions and workflows they use with the \
           revision, their images, and the commands they run. Expressions that stand in a command are noted. What a \
           called workflow or action does is not known; conditions are not followed.",
    recognise,
    read,
    samples: commands::workflows,
};

fn recognise(probe: &Probe<'_>) -> Recognition {
    if !probe.ends_with(&["yaml", "yml"]) || !probe.is_text() {
        return Recognition::No;
    }
    let github = has_key(&probe.head, "jobs") && has_key(&probe.head, "on");
    let action = matches!(probe.name.as_str(), "action.yml" | "action.yaml") && has_key(&probe.head, "runs");
    let gitlab = probe.name.ends_with(".gitlab-ci.yml") || probe.name.ends_with(".gitlab-ci.yaml");
    Recognition::certain_if(github || action || gitlab)
}

fn read(visit: &mut Visit<'_>) -> Result<(), Fault> {
    let gitlab = visit.name.contains(".gitlab-ci.");
    let source = text(visit)?;
    for document in yaml::read_trees(visit, &source)? {
        if gitlab {
            pipeline(visit, &document)?;
        } else {
            workflow(visit, &document)?;
        }
    }
    Ok(())
}

fn directive(visit: &mut Visit<'_>, at: u64, key: String, value: &str) {
    visit.fact(at, What::Directive { key, value: text::kept(value.as_bytes(), 512) });
}

fn workflow(visit: &mut Visit<'_>, document: &Node) -> Result<(), Fault> {
    if let Some(on) = document.get("on") {
        for (name, node) in on.pairs() {
            directive(visit, node.at, "on".to_owned(), name);
        }
        for (at, name) in if on.pairs().is_empty() { leaves(on) } else { Vec::new() } {
            directive(visit, at, "on".to_owned(), &name);
        }
    }
    permissions(visit, "permissions", document);
    if let Some(runs) = document.get("runs") {
        if let Some(node) = runs.get("image")
            && let Some(name) = node.text().and_then(|text| text.strip_prefix("docker://"))
        {
            visit.fact(node.at, What::Image(image("image", name)));
        }
        steps(visit, "runs", runs)?;
    }
    for (name, job) in document.get("jobs").map(Node::pairs).unwrap_or_default() {
        visit.budget.tick()?;
        let key = format!("jobs.{}", text::kept(name.as_bytes(), 128));
        permissions(visit, &format!("{key}.permissions"), job);
        if let Some(uses) = job.get("uses") {
            used(visit, uses);
        }
        if let Some(runner) = job.get("runs-on") {
            for (at, name) in leaves(runner) {
                directive(visit, at, format!("{key}.runs-on"), &name);
            }
        }
        if matches!(job.get("secrets").and_then(Node::text), Some("inherit")) {
            directive(visit, job.at, format!("{key}.secrets"), "inherit");
        }
        if let Some(container) = job.get("container") {
            container_of(visit, container);
        }
        for (_, service) in job.get("services").map(Node::pairs).unwrap_or_default() {
            container_of(visit, service);
        }
        steps(visit, &key, job)?;
    }
    Ok(())
}

fn container_of(visit: &mut Visit<'_>, node: &Node) {
    let named = if node.text().is_some() { Some(node) } else { node.get("image") };
    if let Some(named) = named
        && let Some(name) = named.text()
    {
        visit.fact(named.at, What::Image(image("image", name)));
    }
    if let Some(options) = node.get("options")
        && let Some(text) = options.text()
    {
        directive(visit, options.at, "container.options".to_owned(), text);
    }
}

fn permissions(visit: &mut Visit<'_>, key: &str, node: &Node) {
    let Some(permissions) = node.get("permissions") else { return };
    if let Some(all) = permissions.text() {
        directive(visit, permissions.at, key.to_owned(), all);
    }
    for (name, node) in permissions.pairs() {
        directive(visit, node.at, format!("{key}.{name}"), node.text().unwrap_or_default());
    }
}

fn steps(visit: &mut Visit<'_>, key: &str, job: &Node) -> Result<(), Fault> {
    for step in job.get("steps").map(Node::items).unwrap_or_default() {
        visit.budget.tick()?;
        if let Some(uses) = step.get("uses") {
            used(visit, uses);
        }
        let shell = step.get("shell").and_then(Node::text).unwrap_or_default();
        if let Some(run) = step.get("run") {
            run_of(visit, run, shell);
        }
        let with = step.get("with");
        // An action whose input is a program.
        if let Some(script) = with.and_then(|with| with.get("script")) {
            expressions(visit, script);
        }
        if let Some(reference) = with.and_then(|with| with.get("ref"))
            && let Some(text) = reference.text()
        {
            directive(visit, reference.at, format!("{key}.ref"), text);
        }
    }
    Ok(())
}

/// An action or workflow that is used.
fn used(visit: &mut Visit<'_>, node: &Node) {
    let Some(name) = node.text().filter(|name| !name.starts_with("./")) else { return };
    if let Some(name) = name.strip_prefix("docker://") {
        return visit.fact(node.at, What::Image(image("image", name)));
    }
    let (name, revision) = name.split_once('@').unwrap_or((name, ""));
    let fixed = revision.len() == 40 && revision.bytes().all(|byte| byte.is_ascii_hexdigit());
    let revision = (!revision.is_empty()).then(|| text::kept(revision.as_bytes(), 256));
    let (tag, digest) = if fixed { (None, revision) } else { (revision, None) };
    let name = text::kept(name.as_bytes(), 256);
    visit.fact(node.at, What::Image(Image { asked_by: "uses".to_owned(), name, tag, digest }));
}

/// Notes the expressions that are put into a text before it runs.
fn expressions(visit: &mut Visit<'_>, node: &Node) {
    let Value::Text { text, lines } = &node.value else { return };
    for (at, _) in text.match_indices("${{").take(256) {
        let rest = text.get(at.saturating_add(3)..).unwrap_or_default();
        let inner = rest.split("}}").next().unwrap_or_default().trim();
        let place = lines.iter().rev().find(|(start, _)| *start <= at);
        let place =
            place.map_or(node.at, |(start, from)| from.saturating_add(at.saturating_sub(*start) as u64));
        directive(visit, place, "run.expression".to_owned(), inner);
    }
}

fn run_of(visit: &mut Visit<'_>, node: &Node, shell: &str) {
    expressions(visit, node);
    let Value::Text { text, lines } = &node.value else { return };
    let plain = without_expressions(text);
    let runner = Runner::new("workflow", When::Installed, node.at);
    let program = shell.split_whitespace().next().unwrap_or_default();
    if matches!(program, "cmd" | "node" | "perl" | "powershell" | "pwsh" | "python" | "ruby") {
        if plain != *text && program == "python" {
            return visit.incomplete("Python with something put into it by the workflow was not looked at");
        }
        let option = if program == "perl" || program == "node" || program == "ruby" { "-e" } else { "-c" };
        return command::emit_words(
            visit,
            runner.at(node.at),
            &[program.to_owned(), option.to_owned(), plain],
        );
    }
    if lines.is_empty() {
        command::emit(visit, runner.at(node.at), &plain);
    } else {
        command::emit(visit, runner.pieces(lines), &plain);
    }
}

/// A text of the same length, with a variable that is not known in the place of each expression.
pub(super) fn without_expressions(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once("${{") {
        out.push_str(before);
        let Some((inner, after)) = behind.split_once("}}") else {
            rest = behind;
            out.push_str("$__");
            continue;
        };
        out.push_str("$__");
        out.extend(std::iter::repeat_n('_', inner.len().saturating_add(2)));
        rest = after;
    }
    out.push_str(rest);
    out
}

/// A pipeline of GitLab: jobs are the keys that no keyword is.
fn pipeline(visit: &mut Visit<'_>, document: &Node) -> Result<(), Fault> {
    container_of_pipeline(visit, document);
    scripts(visit, document);
    for include in document
        .get("include")
        .map(|node| std::slice::from_ref(node).iter().chain(node.items()))
        .into_iter()
        .flatten()
    {
        if let Some(remote) = include.get("remote")
            && let Some(address) = remote.text()
        {
            let name = text::kept(address.as_bytes(), 512);
            visit.fact(
                remote.at,
                What::Image(Image { asked_by: "uses".to_owned(), name, tag: None, digest: None }),
            );
        }
    }
    for (_, job) in document.pairs() {
        visit.budget.tick()?;
        container_of_pipeline(visit, job);
        scripts(visit, job);
    }
    Ok(())
}

fn container_of_pipeline(visit: &mut Visit<'_>, node: &Node) {
    let services = node.get("services").map(Node::items).unwrap_or_default();
    for one in node.get("image").into_iter().chain(services) {
        let named = if one.text().is_some() { Some(one) } else { one.get("name") };
        if let Some(named) = named
            && let Some(name) = named.text()
        {
            visit.fact(named.at, What::Image(image("image", name)));
        }
    }
}

fn scripts(visit: &mut Visit<'_>, job: &Node) {
    for key in ["before_script", "script", "after_script"] {
        let Some(node) = job.get(key) else { continue };
        for line in std::iter::once(node).chain(node.items()) {
            let Value::Text { text, lines } = &line.value else { continue };
            let runner = Runner::new("workflow", When::Installed, line.at);
            if lines.is_empty() {
                command::emit(visit, runner.at(line.at), text);
            } else {
                command::emit(visit, runner.pieces(lines), text);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::without_expressions;

    #[test]
    fn expressions_become_variables_of_the_same_length() {
        for (text, expected) in [("a ${{ b }} c", "a $_______ c"), ("${{", "$__"), ("x", "x")] {
            let plain = without_expressions(text);
            assert_eq!((plain.as_str(), plain.len()), (expected, text.len()));
        }
    }
}
