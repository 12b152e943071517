"""Python sources of installed libraries, and what CPython's own parser says of them: whether they are Python, and which
calls reach names that act, resolved through the imports of the file."""

import ast
import sysconfig
import warnings
from pathlib import Path

# Names that act, as `known/effects.txt` has them: those that are called by name and always worth a fact.
WATCHED = {
    "builtins.compile", "builtins.eval", "builtins.exec", "ctypes.CDLL", "joblib.load", "marshal.loads", "numpy.load",
    "os.execv", "os.popen", "os.system", "pickle.Unpickler", "pickle.load", "pickle.loads", "requests.get",
    "requests.post", "runpy.run_module", "runpy.run_path", "socket.create_connection", "socket.socket",
    "subprocess.Popen", "subprocess.call", "subprocess.check_call", "subprocess.check_output", "subprocess.run",
    "types.CodeType", "types.FunctionType", "urllib.request.urlopen", "urllib.request.urlretrieve",
    "webbrowser.open", "yaml.load", "zipimport.zipimporter",
}

# What the grammar has and libraries seldom use.
GRAMMAR = {
    "grammar": """# coding: utf-8
import subprocess as sp, os.path as p
from os import (system as s, popen,)
match p.sep:
    case "/" | "\\\\" if (n := 1): s("echo")
    case {"a": [1, *rest], **others}: popen("echo")
    case str(x) as y: pass
async def f(a, /, b=s("echo"), *c, d: int = 1, **e) -> None:
    async with a as b, c: await b
    return [x async for x in a if await x]
with (open("a") as a, open("b") as b,): pass
x: list[int] = [*range(3), *{1: 2}]
try: pass
except* ValueError as e: sp.run(["echo"])
@(lambda f: f)
class A(metaclass=type): a, *b = 1, 2
print(f"{x!r:>{n}} {'a' 'b'} {{}}", 0x1F, 1_0.0e-3j, b"\\x00" rb"\\d", ...)
del x[1:2, ::3]; assert not (yield_ := 1), "no"
lambda *a, b=eval, **c: (a, b)
while True:
\tglobal g; g = 1 if x else 2; break
else: raise SystemExit from None
""",
    "old": "print 'demo'\nexec 'a' in {}\n",
    "slip": "import os\ndef f(:\n    os.system('echo')\n",
    "no-break": "import os; os.system('echo')",
    "form-feed": "import os\n\x0c\nos.system('echo')\n",
    "carriage-returns": "import os\r\nif os:\r\n    os.system('echo')\r\n",
    "continued": "import os\nx = 1 + \\\n  2; os.\\\nsystem('echo')\n",
    "marked": "\ufeffimport os\nos.system('echo')\n",
}

# Of each package with calls that act, and every so many-th file of models.
MOST = 25
EVERY = 16
MODELS = ("configuration_", "image_processing_", "modeling_", "pipeline_", "processing_", "tokenization_", "unet_")


def make(folder):
    for name, text in GRAMMAR.items():
        add(folder, f"sources/grammar/{name}.py", text.encode())
    libraries = Path(sysconfig.get_paths()["purelib"])
    marks = [name.removeprefix("builtins.").encode() + b"(" for name in WATCHED]
    taken, models = {}, 0
    for path in sorted(libraries.rglob("*.py")):
        package = path.relative_to(libraries).parts[0]
        if path.stat().st_size > 150_000:
            continue
        data = path.read_bytes()
        if path.name.startswith(MODELS):
            models += 1
            if models % EVERY == 0:
                add(folder, f"sources/{path.relative_to(libraries).as_posix()}", data)
            continue
        # Those with calls that act, and some without.
        count = taken.get(package, 0)
        if count < MOST and (count < 3 or any(mark in data for mark in marks) and parsed(data).get("calls")):
            taken[package] = count + 1
            add(folder, f"sources/{path.relative_to(libraries).as_posix()}", data)


def add(folder, path, data):
    folder.add(path, data, format="python", **parsed(data))


def parsed(data):
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(data)
    except (SyntaxError, ValueError):
        return {"python": False}
    names = imported(tree)
    calls = set()
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and (name := resolved(call.func, names)) in WATCHED:
            calls.add((name, call.lineno))
    return {"python": True, "calls": sorted(map(list, calls))}


def imported(tree):
    """Names that imports give, without those that anything else in the file gives a value to."""
    names, others = {"compile": "builtins.compile", "eval": "builtins.eval", "exec": "builtins.exec"}, set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for each in node.names:
                target = each.asname or each.name.partition(".")[0]
                value = each.name if each.asname else target
                others |= {target} if names.get(target, value) != value else set()
                names[target] = value
        elif isinstance(node, ast.ImportFrom):
            for each in node.names:
                target, value = each.asname or each.name, f"{'.' * node.level}{node.module or ''}.{each.name}"
                others |= {target} if names.get(target, value) != value else set()
                names[target] = value
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            others.add(node.name)
        elif isinstance(node, ast.arg):
            others.add(node.arg)
        elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            others.add(node.id)
        elif isinstance(node, ast.ExceptHandler) and node.name:
            others.add(node.name)
        elif isinstance(node, (ast.MatchAs, ast.MatchStar)) and node.name:
            others.add(node.name)
        elif isinstance(node, ast.MatchMapping) and node.rest:
            others.add(node.rest)
    return {name: value for name, value in names.items() if name not in others}


def resolved(function, names):
    path = []
    while isinstance(function, ast.Attribute):
        path.append(function.attr)
        function = function.value
    if not isinstance(function, ast.Name) or function.id not in names:
        return None
    return ".".join([names[function.id], *reversed(path)])
