//! Models in PMML.

/// A regression with something more among its transformations.
pub fn model(more: &str) -> String {
    behind("", more)
}

/// A model that applies this function.
pub fn apply(function: &str) -> String {
    model(&format!("<Apply function=\"{function}\"><FieldRef field=\"x\"/></Apply>"))
}

/// The same behind something else.
pub fn behind(prolog: &str, more: &str) -> String {
    format!(
        r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
{prolog}<PMML xmlns="http://www.dmg.org/PMML-4_4" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="http://www.dmg.org/PMML-4_4 http://www.dmg.org/pmml/v4-4/pmml-4-4.xsd" version="4.4">
	<Header copyright="demo" description="Documentation is at http://demo.example/pmml">
		<Extension name="user" value="demo" extender="demo"/>
		<Application name="demo" version="1.0"/>
	</Header>
	<DataDictionary numberOfFields="2">
		<DataField name="y" optype="continuous" dataType="double"/>
		<DataField name="x" optype="continuous" dataType="double"/>
	</DataDictionary>
	<TransformationDictionary>
		<DefineFunction name="demo.twice" optype="continuous" dataType="double">
			<ParameterField name="v"/>
			<Apply function="*"><FieldRef field="v"/><Constant>2</Constant></Apply>
		</DefineFunction>
		<DerivedField name="d" optype="continuous" dataType="double">
			<Apply function="demo.twice"><FieldRef field="x"/></Apply>
		</DerivedField>{more}
	</TransformationDictionary>
	<RegressionModel functionName="regression" algorithmName="least squares">
		<MiningSchema><MiningField name="y" usageType="target"/><MiningField name="x"/></MiningSchema>
		<RegressionTable intercept="1.0"><NumericPredictor name="d" coefficient="2.0"/></RegressionTable>
	</RegressionModel>
</PMML>
"#
    )
}
