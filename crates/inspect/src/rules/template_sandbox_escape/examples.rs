//! Ways out of a template's sandbox, each with its twin.

use crate::rules::Example;
use crate::samples::template::{embedded, template};
use crate::samples::tensor::Gguf;
use crate::samples::{File, one};

pub(super) const EXAMPLES: &[Example] = &[
    Example {
        name: "attribute",
        files: || template("{{ messages.__class__ }}"),
        fires: &["template-sandbox-escape"],
    },
    Example { name: "attribute-twin", files: || template("{{ messages.class }}"), fires: &[] },
    Example {
        name: "globals",
        files: || template("{{ cycler.__init__.__globals__ }}"),
        fires: &["template-sandbox-escape"],
    },
    Example {
        name: "subscript",
        files: || template("{{ messages['__class__'] }}"),
        fires: &["template-sandbox-escape"],
    },
    Example { name: "subscript-twin", files: || template("{{ messages['class'] }}"), fires: &[] },
    Example {
        name: "filter",
        files: || template("{{ messages|attr('__class__') }}"),
        fires: &["template-sandbox-escape"],
    },
    Example { name: "filter-twin", files: || template("{{ messages|attr('content') }}"), fires: &[] },
    Example {
        name: "filter-of-unknown",
        files: || template("{{ messages|attr(messages[0].content) }}"),
        fires: &["template-sandbox-escape"],
    },
    Example {
        name: "filter-map",
        files: || template("{{ messages|map(attribute='content.__class__')|list }}"),
        fires: &["template-sandbox-escape"],
    },
    Example {
        name: "filter-map-attr",
        files: || template("{{ messages|map('attr', '__class__')|list }}"),
        fires: &["template-sandbox-escape"],
    },
    Example {
        name: "filter-map-twin",
        files: || template("{{ messages|map(attribute='content')|join }}"),
        fires: &[],
    },
    Example {
        name: "concatenation",
        files: || template("{{ messages['__cla' ~ 'ss' + '__'] }}"),
        fires: &["template-sandbox-escape"],
    },
    Example {
        name: "concatenation-twin",
        files: || template("{{ messages['con' ~ 'te' + 'nt'] }}"),
        fires: &[],
    },
    Example {
        name: "adjacent-strings",
        files: || template("{{ messages['__cla' 'ss__'] }}"),
        fires: &["template-sandbox-escape"],
    },
    Example {
        name: "escapes",
        files: || template(r"{{ messages['\x5f\137class\u005f\N{LOW LINE}'] }}"),
        fires: &["template-sandbox-escape"],
    },
    Example { name: "escapes-twin", files: || template(r"{{ messages['\x63ontent'] }}"), fires: &[] },
    Example {
        name: "join",
        files: || template("{{ messages[['_', '_', 'class', '_', '_']|join] }}"),
        fires: &["template-sandbox-escape"],
    },
    Example {
        name: "join-method",
        files: || template("{{ messages[''.join(['__', 'class', '__'])] }}"),
        fires: &["template-sandbox-escape"],
    },
    Example {
        name: "join-of-keys",
        files: || template("{{ messages[dict(__class__=1)|join] }}"),
        fires: &["template-sandbox-escape"],
    },
    Example { name: "join-twin", files: || template("{{ messages[['con', 'tent']|join] }}"), fires: &[] },
    Example {
        name: "format",
        files: || template("{{ messages['%s%s%s'|format('__', 'class', '__')] }}"),
        fires: &["template-sandbox-escape"],
    },
    Example {
        name: "format-percent",
        files: || template("{{ messages['%c%cclass%c%c' % (95, 95, 95, 95)] }}"),
        fires: &["template-sandbox-escape"],
    },
    Example {
        name: "format-method",
        files: || template("{{ messages['{0}{0}class{0}{0}'.format('_')] }}"),
        fires: &["template-sandbox-escape"],
    },
    Example {
        name: "format-twin",
        files: || template("{{ messages['%s%s'|format('con', 'tent')] }}"),
        fires: &[],
    },
    Example {
        name: "format-field",
        files: || template("{{ '{0.__class__}'.format(messages) }}"),
        fires: &["template-sandbox-escape"],
    },
    Example {
        name: "format-field-twin",
        files: || template("{{ '{0.content}'.format(messages) }}"),
        fires: &[],
    },
    Example {
        name: "replace",
        files: || template("{{ messages['++class++'.replace('+', '_')] }}"),
        fires: &["template-sandbox-escape"],
    },
    Example {
        name: "reverse",
        files: || template("{{ messages['__ssalc__'|reverse] }}"),
        fires: &["template-sandbox-escape"],
    },
    Example {
        name: "slice",
        files: || template("{{ messages['__ssalc__'[::-1]] }}"),
        fires: &["template-sandbox-escape"],
    },
    Example { name: "slice-twin", files: || template("{{ messages['tnetnoc'[::-1]] }}"), fires: &[] },
    Example {
        name: "case",
        files: || template("{{ messages['__CLASS__'|lower] }}"),
        fires: &["template-sandbox-escape"],
    },
    Example {
        name: "variables",
        files: || template("{% set a = '__cla' %}{% set b = 'ss__' %}{{ messages[a ~ b] }}"),
        fires: &["template-sandbox-escape"],
    },
    Example {
        name: "variables-twin",
        files: || template("{% set a = 'con' %}{% set b = 'tent' %}{{ messages[a ~ b] }}"),
        fires: &[],
    },
    Example {
        name: "namespace",
        files: || {
            template("{% set n = namespace(a='__cla') %}{% set n.b = 'ss__' %}{{ messages[n.a ~ n.b] }}")
        },
        fires: &["template-sandbox-escape"],
    },
    Example {
        name: "captured",
        files: || template("{% set a %}__cla{% endset %}{{ messages[a ~ 'ss__'] }}"),
        fires: &["template-sandbox-escape"],
    },
    Example {
        name: "macro",
        files: || template("{% macro m(a, b) %}{{ messages[a ~ b] }}{% endmacro %}{{ m('__cla', 'ss__') }}"),
        fires: &["template-sandbox-escape"],
    },
    Example {
        name: "loop",
        files: || template("{% for a in ['__cla'] %}{{ messages[a ~ 'ss__'] }}{% endfor %}"),
        fires: &["template-sandbox-escape"],
    },
    Example {
        name: "growing-text",
        files: || {
            template(
                "{% set n = namespace(v='') %}{% for c in ['__', 'cl', 'ass', '__'] %}{% set n.v = n.v ~ c %}\
                     {% endfor %}{{ messages[n.v] }}",
            )
        },
        fires: &["template-sandbox-escape"],
    },
    Example {
        name: "growing-number-twin",
        files: || {
            template(
                "{% set n = namespace(v=0) %}{% for m in messages %}{% set n.v = n.v + 1 %}{{ messages[n.v] }}\
                     {% endfor %}",
            )
        },
        fires: &[],
    },
    Example {
        name: "centred",
        files: || template("{{ messages['class'.center(9, '_')] }}"),
        fires: &["template-sandbox-escape"],
    },
    Example { name: "centred-twin", files: || template("{{ messages['role'.center(4)] }}"), fires: &[] },
    Example {
        name: "filled-left",
        files: || template("{{ messages['class__'.rjust(9, '_')] }}"),
        fires: &["template-sandbox-escape"],
    },
    Example {
        name: "filled-right",
        files: || template("{{ messages[('__' ~ 'class').ljust(9, '_')] }}"),
        fires: &["template-sandbox-escape"],
    },
    Example {
        name: "filled-format",
        files: || template("{{ messages['{:_^9}'.format('class')] }}"),
        fires: &["template-sandbox-escape"],
    },
    Example {
        name: "filled-format-twin",
        files: || template("{{ messages['{:4}'.format('role')] }}"),
        fires: &[],
    },
    Example {
        name: "zeros",
        files: || template("{{ messages['class'.zfill(7).replace('0', '_') ~ '__'] }}"),
        fires: &["template-sandbox-escape"],
    },
    Example {
        name: "translated",
        files: || template("{{ messages['++class++'.translate({43: 95})] }}"),
        fires: &["template-sandbox-escape"],
    },
    Example {
        name: "translated-name",
        files: || template("{{ messages['c0ntent'.translate({48: 'o'})] }}"),
        fires: &["template-sandbox-escape"],
    },
    Example {
        name: "translated-by-data",
        files: || template("{{ messages['++class++'.translate(tools)] }}"),
        fires: &["template-sandbox-escape"],
    },
    Example {
        name: "wrapped",
        files: || template("{{ messages['_|_class_|_'|wordwrap(2, wrapstring='')|replace('|', '')] }}"),
        fires: &["template-sandbox-escape"],
    },
    Example {
        name: "cut",
        files: || template("{{ messages['__class__.role'|truncate(9, true, '')] }}"),
        fires: &["template-sandbox-escape"],
    },
    Example {
        name: "cut-by-precision",
        files: || template("{{ messages['%.9s' % '__class__role'] }}"),
        fires: &["template-sandbox-escape"],
    },
    Example {
        name: "cut-by-precision-twin",
        files: || template("{{ messages['%.4s' % 'roleplay'] }}"),
        fires: &[],
    },
    Example {
        name: "some-replaced",
        files: || template("{{ messages['x_class_x'.replace('x', '_', 2)] }}"),
        fires: &["template-sandbox-escape"],
    },
    Example {
        name: "by-key",
        files: || template("{{ messages['%(a)sclass%(a)s' % {'a': '__'}] }}"),
        fires: &["template-sandbox-escape"],
    },
    Example {
        name: "sliced-letters",
        files: || {
            template(
                "{% set a = 'abcdefghijklmnopqrstuvwxyz_' %}{{ messages[a[26:] ~ '_' ~ a[2:3] ~ a[11] ~ a[0] ~ a[18] ~ a[18] ~ a[-1] ~ a[-1]] }}",
            )
        },
        fires: &["template-sandbox-escape"],
    },
    Example {
        name: "titled",
        files: || template("{{ messages['__CLASS__'|title|lower] }}"),
        fires: &["template-sandbox-escape"],
    },
    Example {
        name: "capitalised",
        files: || template("{{ lipsum['__GLOBALS__'|capitalize] }}"),
        fires: &["template-sandbox-escape"],
    },
    Example {
        name: "upper",
        files: || template("{{ lipsum['__globals__'|upper|lower] }}"),
        fires: &["template-sandbox-escape"],
    },
    Example {
        name: "of-a-function",
        files: || template("{{ lipsum['con' ~ 'tent'] }}"),
        fires: &["template-sandbox-escape"],
    },
    Example {
        name: "of-a-function-by-data",
        files: || template("{{ cycler[messages[0].content] }}"),
        fires: &["template-sandbox-escape"],
    },
    Example {
        name: "of-a-function-twin",
        files: || template("{{ loop['index0'] }}{{ self['title'] }}"),
        fires: &[],
    },
    Example {
        name: "of-a-macro",
        files: || template("{% macro m() %}{% endmacro %}{{ m[messages|string|first ~ '_'] }}"),
        fires: &["template-sandbox-escape"],
    },
    Example {
        name: "of-a-text",
        files: || template("{{ 'a'[tools|join] }}"),
        fires: &["template-sandbox-escape"],
    },
    Example {
        name: "of-a-number",
        files: || template("{{ 1['a'.center(size)] }}"),
        fires: &["template-sandbox-escape"],
    },
    Example {
        name: "of-a-list",
        files: || template("{{ [][tools|join('_')] }}"),
        fires: &["template-sandbox-escape"],
    },
    Example {
        name: "of-a-table",
        files: || template("{{ {}['_' ~ messages[0].content] }}"),
        fires: &["template-sandbox-escape"],
    },
    Example {
        name: "of-a-table-twin",
        files: || {
            template(
                "{% set names = {'user': 'U', 'user_text': 'T'} %}{{ names[messages[0].role] }}{{ names[messages[0].role|lower] }}{{ names[messages[0].role ~ '_text'] }}{{ names['user' ~ '_text'] }}",
            )
        },
        fires: &[],
    },
    Example {
        name: "of-a-chain",
        files: || template("{{ messages['_' ~ tools ~ '_'][messages[0].content] }}"),
        fires: &["template-sandbox-escape"],
    },
    Example {
        name: "of-a-chain-twin",
        files: || {
            template(
                "{{ messages[loop.index0]['role'] }}{{ messages[messages|length - 1][key] }}{{ tools[i][j + 1] }}",
            )
        },
        fires: &[],
    },
    Example {
        name: "growing-namespace",
        files: || {
            template(
                "{% set ns = namespace(a='') %}{% for i in range(2) %}{% set ns.a = ns.a ~ '_' %}{% endfor %}{{ lipsum[ns.a ~ 'globals' ~ ns.a] }}",
            )
        },
        fires: &["template-sandbox-escape"],
    },
    Example {
        name: "growing-in-turn",
        files: || {
            template(
                "{% set n = namespace(a='', b='') %}{% for i in range(9) %}{% set n.b = n.a ~ '_cls'[i % 4] %}{% set n.a = n.b %}{% endfor %}{{ messages[n.a] }}",
            )
        },
        fires: &["template-sandbox-escape"],
    },
    Example {
        name: "growing-loop-variable",
        files: || {
            template(
                "{% for c in ['', '_'] %}{% set c = c ~ '_' %}{{ messages[c ~ 'class' ~ c] }}{% endfor %}",
            )
        },
        fires: &["template-sandbox-escape"],
    },
    Example {
        name: "growing-list-twin",
        files: || {
            template(
                "{% set n = namespace(list=[]) %}{% for m in messages %}{% set n.list = n.list + [m] %}{% endfor %}{% for m in n.list %}{{ names[m['role']] }}{{ m[key] }}{% endfor %}",
            )
        },
        fires: &[],
    },
    Example {
        name: "either",
        files: || {
            template("{% set k = 'role' %}{% if tools %}{% set k = tools|join %}{% endif %}{{ messages[k] }}")
        },
        fires: &["template-sandbox-escape"],
    },
    Example {
        name: "either-twin",
        files: || {
            template("{% set k = 'role' %}{% if tools %}{% set k = 'content' %}{% endif %}{{ messages[k] }}")
        },
        fires: &[],
    },
    Example {
        name: "from-a-macro",
        files: || template("{% macro m() %}__cla{% endmacro %}{{ messages[m() ~ 'ss__'] }}"),
        fires: &["template-sandbox-escape"],
    },
    Example {
        name: "from-a-macro-alone",
        files: || template("{% macro m(x) %}{{ x }}{{ x }}{% endmacro %}{{ messages[m('_')] }}"),
        fires: &["template-sandbox-escape"],
    },
    Example {
        name: "from-a-macro-twin",
        files: || template("{% macro m() %}role{% endmacro %}{{ messages[m()] }}"),
        fires: &[],
    },
    Example {
        name: "captured-and-filtered",
        files: || template("{% set a | reverse %}__ssalc__{% endset %}{{ messages[a] }}"),
        fires: &["template-sandbox-escape"],
    },
    Example {
        name: "sorted",
        files: || template("{{ messages['__class__'|list|sort|join] }}"),
        fires: &["template-sandbox-escape"],
    },
    Example {
        name: "sorted-letters",
        files: || template("{{ messages['ssalc____'|sort|join] }}"),
        fires: &["template-sandbox-escape"],
    },
    Example {
        name: "last-letters",
        files: || template("{{ lipsum['a_'|last ~ '_glo' ~ ['x', 'bals__']|last] }}"),
        fires: &["template-sandbox-escape"],
    },
    Example {
        name: "special-token",
        files: || template("{{ messages[bos_token] }}"),
        fires: &["template-sandbox-escape"],
    },
    Example {
        name: "special-token-twin",
        files: || template("{{ bos_token + messages[0]['content'] }}"),
        fires: &[],
    },
    Example {
        name: "date",
        files: || template("{{ lipsum[strftime_now('%Y')] }}"),
        fires: &["template-sandbox-escape"],
    },
    Example {
        name: "date-twin",
        files: || template("{{ ['Mo', 'Tu'][strftime_now('%w')|int - 1] }}"),
        fires: &[],
    },
    Example {
        name: "passed-as-an-argument",
        files: || template("{% macro m(x, k) %}{{ x[k] }}{% endmacro %}{{ m(lipsum, 'glob' ~ 'als') }}"),
        fires: &["template-sandbox-escape"],
    },
    Example {
        name: "passed-as-an-argument-twin",
        files: || template("{% macro m(x, k) %}{{ x[k] }}{% endmacro %}{{ m(messages[0], 'con' ~ 'tent') }}"),
        fires: &[],
    },
    Example {
        name: "in-gguf",
        files: || {
            let template = "{{ messages.__class__ }}";
            one(
                "model.gguf",
                Gguf::new()
                    .text("general.architecture", "llama")
                    .text("tokenizer.chat_template", template)
                    .build(),
            )
        },
        fires: &["template-sandbox-escape"],
    },
    Example {
        name: "in-gguf-twin",
        files: || {
            let template = "{{ messages.class }}";
            one(
                "model.gguf",
                Gguf::new()
                    .text("general.architecture", "llama")
                    .text("tokenizer.chat_template", template)
                    .build(),
            )
        },
        fires: &[],
    },
    Example {
        name: "in-gguf-under-another-key",
        files: || in_gguf("llama.chat_template", "{{ messages.__class__ }}"),
        fires: &["template-sandbox-escape"],
    },
    Example {
        name: "in-gguf-under-another-key-twin",
        files: || in_gguf("llama.chat_template", "{{ messages.class }}"),
        fires: &[],
    },
    Example {
        name: "in-gguf-in-capitals",
        files: || in_gguf("Tokenizer.Chat_Template", "{{ messages.__class__ }}"),
        fires: &["template-sandbox-escape"],
    },
    Example {
        name: "in-gguf-in-capitals-twin",
        files: || in_gguf("Tokenizer.Chat_Template", "{{ messages.class }}"),
        fires: &[],
    },
    Example {
        name: "in-gguf-bare",
        files: || in_gguf("chat_template_tools", "{{ messages.__class__ }}"),
        fires: &["template-sandbox-escape"],
    },
    Example {
        name: "in-gguf-bare-twin",
        files: || in_gguf("chat_template_tools", "{{ messages.class }}"),
        fires: &[],
    },
    Example {
        name: "in-gguf-in-a-list",
        files: || {
            let templates = ["{{ messages }}", "{{ messages.__class__ }}"];
            one(
                "model.gguf",
                Gguf::new()
                    .text("general.architecture", "llama")
                    .texts("tokenizer.chat_template.all", &templates)
                    .build(),
            )
        },
        fires: &["template-sandbox-escape"],
    },
    Example {
        name: "in-gguf-in-a-list-twin",
        files: || {
            let templates = ["{{ messages }}", "{{ messages.class }}"];
            one(
                "model.gguf",
                Gguf::new()
                    .text("general.architecture", "llama")
                    .texts("tokenizer.chat_template.all", &templates)
                    .build(),
            )
        },
        fires: &[],
    },
    Example {
        name: "built-key",
        files: || template("{{ messages['_' ~ (messages|string)[0]] }}"),
        fires: &["template-sandbox-escape"],
    },
    Example {
        name: "built-key-twin",
        files: || template("{{ messages[loop.index0 + 1] }}{{ messages[i - 1] }}"),
        fires: &[],
    },
    Example {
        name: "frame",
        files: || template("{{ messages.gi_frame }}"),
        fires: &["template-sandbox-escape"],
    },
    Example { name: "frame-twin", files: || template("{{ messages.frame }}"), fires: &[] },
    Example {
        name: "private",
        files: || template("{{ self._context }}"),
        fires: &["template-sandbox-escape"],
    },
    Example { name: "private-twin", files: || template("{% set _x = 1 %}{{ _x }}"), fires: &[] },
    Example {
        name: "process",
        files: || template("{{ messages.popen('echo weighbridge-demo') }}"),
        fires: &["template-sandbox-escape"],
    },
    Example { name: "process-twin", files: || template("{{ messages.pop('demo') }}"), fires: &[] },
    Example {
        name: "behind-a-broken-tag",
        files: || template("{{ ? }}{{ messages.__class__ }}"),
        fires: &["template-sandbox-escape", "template-unparsed"],
    },
    Example {
        name: "in-a-broken-tag",
        files: || template("{{ messages.__class__ ? }}"),
        fires: &["template-sandbox-escape", "template-unparsed"],
    },
    Example {
        name: "in-a-configuration",
        files: || embedded("{{ messages.__class__ }}"),
        fires: &["template-sandbox-escape"],
    },
    Example { name: "in-a-configuration-twin", files: || embedded("{{ messages.class }}"), fires: &[] },
];

fn in_gguf(key: &str, template: &str) -> Vec<File> {
    one("model.gguf", Gguf::new().text("general.architecture", "llama").text(key, template).build())
}
