use std::collections::BTreeSet;

use super::table::{of_section, read_entries, read_entry, read_lines};
use super::*;

const TABLES: [(&str, &str); 5] = [
    ("python", include_str!("python.txt")),
    ("packages", include_str!("packages.txt")),
    ("libraries", include_str!("libraries.txt")),
    ("families", include_str!("families.txt")),
    ("python2", include_str!("python2.txt")),
];

/// Top-level modules of the standard libraries of Python 2.7 to 3.14.
const STANDARD_LIBRARY: &str = "
BaseHTTPServer Bastion CGIHTTPServer ConfigParser Cookie DocXMLRPCServer HTMLParser MimeWriter Queue
SimpleHTTPServer SimpleXMLRPCServer SocketServer StringIO Tkinter UserDict UserList UserString
_LWPCookieJar _MozillaCookieJar __builtin__ __future__ _abc _abcoll _aix_support _android_support
_apple_support _ast _ast_unparse _asyncio _bisect _blake2 _bootlocale _bootsubprocess _bz2 _codecs
_codecs_cn _codecs_hk _codecs_iso2022 _codecs_jp _codecs_kr _codecs_tw _collections _collections_abc
_colorize _compat_pickle _compression _contextvars _crypt _csv _ctypes _ctypes_test _curses
_curses_panel _datetime _dbm _decimal _dummy_thread _elementtree _frozen_importlib
_frozen_importlib_external _functools _gdbm _hashlib _heapq _hmac _hotshot _imp _interpchannels
_interpqueues _interpreters _io _ios_support _json _locale _lsprof _lzma _markupbase _md5
_missing_stdlib_info _msi _multibytecodec _multiprocessing _opcode _opcode_metadata _operator
_osx_support _overlapped _peg_parser _pickle _posixshmem _posixsubprocess _py_abc _py_warnings
_pydatetime _pydecimal _pyio _pylong _pyrepl _queue _random _remote_debugging _scproxy _sha _sha1 _sha2
_sha256 _sha3 _sha512 _signal _sitebuiltins _socket _sqlite3 _sre _ssl _stat _statistics _string
_strptime _struct _suggestions _symtable _sysconfig _sysconfigdata _testbuffer _testcapi
_testimportmultiple _testinternalcapi _testmultiphase _thread _threading_local _tkinter _tokenize
_tracemalloc _types _typing _uuid _warnings _weakref _weakrefset _winapi _winreg _wmi _xxsubinterpreters
_xxtestfuzz _zoneinfo _zstd abc aifc annotationlib antigravity anydbm argparse array ast asynchat
asyncio asyncore atexit audiodev audioop base64 bdb binascii binhex bisect bsddb builtins bz2 cPickle
cProfile cStringIO calendar cgi cgitb chunk cmath cmd code codecs codeop collections colorsys commands
compileall compiler compression concurrent configparser contextlib contextvars cookielib copy copy_reg
copyreg crypt csv ctypes curses dataclasses datetime dbhash dbm decimal difflib dircache dis distutils
doctest dumbdbm dummy_thread dummy_threading email encodings ensurepip enum errno exceptions
faulthandler fcntl filecmp fileinput fnmatch formatter fpformat fractions ftplib functools
future_builtins gc genericpath getopt getpass gettext glob graphlib grp gzip hashlib heapq hmac hotshot
html htmlentitydefs htmllib http httplib idlelib ihooks imaplib imghdr imp importlib imputil inspect io
ipaddress itertools json keyword lib2to3 linecache linuxaudiodev locale logging lzma macpath macurl2path
mailbox mailcap markupbase marshal math md5 mhlib mimetools mimetypes mimify mmap modulefinder msilib
msvcrt multifile multiprocessing mutex netrc new nis nntplib nt ntpath nturl2path numbers opcode
operator optparse os os2emxpath ossaudiodev parser pathlib pdb pickle pickletools pipes pkgutil platform
plistlib popen2 poplib posix posixfile posixpath pprint profile pstats pty pwd py_compile pyclbr pydoc
pydoc_data pyexpat queue quopri random re readline repr reprlib resource rexec rfc822 rlcompleter
robotparser runpy sched secrets select selectors sets sgmllib sha shelve shlex shutil signal site smtpd
smtplib sndhdr socket socketserver spwd sqlite3 sre sre_compile sre_constants sre_parse ssl stat
statistics statvfs string stringold stringprep strop struct subprocess sunau sunaudio symbol symtable
sys sysconfig syslog tabnanny tarfile telnetlib tempfile termios test textwrap this thread threading
time timeit tkinter toaiff token tokenize tomllib trace traceback tracemalloc tty turtle turtledemo
types typing unicodedata unittest urllib urllib2 urlparse user uu uuid venv warnings wave weakref
webbrowser whichdb winreg winsound wsgiref xdrlib xml xmllib xmlrpc xmlrpclib xxlimited xxsubtype zipapp
zipfile zipimport zlib zoneinfo
";

fn capability(module: &str, name: &str) -> Capability {
    classify(module, name).capability
}

fn all_entries() -> impl Iterator<Item = Entry> {
    TABLES
        .into_iter()
        .filter(|(title, _)| *title != "python2")
        .flat_map(|(_, text)| read_entries(text, false))
}

#[test]
fn every_line_parses_and_no_name_stands_twice() {
    let mut seen = BTreeSet::new();
    for (title, text) in TABLES {
        let mut previous: Option<(&str, &str, &str)> = None;
        for (section, line) in read_lines(text) {
            let at = format!("{title}: {line}");
            assert!(line.len() <= 170 && line == line.trim() && !line.contains('\t'), "{at}");
            let (key, names) = if title == "python2" {
                line.split_once(": ").expect(&at)
            } else {
                let entry = read_entry(section, line, false).expect(&at);
                for name in entry.names.split(", ") {
                    assert!(!name.contains(' ') && !name.contains(','), "{at}");
                    assert!(
                        title == "families" || seen.insert((entry.module, name)),
                        "{at}: {name} is listed twice"
                    );
                }
                (line.split(": ").next().unwrap(), entry.names)
            };
            let names_in_line: Vec<_> = names.split(", ").collect();
            assert!(names_in_line.is_sorted(), "{at}: not sorted");
            if let Some((last_section, last_key, last_name)) = previous.filter(|last| last.0 == section) {
                let follows = (last_key, last_name) < (key, names_in_line[0]) || title == "python2";
                assert!(
                    follows || starts_anew(text, line),
                    "{at}: out of order after {last_section} {last_key}"
                );
            }
            previous = Some((section, key, names_in_line.last().unwrap()));
        }
    }
}

/// Whether a line is the first of its section: sections of one name may follow one another under new headings.
fn starts_anew(text: &str, line: &str) -> bool {
    let lines: Vec<_> = text.lines().collect();
    let at = lines.iter().position(|other| *other == line).unwrap();
    lines[..at].iter().rev().find(|line| !line.starts_with('#') && !line.is_empty()).unwrap().starts_with('[')
}

#[test]
fn nothing_listed_is_shadowed() {
    for entry in all_entries().filter(|entry| !entry.names.contains('*') && !entry.module.contains('*')) {
        for name in entry.names.split(", ").filter(|name| !name.is_empty() && !entry.module.starts_with('!'))
        {
            let known = judge(entry.module, name);
            assert_eq!(known.capability, entry.capability, "{} {name}", entry.module);
            assert_eq!(known.weights_only, entry.weights_only, "{} {name}", entry.module);
        }
    }
}

#[test]
fn answers_every_advisory() {
    let mut rows = 0;
    for line in
        include_str!("advisories.txt").lines().filter(|line| !line.is_empty() && !line.starts_with('#'))
    {
        let [id, module, name, expected] = line.split(' ').collect::<Vec<_>>().try_into().expect(line);
        assert_eq!(Some(capability(module, name)), of_section(expected), "{id}: {module} {name}");
        rows += 1;
    }
    assert!(rows > 90);
}

#[test]
fn knows_every_module_of_the_standard_library() {
    for module in STANDARD_LIBRARY.split_whitespace() {
        let known = classify(module, "some_name_nobody_listed");
        let listed = TABLE.tree(module, |_| true).is_some_and(|entry| entry.standard);
        assert!(listed || is_private(module), "{module}");
        assert!(known.capability.rank() >= Capability::Unknown.rank() && !known.exact, "{module}");
        assert!(capability(module, "os.system").is_dangerous(), "{module}");
        assert!(capability(module, "_os").is_dangerous(), "{module}");
        assert_eq!(
            capability(module, "__dict__").rank().max(6),
            capability(module, "__dict__").rank(),
            "{module}"
        );
    }
}

#[test]
fn names_every_builtin() {
    for name in ["eval", "exec", "compile", "breakpoint"] {
        assert_eq!(capability("builtins", name), Capability::RunsCode, "{name}");
        assert!(classify("builtins", name).exact);
    }
    for name in ["getattr", "__import__", "globals", "locals", "vars", "dir", "hasattr", "help"] {
        assert_eq!(capability("builtins", name), Capability::ResolvesNames, "{name}");
    }
    assert_eq!(capability("builtins", "open"), Capability::WritesFiles);
    assert_eq!(capability("builtins", "type"), Capability::CarriesCode);
    assert_eq!(capability("builtins", "setattr"), Capability::ProcessState);
    assert_eq!(capability("builtins", "print"), Capability::Unknown);
    assert_eq!(capability("builtins", "map"), Capability::Wraps);
    assert_eq!(capability("builtins", "len"), Capability::Value);
    assert_eq!(capability("builtins", "dict"), Capability::Data);
    assert_eq!(capability("__builtin__", "input"), Capability::RunsCode);
    assert_eq!(capability("__builtins__", "anything"), Capability::RunsCode);
}

#[test]
fn private_twins_are_as_dangerous_as_what_they_stand_for() {
    for (private, public, name) in [
        ("_operator", "operator", "attrgetter"),
        ("_pickle", "pickle", "loads"),
        ("_io", "io", "FileIO"),
        ("_posixsubprocess", "subprocess", "fork_exec"),
        ("_socket", "socket", "socket"),
        ("_ctypes", "ctypes", "dlopen"),
        ("nt", "os", "system"),
        ("posix", "os", "remove"),
        ("_functools", "functools", "partial"),
        ("_signal", "signal", "signal"),
        ("commands", "subprocess", "getoutput"),
        ("cPickle", "pickle", "loads"),
    ] {
        assert_eq!(capability(private, name), capability(public, name), "{private} {name}");
    }
    assert_eq!(capability("_something_new", "f"), Capability::UnknownPrivate);
}

#[test]
fn a_tree_covers_what_is_below_it_and_nothing_beside_it() {
    assert_eq!(capability("numpy.testing._private.utils", "runstring"), Capability::RunsCode);
    assert_eq!(capability("subprocess.x.y", "z"), Capability::StartsProcess);
    assert_eq!(capability("os_", "system"), Capability::Unknown);
    assert_eq!(capability("osmnx.graph", "Graph"), Capability::Unknown);
    assert_eq!(capability("codeine", "run"), Capability::Unknown);
    assert_eq!(capability("numpy", "testing"), Capability::RunsCode, "a module as a name of its parent");
}

#[test]
fn a_path_of_attributes_is_allowed_only_where_it_is_listed() {
    assert_eq!(capability("scipy.interpolate._interpolate", "interp1d._call_linear_np"), Capability::Value);
    assert_eq!(capability("zoneinfo", "ZoneInfo._unpickle"), Capability::Rebuild);
    assert_eq!(capability("collections", "OrderedDict.update"), Capability::Unknown);
    assert_eq!(capability("torch.nn.modules.linear", "Linear.forward"), Capability::Unknown);
    assert_eq!(capability("numpy", "ndarray.sum"), Capability::Unknown);
    assert_eq!(capability("__builtin__", "str.lower"), Capability::Value);
    for (module, name, expected) in [
        ("collections", "OrderedDict.__init__.__globals__", Capability::ResolvesNames),
        ("torch.nn.modules.linear", "Linear.__init__", Capability::ResolvesNames),
        ("numpy", "__builtins__", Capability::ResolvesNames),
        ("numpy", "ndarray.tofile", Capability::WritesFiles),
        ("numpy", "os.system", Capability::StartsProcess),
        ("logging", "os", Capability::StartsProcess),
        ("random", "_os.system", Capability::StartsProcess),
        ("concurrent", "futures.process.mp", Capability::StartsProcess),
        ("glob", "os.system", Capability::StartsProcess),
        ("glob", "re.compile", Capability::ResolvesNames),
        ("numpy", "testing._private.utils.runstring", Capability::RunsCode),
        ("torch", "hub.load", Capability::Loads),
        ("torch", "nn.functional.relu", Capability::ResolvesNames),
        ("pandas.core.frame", "DataFrame.to_pickle", Capability::WritesFiles),
        ("pandas.core.frame", "DataFrame.query", Capability::RunsCode),
        ("pathlib", "PosixPath.write_text", Capability::WritesFiles),
        ("builtins", "str.format", Capability::ResolvesNames),
        ("unknown_package", "Model.from_pretrained", Capability::Loads),
    ] {
        assert_eq!(capability(module, name), expected, "{module} {name}");
        assert!(!classify(module, name).weights_only);
    }
}

#[test]
fn families_allow_classes_only() {
    let conv = classify("torch.nn.modules.conv", "Conv2d");
    assert_eq!((conv.capability, conv.exact), (Capability::Data, false));
    assert_eq!(capability("torch.nn.modules.conv", "conv2d"), Capability::Unknown);
    assert_eq!(capability("torch.nn.modules.conv", "_ConvNd"), Capability::Unknown);
    assert_eq!(capability("torch.nn.modulesx.conv", "Conv2d"), Capability::Unknown);
    assert_eq!(capability("transformers.models.bert.modeling_bert", "BertModel"), Capability::Data);
    assert_eq!(
        capability("transformers.models.bert.modeling_bert", "F"),
        Capability::Unknown,
        "alias of a module"
    );
    assert_eq!(capability("transformers.models.bert.modeling_bert", "A_TABLE"), Capability::Unknown);
    assert_eq!(capability("transformers.models.bert.configuration_bert", "BertConfig"), Capability::Data);
    assert_eq!(capability("transformers.models.bert.configuration_bert", "BertModel"), Capability::Unknown);
    assert_eq!(capability("trl.trainer.sft_config", "SFTConfig"), Capability::Data);
    assert_eq!(capability("sklearn.a._b.c", "Estimator"), Capability::Data);
    assert_eq!(capability("sklearn.a.b.c", "Estimator"), Capability::Unknown);
    assert_eq!(capability("sklearn.ensemble.tests.test_forest", "Estimator"), Capability::Unknown);
    assert_eq!(capability("sklearn.datasets._base", "Bunch"), Capability::Network);
    assert_eq!(capability("sklearn.utils._show_versions", "Estimator"), Capability::Unknown);
    assert_eq!(capability("sklearn.feature_extraction._hash", "Popen"), Capability::StartsProcess);
    assert_eq!(
        capability("sklearn.feature_extraction._hash", "Thread"),
        Capability::Unknown,
        "a danger's name"
    );
    assert_eq!(capability("torchvision.transforms.transforms", "Compose"), Capability::Data);
    assert_eq!(capability("torchvision.transforms.transforms", "Lambda"), Capability::Unknown);
    assert_eq!(capability("ultralytics.nn.tasks", "DetectionModel"), Capability::Data);
    assert_eq!(capability("ultralytics.nn.tasks", "parse_model"), Capability::RunsCode);
}

#[test]
fn knows_the_names_of_the_weights_only_loader() {
    let listed = |entry: &Entry| entry.names.split(", ").count();
    assert_eq!(
        all_entries().filter(|entry| entry.weights_only).map(|entry| listed(&entry)).sum::<usize>(),
        144
    );
    assert!(classify("torch._utils", "_rebuild_tensor_v2").weights_only);
    assert!(classify("__builtin__", "set").weights_only);
    assert!(!classify("builtins", "dict").weights_only);
    assert!(!classify("torch.storage", "_load_from_bytes").weights_only);
    assert_eq!(capability("torch.storage", "_load_from_bytes"), Capability::Loads);
}

#[test]
fn renames_as_a_loader_of_python_3_does() {
    let renamed = |module, name| {
        let (module, name) = python3_name(module, name);
        format!("{module} {name}")
    };
    assert_eq!(renamed("__builtin__", "xrange"), "builtins range");
    assert_eq!(renamed("__builtin__", "eval"), "builtins eval");
    assert_eq!(renamed("itertools", "imap"), "builtins map");
    assert_eq!(renamed("itertools", "chain"), "itertools chain");
    assert_eq!(renamed("commands", "getoutput"), "subprocess getoutput");
    assert_eq!(renamed("urllib2", "urlopen"), "urllib.request urlopen");
    assert_eq!(renamed("exceptions", "ValueError"), "builtins ValueError");
    assert_eq!(renamed("UserDict", "UserDict"), "collections UserDict");
    assert_eq!(renamed("torch", "load"), "torch load");
    assert_eq!(capability("exceptions", "ValueError"), Capability::Data);
    assert_eq!(capability("copy_reg", "_reconstructor"), Capability::Wraps);
    assert_eq!(capability("UserDict", "UserDict"), Capability::Data);
}

#[test]
fn long_paths_cost_nothing_and_clear_nothing() {
    let many = "a.".repeat(400_000);
    assert_eq!(capability(&format!("{many}b"), "C"), Capability::Unknown);
    assert_eq!(capability("collections", &format!("{many}system")), Capability::ResolvesNames);
    assert_eq!(capability(&format!("os.{many}b"), "c"), Capability::StartsProcess);
    assert_eq!(capability("", ""), Capability::Unknown);
    assert_eq!(capability("os", "\n"), Capability::StartsProcess);
}

#[test]
fn every_capability_has_words_and_a_section() {
    let sections: BTreeSet<_> = all_entries().map(|entry| entry.capability).collect();
    assert_eq!(sections.len(), 16);
    assert!(sections.iter().map(|capability| capability.words()).collect::<BTreeSet<_>>().len() == 16);
    assert!(!Capability::UnknownPrivate.is_dangerous() && !Capability::Wraps.is_dangerous());
    assert!(Capability::ReadsFiles.is_dangerous() && Capability::CarriesCode.is_dangerous());
}
