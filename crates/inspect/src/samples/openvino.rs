//! Graphs of `OpenVINO`.

use super::{File, one};

/// A graph with one layer more before its edges.
pub fn graph(layer: &str) -> String {
    document("", layer, "")
}

/// A graph with a layer of this type and set.
pub fn layer(kind: &str, set: &str) -> Vec<File> {
    files(&format!("<layer id=\"5\" name=\"more\" type=\"{kind}\" version=\"{set}\" />"))
}

/// The same with its weights beside it.
pub fn files(layer: &str) -> Vec<File> {
    beside(graph(layer))
}

/// A graph with its weights beside it.
pub fn beside(graph: String) -> Vec<File> {
    let mut files = one("model.xml", graph);
    files.push(("model.bin".to_owned(), weights()));
    files
}

/// A graph of a tokenizer with this chat template.
pub fn with_template(template: &str) -> String {
    let template = template.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;");
    document("", "", &format!("<chat_template value=\"{template}\" />"))
}

/// A graph behind something else.
pub fn behind(prolog: &str) -> String {
    document(prolog, "", "")
}

/// Two numbers.
pub fn weights() -> Vec<u8> {
    vec![0, 0, 128, 63, 0, 0, 0, 64]
}

fn document(prolog: &str, layer: &str, note: &str) -> String {
    format!(
        r#"<?xml version="1.0"?>
{prolog}<net name="demo" version="11">
	<layers>
		<layer id="0" name="x" type="Parameter" version="opset1">
			<data shape="?,2" element_type="f32" />
			<output><port id="0" precision="FP32" names="x"><dim>-1</dim><dim>2</dim></port></output>
		</layer>
		<layer id="1" name="self.weight" type="Const" version="opset1">
			<data element_type="f32" shape="1, 2" offset="0" size="8" />
			<output><port id="0" precision="FP32"><dim>1</dim><dim>2</dim></port></output>
		</layer>
		<layer id="2" name="y" type="MatMul" version="opset1">
			<data transpose_a="false" transpose_b="true" />
		</layer>
		{layer}<layer id="9" name="out" type="Result" version="opset1" />
	</layers>
	<edges>
		<edge from-layer="0" from-port="0" to-layer="2" to-port="0" />
	</edges>
	<rt_info>
		{note}<Runtime_version value="2025.0.0" />
		<conversion_parameters><framework value="pytorch" /></conversion_parameters>
	</rt_info>
</net>
"#
    )
}
