//! Ways to start a process from Python, and what differs from them in one thing.

use super::super::Example;
use super::FIRES;
use crate::samples::one;
use crate::samples::program::java_calling;
use crate::samples::script::{archive, page, script};
use crate::samples::source::{forward, function, module};

pub(super) const EXAMPLES: &[Example] = &[
    Example {
        name: "javascript",
        files: || script("require('child_process').execSync('echo weighbridge-demo')"),
        fires: FIRES,
    },
    Example {
        name: "javascript-twin",
        files: || script("require('fs').existsSync('weighbridge-demo')"),
        fires: &[],
    },
    Example {
        name: "javascript-in-page",
        files: || {
            page(
                "const {spawn: s} = window['require']('child' + '_process'); require('child_process')['ex' + 'ec']('echo weighbridge-demo')",
            )
        },
        fires: FIRES,
    },
    Example {
        name: "javascript-in-page-twin",
        files: || page("/a/.exec('echo weighbridge-demo')"),
        fires: &[],
    },
    Example {
        name: "javascript-class",
        files: || {
            script(
                "import * as cp from 'node:child_process'\nclass A { constructor() { cp.spawn('echo', ['weighbridge-demo']) } }",
            )
        },
        fires: FIRES,
    },
    Example {
        name: "java-class",
        files: || {
            one(
                "Main.class",
                java_calling("<clinit>", ("java/lang/Runtime", "exec", "(Ljava/lang/String;)V")),
            )
        },
        fires: &["embedded-program", "source-starts-process"],
    },
    Example {
        name: "java-class-twin",
        files: || one("Main.class", java_calling("<clinit>", ("java/lang/Runtime", "gc", "()V"))),
        fires: &["embedded-program"],
    },
    Example {
        name: "java-archive",
        files: || archive("run", ("java/lang/ProcessBuilder", "start", "()Ljava/lang/Process;")),
        fires: &["embedded-program", "source-starts-process"],
    },
    Example {
        name: "java-archive-twin",
        files: || archive("run", ("java/lang/ProcessBuilder", "command", "()Ljava/util/List;")),
        fires: &["embedded-program"],
    },
    Example {
        name: "system",
        files: || module("import os\nos.system('echo weighbridge-demo')"),
        fires: FIRES,
    },
    Example {
        name: "asked",
        files: || forward("import subprocess", "subprocess.run(['nvidia-smi', '--query-gpu=name'])"),
        fires: FIRES,
    },
    Example {
        name: "asked-twin",
        files: || forward("import subprocess", "subprocess.list2cmdline(['nvidia-smi', '--query-gpu=name'])"),
        fires: &[],
    },
    Example {
        name: "system-twin",
        files: || module("import os\nos.path.join('echo', 'weighbridge-demo')"),
        fires: &[],
    },
    Example {
        name: "alias-of-module",
        files: || module("import subprocess as sp\nsp.run(['echo', 'weighbridge-demo'])"),
        fires: FIRES,
    },
    Example {
        name: "alias-of-module-twin",
        files: || module("import json as sp\nsp.run(['echo', 'weighbridge-demo'])"),
        fires: &[],
    },
    Example {
        name: "alias-of-name",
        files: || module("from subprocess import Popen as P\nP(['echo', 'weighbridge-demo'])"),
        fires: FIRES,
    },
    Example {
        name: "alias-of-name-twin",
        files: || module("from subprocess import PIPE as P\nP(['echo', 'weighbridge-demo'])"),
        fires: &[],
    },
    Example {
        name: "star",
        files: || module("from os import *\nsystem('echo weighbridge-demo')"),
        fires: FIRES,
    },
    Example {
        name: "star-twin",
        files: || module("from math import *\nsystem('echo weighbridge-demo')"),
        fires: &[],
    },
    Example {
        name: "variable",
        files: || module("import os\nf = os.system\ng = f\ng('echo weighbridge-demo')"),
        fires: FIRES,
    },
    Example {
        name: "variable-twin",
        files: || module("import os\nf = os.path\ng = f\ng('echo weighbridge-demo')"),
        fires: &[],
    },
    Example {
        name: "variable-given-up-perhaps",
        files: || module("import os\nf = os.system\nif not f:\n    f = None\nf('echo weighbridge-demo')"),
        fires: FIRES,
    },
    Example {
        name: "getattr",
        files: || module("import os\ngetattr(os, 'sys' + 'tem')('echo weighbridge-demo')"),
        fires: FIRES,
    },
    Example {
        name: "getattr-twin",
        files: || module("import os\ngetattr(os, 'get' + 'cwd')('echo weighbridge-demo')"),
        fires: &[],
    },
    Example {
        name: "dunder-import",
        files: || module("__import__('o' 's').system('echo weighbridge-demo')"),
        fires: FIRES,
    },
    Example { name: "dunder-import-twin", files: || module("__import__('math').system('echo')"), fires: &[] },
    Example {
        name: "importlib",
        files: || {
            module("import importlib\nm = importlib.import_module('sub%s' % 'process')\nm.call(['echo'])")
        },
        fires: FIRES,
    },
    Example {
        name: "importlib-twin",
        files: || {
            module("import importlib\nm = importlib.import_module('sub%s' % 'modules')\nm.call(['echo'])")
        },
        fires: &[],
    },
    Example {
        name: "globals",
        files: || module("import os\nglobals()['os'].system('echo weighbridge-demo')"),
        fires: FIRES,
    },
    Example {
        name: "globals-twin",
        files: || module("import math\nglobals()['math'].system('echo')"),
        fires: &[],
    },
    Example {
        name: "dictionary-of-module",
        files: || module("import os\nvars(os)['metsys'[::-1]]('echo weighbridge-demo')"),
        fires: FIRES,
    },
    Example {
        name: "dictionary-of-module-twin",
        files: || module("import os\nvars(os)['dwcteg'[::-1]]('echo weighbridge-demo')"),
        fires: &[],
    },
    Example {
        name: "modules",
        files: || module("import sys\nsys.modules['os'].__dict__['system']('echo weighbridge-demo')"),
        fires: FIRES,
    },
    Example {
        name: "modules-twin",
        files: || module("import sys\nsys.modules['os'].__dict__['getcwd']()"),
        fires: &[],
    },
    Example {
        name: "characters",
        files: || {
            module(
                "import os\ngetattr(os, ''.join(chr(c - 1) for c in [116, 122, 116, 117, 102, 110]))('echo')",
            )
        },
        fires: FIRES,
    },
    Example {
        name: "characters-twin",
        files: || {
            module("import os\ngetattr(os, ''.join(chr(c - 1) for c in [104, 102, 117, 100, 120, 101]))()")
        },
        fires: &[],
    },
    Example {
        name: "formatted",
        files: || module("m = '{1}{0}'.format('s', 'o')\n__import__(m).system(f'echo {m}')"),
        fires: FIRES,
    },
    Example {
        name: "formatted-twin",
        files: || module("m = '{1}{0}'.format('h', 'mat')\n__import__(m).sqrt(2)"),
        fires: &[],
    },
    Example {
        name: "partial",
        files: || module("import functools, os\nfunctools.partial(os.system, 'echo weighbridge-demo')()"),
        fires: FIRES,
    },
    Example {
        name: "partial-twin",
        files: || module("import functools, os\nfunctools.partial(os.listdir, 'weighbridge-demo')()"),
        fires: &[],
    },
    Example {
        name: "method-caller",
        files: || module("import operator, os\noperator.methodcaller('system', 'echo weighbridge-demo')(os)"),
        fires: FIRES,
    },
    Example {
        name: "method-caller-twin",
        files: || module("import operator, os\noperator.methodcaller('listdir', 'weighbridge-demo')(os)"),
        fires: &[],
    },
    Example {
        name: "function-called-on-import",
        files: || module("import os\ndef demo():\n    os.system('echo weighbridge-demo')\ndemo()"),
        fires: FIRES,
    },
    Example {
        name: "class-body",
        files: || module("import os\nclass Demo:\n    x = os.system('echo weighbridge-demo')"),
        fires: FIRES,
    },
    Example {
        name: "class-body-twin",
        files: || module("import os\nclass Demo:\n    x = os.sep"),
        fires: &[],
    },
    Example {
        name: "default-of-argument",
        files: || module("import os\ndef demo(x=os.system('echo weighbridge-demo')):\n    pass"),
        fires: FIRES,
    },
    Example {
        name: "default-of-argument-twin",
        files: || module("import os\ndef demo(x=os.getcwd()):\n    pass"),
        fires: &[],
    },
    Example {
        name: "decorator",
        files: || module("import os\n@os.system\ndef demo():\n    pass"),
        fires: FIRES,
    },
    Example {
        name: "decorator-twin",
        files: || module("import functools\n@functools.cache\ndef demo():\n    pass"),
        fires: &[],
    },
    Example {
        name: "constructor",
        files: || {
            module(
                "import os\nclass Demo:\n    def __init__(self):\n        os.system('echo weighbridge-demo')",
            )
        },
        fires: FIRES,
    },
    Example {
        name: "forward",
        files: || forward("import os", "os.popen('echo weighbridge-demo')"),
        fires: FIRES,
    },
    Example { name: "forward-twin", files: || forward("import os", "os.getcwd()"), fires: &[] },
    Example {
        name: "kept-as-attribute",
        files: || {
            module(
                "import os\nclass Demo:\n    def __init__(self):\n        self.f = os.system\n    def forward(self, x):\n        self.f('echo weighbridge-demo')",
            )
        },
        fires: FIRES,
    },
    Example {
        name: "function",
        files: || function("import os", "os.system('echo weighbridge-demo')"),
        fires: FIRES,
    },
    Example { name: "function-twin", files: || function("import os", "os.getpid()"), fires: &[] },
    Example {
        name: "handed-on",
        files: || function("import os, threading", "threading.Thread(target=os.system, args=('echo',))"),
        fires: FIRES,
    },
    Example {
        name: "program",
        files: || module("import os\nif __name__ == '__main__':\n    os.system('echo weighbridge-demo')"),
        fires: FIRES,
    },
    Example {
        name: "python-2",
        files: || module("import os\nprint 'demo'\nos.system('echo weighbridge-demo')"),
        fires: &["source-starts-process", "source-unparsed"],
    },
    Example {
        name: "latin-1",
        files: || {
            crate::samples::one(
                "demo.py",
                b"# coding: latin-1\nimport os\nx = '\xe9'\nos.system('echo weighbridge-demo')\n".to_vec(),
            )
        },
        fires: FIRES,
    },
    Example {
        name: "latin-1-twin",
        files: || crate::samples::one("demo.py", b"# coding: latin-1\nx = '\xe9'\n".to_vec()),
        fires: &[],
    },
    Example {
        name: "lent",
        files: || module("import logging\nlogging.os.system('echo weighbridge-demo')"),
        fires: FIRES,
    },
    Example {
        name: "lent-twin",
        files: || module("from . import os\nos.system('echo weighbridge-demo')"),
        fires: &[],
    },
    Example {
        name: "asked-for-a-revision",
        files: || module("import subprocess\nsubprocess.check_output(['git', 'rev-parse', 'HEAD'])"),
        fires: FIRES,
    },
    Example {
        name: "own-class-twin",
        files: || {
            module("class os:\n    def system(self):\n        pass\nos.system('echo weighbridge-demo')")
        },
        fires: &[],
    },
    Example {
        name: "call-of-method",
        files: || module("import os\nos.system.__call__('echo weighbridge-demo')"),
        fires: FIRES,
    },
    Example { name: "call-of-method-twin", files: || module("import os\nos.getcwd.__call__()"), fires: &[] },
    Example {
        name: "getattribute",
        files: || module("import os\nos.__getattribute__('system')('echo weighbridge-demo')"),
        fires: FIRES,
    },
    Example {
        name: "getattribute-twin",
        files: || module("import os\nos.__getattribute__('getcwd')()"),
        fires: &[],
    },
    Example {
        name: "getattribute-of-object",
        files: || module("import os\nobject.__getattribute__(os, 'system')('echo weighbridge-demo')"),
        fires: FIRES,
    },
    Example {
        name: "getattribute-of-object-twin",
        files: || module("import os\nobject.__getattribute__(os, 'getcwd')()"),
        fires: &[],
    },
    Example {
        name: "getattr-static",
        files: || module("import inspect, os\ninspect.getattr_static(os, 'system')('echo weighbridge-demo')"),
        fires: FIRES,
    },
    Example {
        name: "getattr-static-twin",
        files: || module("import inspect, os\ninspect.getattr_static(os, 'getcwd')()"),
        fires: &[],
    },
    Example {
        name: "modules-get",
        files: || module("import sys\nsys.modules.get('os').system('echo weighbridge-demo')"),
        fires: FIRES,
    },
    Example {
        name: "modules-get-twin",
        files: || module("import sys\nsys.modules.get('math').system('echo')"),
        fires: &[],
    },
    Example {
        name: "lent-private",
        files: || module("import random\nrandom._os.system('echo weighbridge-demo')"),
        fires: FIRES,
    },
    Example {
        name: "lent-private-twin",
        files: || module("import random\nrandom._inst.system('echo')"),
        fires: &[],
    },
    Example {
        name: "globals-of-function",
        files: || {
            module("import logging\nlogging.getLogger.__globals__['os'].system('echo weighbridge-demo')")
        },
        fires: FIRES,
    },
    Example {
        name: "globals-of-function-twin",
        files: || module("import logging\nlogging.getLogger.__globals__['math'].system('echo')"),
        fires: &[],
    },
    Example {
        name: "names-of-frame",
        files: || {
            module(
                "import sys\nsys._getframe().f_builtins['__import__']('os').system('echo weighbridge-demo')",
            )
        },
        fires: FIRES,
    },
    Example {
        name: "names-of-frame-twin",
        files: || module("import sys\nsys._getframe().f_builtins['len']('os')"),
        fires: &[],
    },
    Example {
        name: "module-returned",
        files: || module("import os\ndef demo():\n    return os\ndemo().system('echo weighbridge-demo')"),
        fires: FIRES,
    },
    Example {
        name: "module-returned-twin",
        files: || module("import math\ndef demo():\n    return math\ndemo().system('echo')"),
        fires: &[],
    },
    Example {
        name: "function-returned",
        files: || {
            module(
                "import os\ndef demo(name):\n    return getattr(os, name)\ndemo('system')('echo weighbridge-demo')",
            )
        },
        fires: FIRES,
    },
    Example {
        name: "function-returned-twin",
        files: || module("import os\ndef demo(name):\n    return getattr(os, name)\ndemo('getcwd')()"),
        fires: &[],
    },
    Example {
        name: "function-inside-returned",
        files: || {
            module(
                "import os\ndef demo():\n    def run():\n        os.system('echo weighbridge-demo')\n    return run\ndemo()()",
            )
        },
        fires: FIRES,
    },
    Example {
        name: "function-inside-returned-twin",
        files: || {
            module("import os\ndef demo():\n    def run():\n        os.getcwd()\n    return run\ndemo()()")
        },
        fires: &[],
    },
    Example {
        name: "decorator-of-file",
        files: || {
            module(
                "import os\ndef demo(function):\n    def run():\n        os.system('echo weighbridge-demo')\n    return run\n@demo\ndef x():\n    pass\nx()",
            )
        },
        fires: FIRES,
    },
    Example {
        name: "decorator-of-file-twin",
        files: || {
            module(
                "import os\ndef demo(function):\n    def run():\n        os.getcwd()\n    return run\n@demo\ndef x():\n    pass\nx()",
            )
        },
        fires: &[],
    },
    Example {
        name: "item-of-dictionary",
        files: || module("import os\nm = {}\nm['x'] = os\nm['x'].system('echo weighbridge-demo')"),
        fires: FIRES,
    },
    Example {
        name: "item-of-dictionary-twin",
        files: || module("import os\nm = {}\nm['x'] = os\nm['y'].system('echo')"),
        fires: &[],
    },
    Example {
        name: "get-of-dictionary",
        files: || module("import os\n{'x': os.system}.get('x')('echo weighbridge-demo')"),
        fires: FIRES,
    },
    Example {
        name: "get-of-dictionary-twin",
        files: || module("import os\n{'x': os.getcwd}.get('x')()"),
        fires: &[],
    },
    Example {
        name: "appended",
        files: || module("import os\nf = []\nf.append(os.system)\nf[0]('echo weighbridge-demo')"),
        fires: FIRES,
    },
    Example {
        name: "appended-twin",
        files: || module("import os\nf = []\nf.append(os.getcwd)\nf[0]()"),
        fires: &[],
    },
    Example {
        name: "attribute-of-object",
        files: || {
            module(
                "import os\nclass Demo:\n    def __init__(self):\n        self.o = os\nDemo().o.system('echo weighbridge-demo')",
            )
        },
        fires: FIRES,
    },
    Example {
        name: "attribute-of-object-twin",
        files: || {
            module(
                "import math\nclass Demo:\n    def __init__(self):\n        self.o = math\nDemo().o.system('echo')",
            )
        },
        fires: &[],
    },
    Example {
        name: "setattr",
        files: || {
            module(
                "import os, types\nn = types.SimpleNamespace()\nsetattr(n, 'z', os)\nn.z.system('echo weighbridge-demo')",
            )
        },
        fires: FIRES,
    },
    Example {
        name: "setattr-twin",
        files: || {
            module(
                "import math, types\nn = types.SimpleNamespace()\nsetattr(n, 'z', math)\nn.z.system('echo')",
            )
        },
        fires: &[],
    },
    Example {
        name: "update-of-globals",
        files: || module("import os\nglobals().update(os.__dict__)\nsystem('echo weighbridge-demo')"),
        fires: FIRES,
    },
    Example {
        name: "update-of-globals-twin",
        files: || module("import math\nglobals().update(math.__dict__)\nsystem('echo')"),
        fires: &[],
    },
    Example {
        name: "item-of-globals",
        files: || module("import os\nglobals()['f'] = os.system\nf('echo weighbridge-demo')"),
        fires: FIRES,
    },
    Example {
        name: "item-of-globals-twin",
        files: || module("import os\nglobals()['f'] = os.getcwd\nf()"),
        fires: &[],
    },
    Example {
        name: "import-of-function",
        files: || {
            module("def demo():\n    global o\n    import os as o\ndemo()\no.system('echo weighbridge-demo')")
        },
        fires: FIRES,
    },
    Example {
        name: "import-of-function-twin",
        files: || module("def demo():\n    import os as o\ndemo()\no.system('echo')"),
        fires: &[],
    },
    Example {
        name: "match",
        files: || {
            module("import os\nmatch os:\n    case object(system=f):\n        f('echo weighbridge-demo')")
        },
        fires: FIRES,
    },
    Example {
        name: "match-twin",
        files: || module("import os\nmatch os:\n    case object(getcwd=f):\n        f()"),
        fires: &[],
    },
    Example {
        name: "with",
        files: || {
            module(
                "import os\nclass Demo:\n    def __enter__(self):\n        return os\n    def __exit__(self, *a):\n        pass\nwith Demo() as q:\n    q.system('echo weighbridge-demo')",
            )
        },
        fires: FIRES,
    },
    Example {
        name: "with-twin",
        files: || {
            module(
                "import math\nclass Demo:\n    def __enter__(self):\n        return math\n    def __exit__(self, *a):\n        pass\nwith Demo() as q:\n    q.system('echo')",
            )
        },
        fires: &[],
    },
    Example {
        name: "subclasses",
        files: || {
            module(
                "[c for c in ().__class__.__base__.__subclasses__() if c.__name__ == 'demo'][0].__init__.__globals__['system']('echo weighbridge-demo')",
            )
        },
        fires: &["source-computed-import", "source-starts-process"],
    },
    Example {
        name: "loop",
        files: || module("import os\nfor f in [os.system]:\n    f('echo weighbridge-demo')"),
        fires: FIRES,
    },
    Example { name: "loop-twin", files: || module("import os\nfor f in [os.getcwd]:\n    f()"), fires: &[] },
    Example {
        name: "map",
        files: || module("import os\nlist(map(os.system, ['echo weighbridge-demo']))"),
        fires: FIRES,
    },
    Example { name: "map-twin", files: || module("import os\nlist(map(os.listdir, ['demo']))"), fires: &[] },
    Example {
        name: "sort",
        files: || module("import os\nsorted(['echo weighbridge-demo'], key=os.system)"),
        fires: FIRES,
    },
    Example {
        name: "sort-twin",
        files: || module("import os\nsorted(['demo'], key=os.path.getsize)"),
        fires: &[],
    },
    Example {
        name: "exit",
        files: || module("import atexit, os\natexit.register(os.system, 'echo weighbridge-demo')"),
        fires: FIRES,
    },
    Example {
        name: "exit-twin",
        files: || module("import atexit, os\natexit.register(os.getcwd)"),
        fires: &[],
    },
    Example {
        name: "thread",
        files: || {
            module(
                "import os, threading\nthreading.Thread(target=os.system, args=('echo weighbridge-demo',)).start()",
            )
        },
        fires: FIRES,
    },
    Example {
        name: "thread-twin",
        files: || module("import os, threading\nthreading.Thread(target=os.getcwd).start()"),
        fires: &[],
    },
    Example {
        name: "thread-of-file",
        files: || {
            module(
                "import os, threading\nclass Demo(threading.Thread):\n    def run(self):\n        os.system('echo weighbridge-demo')\nDemo().start()",
            )
        },
        fires: FIRES,
    },
    Example {
        name: "thread-of-file-twin",
        files: || {
            module(
                "import os, threading\nclass Demo(threading.Thread):\n    def run(self):\n        os.getcwd()\nDemo().start()",
            )
        },
        fires: &[],
    },
    Example {
        name: "lambda",
        files: || module("import os\n(lambda f: f('echo weighbridge-demo'))(os.system)"),
        fires: FIRES,
    },
    Example { name: "lambda-twin", files: || module("import os\n(lambda f: f())(os.getcwd)"), fires: &[] },
    Example {
        name: "name-of-language",
        files: || module("import builtins, os\nbuiltins.print = os.system\nprint('echo weighbridge-demo')"),
        fires: FIRES,
    },
    Example {
        name: "name-of-language-twin",
        files: || module("import builtins, os\nbuiltins.demo = os.getcwd"),
        fires: &[],
    },
    Example {
        name: "special-name",
        files: || {
            module("import os\nclass Demo:\n    __class_getitem__ = os.system\nDemo['echo weighbridge-demo']")
        },
        fires: FIRES,
    },
    Example {
        name: "special-name-twin",
        files: || module("import os\nclass Demo:\n    __class_getitem__ = os.getcwd\nDemo['demo']"),
        fires: &[],
    },
    Example {
        name: "import-hook",
        files: || {
            module(
                "import os, sys\nclass Demo:\n    def find_spec(self, name, path=None, target=None):\n        os.system('echo weighbridge-demo')\nsys.meta_path.insert(0, Demo())",
            )
        },
        fires: FIRES,
    },
    Example {
        name: "import-hook-twin",
        files: || {
            module(
                "import os, sys\nclass Demo:\n    def find_spec(self, name, path=None, target=None):\n        os.getcwd()\nsys.meta_path.insert(0, Demo())",
            )
        },
        fires: &[],
    },
    Example {
        name: "init-subclass",
        files: || {
            module(
                "import os\nclass Demo:\n    def __init_subclass__(cls):\n        os.system('echo weighbridge-demo')\nclass Other(Demo):\n    pass",
            )
        },
        fires: FIRES,
    },
    Example {
        name: "init-subclass-twin",
        files: || {
            module(
                "import os\nclass Demo:\n    def __init_subclass__(cls):\n        os.getcwd()\nclass Other(Demo):\n    pass",
            )
        },
        fires: &[],
    },
    Example {
        name: "metaclass",
        files: || {
            module(
                "import os\nclass Demo(type):\n    def __new__(cls, *a):\n        os.system('echo weighbridge-demo')\nclass Other(metaclass=Demo):\n    pass",
            )
        },
        fires: FIRES,
    },
    Example {
        name: "metaclass-twin",
        files: || {
            module(
                "import os\nclass Demo(type):\n    def __new__(cls, *a):\n        os.getcwd()\nclass Other(metaclass=Demo):\n    pass",
            )
        },
        fires: &[],
    },
    Example {
        name: "property",
        files: || {
            module(
                "import os\nclass Demo:\n    @property\n    def x(self):\n        os.system('echo weighbridge-demo')\nDemo().x",
            )
        },
        fires: FIRES,
    },
    Example {
        name: "property-twin",
        files: || {
            module("import os\nclass Demo:\n    @property\n    def x(self):\n        os.getcwd()\nDemo().x")
        },
        fires: &[],
    },
    Example {
        name: "operator",
        files: || {
            module(
                "import os\nclass Demo:\n    def __add__(self, other):\n        os.system('echo weighbridge-demo')\nDemo() + 1",
            )
        },
        fires: FIRES,
    },
    Example {
        name: "operator-twin",
        files: || {
            module("import os\nclass Demo:\n    def __add__(self, other):\n        os.getcwd()\nDemo() + 1")
        },
        fires: &[],
    },
    Example {
        name: "annotation-of-text",
        files: || {
            module(
                "import typing\ndef demo(x: \"__import__('os').system('echo weighbridge-demo')\"):\n    pass\ntyping.get_type_hints(demo)",
            )
        },
        fires: FIRES,
    },
    Example {
        name: "annotation-of-text-twin",
        files: || {
            module(
                "import typing\ndef demo(x: \"typing.Optional[int]\"):\n    pass\ntyping.get_type_hints(demo)",
            )
        },
        fires: &[],
    },
    Example {
        name: "logging",
        files: || {
            module(
                "import logging.config\nlogging.config.dictConfig({'version': 1, 'handlers': {'a': {'()': 'os.system', 'command': 'echo weighbridge-demo'}}})",
            )
        },
        fires: FIRES,
    },
    Example {
        name: "logging-twin",
        files: || {
            module(
                "import logging.config\nlogging.config.dictConfig({'version': 1, 'handlers': {'a': {'()': 'demo.Handler', 'command': 'echo'}}})",
            )
        },
        fires: &[],
    },
    Example {
        name: "hydra",
        files: || {
            module(
                "import hydra\nhydra.utils.instantiate({'_target_': 'os.system', 'command': 'echo weighbridge-demo'})",
            )
        },
        fires: FIRES,
    },
    Example {
        name: "hydra-twin",
        files: || {
            module("import hydra\nhydra.utils.instantiate({'_target_': 'demo.Model', 'command': 'echo'})")
        },
        fires: &[],
    },
    Example {
        name: "spawn-of-distutils",
        files: || module("from distutils.spawn import spawn\nspawn(['echo', 'weighbridge-demo'])"),
        fires: FIRES,
    },
    Example {
        name: "spawn-of-distutils-twin",
        files: || module("from distutils.spawn import find_executable\nfind_executable('echo')"),
        fires: &[],
    },
    Example {
        name: "pager",
        files: || module("import pydoc\npydoc.pipepager('demo', 'echo weighbridge-demo')"),
        fires: FIRES,
    },
    Example { name: "pager-twin", files: || module("import pydoc\npydoc.plain('demo')"), fires: &[] },
    Example {
        name: "loader",
        files: || module("__loader__.load_module('os').system('echo weighbridge-demo')"),
        fires: FIRES,
    },
    Example {
        name: "loader-twin",
        files: || module("__loader__.load_module('math').system('echo')"),
        fires: &[],
    },
    Example {
        name: "text-with-names-of-file",
        files: || module("import os as q\nexec('q.system(\"echo weighbridge-demo\")')"),
        fires: &["source-runs-code", "source-starts-process"],
    },
    Example {
        name: "text-with-names-of-file-twin",
        files: || module("import os as q\nexec('q.getcwd()')"),
        fires: &["source-runs-code"],
    },
    Example {
        name: "names-of-text",
        files: || module("exec('import os as q')\nq.system('echo weighbridge-demo')"),
        fires: &["source-runs-code", "source-starts-process"],
    },
    Example {
        name: "names-of-text-twin",
        files: || module("exec('import math as q')\nq.system('echo')"),
        fires: &["source-runs-code"],
    },
    Example {
        name: "profile",
        files: || module("import cProfile\ncProfile.run('import os; os.system(\"echo weighbridge-demo\")')"),
        fires: &["source-runs-code", "source-starts-process"],
    },
    Example {
        name: "profile-twin",
        files: || module("import cProfile\ncProfile.run('import os; os.getcwd()')"),
        fires: &["source-runs-code"],
    },
    Example {
        name: "timed",
        files: || {
            module(
                "import timeit\ntimeit.timeit('import os; os.system(\"echo weighbridge-demo\")', number=1)",
            )
        },
        fires: &["source-runs-code", "source-starts-process"],
    },
    Example {
        name: "timed-twin",
        files: || module("import timeit\ntimeit.timeit('import os; os.getcwd()', number=1)"),
        fires: &["source-runs-code"],
    },
];
