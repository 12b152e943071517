//! Notebooks cell by cell, and findings whose counts changed.

use serde_json::json;

use super::{changes, compared, revisions};

/// A notebook of cells with and without ids.
fn notebook(cells: &[(Option<&str>, &str)]) -> Vec<u8> {
    let cell = |(id, source): &(Option<&str>, &str)| {
        let mut cell = json!({"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": null, "source": source});
        if let Some(id) = id {
            cell["id"] = json!(id);
        }
        cell
    };
    let cells: Vec<_> = cells.iter().map(cell).collect();
    json!({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}).to_string().into_bytes()
}

#[test]
fn a_cell_that_is_put_in_is_one_cell_whether_or_not_cells_have_ids() {
    let sources = ["import os\nos.getcwd()", "import math\nmath.pi", "print('a')\nprint('b')\nprint('c')"];
    for ids in [["a", "b", "c"].map(Some), [None; 3]] {
        let old: Vec<_> = ids.into_iter().zip(sources).collect();
        let mut new = old.clone();
        new.insert(1, (ids[0].map(|_| "new"), "print('between')"));
        let told = changes(&[("a.ipynb", &notebook(&old))], &[("a.ipynb", &notebook(&new))]);
        assert_eq!(
            told,
            ["red code a.ipynb!cell[1]: Cell of a notebook was added: 1 line added, 0 removed"],
            "{ids:?}"
        );
        // The last changes, too.
        new[3].1 = "print('a')\nprint('b')\nprint('d')";
        let told = changes(&[("a.ipynb", &notebook(&old))], &[("a.ipynb", &notebook(&new))]);
        assert_eq!(told[1], "red code a.ipynb!cell[3]: Cell of a notebook changed: 1 line added, 1 removed");
        assert_eq!(told.len(), 2, "{told:?}");
        // And the other way round.
        let told = changes(&[("a.ipynb", &notebook(&new))], &[("a.ipynb", &notebook(&old))]);
        assert!(told[0].starts_with("red code a.ipynb!cell[2]: Cell of a notebook changed"), "{told:?}");
        assert_eq!(
            told[1],
            "amber code a.ipynb!cell[1]: Cell of a notebook was removed: 0 lines added, 1 removed"
        );
    }
}

#[test]
fn a_cell_that_is_rewritten_changed_by_its_id_or_by_its_place() {
    for id in [Some("a"), None] {
        let (old, new) = (notebook(&[(id, "print(1)")]), notebook(&[(id, "import math")]));
        assert_eq!(
            changes(&[("a.ipynb", &old)], &[("a.ipynb", &new)]),
            ["red code a.ipynb!cell[0]: Cell of a notebook changed: 1 line added, 1 removed"]
        );
    }
}

#[test]
fn findings_move_with_their_cells() {
    let act = (None, "import os\nos.system('echo weighbridge-demo')");
    let (old, new) = (notebook(&[act]), notebook(&[(None, "import math\n"), act]));
    let folder = revisions(&[("a.ipynb", &old)], &[("a.ipynb", &new)]);
    let (diff, _) = compared(&folder, &["old", "new"]);
    assert_eq!(diff["old"]["findings"], 1);
    for list in ["new_findings", "gone_findings", "changed_findings"] {
        assert_eq!(diff[list], json!([]), "{list}");
    }
}

#[test]
fn a_finding_with_another_count_changed() {
    let lines = |count: usize| "os.system('echo weighbridge-demo')\n".repeat(count);
    let source = |count: usize| format!("import os\n{}", lines(count)).into_bytes();
    for (before, now, risk) in [(60, 61, "red"), (61, 60, "note")] {
        let folder = revisions(&[("a.py", &source(before))], &[("a.py", &source(now))]);
        let (diff, _) = compared(&folder, &["old", "new"]);
        let findings = |key: &str| diff[key].as_array().unwrap().len();
        assert_eq!(
            (findings("new_findings"), findings("gone_findings"), findings("changed_findings")),
            (0, 0, 1)
        );
        let change =
            diff["changes"].as_array().unwrap().iter().find(|change| change["section"] == "finding").unwrap();
        assert_eq!(
            (change["risk"].as_str(), change["kind"].as_str()),
            (Some(risk), Some("changed")),
            "{change}"
        );
        let says = |key: &str| change[key].as_str().unwrap().to_owned();
        assert!(says("old").contains(&format!("{} more like this", before - 50)), "{change}");
        assert!(says("new").contains(&format!("{} more like this", now - 50)), "{change}");
    }
}
