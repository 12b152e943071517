//! Models and pipelines of them, and neural networks.

use weighbridge_domain::facts::problem::Kind;
use weighbridge_domain::facts::{Tensor, What};

use super::layers::{self, Inner};
use crate::formats::graph::{Operators, References};
use crate::formats::layout::{Notes, name};
use crate::formats::protobuf::{Message, Value, Wire};
use crate::limits::Fault;
use crate::walk::Visit;

/// Bytes kept of a name, before it is cut for a fact.
const NAME: usize = 4096;

/// The kind of model whose field has this number.
pub(super) fn kind(number: u32) -> Option<&'static str> {
    Some(match number {
        200 => "pipelineClassifier",
        201 => "pipelineRegressor",
        202 => "pipeline",
        300 => "glmRegressor",
        301 => "supportVectorRegressor",
        302 => "treeEnsembleRegressor",
        303 => "neuralNetworkRegressor",
        304 => "bayesianProbitRegressor",
        400 => "glmClassifier",
        401 => "supportVectorClassifier",
        402 => "treeEnsembleClassifier",
        403 => "neuralNetworkClassifier",
        404 => "kNearestNeighborsClassifier",
        500 => "neuralNetwork",
        501 => "itemSimilarityRecommender",
        502 => "mlProgram",
        555 => "customModel",
        556 => "linkedModel",
        560 => "classConfidenceThresholding",
        600 => "oneHotEncoder",
        601 => "imputer",
        602 => "featureVectorizer",
        603 => "dictVectorizer",
        604 => "scaler",
        606 => "categoricalMapping",
        607 => "normalizer",
        609 => "arrayFeatureExtractor",
        610 => "nonMaximumSuppression",
        900 => "identity",
        2000 => "textClassifier",
        2001 => "wordTagger",
        2002 => "visionFeaturePrint",
        2003 => "soundAnalysisPreprocessing",
        2004 => "gazetteer",
        2005 => "wordEmbedding",
        2006 => "audioFeaturePrint",
        3000 => "serializedModel",
        _ => return None,
    })
}

/// Reads a model.
pub(super) fn read(visit: &mut Visit<'_>) -> Result<(), Fault> {
    let wire = Wire::new(&visit.input);
    let mut reader = Reader {
        visit,
        wire,
        notes: Notes::default(),
        operators: Operators::default(),
        references: References::default(),
        tensors: Vec::new(),
        blobs: Vec::new(),
    };
    let whole = reader.wire.whole();
    let result = reader.model(whole);
    // What was read counts, wherever the reading ended.
    reader.finish()?;
    result
}

pub(super) struct Reader<'v, 'a> {
    pub(super) visit: &'v mut Visit<'a>,
    pub(super) wire: Wire,
    pub(super) notes: Notes,
    pub(super) operators: Operators,
    pub(super) references: References,
    tensors: Vec<Tensor>,
    /// Where other bytes are that could be a file: offset and length.
    blobs: Vec<(u64, u64)>,
}

impl Reader<'_, '_> {
    fn finish(self) -> Result<(), Fault> {
        let mut notes = self.notes;
        self.operators.tell(self.visit, "coreml", |_, _| false);
        let tensors = self.tensors.iter().map(|tensor| (tensor.start, tensor.length));
        let blobs: Vec<_> = tensors.chain(self.blobs.iter().copied()).collect();
        for tensor in self.tensors {
            self.visit.fact(tensor.start, What::Tensor(tensor));
        }
        notes.disguised(self.visit, blobs)
    }

    fn model(&mut self, mut model: Message) -> Result<(), Fault> {
        while let Some(field) = self.wire.next(&mut model)? {
            self.visit.budget.tick()?;
            match (field.number, field.value) {
                (2, Value::Bytes(description)) => self.description(description)?,
                (number, Value::Bytes(inner)) => match kind(number) {
                    Some(kind) => self.kind(field.at, kind, inner)?,
                    None => {
                        let detail = format!("it is of a kind of model with the number {number}");
                        self.notes.problem(self.visit, field.at, Kind::BadValue, detail);
                        self.visit.incomplete("a kind of model that is not known was not looked at");
                    }
                },
                _ => {}
            }
        }
        Ok(())
    }

    fn kind(&mut self, at: u64, kind: &'static str, inner: Message) -> Result<(), Fault> {
        let class = if kind == "customModel" { self.class(inner)? } else { String::new() };
        self.operator(at, "model", kind, &class)?;
        match kind {
            "pipelineClassifier" | "pipelineRegressor" => {
                let mut inner = inner;
                while let Some(field) = self.wire.next(&mut inner)? {
                    if let (1, Value::Bytes(pipeline)) = (field.number, field.value) {
                        self.pipeline(pipeline)?;
                    }
                }
                Ok(())
            }
            "pipeline" => self.pipeline(inner),
            "neuralNetwork" | "neuralNetworkClassifier" | "neuralNetworkRegressor" => self.network(inner, ""),
            "mlProgram" => super::program::read(self, inner),
            "linkedModel" => self.linked(inner),
            _ => self.opaque(inner),
        }
    }

    fn pipeline(&mut self, mut pipeline: Message) -> Result<(), Fault> {
        while let Some(field) = self.wire.next(&mut pipeline)? {
            if let (1, Value::Bytes(model)) = (field.number, field.value) {
                self.model(model)?;
            }
        }
        Ok(())
    }

    /// A part whose parameters are not read: only what could be a file in it is.
    fn opaque(&mut self, mut inner: Message) -> Result<(), Fault> {
        while let Some(field) = self.wire.next(&mut inner)? {
            self.visit.budget.tick()?;
            if let Value::Bytes(bytes) = field.value {
                self.blob(bytes)?;
            }
        }
        Ok(())
    }

    fn operator(&mut self, at: u64, set: &str, name: &str, class: &str) -> Result<(), Fault> {
        let called = if class.is_empty() { name.to_owned() } else { format!("{name}({class})") };
        self.operators.add(self.visit, &mut self.notes, at, [set, &called], String::new)
    }

    /// The class of the app that a custom layer or model asks for.
    fn class(&mut self, mut inner: Message) -> Result<String, Fault> {
        let mut class = String::new();
        while let Some(field) = self.wire.next(&mut inner)? {
            if let (10, Value::Bytes(text)) = (field.number, field.value) {
                class = name(&self.wire.text(text, NAME)?);
            }
        }
        Ok(class)
    }

    fn description(&mut self, mut description: Message) -> Result<(), Fault> {
        while let Some(field) = self.wire.next(&mut description)? {
            let (100, Value::Bytes(mut metadata)) = (field.number, field.value) else { continue };
            while let Some(field) = self.wire.next(&mut metadata)? {
                self.visit.budget.tick()?;
                let Some(inner) = field.message() else { continue };
                let key = match field.number {
                    1 => "shortDescription",
                    2 => "versionString",
                    3 => "author",
                    4 => "license",
                    100 => {
                        let [key, value] = self.entry(inner)?;
                        let [key, value] = [self.text(key, NAME)?, self.text(value, 2 << 20)?];
                        self.notes.metadata(self.visit, field.at, &key, &value)?;
                        continue;
                    }
                    _ => continue,
                };
                let value = self.wire.text(inner, 2 << 20)?;
                self.notes.metadata(self.visit, field.at, key, &value)?;
            }
        }
        Ok(())
    }

    /// The key and the value of an entry of a map.
    pub(super) fn entry(&mut self, mut entry: Message) -> Result<[Option<Message>; 2], Fault> {
        let mut found = [None, None];
        while let Some(field) = self.wire.next(&mut entry)? {
            match (field.number, field.value) {
                (1, Value::Bytes(key)) => found[0] = Some(key),
                (2, Value::Bytes(value)) => found[1] = Some(value),
                _ => {}
            }
        }
        Ok(found)
    }

    pub(super) fn text(&self, text: Option<Message>, limit: usize) -> Result<String, Fault> {
        text.map_or_else(|| Ok(String::new()), |text| self.wire.text(text, limit))
    }

    fn network(&mut self, mut network: Message, outer: &str) -> Result<(), Fault> {
        while let Some(field) = self.wire.next(&mut network)? {
            self.visit.budget.tick()?;
            if let (1, Value::Bytes(layer)) = (field.number, field.value) {
                self.layer(layer, outer)?;
            }
        }
        Ok(())
    }

    fn layer(&mut self, layer: Message, outer: &str) -> Result<(), Fault> {
        let at = layer.start;
        let mut called = String::new();
        let mut fields = layer;
        while let Some(field) = self.wire.next(&mut fields)? {
            if let (1, Value::Bytes(text)) = (field.number, field.value) {
                called = format!("{outer}{}", self.wire.text(text, NAME)?);
            }
        }
        let mut fields = layer;
        while let Some(field) = self.wire.next(&mut fields)? {
            let (100.., Value::Bytes(inner)) = (field.number, field.value) else { continue };
            let Some(kind) = layers::find(field.number) else {
                let unknown = format!("number {}", field.number);
                self.operator(at, "layer", &unknown, "")?;
                self.opaque(inner)?;
                continue;
            };
            let class = if kind.name == "custom" { self.class(inner)? } else { String::new() };
            self.operator(at, "layer", kind.name, &class)?;
            self.inside(inner, &kind.inner, &mut Vec::new(), &called)?;
        }
        Ok(())
    }

    /// Follows the fields that lead to weights and networks; `way` is that of the fields to here.
    fn inside(
        &mut self,
        mut message: Message,
        wanted: &[Inner],
        way: &mut Vec<u32>,
        called: &str,
    ) -> Result<(), Fault> {
        while let Some(field) = self.wire.next(&mut message)? {
            let Some(inner) = field.message() else { continue };
            way.push(field.number);
            if let Some(part) = wanted.iter().find(|part| part.path == *way) {
                if part.network {
                    self.network(inner, &format!("{called}/{}/", part.name))?;
                } else {
                    self.weights(inner, &format!("{called}.{}", part.name))?;
                }
            } else if wanted.iter().any(|part| part.path.starts_with(way)) {
                self.inside(inner, wanted, way, called)?;
            }
            way.pop();
        }
        Ok(())
    }

    fn weights(&mut self, mut weights: Message, called: &str) -> Result<(), Fault> {
        while let Some(field) = self.wire.next(&mut weights)? {
            let Some(bytes) = field.message().filter(|bytes| !bytes.is_empty()) else { continue };
            let (dtype, width) = match field.number {
                1 => ("FLOAT32", 4),
                2 => ("FLOAT16", 2),
                30 => ("RAW", 1),
                31 => ("INT8", 1),
                _ => continue,
            };
            let shape = vec![bytes.len().checked_div(width).unwrap_or_default()];
            let name = name(called);
            if !bytes.len().is_multiple_of(width) {
                let detail = format!("`{name}` is of type {dtype}, but has {} bytes", bytes.len());
                self.notes.problem(self.visit, bytes.start, Kind::SizeMismatch, detail);
            }
            self.tensor(Tensor {
                name,
                dtype: dtype.to_owned(),
                shape,
                start: bytes.start,
                length: bytes.len(),
            })?;
        }
        Ok(())
    }

    pub(super) fn tensor(&mut self, tensor: Tensor) -> Result<(), Fault> {
        self.notes.remember_tensor(self.visit, &tensor)?;
        self.tensors.push(tensor);
        Ok(())
    }

    /// Bytes that may be a file of their own.
    pub(super) fn blob(&mut self, bytes: Message) -> Result<(), Fault> {
        const LEAST: u64 = 64;
        if bytes.len() >= LEAST {
            self.notes.remember(self.visit, 16)?;
            self.blobs.push((bytes.start, bytes.len()));
        }
        Ok(())
    }

    /// A model in another file, which is looked for along a path.
    fn linked(&mut self, mut linked: Message) -> Result<(), Fault> {
        let (mut file, mut search) = (String::new(), String::new());
        let at = linked.start;
        while let Some(field) = self.wire.next(&mut linked)? {
            let (1, Value::Bytes(mut place)) = (field.number, field.value) else { continue };
            while let Some(field) = self.wire.next(&mut place)? {
                let (number @ (1 | 2), Value::Bytes(parameter)) = (field.number, field.value) else {
                    continue;
                };
                let [text, _] = self.entry(parameter)?;
                let text = self.text(text, NAME)?;
                if number == 1 {
                    file = text;
                } else {
                    search = text;
                }
            }
        }
        for folder in search.split(':').take(64).filter(|folder| !folder.starts_with('$')) {
            let path = if matches!(folder, "" | ".") { file.clone() } else { format!("{folder}/{file}") };
            self.references.add(self.visit, &mut self.notes, at, "linked model", &path)?;
        }
        Ok(())
    }
}
