//! Packages that are known, though not class by class: an object is no more than a word, until something could tell its
//! class what to open.

use weighbridge_inspect::samples::pickle::Program;

use super::findings;

type Push = fn(Program) -> Program;

const ADDRESS: Push = |program| program.text("http://demo.invalid/model");
const NUMBER: Push = |program| program.int(7);

const MODULE: &str = "gensim.models.ldamodel";
const NAME: &str = "LdaModel";

fn class(program: Program) -> Program {
    program.global(MODULE, NAME)
}

fn partial(program: Program) -> Program {
    program.global("functools", "partial").global("collections", "OrderedDict").tuple(1).reduce()
}

fn state(push: Push, program: Program) -> Program {
    push(class(program.mark())).tuple(1).dict().none().tuple_to_mark().build()
}

type Way = (&'static str, fn(Push) -> Program);

/// Ways to make, or to have made, an object with an operand.
fn ways() -> Vec<Way> {
    vec![
        ("call", |push| push(class(Program::new(4))).tuple(1).reduce()),
        ("inst", |push| push(Program::bare().mark()).inst(MODULE, NAME)),
        ("obj", |push| push(class(Program::new(2).mark())).obj()),
        ("newobj", |push| push(class(Program::new(4))).tuple(1).newobj()),
        ("keywords", |push| push(class(Program::new(4)).tuple(0).dict().text("path")).setitem().newobj_ex()),
        ("items", |push| push(class(Program::new(4)).list()).append().tuple(1).newobj()),
        ("helper", |push| push(class(Program::new(2).global("copyreg", "__newobj__"))).tuple(2).reduce()),
        ("helper with keywords", |push| {
            let program = push(class(Program::new(2).global("copyreg", "__newobj_ex__")));
            program.tuple(1).dict().tuple(3).reduce()
        }),
        ("partial", |push| push(class(Program::new(2).global("functools", "partial"))).tuple(2).reduce()),
        ("call of partial", |push| {
            let program = class(Program::new(2).global("functools", "partial")).tuple(1).reduce();
            push(program).tuple(1).reduce()
        }),
        ("partial of partial", |push| {
            let program = Program::new(2).global("functools", "partial").memoize().get(0);
            push(class(program).tuple(1).reduce()).tuple(2).reduce()
        }),
        ("map of partial", |push| {
            let program = Program::new(2).global("builtins", "map").global("functools", "partial");
            push(class(program).tuple(1).reduce().list()).append().tuple(2).reduce()
        }),
        ("starmap", |push| {
            let program = class(Program::new(2).global("itertools", "starmap")).list();
            push(program).tuple(1).append().tuple(2).reduce()
        }),
        ("state of partial", |push| state(push, partial(Program::new(2)))),
        ("state of another partial", |push| {
            let program = partial(Program::new(2)).mark().global("collections", "OrderedDict");
            let program = program.tuple(0).dict().none().tuple_to_mark().build().pop();
            state(push, partial(program))
        }),
        ("map", |push| {
            push(class(Program::new(2).global("builtins", "map")).list()).append().tuple(2).reduce()
        }),
        ("factory", |push| {
            let program = class(Program::new(2).global("collections", "defaultdict")).dict().int(1);
            push(program).setitem().tuple(2).reduce()
        }),
        ("computed", |push| {
            let program = class(Program::new(4)).global("pathlib", "PurePosixPath");
            push(program).tuple(1).reduce().tuple(1).reduce()
        }),
    ]
}

#[test]
fn a_known_package_is_worth_a_look_once_a_text_could_reach_its_classes() {
    let mut wrong = String::new();
    for (way, program) in ways() {
        for (push, severity) in [(ADDRESS, "medium"), (NUMBER, "low")] {
            // What iterators hand on is made up while loading, and not looked at.
            let expected = if way.contains("map") { "medium" } else { severity };
            let found = findings("model.pkl", &program(push).stop());
            let rules: Vec<_> =
                found.iter().map(|(rule, severity, _)| (rule.as_str(), severity.as_str())).collect();
            if rules != [("pickle-unknown-import", expected)] {
                wrong.push_str(&format!("{way}, {severity}: {rules:?}\n"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn loaders_and_runners_of_known_packages_are_found_and_their_neighbours_are_not() {
    let mut wrong = String::new();
    for (module, name, rule) in [
        ("datasets", "load_dataset", "pickle-nested-load"),
        ("datasets.load", "load_dataset", "pickle-nested-load"),
        ("flair.embeddings", "WordEmbeddings", "pickle-nested-load"),
        ("flair.embeddings.document", "TransformerDocumentEmbeddings", "pickle-nested-load"),
        ("flair.embeddings.legacy", "CharLMEmbeddings", "pickle-nested-load"),
        ("flair.embeddings.token", "FlairEmbeddings", "pickle-nested-load"),
        ("flair.embeddings.transformer", "TransformerWordEmbeddings", "pickle-nested-load"),
        ("gensim.models.ldamodel", "LdaModel.load", "pickle-nested-load"),
        ("gensim.models.word2vec", "LineSentence", "pickle-reads-files"),
        ("gensim.models.wrappers.ldamallet", "LdaMallet", "pickle-starts-process"),
        ("keras.layers", "TFSMLayer", "pickle-nested-load"),
        ("keras.src.export.tfsm_layer", "TFSMLayer", "pickle-nested-load"),
        ("lightning.pytorch.cli", "LightningCLI", "pickle-resolves-names"),
        ("mmengine.config.config", "Config.fromfile", "pickle-runs-code"),
        ("models.common", "DetectMultiBackend", "pickle-nested-load"),
        ("nemo.core.classes.modelPT", "ModelPT.restore_from", "pickle-nested-load"),
        ("nltk.parse.corenlp", "CoreNLPServer", "pickle-starts-process"),
        ("pytorch_lightning.cli", "LightningCLI", "pickle-resolves-names"),
        ("torch.hub", "load", "pickle-nested-load"),
        ("torch_geometric.datasets.planetoid", "Planetoid", "pickle-opens-network"),
    ] {
        let found =
            findings("model.pkl", &Program::new(4).stack_global(module, name).tuple(0).newobj().stop());
        let rules: Vec<_> = found.iter().map(|(rule, ..)| rule.as_str()).collect();
        if rules != [rule] {
            wrong.push_str(&format!("{module}.{name}: {rules:?} instead of {rule}\n"));
        }
    }
    for (module, name) in [
        ("flair.embeddings.document", "DocumentPoolEmbeddings"),
        ("flair.models.sequence_tagger_model", "SequenceTagger"),
        ("gensim.models.keyedvectors", "KeyedVectors"),
        ("keras.layers", "Dense"),
        ("lightning.pytorch.core.module", "LightningModule"),
        ("mmengine.config.config", "ConfigDict"),
        ("nltk.tokenize.punkt", "PunktSentenceTokenizer"),
        ("torch_geometric.data.data", "Data"),
    ] {
        let found =
            findings("model.pkl", &Program::new(4).stack_global(module, name).tuple(0).newobj().stop());
        let rules: Vec<_> =
            found.iter().map(|(rule, severity, _)| (rule.as_str(), severity.as_str())).collect();
        if rules != [("pickle-unknown-import", "low")] {
            wrong.push_str(&format!("{module}.{name}: {rules:?}\n"));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}
