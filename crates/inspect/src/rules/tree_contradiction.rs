//! Trees of a boosted model that cannot be walked, or are not as many or as large as the model says.

use serde_json::json;
use weighbridge_domain::facts::problem::Kind;
use weighbridge_domain::{Confidence, Severity};

use crate::facts::Facts;
use crate::rules::{Check, Example, Findings, Light, Rule};
use crate::samples::{boosting, one};

/// The rule.
pub static RULE: Rule = Rule {
    id: "tree-contradiction",
    severity: Severity::Medium,
    confidence: Confidence::High,
    light: Light::Format,
    since: "0.1.0",
    summary: "A model of boosted trees contradicts itself",
    why: "XGBoost, LightGBM and CatBoost follow the numbers in a tree without looking: a child or a feature that is not there is read from memory that belongs to something else, and a tree that leads back into itself never ends. Where numbers, lists and names disagree, one program loads another model than the next.",
    advice: "Do not load the file. Ask for one that the library itself wrote.",
    references: &["CWE-125", "CWE-835", "CWE-1284", "AML.T0029"],
    examples: &[
        Example {
            name: "xgboost-child",
            files: || {
                one("model.json", boosting::Xgboost::new().tree("right_children", json!([7, -1, -1])).json())
            },
            fires: &["tree-contradiction"],
        },
        Example {
            name: "xgboost-child-twin",
            files: || {
                one("model.json", boosting::Xgboost::new().tree("right_children", json!([2, -1, -1])).json())
            },
            fires: &[],
        },
        Example {
            name: "xgboost-ubjson-child",
            files: || {
                one("model.ubj", boosting::Xgboost::new().tree("right_children", json!([7, -1, -1])).ubjson())
            },
            fires: &["tree-contradiction"],
        },
        Example {
            name: "xgboost-ubjson-child-twin",
            files: || one("model.ubj", boosting::Xgboost::new().ubjson()),
            fires: &[],
        },
        Example {
            name: "xgboost-cycle",
            files: || {
                one(
                    "model.json",
                    boosting::Xgboost::new()
                        .tree("left_children", json!([1, 0, -1]))
                        .tree("right_children", json!([2, 2, -1]))
                        .json(),
                )
            },
            fires: &["tree-contradiction"],
        },
        Example {
            name: "xgboost-shared-child",
            files: || {
                one("model.json", boosting::Xgboost::new().tree("right_children", json!([1, -1, -1])).json())
            },
            fires: &["tree-contradiction"],
        },
        Example {
            name: "xgboost-parent",
            files: || {
                one(
                    "model.json",
                    boosting::Xgboost::new().tree("parents", json!([2_147_483_647, 0, 1])).json(),
                )
            },
            fires: &["tree-contradiction"],
        },
        Example {
            name: "xgboost-deep",
            files: || one("model.json", boosting::chain(1001).json()),
            fires: &["tree-contradiction"],
        },
        Example {
            name: "xgboost-deep-twin",
            files: || one("model.json", boosting::chain(900).json()),
            fires: &[],
        },
        Example {
            name: "xgboost-list",
            files: || {
                one(
                    "model.json",
                    boosting::Xgboost::new().tree("split_conditions", json!([0.25, -0.15])).json(),
                )
            },
            fires: &["tree-contradiction"],
        },
        Example {
            name: "xgboost-no-list",
            files: || one("model.json", boosting::Xgboost::new().tree("default_left", json!(null)).json()),
            fires: &["tree-contradiction"],
        },
        Example {
            name: "xgboost-categories",
            files: || {
                one(
                    "model.json",
                    boosting::Xgboost::new()
                        .tree("categories", json!([1]))
                        .tree("categories_nodes", json!([0]))
                        .tree("categories_segments", json!([0]))
                        .tree("categories_sizes", json!([4]))
                        .json(),
                )
            },
            fires: &["tree-contradiction"],
        },
        Example {
            name: "xgboost-categories-twin",
            files: || {
                one(
                    "model.json",
                    boosting::Xgboost::new()
                        .tree("categories", json!([1]))
                        .tree("categories_nodes", json!([0]))
                        .tree("categories_segments", json!([0]))
                        .tree("categories_sizes", json!([1]))
                        .json(),
                )
            },
            fires: &[],
        },
        Example {
            name: "xgboost-trees",
            files: || {
                one(
                    "model.json",
                    boosting::Xgboost::new()
                        .set("/learner/gradient_booster/model/gbtree_model_param/num_trees", json!("2"))
                        .json(),
                )
            },
            fires: &["tree-contradiction"],
        },
        Example {
            name: "xgboost-tree-info",
            files: || {
                one(
                    "model.json",
                    boosting::Xgboost::new()
                        .set("/learner/gradient_booster/model/tree_info", json!([0, 0]))
                        .json(),
                )
            },
            fires: &["tree-contradiction"],
        },
        Example {
            name: "xgboost-iterations",
            files: || {
                one(
                    "model.json",
                    boosting::Xgboost::new()
                        .set("/learner/gradient_booster/model/iteration_indptr", json!([0, 5]))
                        .json(),
                )
            },
            fires: &["tree-contradiction"],
        },
        Example {
            name: "xgboost-feature",
            files: || {
                one("model.json", boosting::Xgboost::new().tree("split_indices", json!([2, 0, 0])).json())
            },
            fires: &["tree-contradiction"],
        },
        Example {
            name: "xgboost-features",
            files: || {
                one(
                    "model.json",
                    boosting::Xgboost::new()
                        .set("/learner/learner_model_param/num_feature", json!("3"))
                        .json(),
                )
            },
            fires: &["tree-contradiction"],
        },
        Example {
            name: "xgboost-feature-names",
            files: || {
                one("model.json", boosting::Xgboost::new().set("/learner/feature_names", json!(["a"])).json())
            },
            fires: &["tree-contradiction"],
        },
        Example {
            name: "xgboost-feature-names-twin",
            files: || {
                one(
                    "model.json",
                    boosting::Xgboost::new().set("/learner/feature_names", json!(["a", "b"])).json(),
                )
            },
            fires: &[],
        },
        Example {
            name: "xgboost-base-score",
            files: || {
                one(
                    "model.json",
                    boosting::Xgboost::new()
                        .set("/learner/learner_model_param/base_score", json!("inf"))
                        .json(),
                )
            },
            fires: &["tree-contradiction"],
        },
        Example {
            name: "xgboost-objective",
            files: || {
                one(
                    "model.json",
                    boosting::Xgboost::new().set("/learner/objective/name", json!("demo:custom")).json(),
                )
            },
            fires: &["tree-contradiction"],
        },
        Example {
            name: "xgboost-booster",
            files: || {
                one(
                    "model.json",
                    boosting::Xgboost::new().set("/learner/gradient_booster/name", json!("demo")).json(),
                )
            },
            fires: &["tree-contradiction"],
        },
        Example {
            name: "xgboost-key",
            files: || {
                one("model.json", boosting::Xgboost::new().set("/learner/loader", json!("demo")).json())
            },
            fires: &["tree-contradiction"],
        },
        Example {
            name: "xgboost-binary-child",
            files: || one("binary.model", boosting::legacy(9)),
            fires: &["tree-contradiction"],
        },
        Example {
            name: "xgboost-binary-child-twin",
            files: || one("binary.model", boosting::legacy(2)),
            fires: &[],
        },
        Example {
            name: "lightgbm-sizes",
            files: || one("model.txt", boosting::LightGbm::new().size(12).build()),
            fires: &["tree-contradiction"],
        },
        Example {
            name: "lightgbm-sizes-twin",
            files: || one("model.txt", boosting::LightGbm::new().build()),
            fires: &[],
        },
        Example {
            name: "lightgbm-child",
            files: || one("model.txt", boosting::LightGbm::new().tree("left_child", "5 -1").build()),
            fires: &["tree-contradiction"],
        },
        Example {
            name: "lightgbm-leaf",
            files: || one("model.txt", boosting::LightGbm::new().tree("right_child", "-2 -9").build()),
            fires: &["tree-contradiction"],
        },
        Example {
            name: "lightgbm-cycle",
            files: || one("model.txt", boosting::LightGbm::new().tree("left_child", "0 -1").build()),
            fires: &["tree-contradiction"],
        },
        Example {
            name: "lightgbm-shared-leaf",
            files: || one("model.txt", boosting::LightGbm::new().tree("right_child", "-2 -2").build()),
            fires: &["tree-contradiction"],
        },
        Example {
            name: "lightgbm-list",
            files: || one("model.txt", boosting::LightGbm::new().tree("leaf_value", "0.07 0.12").build()),
            fires: &["tree-contradiction"],
        },
        Example {
            name: "lightgbm-feature",
            files: || one("model.txt", boosting::LightGbm::new().tree("split_feature", "1 4").build()),
            fires: &["tree-contradiction"],
        },
        Example {
            name: "lightgbm-feature-twin",
            files: || one("model.txt", boosting::LightGbm::new().tree("split_feature", "1 1").build()),
            fires: &[],
        },
        Example {
            name: "lightgbm-categories",
            files: || {
                one(
                    "model.txt",
                    boosting::LightGbm::new()
                        .tree("num_cat", "1")
                        .tree("cat_boundaries", "0 9")
                        .tree("cat_threshold", "42")
                        .build(),
                )
            },
            fires: &["tree-contradiction"],
        },
        Example {
            name: "lightgbm-categories-twin",
            files: || {
                one(
                    "model.txt",
                    boosting::LightGbm::new()
                        .tree("num_cat", "1")
                        .tree("cat_boundaries", "0 1")
                        .tree("cat_threshold", "42")
                        .tree("threshold", "0 0.5")
                        .tree("decision_type", "1 2")
                        .build(),
                )
            },
            fires: &[],
        },
        Example {
            name: "lightgbm-features",
            files: || one("model.txt", boosting::LightGbm::new().header("max_feature_idx", "7").build()),
            fires: &["tree-contradiction"],
        },
        Example {
            name: "catboost-leaves",
            files: || one("model.cbm", boosting::catboost(&[1, 2], 5)),
            fires: &["tree-contradiction"],
        },
        Example {
            name: "catboost-leaves-twin",
            files: || one("model.cbm", boosting::catboost(&[1, 2], 6)),
            fires: &[],
        },
        Example {
            name: "catboost-part",
            files: || one("model.cbm", boosting::catboost_with(&[1], 2, &["demo"], &[])),
            fires: &["tree-contradiction"],
        },
        Example {
            name: "catboost-part-name",
            files: || {
                one(
                    "model.cbm",
                    boosting::catboost_with(&[1], 2, &["text_process_v2\0"], b"embed_process_1\0"),
                )
            },
            fires: &["tree-contradiction"],
        },
        Example {
            name: "catboost-part-twin",
            files: || {
                one(
                    "model.cbm",
                    boosting::catboost_with(&[1], 2, &["text_process_v2\0"], b"text_process_v2\0"),
                )
            },
            fires: &[],
        },
    ],
    check: Check::File(check),
};

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for kind in [Kind::BadValue, Kind::BadText, Kind::Missing] {
        for (place, problem) in facts.problems(kind).filter(|(place, _)| place.is_of_trees()) {
            findings.add(place, &problem.detail);
        }
    }
}
