//! Code in a PyTorch file that is not `TorchScript`.

use weighbridge_domain::facts::problem::Kind;
use weighbridge_domain::{Confidence, Severity};

use super::{Check, Example, Findings, Light, Rule};
use crate::facts::Facts;
use crate::samples::{one, torchscript};

/// Code in a PyTorch file that is not `TorchScript`.
pub static RULE: Rule = Rule {
    id: "torchscript-foreign-code",
    severity: Severity::High,
    confidence: Confidence::High,
    light: Light::Content,
    since: "0.1.0",
    summary: "The code in a PyTorch file has what TorchScript does not have",
    why: "PyTorch compiles the code in `code/` itself: it has operators, control flow and constants, and no way to import or \
          call Python. What is not of that kind was not written by PyTorch: another reader, or a person, is meant to take \
          the file for Python. A call of a Python function by name (`^name`), and the loading of native operator libraries, \
          count too. Names with double underscores that TorchScript does not write are medium.",
    advice: "Do not load it, and do not run the code as Python. Ask for a file that `torch.jit.save` wrote.",
    references: &["CWE-94", "CWE-506", "AML.T0010", "AML.T0011"],
    examples: &[
        Example {
            name: "import",
            files: || one("model.pt", torchscript::zip(&format!("import os\n{}", torchscript::CODE)).build()),
            fires: &["torchscript-foreign-code"],
        },
        Example {
            name: "from-import",
            files: || {
                let code = format!("from os import system\n{}", torchscript::CODE);
                one("model.pt", torchscript::zip(&code).build())
            },
            fires: &["torchscript-foreign-code"],
        },
        Example {
            name: "import-twin",
            files: || {
                let code = format!("op_version_set = 1\nimport __torch__.other\n{}", torchscript::CODE);
                one("model.pt", torchscript::zip(&code).build())
            },
            fires: &[],
        },
        Example {
            name: "call-of-python",
            files: || torchscript::with("os.system(\"echo weighbridge-demo\")"),
            fires: &["torchscript-foreign-code"],
        },
        Example {
            name: "builtin-of-python",
            files: || torchscript::with("eval(\"1\")"),
            fires: &["torchscript-foreign-code"],
        },
        Example {
            name: "module-behind-torch",
            files: || torchscript::with("torch.os.system(\"echo weighbridge-demo\")"),
            fires: &["torchscript-foreign-code"],
        },
        Example { name: "call-twin", files: || torchscript::with("_10 = str(input)"), fires: &[] },
        Example {
            name: "python-operator",
            files: || torchscript::with("_10 = ^Demo(2)(input)"),
            fires: &["torchscript-foreign-code"],
        },
        Example {
            name: "python-operator-twin",
            files: || torchscript::with("_10 = torch.__xor__(input, input)"),
            fires: &[],
        },
        Example {
            name: "library",
            files: || torchscript::with("torch.ops.load_library(\"demo.so\")"),
            fires: &["torchscript-foreign-code"],
        },
        Example {
            name: "double-underscores",
            files: || torchscript::with("_10 = (input).__class__"),
            fires: &["torchscript-foreign-code"],
        },
        Example {
            name: "double-underscores-in-a-path",
            files: || torchscript::with("_10 = input.__globals__.data"),
            fires: &["torchscript-foreign-code"],
        },
        Example {
            name: "double-underscores-twin",
            files: || torchscript::with("_10 = (input).__len__()"),
            fires: &[],
        },
        Example {
            name: "lambda",
            files: || torchscript::with("_10 = lambda x: x"),
            fires: &["torchscript-foreign-code"],
        },
    ],
    check: Check::File(check),
};

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    for (kind, severity) in [(Kind::UnknownCode, Severity::High), (Kind::BadValue, Severity::Medium)] {
        for (place, problem) in facts.problems(kind).filter(|(place, _)| place.format() == "torchscript") {
            findings.add(place, &problem.detail).severity = severity;
        }
    }
}
