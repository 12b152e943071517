//! What one file says that a bill of material is made from.

use weighbridge_domain::bill::{Base, Field, Known, Stated, Tensors, Terms, TestResult, Topic};
use weighbridge_domain::facts::{Card, Licence, LicenceSource, Origin, Package, Tensor, What};

use super::terms::terms;
use crate::facts::{Facts, Place};
use crate::secrets::masked;
use crate::text;

/// What one file says.
#[derive(Debug, Clone, Default)]
pub struct Sheet {
    pub(super) stated: Vec<(Field, Stated)>,
    pub(super) bases: Vec<Base>,
    pub(super) datasets: Vec<Stated>,
    pub(super) terms: Vec<Terms>,
    pub(super) passages: Vec<(Topic, Stated)>,
    pub(super) results: Vec<TestResult>,
    pub(super) packages: Vec<Package>,
    pub(super) tensors: Tensors,
}

/// Characters kept of a name and of a description.
const NAME: usize = 300;
const TEXT: usize = 2000;

/// Statements kept of one file.
const MOST: usize = 500;

/// Types of tensors told apart.
const MOST_TYPES: usize = 64;

impl Sheet {
    /// What these facts say.
    pub(crate) fn of(path: &str, facts: &Facts) -> Self {
        let mut sheet = Self::default();
        for (place, what) in facts.iter() {
            let member = &place.reading.member;
            let at = || match &**member {
                "" => path.to_owned(),
                member => format!("{path}!{}", text::shown(member, 1024)),
            };
            match what {
                What::Tensor(tensor) if !is_of_data(place) => sheet.tensor(tensor),
                What::ExternalTensor(external) => sheet.tensor(&external.tensor),
                What::Metadata { key, value } => sheet.metadata(place, key, value, at),
                What::Setting { key, value } => sheet.setting(place, key, value, at),
                What::Card(card) => sheet.card(card, at),
                What::Vocabulary { words } => {
                    sheet.state(Field::VocabularySize, &words.to_string(), Known::Counted, at());
                }
                What::Licence(licence) => sheet.licence(licence, at()),
                What::Package(package) if is_of_installers(place, package) => {
                    sheet.packages.push(fit(package));
                }
                What::Passage(passage) => {
                    let told = stated(&passage.text, TEXT, Known::Declared, at());
                    sheet.passages.push((passage.topic, told));
                }
                _ => {}
            }
        }
        sheet
    }

    fn tensor(&mut self, tensor: &Tensor) {
        let elements = tensor.shape.iter().fold(1_u64, |product, size| product.saturating_mul(*size));
        self.tensors.count = self.tensors.count.saturating_add(1);
        self.tensors.elements = self.tensors.elements.saturating_add(elements);
        let dtype = text::shown(&tensor.dtype, 80);
        let types = &mut self.tensors.types;
        if types.len() < MOST_TYPES || types.contains_key(&dtype) {
            let count = types.entry(dtype).or_default();
            *count = count.saturating_add(1);
        }
    }

    fn state(&mut self, field: Field, value: &str, known: Known, place: String) {
        let limit = if field == Field::Description { TEXT } else { NAME };
        if self.stated.len() < MOST && !value.trim().is_empty() {
            self.stated.push((field, stated(value, limit, known, place)));
        }
    }

    fn base(&mut self, name: &str, relation: Option<&str>, known: Known, place: String) {
        if self.bases.len() < MOST && !name.trim().is_empty() {
            let relation = relation.map(|relation| shown(relation, NAME));
            self.bases.push(Base { name: stated(name, NAME, known, place), relation });
        }
    }

    /// Keys of GGUF and, in safetensors, of the model specification that its metadata may follow.
    fn metadata(&mut self, place: Place<'_>, key: &str, value: &str, at: impl Fn() -> String) {
        use Known::{Declared, Read};
        match (place.format(), key) {
            ("gguf", "general.name") | ("safetensors", "modelspec.title") => {
                self.state(Field::Name, value, Declared, at());
            }
            ("gguf", "general.version") => self.state(Field::Version, value, Declared, at()),
            ("gguf", "general.description") | ("safetensors", "modelspec.description") => {
                self.state(Field::Description, value, Declared, at());
            }
            ("gguf", "general.author" | "general.organization") | ("safetensors", "modelspec.author") => {
                self.state(Field::Author, value, Declared, at());
            }
            ("gguf", "general.architecture") => self.state(Field::Family, value, Read, at()),
            ("safetensors", "modelspec.architecture") => self.state(Field::Family, value, Declared, at()),
            ("gguf", "general.file_type") => {
                let kind = value.parse().ok().and_then(quantisation).unwrap_or(value);
                self.state(Field::Quantisation, kind, Declared, at());
            }
            ("gguf", "general.tags") => {
                value.split(", ").for_each(|tag| self.state(Field::Tag, tag, Declared, at()));
            }
            ("gguf", "general.languages") => {
                value.split(", ").for_each(|one| self.state(Field::Language, one, Declared, at()));
            }
            ("gguf", "tokenizer.ggml.model") => self.state(Field::Tokenizer, value, Read, at()),
            ("gguf", _) if key.ends_with(".context_length") => {
                self.state(Field::ContextLength, value, Read, at());
            }
            ("gguf", _) if key.ends_with(".vocab_size") => {
                self.state(Field::VocabularySize, value, Read, at());
            }
            ("gguf", _) if is_of_list(key, "general.base_model.", ".name") => {
                self.base(value, None, Declared, at());
            }
            ("gguf", _) if is_of_list(key, "general.dataset.", ".name") => self.dataset(value, at()),
            _ => {}
        }
    }

    fn card(&mut self, card: &Card, at: impl Fn() -> String) {
        for name in &card.base_models {
            self.base(name, card.relation.as_deref(), Known::Declared, at());
        }
        for name in &card.datasets {
            self.dataset(name, at());
        }
        for tag in &card.tags {
            self.state(Field::Tag, tag, Known::Declared, at());
        }
        for metric in card.metrics.iter().filter(|metric| !metric.value.is_empty()).take(MOST) {
            self.results.push(TestResult {
                name: shown(&metric.name, NAME),
                value: stated(&metric.value, NAME, Known::Declared, at()),
                dataset: metric.dataset.as_ref().map(|dataset| shown(dataset, NAME)),
            });
        }
    }

    fn dataset(&mut self, name: &str, place: String) {
        if self.datasets.len() < MOST && !name.trim().is_empty() {
            self.datasets.push(stated(name, NAME, Known::Declared, place));
        }
    }

    fn setting(&mut self, place: Place<'_>, key: &str, value: &str, at: impl Fn() -> String) {
        use Known::{Declared, Read};
        // The values of a list stand under its key with their numbers.
        let listed = key.rsplit_once('.').filter(|(_, number)| number.bytes().all(|b| b.is_ascii_digit()));
        let key = listed.map_or(key, |(key, _)| key);
        match (place.format(), key) {
            ("model-config", "architectures") => self.state(Field::Architecture, value, Read, at()),
            ("model-config", "model_type") => self.state(Field::Family, value, Read, at()),
            ("model-config", "max_position_embeddings") => {
                self.state(Field::ContextLength, value, Read, at());
            }
            ("model-config", "vocab_size") => self.state(Field::VocabularySize, value, Read, at()),
            ("model-config", "quantization_config.quant_method") => {
                self.state(Field::Quantisation, value, Read, at());
            }
            ("adapter-config", "peft_type") => self.state(Field::Adapter, value, Read, at()),
            ("adapter-config", "base_model_name_or_path") => self.base(value, Some("adapter"), Read, at()),
            ("tokenizer-config", "tokenizer_class") => self.state(Field::Tokenizer, value, Read, at()),
            ("model-card", "model_name") => self.state(Field::Name, value, Declared, at()),
            ("model-card", "pipeline_tag") => self.state(Field::Task, value, Declared, at()),
            ("model-card", "library_name") => self.state(Field::Library, value, Declared, at()),
            ("model-card", "language") => self.state(Field::Language, value, Declared, at()),
            _ => {}
        }
    }

    fn licence(&mut self, licence: &Licence, place: String) {
        // Terms of a base model are its own. Those of a text or of a project's manifest are first of all the file's.
        if licence.source == LicenceSource::BaseModel {
            return;
        }
        let found = matches!(licence.source, LicenceSource::Text | LicenceSource::Manifest);
        let known = if licence.source == LicenceSource::Text { Known::Read } else { Known::Declared };
        let stated = stated(&licence.stated, NAME, known, place);
        self.terms.push(terms(stated, licence.id.as_deref(), found));
    }
}

/// Arrays in it need not be a model's, or another file counts them.
fn is_of_data(place: Place<'_>) -> bool {
    matches!(place.format(), "npy" | "pickle" | "r" | "tensor-data")
}

fn stated(value: &str, limit: usize, known: Known, place: String) -> Stated {
    let words: Vec<&str> = value.split_whitespace().collect();
    Stated { value: shown(&words.join(" "), limit), known, place }
}

/// A text fit to be shown, without secrets.
fn shown(value: &str, limit: usize) -> String {
    text::shown(&masked(value), limit)
}

/// A package whose texts are fit to be shown.
fn fit(package: &Package) -> Package {
    let one = |value: &String| shown(value, NAME);
    Package {
        ecosystem: package.ecosystem,
        name: one(&package.name),
        constraint: one(&package.constraint),
        pin: package.pin.as_ref().map(one),
        hashes: package.hashes.iter().map(one).collect(),
        origin: origin(&package.origin),
        group: one(&package.group),
        locked: package.locked,
    }
}

fn origin(origin: &Origin) -> Origin {
    let one = |value: &String| shown(value, TEXT);
    match origin {
        Origin::Index => Origin::Index,
        Origin::NamedIndex { index } => Origin::NamedIndex { index: one(index) },
        Origin::Url { url } => Origin::Url { url: one(url) },
        Origin::Repository { url, revision } => {
            Origin::Repository { url: one(url), revision: revision.as_ref().map(one) }
        }
        Origin::Path { path } => Origin::Path { path: one(path) },
    }
}

/// Models and files that an earlier bill lists are not asked of an installer.
fn is_of_installers(place: Place<'_>, package: &Package) -> bool {
    place.format() != "bill-of-materials"
        || !matches!(package.ecosystem, "unknown" | "huggingface" | "mlflow" | "generic")
}

/// `general.base_model.0.name`.
fn is_of_list(key: &str, before: &str, behind: &str) -> bool {
    let number = key.strip_prefix(before).and_then(|rest| rest.strip_suffix(behind));
    number.is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}

/// The names that llama.cpp has for its numbers of types of files.
fn quantisation(number: u64) -> Option<&'static str> {
    const NAMES: [(u64, &str); 32] = [
        (0, "F32"),
        (1, "F16"),
        (2, "Q4_0"),
        (3, "Q4_1"),
        (7, "Q8_0"),
        (8, "Q5_0"),
        (9, "Q5_1"),
        (10, "Q2_K"),
        (11, "Q3_K_S"),
        (12, "Q3_K_M"),
        (13, "Q3_K_L"),
        (14, "Q4_K_S"),
        (15, "Q4_K_M"),
        (16, "Q5_K_S"),
        (17, "Q5_K_M"),
        (18, "Q6_K"),
        (19, "IQ2_XXS"),
        (20, "IQ2_XS"),
        (21, "Q2_K_S"),
        (22, "IQ3_XS"),
        (23, "IQ3_XXS"),
        (24, "IQ1_S"),
        (25, "IQ4_NL"),
        (26, "IQ3_S"),
        (27, "IQ3_M"),
        (28, "IQ2_S"),
        (29, "IQ2_M"),
        (30, "IQ4_XS"),
        (31, "IQ1_M"),
        (32, "BF16"),
        (36, "TQ1_0"),
        (37, "TQ2_0"),
    ];
    NAMES.iter().find(|(known, _)| *known == number).map(|(_, name)| *name)
}
