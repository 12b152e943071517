"""Settings as JSON, YAML and Git's configuration, and what their own readers find under the keys that matter."""

import json
import subprocess

import yaml

from served import targets

# One text for each way that YAML has of writing the same.
WRITTEN = {
    "block": "model:\n  _target_: torch.nn.Block\n  inner:\n  - _target_: torch.nn.First\n  - size: 1\n    _target_: torch.nn.Second\n",
    "flow": "model: {_target_: torch.nn.Flow, inner: [{_target_: torch.nn.First, size: 1}, {size: 2, _target_: 'torch.nn.Second'}]}\n",
    "quoted": "a: {'_target_': 'torch.nn.It''s'}\nb: {\"_target_\": \"torch.nn.T\\u00e4b\\x2eX\"}\nc: {? _target_ : torch.nn.Explicit}\n",
    "folded": "a:\n  _target_: >-\n    torch.nn.\n    Folded\nb:\n  _target_: |-\n    torch.nn.Literal\nc:\n  _target_: torch.nn.Plain\n    continued\n",
    "anchors": "base: &base\n  _target_: torch.nn.Base\n  size: 1\nname: &name torch.nn.Named\na:\n  _target_: *name\nb:\n- *base\n",
    "comments": "# _target_: torch.nn.Not\na: # {_target_: torch.nn.Not}\n  _target_: torch.nn.Yes # torch.nn.Not\n  text: '_target_: torch.nn.Not'\n",
    "documents": "---\na: {_target_: torch.nn.One}\n...\n---\n- _target_: torch.nn.Two\n",
    "types": "a: {_target_: !!str torch.nn.Tagged}\nb: {!!str _target_: torch.nn.Key}\nc: {_target_: null}\n",
}

OBJECTS = {
    "nested": {"a": [{"_target_": "torch.nn.One"}, {"b": {"_target_": "torch.nn.Two", "c": {"_target_": "torch.nn.Three"}}}]},
    "escapes": {"_target_": "torch.nn.\u00e4\U0001f600\"\\\n", "text": '"_target_": "torch.nn.Not"', "list": ["_target_", "torch.nn.Not"]},
    "others": [{"_target_": 5}, {"_target_": None}, {"_target_": ["torch.nn.Listed"]}, {"_target_": {"_target_": "torch.nn.Deep"}}],
}

GIT = (
    ("core.bare", "false"), ("user.name", "A \"quoted\" \\ name; with # marks"), ("remote.origin.url", "https://example.org/m"),
    ("remote.origin.fetch", "+refs/heads/*:refs/remotes/origin/*"), ("branch.a b.c.remote", "origin"), ("note.text", "  spaced  "),
    ("lfs.https://example.org/m/info/lfs.access", "basic"),
)


def make(folder):
    for name, text in WRITTEN.items():
        # Once, though several names lead to it.
        found = {target for document in yaml.safe_load_all(text) for target in targets(document)}
        folder.add(f"settings/{name}.yaml", text.encode(), format="settings", targets=sorted(found))
        for style, flow in (("written", False), ("flow", True)):
            again = yaml.safe_dump_all(yaml.safe_load_all(text), default_flow_style=flow, width=20, allow_unicode=flow)
            folder.add(f"settings/{name}-{style}.yaml", again.encode(), format="settings", targets=sorted(found))
    for name, value in OBJECTS.items():
        for style, options in (("plain", {}), ("indented", {"indent": 2}), ("unicode", {"ensure_ascii": False})):
            text = json.dumps(value, **options).encode()
            found = sorted(targets(json.loads(text)))
            folder.add(f"settings/{name}-{style}.json", text, format="settings", targets=found)
        text = json.dumps(value).encode("utf-16")
        folder.add(f"settings/{name}-utf-16.json", text, format="settings", targets=sorted(targets(json.loads(text))))
    path = folder.path("settings/config")
    for key, value in GIT:
        subprocess.run(["git", "config", "--file", path, "--add", key, value], check=True)
    listed = subprocess.run(["git", "config", "--file", path, "--list", "-z"], check=True, capture_output=True, text=True).stdout
    pairs = [entry.split("\n", 1) for entry in listed.split("\0") if entry]
    folder.expect("settings/config", format="git-config", pairs=sorted(pairs))
