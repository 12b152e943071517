//! Lists of packages as their tools write them.

use std::sync::LazyLock;

use crate::known::package_indexes;

/// A text with the addresses of the usual indexes in the places of their names.
pub fn filled(text: &str) -> String {
    package_indexes::usual()
        .fold(text.to_owned(), |text, (name, address)| text.replace(&format!("{{{name}}}"), address))
}

/// A digest of SHA-256 that no file has.
pub const SHA256: &str = "sha256:0000000000000000000000000000000000000000000000000000000000000000";

/// A list of requirements in which everything is held.
pub const REQUIREMENTS: &str = "\
# Made by a tool.
--require-hashes
numpy==2.1.3 \\
    --hash=sha256:0000000000000000000000000000000000000000000000000000000000000000 \\
    --hash=sha256:1111111111111111111111111111111111111111111111111111111111111111
torch==2.5.1 ; python_version >= \"3.10\" \\
    --hash=sha256:2222222222222222222222222222222222222222222222222222222222222222
    # via -r requirements.in
";

/// `setup.cfg`.
pub const SETUP_CFG: &str = "\
[metadata]
name = demo
[options]
packages = find:
install_requires =
    numpy==2.1.3
    # a remark
    torch==2.5.1; python_version >= \"3.10\"
setup_requires = setuptools
[options.extras_require]
vision = pillow==11.0.0
[flake8]
max-line-length = 100
";

/// `pyproject.toml`.
pub const PYPROJECT: &str = "\
[project]
name = \"demo\"
version = \"0.1.0\"
dependencies = [\"numpy==2.1.3\", \"torch==2.5.1\"]
[project.optional-dependencies]
vision = [\"pillow==11.0.0\"]
[dependency-groups]
dev = [\"pytest==8.3.4\", {include-group = \"docs\"}]
docs = [\"sphinx==8.1.3\"]
[build-system]
requires = [\"hatchling\"]
build-backend = \"hatchling.build\"
[tool.uv.sources]
demo-part = { path = \"part\" }
";

/// `uv.lock`.
pub static UV_LOCK: LazyLock<String> = LazyLock::new(|| {
    filled("\
version = 1
revision = 3
requires-python = \">=3.10\"

[[package]]
name = \"demo\"
version = \"0.1.0\"
source = { editable = \".\" }
dependencies = [{ name = \"numpy\" }]

[[package]]
name = \"numpy\"
version = \"2.1.3\"
source = { registry = \"{python}simple\" }
sdist = { url = \"{python-files}numpy-2.1.3.tar.gz\", hash = \"sha256:0000000000000000000000000000000000000000000000000000000000000000\", size = 1 }
wheels = [
    { url = \"{python-files}numpy-2.1.3-cp312-cp312-linux_x86_64.whl\", hash = \"sha256:1111111111111111111111111111111111111111111111111111111111111111\", size = 2 },
]
")
});

/// `pylock.toml`.
pub static PYLOCK: LazyLock<String> = LazyLock::new(|| {
    filled("\
lock-version = \"1.0\"
created-by = \"demo\"

[[packages]]
name = \"numpy\"
version = \"2.1.3\"
index = \"{python}simple\"
wheels = [{ url = \"{python-files}numpy-2.1.3-py3-none-any.whl\", hashes = { sha256 = \"0000000000000000000000000000000000000000000000000000000000000000\" } }]
")
});

/// `poetry.lock`.
pub const POETRY_LOCK: &str = "\
[[package]]
name = \"numpy\"
version = \"2.1.3\"
description = \"\"
optional = false
python-versions = \">=3.10\"
groups = [\"main\"]
files = [
    {file = \"numpy-2.1.3.tar.gz\", hash = \"sha256:0000000000000000000000000000000000000000000000000000000000000000\"},
]

[metadata]
lock-version = \"2.1\"
python-versions = \"^3.10\"
content-hash = \"00\"
";

/// `pdm.lock`.
pub const PDM_LOCK: &str = "\
[metadata]
groups = [\"default\", \"dev\"]
lock_version = \"4.5.0\"

[[package]]
name = \"numpy\"
version = \"2.1.3\"
groups = [\"default\"]
files = [
    {file = \"numpy-2.1.3.tar.gz\", hash = \"sha256:0000000000000000000000000000000000000000000000000000000000000000\"},
]
";

/// `Pipfile`.
pub static PIPFILE: LazyLock<String> = LazyLock::new(|| {
    filled(
        "\
[[source]]
url = \"{python}simple\"
verify_ssl = true
name = \"pypi\"

[packages]
numpy = \"==2.1.3\"
torch = {version = \"==2.5.1\", extras = [\"opt-einsum\"]}

[dev-packages]
pytest = \"==8.3.4\"

[requires]
python_version = \"3.12\"
",
    )
});

/// `Pipfile.lock`.
pub static PIPFILE_LOCK: LazyLock<String> = LazyLock::new(|| {
    filled(
        r#"{
    "_meta": {"hash": {"sha256": "00"}, "pipfile-spec": 6, "requires": {}, "sources": [
        {"name": "pypi", "url": "{python}simple", "verify_ssl": true}
    ]},
    "default": {
        "numpy": {
            "hashes": ["sha256:0000000000000000000000000000000000000000000000000000000000000000"],
            "index": "pypi",
            "version": "==2.1.3"
        }
    },
    "develop": {}
}
"#,
    )
});

/// `environment.yml`.
pub const ENVIRONMENT: &str = "\
name: demo
channels:
  - conda-forge
  - defaults
dependencies:
  - python=3.12.7=hc5c86c4_0_cpython
  - conda-forge::numpy==2.1.3
  - pip==24.3.1
  - pip:
      - torch==2.5.1
";

/// `conda-lock.yml`.
pub static CONDA_LOCK: LazyLock<String> = LazyLock::new(|| {
    filled(
        "\
version: 1
metadata:
  content_hash: {linux-64: '00'}
  channels:
  - url: conda-forge
    used_env_vars: []
  platforms: [linux-64]
package:
- name: numpy
  version: 2.1.3
  manager: conda
  platform: linux-64
  dependencies: {python: '>=3.12'}
  url: https://conda.anaconda.org/conda-forge/linux-64/numpy-2.1.3-py312_0.conda
  hash:
    md5: '00000000000000000000000000000000'
    sha256: '0000000000000000000000000000000000000000000000000000000000000000'
  category: main
  optional: false
- name: torch
  version: 2.5.1
  manager: pip
  platform: linux-64
  dependencies: {}
  url: {python-files}torch-2.5.1-py3-none-any.whl
  hash: {sha256: '1111111111111111111111111111111111111111111111111111111111111111'}
  category: main
  optional: false
",
    )
});

/// What `conda list --explicit` says.
pub const EXPLICIT: &str = "\
# platform: linux-64
@EXPLICIT
https://conda.anaconda.org/conda-forge/linux-64/numpy-2.1.3-py312_0.conda#00000000000000000000000000000000
";

/// `pip.conf`.
pub const PIP_CONF: &str = "\
[global]
timeout = 60
index-url = https://packages.example.org/simple
";

/// `package.json`.
pub const PACKAGE_JSON: &str = r#"{
  "name": "demo",
  "version": "0.1.0",
  "scripts": {"build": "tsc", "test": "node --test"},
  "dependencies": {"onnxruntime-node": "1.20.1", "@huggingface/hub": "1.0.1"},
  "devDependencies": {"typescript": "5.7.2"},
  "peerDependencies": {"react": ">=18"}
}
"#;

/// `package-lock.json`.
pub static PACKAGE_LOCK: LazyLock<String> = LazyLock::new(|| {
    filled(
        r#"{
  "name": "demo",
  "version": "0.1.0",
  "lockfileVersion": 3,
  "packages": {
    "": {"name": "demo", "version": "0.1.0", "dependencies": {"semver": "7.6.3"}},
    "node_modules/semver": {
      "version": "7.6.3",
      "resolved": "{node}semver/-/semver-7.6.3.tgz",
      "integrity": "sha512-AAAA",
      "license": "ISC"
    }
  }
}
"#,
    )
});

/// `pnpm-lock.yaml`.
pub const PNPM_LOCK: &str = "\
lockfileVersion: '9.0'
importers:
  .:
    dependencies:
      semver:
        specifier: 7.6.3
        version: 7.6.3
packages:
  semver@7.6.3:
    resolution: {integrity: sha512-AAAA}
    engines: {node: '>=10'}
snapshots:
  semver@7.6.3: {}
";

/// `yarn.lock` of version 1.
pub static YARN_LOCK: LazyLock<String> = LazyLock::new(|| {
    filled(
        "\
# THIS IS AN AUTOGENERATED FILE. DO NOT EDIT THIS FILE DIRECTLY.
# yarn lockfile v1


semver@7.6.3, semver@^7.0.0:
  version \"7.6.3\"
  resolved \"{yarn}semver/-/semver-7.6.3.tgz#980f7b5550bc175fb4dc09403085627f9eb33143\"
  integrity sha512-AAAA
  dependencies:
    yallist \"^4.0.0\"
",
    )
});

/// `yarn.lock` of later versions.
pub const BERRY_LOCK: &str = "\
# This file is generated by running \"yarn install\" inside your project.

__metadata:
  version: 8
  cacheKey: 10c0

\"demo@workspace:.\":
  version: 0.0.0-use.local
  resolution: \"demo@workspace:.\"
  languageName: unknown
  linkType: soft

\"semver@npm:7.6.3, semver@npm:^7.0.0\":
  version: 7.6.3
  resolution: \"semver@npm:7.6.3\"
  checksum: 10c0/00
  languageName: node
  linkType: hard
";

/// A bill of materials of CycloneDX.
pub const CYCLONEDX: &str = r#"{
  "bomFormat": "CycloneDX",
  "specVersion": "1.6",
  "components": [
    {"type": "library", "name": "numpy", "version": "2.1.3", "purl": "pkg:pypi/numpy@2.1.3",
     "hashes": [{"alg": "SHA-256", "content": "0000000000000000000000000000000000000000000000000000000000000000"}],
     "components": [{"type": "library", "name": "openblas", "version": "0.3.28"}]},
    {"type": "library", "group": "@huggingface", "name": "hub", "version": "1.0.1", "purl": "pkg:npm/%40huggingface/hub@1.0.1"}
  ]
}
"#;

/// A bill of materials of SPDX.
pub const SPDX: &str = r#"{
  "spdxVersion": "SPDX-2.3",
  "SPDXID": "SPDXRef-DOCUMENT",
  "name": "demo",
  "packages": [
    {"SPDXID": "SPDXRef-1", "name": "numpy", "versionInfo": "2.1.3",
     "externalRefs": [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": "pkg:pypi/numpy@2.1.3"}],
     "checksums": [{"algorithm": "SHA256", "checksumValue": "0000000000000000000000000000000000000000000000000000000000000000"}]}
  ]
}
"#;

/// A lock of npm with one package: its fields beside the version.
pub fn npm_lock(name: &str, fields: &str) -> String {
    let place = format!("\"node_modules/{name}\": {{\"version\": \"1.0.0\"{fields}}}");
    filled(&format!(
        "{{\"name\": \"demo\", \"lockfileVersion\": 3, \"packages\": {{\"\": {{}}, {place}}}}}\n"
    ))
}

/// A lock of uv with one package: its source and what stands behind it.
pub fn uv_lock(name: &str, version: &str, rest: &str) -> String {
    filled(&format!("version = 1\n\n[[package]]\nname = \"{name}\"\nversion = \"{version}\"\n{rest}\n"))
}
