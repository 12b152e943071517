//! What the parts of a model say of each other.

use weighbridge_domain::facts::problem::Kind;

use super::document::{Value, natural};
use super::tree::Trees;
use crate::formats::layout::{Notes, name};
use crate::limits::Fault;
use crate::walk::Visit;

/// Boosters and objectives of XGBoost up to 3.2.
const BOOSTERS: [&str; 3] = ["dart", "gblinear", "gbtree"];
const OBJECTIVES: [&str; 27] = [
    "binary:hinge",
    "binary:logistic",
    "binary:logitraw",
    "count:poisson",
    "multi:softmax",
    "multi:softprob",
    "rank:map",
    "rank:ndcg",
    "rank:pairwise",
    "reg:absoluteerror",
    "reg:expectileerror",
    "reg:gamma",
    "reg:linear",
    "reg:logistic",
    "reg:pseudohubererror",
    "reg:quantileerror",
    "reg:squarederror",
    "reg:squaredlogerror",
    "reg:tweedie",
    "survival:aft",
    "survival:cox",
    // Versions for graphic cards, until 1.0.
    "gpu:binary:logistic",
    "gpu:binary:logitraw",
    "gpu:reg:linear",
    "gpu:reg:logistic",
    "multi:softmax:gpu",
    "multi:softprob:gpu",
];

/// Keys of the root, of the root of a booster as it is pickled, and of the learner.
const ROOT: [&str; 2] = ["learner", "version"];
const PICKLED: [&str; 2] = ["Config", "Model"];
const LEARNER: [&str; 7] = [
    "attributes",
    "feature_names",
    "feature_types",
    "gradient_booster",
    "learner_model_param",
    "metrics",
    "objective",
];

/// Attributes kept.
const MOST_ATTRIBUTES: usize = 1000;

/// What a model states of itself.
#[derive(Debug, Default)]
pub(super) struct Stated {
    pub(super) booster: Option<String>,
    pub(super) objective: Option<String>,
    pub(super) features: Option<u64>,
    pub(super) classes: Option<u64>,
    pub(super) trees: Option<u64>,
    pub(super) base_score: Option<f64>,
    pub(super) version: Option<String>,
}

/// Checks a document of JSON or UBJSON.
pub(super) fn check(
    visit: &mut Visit<'_>,
    notes: &mut Notes,
    root: &Value,
    trees: &Trees,
) -> Result<(), Fault> {
    // What a booster is when it is pickled: the settings of its training beside it.
    let root = match root.get("Model") {
        Some(model) => {
            unknown_keys(visit, notes, root, &PICKLED, "the root");
            model
        }
        None => root,
    };
    unknown_keys(visit, notes, root, &ROOT, "the model");
    let Some(learner @ Value::Map(_)) = root.get("learner") else {
        notes.problem(visit, 0, Kind::BadValue, "it has no learner");
        return Ok(());
    };
    unknown_keys(visit, notes, learner, &LEARNER, "the learner");
    let words = |path: &[&str]| learner.at(path).and_then(Value::text).map(ToOwned::to_owned);
    let booster = words(&["gradient_booster", "name"]);
    let outer = learner.get("gradient_booster");
    let model = match booster.as_deref() {
        Some("dart") => outer.and_then(|outer| outer.at(&["gbtree", "model"])),
        _ => outer.and_then(|outer| outer.get("model")),
    };
    let parameters = |key: &str| learner.at(&["learner_model_param", key]);
    let stated = Stated {
        booster,
        objective: words(&["objective", "name"]),
        features: parameters("num_feature").and_then(Value::count),
        classes: parameters("num_class").and_then(Value::count),
        trees: model.and_then(|model| model.at(&["gbtree_model_param", "num_trees"])).and_then(Value::count),
        base_score: parameters("base_score").and_then(score),
        version: root
            .get("version")
            .and_then(Value::numbers)
            .map(|numbers| numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(".")),
    };
    describe(visit, notes, &stated, trees)?;
    if let Some(model) = model {
        lists(visit, notes, outer, model, trees);
    } else {
        notes.problem(visit, 0, Kind::BadValue, "the booster has no model");
    }
    for key in ["feature_names", "feature_types"] {
        let found = learner.get(key).and_then(Value::items).unwrap_or_default();
        if let Some(features) = stated.features.filter(|features| found != 0 && found != *features) {
            let detail = format!("`{key}` has {found} items, but there are {features} features");
            notes.problem(visit, 0, Kind::BadValue, detail);
        }
    }
    linear(visit, notes, &stated, model, parameters("num_target").and_then(Value::count));
    if let Some(Value::Map(pairs)) = learner.get("attributes") {
        for (key, value) in pairs.iter().take(MOST_ATTRIBUTES) {
            let text = value.text().unwrap_or("not a text");
            notes.metadata(visit, 0, &format!("attributes.{key}"), text)?;
        }
    }
    Ok(())
}

/// `base_score`: a number, or a list of numbers written as text.
fn score(value: &Value) -> Option<f64> {
    if let Some(numbers) = value.numbers() {
        return numbers.iter().copied().find(|number| !number.is_finite()).or(numbers.first().copied());
    }
    let text = match value {
        Value::Text(text) => text.trim_matches(['[', ']']),
        other => return other.number(),
    };
    let all = text.split(',').map(|item| item.trim().parse().unwrap_or(f64::NAN)).collect::<Vec<f64>>();
    all.iter().copied().find(|number| !number.is_finite()).or(all.first().copied())
}

fn unknown_keys(visit: &mut Visit<'_>, notes: &mut Notes, value: &Value, known: &[&str], place: &str) {
    let Value::Map(pairs) = value else { return };
    for (key, _) in pairs.iter().filter(|(key, _)| !known.contains(&key.as_str())) {
        let detail = format!("{place} has the key `{}`, which XGBoost does not write", name(key));
        notes.problem(visit, 0, Kind::BadValue, detail);
    }
}

/// Notes what the model states, and what of it cannot be.
pub(super) fn describe(
    visit: &mut Visit<'_>,
    notes: &mut Notes,
    stated: &Stated,
    trees: &Trees,
) -> Result<(), Fault> {
    let number = |number: Option<u64>| number.map(|number| number.to_string());
    let facts = [
        ("booster", stated.booster.clone()),
        ("objective", stated.objective.clone()),
        ("features", number(stated.features)),
        ("classes", number(stated.classes)),
        ("trees", Some(trees.count.to_string())),
        ("nodes", Some(trees.nodes.to_string())),
        ("version", stated.version.clone()),
    ];
    for (key, value) in facts {
        if let Some(value) = value {
            notes.metadata(visit, 0, key, &value)?;
        }
    }
    for (what, found, known) in
        [("booster", &stated.booster, &BOOSTERS[..]), ("objective", &stated.objective, &OBJECTIVES[..])]
    {
        match found {
            Some(found) if !known.contains(&found.as_str()) => {
                let detail = format!("the {what} is `{}`, which XGBoost does not have", name(found));
                notes.problem(visit, 0, Kind::BadValue, detail);
            }
            Some(_) => {}
            None => notes.problem(visit, 0, Kind::BadValue, format!("it does not name its {what}")),
        }
    }
    if stated.base_score.is_none_or(|score| !score.is_finite()) {
        notes.problem(visit, 0, Kind::BadValue, "`base_score` is no finite number");
    }
    if let Some(count) = stated.trees.filter(|count| *count != trees.count) {
        let detail = format!("`num_trees` is {count}, but there are {} trees", trees.count);
        notes.problem(visit, 0, Kind::BadValue, detail);
    }
    let Some(features) = stated.features else {
        notes.problem(visit, 0, Kind::BadValue, "`num_feature` is no number");
        return Ok(());
    };
    if let Some((feature, tree)) = trees.feature.filter(|(feature, _)| *feature as u64 >= features) {
        let detail = format!("tree {tree} splits by feature {feature}, but there are {features}");
        notes.problem(visit, 0, Kind::BadValue, detail);
    }
    if let Some(other) = trees.features.filter(|other| *other != features) {
        let detail = format!("a tree is made for {other} features, but there are {features}");
        notes.problem(visit, 0, Kind::BadValue, detail);
    }
    Ok(())
}

/// Lists with one item for each tree.
fn lists(visit: &mut Visit<'_>, notes: &mut Notes, outer: Option<&Value>, model: &Value, trees: &Trees) {
    let drops = outer.and_then(|outer| outer.get("weight_drop"));
    for (key, list) in [("tree_info", model.get("tree_info")), ("weight_drop", drops)] {
        let length = list.and_then(Value::items);
        if let Some(length) = length.filter(|length| *length != trees.count) {
            let detail = format!("`{key}` has {length} items, but there are {} trees", trees.count);
            notes.problem(visit, 0, Kind::BadValue, detail);
        }
    }
    if let Some(starts) = model.get("iteration_indptr").and_then(Value::numbers) {
        let last = starts.last().copied().and_then(natural);
        if !starts.is_empty() && (!starts.is_sorted() || last != Some(trees.count)) {
            let detail = format!("`iteration_indptr` does not go up to the {} trees", trees.count);
            notes.problem(visit, 0, Kind::BadValue, detail);
        }
    }
}

/// A linear model has a weight for each feature, and one more, for each output.
fn linear(
    visit: &mut Visit<'_>,
    notes: &mut Notes,
    stated: &Stated,
    model: Option<&Value>,
    targets: Option<u64>,
) {
    if stated.booster.as_deref() != Some("gblinear") {
        return;
    }
    let weights = model.and_then(|model| model.get("weights")).and_then(Value::items);
    let outputs = stated.classes.unwrap_or(0).max(targets.unwrap_or(0)).max(1);
    let wanted = stated.features.and_then(|features| features.checked_add(1)?.checked_mul(outputs));
    if weights.is_none() || weights != wanted {
        let detail = format!(
            "the linear model has {} weights, but its features and outputs want {}",
            weights.unwrap_or_default(),
            wanted.map_or("more than can be counted".to_owned(), |wanted| wanted.to_string()),
        );
        notes.problem(visit, 0, Kind::BadValue, detail);
    }
}
