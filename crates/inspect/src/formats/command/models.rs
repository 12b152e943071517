//! Models and images that commands ask for: the programs that fetch or serve them, and their options.

use weighbridge_domain::facts::{ModelReference, Program, What};

use crate::formats::image::image;
use crate::text;
use crate::walk::Visit;

/// Bytes kept of a name.
const NAME_KEPT: usize = 256;
/// Bytes kept of the text.
const TEXT_KEPT: usize = 512;

/// Options that name a model.
const OPTIONS: [&str; 12] = [
    "--model",
    "--model-id",
    "--model-path",
    "--model_id",
    "--model_name_or_path",
    "--model-name-or-path",
    "--model_path",
    "--hf-repo",
    "-hf",
    "-hfr",
    "--repo-id",
    "--base-model",
];

/// Programs, with what must follow, that name their model without an option.
const POSITIONAL: [(&str, &[&str]); 14] = [
    ("aphrodite", &["run"]),
    ("hf", &["download"]),
    ("huggingface-cli", &["download"]),
    ("litgpt", &["download"]),
    ("lmdeploy", &["serve", "api_server"]),
    ("mlc_llm", &["serve"]),
    ("modelscope", &["download"]),
    ("ollama", &["create"]),
    ("ollama", &["pull"]),
    ("ollama", &["run"]),
    ("spacy", &["download"]),
    ("trtllm-serve", &[]),
    ("tune", &["download"]),
    ("vllm", &["serve"]),
];

/// Programs that take the options above and fetch what they name.
const SERVERS: [&str; 12] = [
    "aphrodite",
    "infinity_emb",
    "llama-cli",
    "llama-server",
    "lm_eval",
    "mlc_llm",
    "modelscope",
    "optimum-cli",
    "text-embeddings-router",
    "text-generation-launcher",
    "text-generation-server",
    "vllm",
];

/// Modules of Python that do.
const MODULES: [&str; 8] = [
    "aphrodite.",
    "fastchat.",
    "lmdeploy",
    "mlx_lm",
    "mlx_vlm",
    "sglang.",
    "text_generation_server",
    "vllm.",
];

/// Notes what a program asks for.
pub(super) fn of_program(visit: &mut Visit<'_>, at: u64, program: &Program, source: &str) {
    let words = &program.words;
    let word = |number: usize| words.get(number).map_or("", String::as_str);
    let name = program.name();
    if matches!(name, "docker" | "nerdctl" | "podman") {
        return containers(visit, at, words, source);
    }
    if matches!(name, "aria2c" | "curl" | "wget") {
        let places = words.iter().filter_map(|word| resolved(word));
        for (model, revision) in places.take(16) {
            note(visit, at, name, &model, Some(revision), false, source);
        }
        return;
    }
    let trusts = trusts(words);
    let positional = POSITIONAL.iter().find(|(known, behind)| {
        *known == name && behind.iter().enumerate().all(|(at, wanted)| word(at.saturating_add(1)) == *wanted)
    });
    let module = if name.starts_with("python") {
        words.iter().position(|word| word == "-m").map(|at| word(at.saturating_add(1)))
    } else {
        None
    };
    let serves = SERVERS.contains(&name)
        || module.is_some_and(|module| MODULES.iter().any(|one| module.starts_with(one)));
    let asked_by = match (positional, module) {
        (Some((known, behind)), _) => [&[*known], *behind].concat().join(" "),
        (None, Some(module)) => module.to_owned(),
        (None, None) => name.to_owned(),
    };
    let given = option(words, &OPTIONS).filter(|_| serves || positional.is_some() || trusts);
    let given = given.or_else(|| {
        let skipped = positional.map(|(_, behind)| behind.len().saturating_add(1))?;
        first_plain(words.get(skipped..).unwrap_or_default())
    });
    let revision = option(words, &["--revision"]).map(str::to_owned);
    if name == "ollama" {
        if let Some(given) = given.filter(|_| word(1) != "create") {
            let (model, tag) =
                given.split_once(':').map_or((given, None), |(model, tag)| (model, Some(tag.to_owned())));
            note(visit, at, &asked_by, model, tag, false, source);
        }
        return;
    }
    reference(visit, at, &asked_by, given, revision, trusts, source);
}

/// The arguments for the program of an image.
pub(in crate::formats) fn of_image(visit: &mut Visit<'_>, at: u64, name: &str, arguments: &[String]) {
    let given = option(arguments, &OPTIONS);
    let revision = option(arguments, &["--revision"]).map(str::to_owned);
    let asked_by = image("", name).name;
    let asked_by = asked_by.rsplit('/').next().unwrap_or_default();
    let source = arguments.join(" ");
    reference(
        visit,
        at,
        if asked_by.is_empty() { "args" } else { asked_by },
        given,
        revision,
        trusts(arguments),
        &source,
    );
}

fn reference(
    visit: &mut Visit<'_>,
    at: u64,
    asked_by: &str,
    given: Option<&str>,
    revision: Option<String>,
    trusts: bool,
    source: &str,
) {
    // A server of ggml names the file behind a colon.
    let model = given.unwrap_or_default();
    let model = model.split_once(':').filter(|(name, _)| is_hub_name(name)).map_or(model, |(name, _)| name);
    if trusts || is_hub_name(model) {
        note(visit, at, asked_by, model, revision, trusts, source);
    }
}

fn note(
    visit: &mut Visit<'_>,
    at: u64,
    asked_by: &str,
    name: &str,
    revision: Option<String>,
    trusts_remote_code: bool,
    source: &str,
) {
    let kept = |text: &str, limit| text::kept(text.as_bytes(), limit);
    visit.fact(
        at,
        What::ModelReference(ModelReference {
            asked_by: kept(asked_by, 80),
            name: kept(name, NAME_KEPT),
            revision: revision.map(|one| kept(&one, NAME_KEPT)),
            trusts_remote_code,
            text: kept(source, TEXT_KEPT),
        }),
    );
}

/// `owner/name`, as hubs have them.
fn is_hub_name(name: &str) -> bool {
    let part = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_alphanumeric())
            && part.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c))
    };
    name.split_once('/').is_some_and(|(owner, name)| part(owner) && part(name))
}

/// The model and revision in an address that ends in a file of a hub.
fn resolved(word: &str) -> Option<(String, String)> {
    let (before, behind) = word.split_once("/resolve/")?;
    let (_, path) = before.split_once("://")?;
    let (_, model) = path.split_once('/')?;
    let revision = behind.split('/').next()?;
    Some((model.to_owned(), revision.to_owned()))
}

/// The value of the first of these options.
fn option<'w>(words: &'w [String], names: &[&str]) -> Option<&'w str> {
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        if names.contains(&word.as_str()) {
            return rest.next().map(String::as_str);
        }
        if let Some((name, value)) = word.split_once('=')
            && names.contains(&name)
        {
            return Some(value);
        }
    }
    None
}

fn trusts(words: &[String]) -> bool {
    let mut rest = words.iter().peekable();
    while let Some(word) = rest.next() {
        let (name, value) =
            word.split_once('=').map_or((word.as_str(), None), |(name, value)| (name, Some(value)));
        if matches!(name, "--trust-remote-code" | "--trust_remote_code") {
            let value = value.or_else(|| rest.peek().map(|next| next.as_str())).unwrap_or_default();
            return !matches!(value.to_lowercase().as_str(), "0" | "false" | "no");
        }
    }
    false
}

/// The first word that is no option; options with a value are told by what follows.
fn first_plain(words: &[String]) -> Option<&str> {
    words.iter().map(String::as_str).find(|word| !word.starts_with('-'))
}

/// Options of `docker run` behind which no value stands.
const SWITCHES: [&str; 16] = [
    "--detach",
    "--disable-content-trust",
    "--init",
    "--interactive",
    "--no-healthcheck",
    "--oom-kill-disable",
    "--privileged",
    "--publish-all",
    "--quiet",
    "--read-only",
    "--replace",
    "--rm",
    "--sig-proxy",
    "--tls-verify",
    "--tty",
    "-P",
];

/// The image that a container is made of, and what its program is told.
fn containers(visit: &mut Visit<'_>, at: u64, words: &[String], source: &str) {
    let mut rest = words.iter().skip(1).map(String::as_str).peekable();
    let verb = rest
        .find(|word| !word.starts_with('-') && !matches!(*word, "container" | "image"))
        .unwrap_or_default();
    if !matches!(verb, "create" | "pull" | "run") {
        return;
    }
    while let Some(word) = rest.next_if(|word| word.starts_with('-')) {
        // `-it` and the like are switches, too.
        let cluster = !word.starts_with("--") && word.chars().skip(1).all(|c| "dit".contains(c));
        if !(cluster
            || word.contains('=')
            || SWITCHES.contains(&word)
            || verb == "pull" && word != "--platform")
        {
            rest.next();
        }
    }
    let Some(name) = rest.next() else { return };
    visit.fact(at, What::Image(image(&format!("docker {verb}"), name)));
    let arguments: Vec<String> = rest.map(str::to_owned).collect();
    if !arguments.is_empty() {
        let asked_by = image("", name).name;
        let given = option(&arguments, &OPTIONS);
        let revision = option(&arguments, &["--revision"]).map(str::to_owned);
        let asked_by = asked_by.rsplit('/').next().unwrap_or_default();
        reference(visit, at, asked_by, given, revision, trusts(&arguments), source);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_names_of_hubs_from_paths() {
        for (name, expected) in [
            ("a/b", true),
            ("a-b/c.d_e", true),
            ("a", false),
            ("/a/b", false),
            ("./a", false),
            ("a/b/c", false),
            ("a/$B", false),
        ] {
            assert_eq!(is_hub_name(name), expected, "{name}");
        }
        let address = "https://example.org/a/b/resolve/main/model.gguf?download=true";
        assert_eq!(resolved(address), Some(("a/b".to_owned(), "main".to_owned())));
    }
}
