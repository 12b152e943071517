"""Chat templates, and what Jinja's own parser finds in them: attributes, calls, and templates that are loaded."""

from jinja2 import Environment, nodes

# Every construct of the language, in the way in which models use it.
TEMPLATES = {
    "turns": """{{ bos_token }}{% for message in messages %}
{%- if message['role'] == 'system' -%}<|system|>{{ message['content'] | trim }}<|end|>
{%- elif (message.role == 'user') != (loop.index0 % 2 == 0) -%}{{ raise_exception('Roles must alternate') }}
{%- else -%}<|{{ message.role }}|>{{ message.content }}{{ eos_token }}{%- endif -%}
{%- endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}""",
    "tools": """{%- if tools is defined and tools %}{{- '<tools>' }}{%- for tool in tools | list %}
{{- tool.function.name ~ ': ' ~ (tool.function.parameters.properties | tojson(indent=2)) }}
{%- for name, value in tool['function']['parameters']['properties'].items() recursive %}{{ name | upper }}={{ value.type if value.type is string else value['anyOf'][0]['type'] }}{% endfor %}
{%- endfor %}{{- '</tools>' }}{%- endif %}
{%- set ns = namespace(last=-1, text='') %}
{%- for message in messages[::-1] %}{% set ns.last = loop.revindex0 %}{% set ns.text = ns.text + message.content[:3] %}{% endfor %}
{{ ns.last }}{{ ns['text'] }}""",
    "macros": """{%- macro render(content, depth=1) -%}
{%- if content is mapping %}{{ content.text }}{% elif content is iterable and content is not string %}
{%- for part in content if part.type == "text" %}{{ render(part, depth + 1) }}{% else %}{{ caller() if caller else '' }}{% endfor %}{% endif %}
{%- endmacro -%}
{% call(item) render(messages[0].content) %}{{ item.name }}{% endcall %}
{{ render(messages | map(attribute='content') | join('\\n')) }}{{ strftime_now("%d %b %Y") }}""",
    "expressions": """{{ (1 + 2 * 3 ** 2 // 4 % 5 - -6) / 7.5e-1 }}{{ [1, 'two', (3,), {'four': four.five, "six": 7}] }}
{{ a.b[c.d]['e'].f(g.h, *i.j, k=l.m, **n.o) }}{{ not (p.q in r.s or t.u not in [v.w]) and x.y is not none }}
{{ 'a' "b" ~ z.text.split('|')[0].strip().lower() | replace('a', 'b') | default(other.value, true) }}
{{ one.two if three.four is divisibleby(3) }}{{ text[1:] }}{{ text[::-1] }}{{ dict(a=1).items() | first }}{{ true and True and none == None }}""",
    "statements": """{% raw %}{{ not.seen }}{% endraw %}{# {{ not.seen }} #}{% set block %}{{ inside.block }}{% endset %}
{% set first, second = pair.left, pair.right %}{% with total = amount.sum, other = 2 %}{{ total.value }}{% endwith %}
{% filter upper %}{{ filtered.text }}{% endfilter %}{% block named %}{{ super() }}{{ self.named() }}{% endblock %}
{% for key in mapping.keys() %}{{ loop.cycle('odd', 'even') }}{{ loop.previtem.role }}{% endfor %}
{% if one.a %}{% elif two.b %}{% else %}{{ three.c }}{% endif %}""",
    "loads": """{% extends "base.jinja" %}{% import 'forms.jinja' as forms with context %}{% from "parts.jinja" import one, two as three %}
{% include 'head.jinja' ignore missing %}{{ forms.input.label('name') }}{{ three(one.value) }}""",
    "spaces": "{{-a.b-}}{%-if c.d-%}{%+if e.f+%}{%endif%}{%endif%}{{ g\n .\n h }}{{i.j\n|\nupper}}{{ '{{ k.l }}' }}{{ \"%}\" }}{{ m.n }}",
}


def make(folder):
    for name, text in TEMPLATES.items():
        folder.add(f"templates/{name}.jinja", text.encode(), format="template", **parsed(text))


def parsed(text):
    tree = Environment().parse(text)
    attributes = {each.attr for each in tree.find_all(nodes.Getattr)}
    attributes |= {each.attr for each in tree.find_all(nodes.NSRef)}
    attributes |= {
        each.arg.value for each in tree.find_all(nodes.Getitem)
        if isinstance(each.arg, nodes.Const) and isinstance(each.arg.value, str)
    }
    calls = set()
    for each in tree.find_all(nodes.Call):
        calls |= {each.node.name if isinstance(each.node, nodes.Name) else getattr(each.node, "attr", "")}
    loads = [
        [kind.__name__.replace("FromImport", "from").lower(), each.template.value]
        for kind in (nodes.Extends, nodes.Import, nodes.FromImport, nodes.Include)
        for each in tree.find_all(kind)
    ]
    return {"attributes": sorted(attributes), "calls": sorted(calls), "loads": sorted(loads)}
