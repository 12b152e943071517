//! Notebooks.

use serde_json::{Value, json};

use super::{File, one};

/// A notebook with these cells.
pub fn of(cells: &[Value]) -> Vec<File> {
    with(cells, &json!({"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}))
}

/// A notebook with these cells and these settings.
pub fn with(cells: &[Value], metadata: &Value) -> Vec<File> {
    let notebook = json!({"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5});
    one("demo.ipynb", notebook.to_string())
}

/// A cell of program text.
pub fn code(source: &str) -> Value {
    let lines: Vec<&str> = source.split_inclusive('\n').collect();
    json!({"cell_type": "code", "execution_count": 1, "metadata": {}, "outputs": [], "source": lines})
}

/// A cell of program text that showed something.
pub fn shown(kind: &str, data: &str) -> Value {
    let output = json!({"output_type": "display_data", "data": {kind: [data]}, "metadata": {}});
    json!({"cell_type": "code", "execution_count": 1, "metadata": {}, "outputs": [output], "source": "demo"})
}

/// A cell of words.
pub fn words(source: &str) -> Value {
    json!({"cell_type": "markdown", "metadata": {}, "source": source})
}

/// Ordinary notebooks, of nbformat 4 and 3.
pub fn ordinary() -> Vec<File> {
    let mut files = of(&[
        words("# Demo\nSome words with `<b>` and a [link](https://demo.invalid)."),
        code("%matplotlib inline\n!ls -l data\nimport torch\nprint(torch.__version__)"),
        code("%%time\nx = [i for i in range(10)]\nx?"),
        shown("text/html", "<table><tr><td>1</td></tr></table>"),
        code("%%bash\nls \\\n  -l\n# words"),
    ]);
    let cell = json!({"cell_type": "code", "language": "python", "input": "print 1", "outputs": [], "collapsed": false});
    let cell = json!({"worksheets": [{"cells": [cell_of_three(&cell)]}], "metadata": {}, "nbformat": 3, "nbformat_minor": 0});
    files.push(("older.ipynb".to_owned(), cell.to_string().into_bytes()));
    files
}

fn cell_of_three(cell: &Value) -> Value {
    let mut cell = cell.clone();
    cell["input"] = json!(["import math\n", "math.sqrt(2)"]);
    cell
}
