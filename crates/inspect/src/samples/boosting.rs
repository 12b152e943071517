//! Models of boosted trees as their libraries write them, and as they would not.

use serde_json::{Value, json};

use super::flat::{self, Flat, table, text};

/// Builds a model of XGBoost: one tree of one split over two features.
#[derive(Debug, Clone)]
pub struct Xgboost(Value);

impl Default for Xgboost {
    fn default() -> Self {
        Self::new()
    }
}

impl Xgboost {
    /// An ordinary model.
    pub fn new() -> Self {
        let tree = json!({
            "base_weights": [0.0, -0.5, 0.5], "categories": [], "categories_nodes": [], "categories_segments": [],
            "categories_sizes": [], "default_left": [0, 0, 0], "id": 0, "left_children": [1, -1, -1],
            "loss_changes": [2.5, 0.0, 0.0], "parents": [2_147_483_647, 0, 0], "right_children": [2, -1, -1],
            "split_conditions": [0.25, -0.15, 0.15], "split_indices": [1, 0, 0], "split_type": [0, 0, 0],
            "sum_hessian": [15.0, 7.5, 7.5],
            "tree_param": {"num_deleted": "0", "num_feature": "2", "num_nodes": "3", "size_leaf_vector": "1"},
        });
        Self(json!({
            "learner": {
                "attributes": {"best_iteration": "0"}, "feature_names": [], "feature_types": [],
                "gradient_booster": {
                    "model": {
                        "gbtree_model_param": {"num_parallel_tree": "1", "num_trees": "1"},
                        "iteration_indptr": [0, 1], "tree_info": [0], "trees": [tree],
                    },
                    "name": "gbtree",
                },
                "learner_model_param": {
                    "base_score": "[5E-1]", "boost_from_average": "1", "num_class": "0", "num_feature": "2",
                    "num_target": "1",
                },
                "objective": {"name": "binary:logistic", "reg_loss_param": {"scale_pos_weight": "1"}},
            },
            "version": [3, 2, 0],
        }))
    }

    /// Sets the value at a JSON pointer, in the object or list that is there.
    #[must_use]
    pub fn set(mut self, pointer: &str, value: Value) -> Self {
        let (outer, key) = pointer.rsplit_once('/').unwrap_or(("", pointer));
        match self.0.pointer_mut(outer) {
            Some(Value::Object(object)) => {
                object.insert(key.to_owned(), value);
            }
            Some(Value::Array(items)) => {
                if let Some(item) = key.parse::<usize>().ok().and_then(|index| items.get_mut(index)) {
                    *item = value;
                }
            }
            _ => {}
        }
        self
    }

    /// Sets a key of the tree.
    #[must_use]
    pub fn tree(self, key: &str, value: Value) -> Self {
        self.set(&format!("/learner/gradient_booster/model/trees/0/{key}"), value)
    }

    /// The file as JSON.
    pub fn json(&self) -> Vec<u8> {
        self.0.to_string().into_bytes()
    }

    /// The file as UBJSON.
    pub fn ubjson(&self) -> Vec<u8> {
        let mut file = Vec::new();
        write(&mut file, &self.0);
        file
    }
}

fn length(file: &mut Vec<u8>, length: usize) {
    file.push(b'L');
    file.extend((length as u64).to_be_bytes());
}

#[expect(clippy::cast_possible_truncation, reason = "the format has single precision")]
fn write(file: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Null => file.push(b'Z'),
        Value::Bool(truth) => file.push(if *truth { b'T' } else { b'F' }),
        Value::Number(number) => match number.as_i64() {
            Some(whole) => {
                file.push(b'L');
                file.extend(whole.to_be_bytes());
            }
            None => {
                file.push(b'd');
                file.extend((number.as_f64().unwrap_or_default() as f32).to_be_bytes());
            }
        },
        Value::String(text) => {
            file.push(b'S');
            length(file, text.len());
            file.extend(text.bytes());
        }
        Value::Array(items) if items.iter().any(Value::is_f64) => {
            file.extend(b"[$d#");
            length(file, items.len());
            for item in items {
                file.extend((item.as_f64().unwrap_or_default() as f32).to_be_bytes());
            }
        }
        Value::Array(items) => {
            file.extend(b"[#");
            length(file, items.len());
            for item in items {
                write(file, item);
            }
        }
        Value::Object(object) => {
            file.push(b'{');
            for (key, value) in object {
                length(file, key.len());
                file.extend(key.bytes());
                write(file, value);
            }
            file.push(b'}');
        }
    }
}

/// The same model in the binary format; the right child of its root is `child`.
pub fn legacy(child: i32) -> Vec<u8> {
    let mut file = Vec::new();
    let words = |file: &mut Vec<u8>, words: &[u32], whole: usize| {
        let end = file.len() + whole;
        file.extend(words.iter().flat_map(|word| word.to_le_bytes()));
        file.resize(end, 0);
    };
    words(&mut file, &[0.5_f32.to_bits(), 2, 0, 1, 0, 2, 1, 1, 1], 136);
    for name in ["binary:logistic", "gbtree"] {
        file.extend((name.len() as u64).to_le_bytes());
        file.extend(name.bytes());
    }
    words(&mut file, &[1, 1], 160);
    words(&mut file, &[1, 3, 0, 0, 2], 148);
    let none = u32::MAX;
    for node in
        [[none, 1, u32::from_ne_bytes(child.to_ne_bytes()), 1], [1 << 31, none, none, 0], [0, none, none, 0]]
    {
        words(&mut file, &node, 20);
    }
    file.resize(file.len() + 3 * 16 + 4, 0);
    file.extend(1_u64.to_le_bytes());
    for word in ["best_iteration", "0"] {
        file.extend((word.len() as u64).to_le_bytes());
        file.extend(word.bytes());
    }
    file
}

/// Builds a model of LightGBM: one tree of two splits over two features.
#[derive(Debug, Clone)]
pub struct LightGbm {
    header: Vec<(String, String)>,
    tree: Vec<(String, String)>,
    parameters: Vec<(String, String)>,
    size: Option<usize>,
}

impl Default for LightGbm {
    fn default() -> Self {
        Self::new()
    }
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

fn put(pairs: &mut Vec<(String, String)>, key: &str, value: &str) {
    match pairs.iter_mut().find(|(other, _)| other == key) {
        Some((_, old)) => value.clone_into(old),
        None => pairs.push((key.to_owned(), value.to_owned())),
    }
}

impl LightGbm {
    /// An ordinary model.
    pub fn new() -> Self {
        let header = pairs(&[
            ("version", "v4"),
            ("num_class", "1"),
            ("num_tree_per_iteration", "1"),
            ("label_index", "0"),
            ("max_feature_idx", "1"),
            ("objective", "binary sigmoid:1"),
            ("feature_names", "Column_0 Column_1"),
            ("feature_infos", "[0:1] [0:1]"),
        ]);
        let tree = pairs(&[
            ("num_leaves", "3"),
            ("num_cat", "0"),
            ("split_feature", "1 0"),
            ("split_gain", "4.4 1"),
            ("threshold", "0.24 0.5"),
            ("decision_type", "2 2"),
            ("left_child", "1 -1"),
            ("right_child", "-2 -3"),
            ("leaf_value", "0.07 0.12 -0.2"),
            ("leaf_weight", "1 1 1"),
            ("leaf_count", "3 5 6"),
            ("internal_value", "0 0.1"),
            ("internal_weight", "0 2"),
            ("internal_count", "14 9"),
            ("is_linear", "0"),
            ("shrinkage", "0.1"),
        ]);
        let parameters = pairs(&[
            ("boosting", "gbdt"),
            ("objective", "binary"),
            ("learning_rate", "0.1"),
            ("data", ""),
            ("output_model", "LightGBM_model.txt"),
        ]);
        Self { header, tree, parameters, size: None }
    }

    /// Sets a key of the header.
    #[must_use]
    pub fn header(mut self, key: &str, value: &str) -> Self {
        put(&mut self.header, key, value);
        self
    }

    /// Sets a key of the tree.
    #[must_use]
    pub fn tree(mut self, key: &str, value: &str) -> Self {
        put(&mut self.tree, key, value);
        self
    }

    /// Sets a parameter of the training.
    #[must_use]
    pub fn parameter(mut self, key: &str, value: &str) -> Self {
        put(&mut self.parameters, key, value);
        self
    }

    /// Says that the block of the tree has this size.
    #[must_use]
    pub fn size(mut self, size: usize) -> Self {
        self.size = Some(size);
        self
    }

    /// The text of the file.
    pub fn build(&self) -> Vec<u8> {
        let lines = |pairs: &[(String, String)]| {
            pairs.iter().map(|(key, value)| format!("{key}={value}\n")).collect()
        };
        let (header, tree): (String, String) = (lines(&self.header), lines(&self.tree));
        let block = format!("Tree=0\n{tree}\n\n");
        let size = self.size.unwrap_or(block.len());
        let parameters: String =
            self.parameters.iter().map(|(key, value)| format!("[{key}: {value}]\n")).collect();
        format!(
            "tree\n{header}tree_sizes={size}\n\n{block}end of trees\n\nfeature_importances:\nColumn_1=1\n\n\
             parameters:\n{parameters}\nend of parameters\n\npandas_categorical:null\n"
        )
        .into_bytes()
    }
}

/// A model of CatBoost with trees of these numbers of splits, and so many values in their leaves.
pub fn catboost(sizes: &[u32], leaves: usize) -> Vec<u8> {
    catboost_with(sizes, leaves, &[], &[])
}

/// The same with these parts behind the core, and these bytes.
pub fn catboost_with(sizes: &[u32], leaves: usize, parts: &[&str], behind: &[u8]) -> Vec<u8> {
    let starts = sizes.iter().scan(0, |next, size| {
        let start = *next;
        *next += size;
        Some(start)
    });
    let splits = sizes.iter().sum();
    let trees = table(vec![
        (0, Flat::Word(1)),
        (1, Flat::Words((0..splits).collect())),
        (2, Flat::Words(sizes.to_vec())),
        (3, Flat::Words(starts.collect())),
        (8, Flat::Longs(vec![0.5_f64.to_bits(); leaves])),
    ]);
    let pair = table(vec![(0, text("params")), (1, text("{\"loss_function\":{\"type\":\"Logloss\"}}"))]);
    let root = table(vec![
        (0, text("FlabuffersModel_v1")),
        (1, trees),
        (2, Flat::List(vec![pair])),
        (3, Flat::List(parts.iter().map(|part| text(part)).collect())),
    ]);
    let core = flat::file(None, &root);
    let size = u32::try_from(core.len()).unwrap_or(u32::MAX);
    [&b"CBM1"[..], &size.to_le_bytes(), &core, behind].concat()
}

/// A model of XGBoost with one tree in which every left child splits again, this many levels deep.
pub fn chain(levels: usize) -> Xgboost {
    let count = 2 * levels - 1;
    // The odd nodes are left children, and the last of them is a leaf.
    let splits = |node: usize| (node == 0 || node % 2 == 1) && node + 2 < count;
    let first = |node: usize| if node == 0 { 1 } else { node + 2 };
    let parent = |node: usize| match node {
        0 => 2_147_483_647,
        1 | 2 => 0,
        odd if odd % 2 == 1 => odd - 2,
        even => even - 3,
    };
    let left: Vec<i64> = (0..count).map(|node| if splits(node) { whole(first(node)) } else { -1 }).collect();
    let right: Vec<i64> =
        (0..count).map(|node| if splits(node) { whole(first(node) + 1) } else { -1 }).collect();
    let parents: Vec<i64> = (0..count).map(|node| whole(parent(node))).collect();
    let zeros = vec![0; count];
    Xgboost::new()
        .tree("left_children", json!(left))
        .tree("right_children", json!(right))
        .tree("parents", json!(parents))
        .tree("default_left", json!(zeros))
        .tree("split_indices", json!(zeros))
        .tree("split_conditions", json!(zeros))
        .set("/learner/gradient_booster/model/trees/0/tree_param/num_nodes", json!(count.to_string()))
}

fn whole(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(-1)
}

/// A model of XGBoost as UBJSON, in which a list says that it has this many numbers.
pub fn oversized(count: u64) -> Vec<u8> {
    let mut file = Xgboost::new().ubjson();
    let list = b"[$d#L";
    if let Some(at) = file.windows(list.len()).position(|window| window == list)
        && let Some(place) = file.get_mut(at + list.len()..at + list.len() + 8)
    {
        place.copy_from_slice(&count.to_be_bytes());
    }
    file
}
