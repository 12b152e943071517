//! A pickle that carries Python code.

use weighbridge_domain::facts::What;
use weighbridge_domain::{Confidence, Severity};

use super::{Check, Example, Findings, Light, Rule, reach};
use crate::facts::{Facts, Sort};
use crate::known::Capability;
use crate::samples::pickle::{Program, compiled, file, instance};
use crate::text;

/// A pickle that carries Python code.
pub static RULE: Rule = Rule {
    id: "pickle-carries-code",
    severity: Severity::Critical,
    confidence: Confidence::High,
    light: Light::Content,
    since: "0.1.0",
    summary: "The pickle holds functions or classes as code",
    why: "`cloudpickle`, `dill` and code objects put the byte code of functions into the file. It runs when somebody calls what was loaded, and part of it while loading. High; critical when the code names something that is dangerous by itself. The byte code is not followed.",
    advice: "Ask for the source of the functions, and for a file that holds data only. Load it only if you trust the publisher as you trust an author of programs.",
    references: &[
        "CWE-502",
        "CWE-506",
        "AML.T0011",
        "AML.T0018",
        "GHSA-9m3x-qqw2-h32h",
        "GHSA-565g-hwwr-4pp3",
    ],
    examples: &[
        Example {
            name: "function",
            files: || {
                file(
                    code(
                        Program::new(4).global("cloudpickle.cloudpickle", "_make_function"),
                        ("math", "floor"),
                    )
                    .tuple(1)
                    .reduce()
                    .stop(),
                )
            },
            fires: &["pickle-carries-code"],
        },
        Example {
            name: "dangerous-function",
            files: || {
                file(
                    code(
                        Program::new(4).global("cloudpickle.cloudpickle", "_make_function"),
                        ("os", "system"),
                    )
                    .tuple(1)
                    .reduce()
                    .stop(),
                )
            },
            fires: &["pickle-carries-code"],
        },
        Example {
            name: "dill",
            files: || file(Program::new(4).global("dill._dill", "_create_code").tuple(0).reduce().stop()),
            fires: &["pickle-carries-code"],
        },
        Example {
            name: "marshal",
            files: || file(Program::new(3).bytes(&compiled("math", "floor")).stop()),
            fires: &["pickle-carries-code"],
        },
        Example {
            name: "marshal-dangerous",
            files: || file(Program::new(3).bytes(&compiled("os", "system")).stop()),
            fires: &["pickle-carries-code"],
        },
        Example {
            name: "imported-only",
            files: || file(Program::new(4).global("types", "FunctionType").stop()),
            fires: &["pickle-carries-code"],
        },
        Example {
            name: "class",
            files: || {
                file(
                    Program::new(2)
                        .global("builtins", "type")
                        .text("Demo")
                        .tuple(0)
                        .dict()
                        .tuple(3)
                        .reduce()
                        .stop(),
                )
            },
            fires: &["pickle-carries-code"],
        },
        Example {
            name: "distribution",
            files: || file(distribution("def _parse_args(self, loc=0, scale=1):\n    print()\n")),
            fires: &["pickle-carries-code"],
        },
        Example {
            name: "distribution-from-a-list",
            files: || {
                let program = Program::new(4).stack_global("operator", "getitem").list();
                let made = program.stack_global(DISTRIBUTIONS, "norm_gen").tuple(0).newobj().append();
                file(template(made.int(0).tuple(2).reduce(), "print()").stop())
            },
            fires: &["pickle-carries-code", "pickle-rebinds-attributes"],
        },
        Example {
            name: "distribution-from-a-scalar",
            files: || {
                let program = Program::new(4).stack_global("numpy.core.multiarray", "scalar");
                let program = program.stack_global("numpy", "dtype").text("O8").tuple(1).reduce();
                let made = program.stack_global(DISTRIBUTIONS, "norm_gen").tuple(0).newobj();
                file(template(made.tuple(2).reduce(), "print()").stop())
            },
            fires: &["pickle-carries-code", "pickle-rebinds-attributes"],
        },
        Example {
            name: "distribution-through-partial",
            files: || {
                let program = Program::new(4).stack_global("functools", "partial");
                let program = program.stack_global(DISTRIBUTIONS, "norm_gen").tuple(1).reduce();
                file(template(program.tuple(0).reduce(), "print()").stop())
            },
            fires: &["pickle-carries-code", "pickle-rebinds-attributes"],
        },
        Example {
            name: "distribution-called",
            files: || {
                let program = Program::new(4).stack_global(DISTRIBUTIONS, "norm_gen").tuple(0).reduce();
                file(template(program, "print()").stop())
            },
            fires: &["pickle-carries-code"],
        },
        Example {
            name: "distribution-called-twin",
            files: || {
                let program = Program::new(4).stack_global(DISTRIBUTIONS, "norm_gen").tuple(0).reduce();
                file(template(program, PARSER).stop())
            },
            fires: &[],
        },
        Example {
            name: "distribution-as-tensor",
            files: || file(restored("torch._tensor", "_rebuild_from_type_v2")),
            fires: &["pickle-carries-code"],
        },
        Example {
            name: "distribution-as-array",
            files: || file(restored("jax._src.array", "_reconstruct_array")),
            fires: &["pickle-carries-code"],
        },
        Example {
            name: "distribution-as-generator",
            files: || {
                let program = Program::new(4).stack_global("dill._dill", "_create_array");
                let program = program.stack_global("numpy.random._pickle", "__bit_generator_ctor");
                let program = program.stack_global(DISTRIBUTIONS, "norm_gen").tuple(1).dict();
                file(program.tuple(3).reduce().stop())
            },
            fires: &["pickle-resolves-names"],
        },
        Example {
            name: "two-distributions",
            files: || file(two(|program| program.text("b").text("_parse_arg_template").text("print()"))),
            fires: &["pickle-carries-code"],
        },
        Example {
            name: "two-distributions-twin",
            files: || file(two(|program| program.text("b").text("b").text("print()"))),
            fires: &[],
        },
        Example {
            name: "distribution-of-bytes",
            files: || {
                let made =
                    |program: Program| program.stack_global(DISTRIBUTIONS, "norm_gen").tuple(0).newobj();
                let key = |program: Program| made(program).dict().text("_parse_arg_template");
                let program = key(Program::new(4)).none().setitem().build().pop();
                file(key(program).bytes(b"print()").setitem().build().stop())
            },
            fires: &["pickle-carries-code"],
        },
        Example {
            name: "distribution-beside-others-twin",
            files: || {
                let program = Program::new(4).stack_global("numpy", "dtype").text("f4").tuple(1).reduce();
                let program = program.mark().int(3).text("<").tuple_to_mark().build().pop();
                let program =
                    program.stack_global("builtins", "iter").list().tuple(1).reduce().int(0).build();
                let made = program.pop().stack_global(DISTRIBUTIONS, "norm_gen").tuple(0).newobj();
                file(template(made, PARSER).stop())
            },
            fires: &[],
        },
        Example { name: "distribution-twin", files: || file(distribution(PARSER)), fires: &[] },
        Example {
            name: "marshal-twin",
            files: || {
                let mut numbers = compiled("os", "system");
                numbers.splice(..21, [99].into_iter().chain([0; 30]));
                file(Program::new(3).bytes(&numbers).stop())
            },
            fires: &[],
        },
        Example {
            name: "class-twin",
            files: || file(Program::new(2).global("builtins", "type").none().tuple(1).reduce().stop()),
            fires: &[],
        },
    ],
    check: Check::File(check),
};

fn check(facts: &Facts, findings: &mut Findings<'_>) {
    reach::report(facts, findings, Capability::CarriesCode);
    for (place, what) in facts.of(Sort::Code) {
        let What::Code { names } = what else { continue };
        // Code in the settings of a model has a rule of its own.
        if place.is_of_settings() {
            continue;
        }
        let words: Vec<&str> = names.iter().map(String::as_str).collect();
        let dangerous = reach::dangerous_name(&words);
        let named = dangerous.as_ref().map_or_else(String::new, |name| format!(" and names `{name}`"));
        let finding = findings.add(place, format!("holds compiled Python code{named}"));
        finding.severity = if dangerous.is_some() { Severity::Critical } else { Severity::High };
        finding.excerpt = Some(text::shown(&names.join(", "), 1000));
    }
}

/// A code object without byte code whose tables name two things.
fn code(program: Program, names: (&str, &str)) -> Program {
    let program = program.global("types", "CodeType").mark().int(0).int(0).int(0).int(1).int(64).bytes(b"");
    let program = program.tuple(0).text(names.0).text(names.1).tuple(2).tuple(0).text("<demo>").text("demo");
    program.tuple_to_mark().reduce()
}

/// What scipy writes for a distribution without parameters.
const PARSER: &str = "def _parse_args(self, loc=0, scale=1):\n    return (), loc, scale\n\n\
    def _parse_args_rvs(self, loc=0, scale=1, size=None):\n    return self._argcheck_rvs(loc, scale, size=size)\n\n\
    def _parse_args_stats(self, loc=0, scale=1, moments='mv'):\n    return (), loc, scale, moments\n";

const DISTRIBUTIONS: &str = "scipy.stats._continuous_distns";

/// Gives something a state with this text in it.
fn template(program: Program, parser: &str) -> Program {
    program.dict().text("_parse_arg_template").text(parser).setitem().build()
}

/// A helper that makes an object of a function and its arguments, and gives it a state itself.
fn restored(module: &str, name: &str) -> Vec<u8> {
    let program = Program::new(4).stack_global(module, name).mark();
    let program = program.stack_global(DISTRIBUTIONS, "norm_gen").memoize().get(0).tuple(0);
    program.dict().text("_parse_arg_template").text("print()").setitem().tuple_to_mark().reduce().stop()
}

/// Two objects of one class whose states have the same texts, in runs of other lengths.
fn two(second: fn(Program) -> Program) -> Vec<u8> {
    let made = |program: Program| program.stack_global(DISTRIBUTIONS, "norm_gen").tuple(0).newobj();
    let text = |program: Program, text: &str| program.text(text);
    let first = made(Program::new(4)).mark().text("b").text("_parse_arg_template");
    let first = text(text(first, "print()"), "print()").raw(b"d").build().pop();
    second(made(first).mark().text("b")).raw(b"d").build().stop()
}

fn distribution(parser: &str) -> Vec<u8> {
    instance(Program::new(4), "scipy.stats._continuous_distns", "norm_gen", |program| {
        program.dict().text("_parse_arg_template").text(parser).setitem().text("name").text("norm").setitem()
    })
    .stop()
}
