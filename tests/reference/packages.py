"""Lists of packages, and what other readers find in them: pip's own parser of requirements, packaging, setuptools, tomllib, PyYAML."""

import configparser
import json
import re
import tomllib
from pathlib import Path

import yaml
from packaging.requirements import Requirement
from setuptools.config.setupcfg import read_configuration  # in front of pip, which brings distutils

from pip._internal.models.index import PyPI
from pip._internal.req.req_file import get_line_parser, preprocess

# Requirements and options in every way of writing them.
WRITTEN = {
    "plain": "torch\nnumpy>=2\nscipy == 1.17.1\nPillow~=11.0\nh5py!=3.0,<4,>=3.1\npandas===2.2\nzope.interface[test,docs]>=5 ; python_version < '3.9'\n",
    "remarks": "# a remark\nnumpy==2.1.3 # behind\n   scipy==1.17.1   \n\n#torch==1.0\n",
    "parentheses": "numpy (>=2,<3)\ntorch(==2.5.1)\n",
    "hashes": "numpy==2.1.3 --hash=sha256:00 --hash sha256:11\ntorch==2.5.1 \\\n    --hash=sha256:22 \\\n    --hash=sha384:33\n# via\nscipy==1.17.1 \\\n  # a remark ends it\npandas==2.2.3\n",
    "options": "--index-url https://packages.example.org/simple\n--extra-index-url=https://more.example.org/simple\n-f https://links.example.org/\n--trusted-host packages.example.org\n--no-binary :all:\n--pre\n--require-hashes\nnumpy==2.1.3\n",
    "letters": "-i https://packages.example.org/simple\n-fhttps://links.example.org/\n-r other.txt\n-c constraints.txt\n-e ./folder\n--extra-index https://more.example.org/simple\nnumpy\n",
    "places": "demo @ https://example.org/demo-1.0-py3-none-any.whl#sha256=00\nother@git+https://example.org/other.git@v1.0\nthird @ file:///opt/third ; python_version >= '3.8'\n",
    "windows": "numpy==2.1.3\r\ntorch==2.5.1 \\\r\n    --hash=sha256:22\r\n",
    "variables": "numpy==${NUMPY_VERSION}\n--index-url https://${INDEX_USER}@packages.example.org/simple\n",
    "marked": "\ufeffnumpy==2.1.3\ntorch\n",
}

SETUP = """[metadata]
name = demo
version = 1.0

[options]
packages = find:
python_requires = >=3.9
install_requires =
    numpy>=2
    # a remark
    scipy==1.17.1
    importlib-metadata; python_version < "3.10"
setup_requires = setuptools_scm
[options.extras_require]
vision =
    pillow==11.0.0
[options.package_data]
* = *.txt
"""

PIP = """[global]
timeout = 60
index-url = https://packages.example.org/simple
extra-index-url =
    https://more.example.org/simple
    {usual}
trusted-host: packages.example.org
# find-links = https://not.example.org
[install]
find-links = https://links.example.org/
"""

UV = """index-strategy = "unsafe-best-match"
allow-insecure-host = ["packages.example.org"]
[[index]]
name = "demo"
url = "https://packages.example.org/simple"
explicit = true
[pip]
extra-index-url = ["https://more.example.org/simple"]
"""


def make(folder):
    parse = get_line_parser(None)
    for name, text in WRITTEN.items():
        found = requirements(parse, text.lstrip("\ufeff"))
        folder.add(f"packages/{name}/requirements.txt", text.encode(), format="packages-pip", **found)
        folder.add(f"packages/{name}-utf-16/requirements.txt", text.lstrip("\ufeff").encode("utf-16"), format="packages-pip", **found)
    locks = Path(__file__).parent / "locks"
    for path in sorted(path for path in locks.rglob("*") if path.is_file() and path.suffix != ".md"):
        data = path.read_bytes()
        place = f"packages/locks/{path.relative_to(locks)}"
        if path.name == "requirements.txt":
            folder.add(place, data, format="packages-pip", **requirements(parse, data.decode()))
        elif path.name in READERS:
            found = READERS[path.name](data.decode())
            folder.add(place, data, format="packages", packages=sorted(found, key=json.dumps))
        else:
            folder.add(place, data, format="packages-bill", packages=bill(json.loads(data)))
    path = folder.path("packages/setup.cfg")
    path.write_text(SETUP)
    options = read_configuration(str(path))["options"]
    texts = [*options["install_requires"], *options["setup_requires"], *options["extras_require"]["vision"]]
    texts = [text for text in texts if not text.startswith("#")]
    listed = [[one.name, exact(one), []] for one in map(Requirement, texts)]
    folder.expect("packages/setup.cfg", format="packages", packages=sorted(listed, key=json.dumps))
    settings = configparser.RawConfigParser()
    usual = PyPI.simple_url.rstrip("/")
    text = PIP.replace("{usual}", usual)
    settings.read_string(text)
    found = {key: value.split() for section in settings.sections() for key, value in settings[section].items()}
    indexes = [[url, False, False] for url in found["index-url"]]
    indexes += [[url, url != usual, False] for url in found["extra-index-url"] + found["find-links"]]
    indexes += [[host, False, True] for host in found["trusted-host"]]
    folder.add("packages/pip.conf", text.encode(), format="packages-indexes", indexes=indexes)
    found = tomllib.loads(UV)
    indexes = [[one["url"], not one.get("explicit"), False] for one in found["index"]]
    # The strategy of pip's part is its own.
    indexes += [[url, False, False] for url in found["pip"]["extra-index-url"]]
    indexes += [[host, False, True] for host in found["allow-insecure-host"]]
    folder.add("packages/uv.toml", UV.encode(), format="packages-indexes", indexes=indexes)
    conda = yaml.safe_dump({"name": "demo", "channels": ["conda-forge", "defaults"], "dependencies": ["python=3.12", "conda-forge::numpy==2.1.3", "pytorch=2.5.1=py3.12_cuda", "scipy>=1.15,<2", {"pip": ["torch==2.5.1", "-r more.txt", "einops"]}]})
    asked = yaml.safe_load(conda)["dependencies"]
    names = [re.split("[=<>]", text.split("::")[-1])[0] for text in asked if isinstance(text, str)]
    names += [Requirement(text).name for text in asked[-1]["pip"] if not text.startswith("-")]
    folder.add("packages/conda/environment.yml", conda.encode(), format="packages-conda", names=sorted(names))


def requirements(parse, text):
    """What pip's parser makes of a list, without following other lists."""
    packages, indexes, lists = [], [], []
    for _, line in preprocess(text):
        asked, options = parse(line)
        for place in options.editables or []:
            packages.append([None, "", place, []])
        if asked.strip():
            hashes = sorted(f"{kind}:{value}" for kind, values in (getattr(options, "hashes", None) or {}).items() for value in values)
            packages.append(requirement(asked, hashes))
        for url, extra in [(options.index_url, False)] + [(url, True) for url in (options.extra_index_urls or []) + (options.find_links or [])]:
            if url:
                indexes.append([url, extra, False])
        indexes += [[host, False, True] for host in options.trusted_hosts or []]
        lists += (options.requirements or []) + (options.constraints or [])
    return {"packages": sorted(packages, key=json.dumps), "indexes": sorted(indexes), "lists": sorted(lists)}


def requirement(text, hashes):
    if text.startswith((".", "/")):
        return [None, "", text, hashes]
    if "${" in text:
        name, constraint = text.split("==")
        return [name, f"=={constraint}", None, hashes]
    parsed = Requirement(text)
    fragment = re.search("#(sha256)=(.*)", parsed.url or "")
    hashes = hashes + ([f"{fragment[1]}:{fragment[2]}"] if fragment else [])
    return [parsed.name, ",".join(sorted(str(parsed.specifier).split(","))), parsed.url, hashes]


def uv(text):
    for package in tomllib.loads(text)["package"]:
        if package["source"] != {"virtual": "."}:
            files = package.get("wheels", []) + ([package["sdist"]] if "sdist" in package else [])
            yield [package["name"], package["version"], sorted(file["hash"] for file in files)]


def pylock(text):
    for package in tomllib.loads(text)["packages"]:
        files = package.get("wheels", []) + ([package["sdist"]] if "sdist" in package else [])
        yield [package["name"], package.get("version"), sorted(f"{kind}:{value}" for file in files for kind, value in file["hashes"].items())]


def files(text):
    for package in tomllib.loads(text)["package"]:
        yield [package["name"], package["version"], sorted(file["hash"] for file in package["files"])]


def pipenv(text):
    document = json.loads(text)
    for section in ("default", "develop"):
        for name, package in document[section].items():
            yield [name, package["version"].removeprefix("=="), sorted(package["hashes"])]


def pipfile(text):
    document = tomllib.loads(text)
    for name, asked in (document["packages"] | document["dev-packages"]).items():
        yield [name, asked.removeprefix("==") if asked.startswith("==") else None, []]


def pyproject(text):
    document = tomllib.loads(text)
    project = document.get("project", {})
    texts = project.get("dependencies", []) + [one for several in project.get("optional-dependencies", {}).values() for one in several]
    texts += [one for several in document.get("dependency-groups", {}).values() for one in several]
    texts += document.get("build-system", {}).get("requires", [])
    for one in map(Requirement, texts):
        yield [one.name, exact(one), []]
    poetry = document.get("tool", {}).get("poetry", {})
    for table in (poetry.get("dependencies", {}), poetry.get("group", {}).get("dev", {}).get("dependencies", {})):
        for name, asked in table.items():
            version = asked["version"] if isinstance(asked, dict) else asked
            if name != "python":
                yield [name, version if version[0].isdigit() else None, []]


def exact(asked):
    found = [part.version for part in asked.specifier if part.operator == "=="]
    return found[0] if found else None


def conda_lock(text):
    for package in yaml.safe_load(text)["package"]:
        yield [package["name"], package["version"], sorted(f"{kind}:{value}" for kind, value in package["hash"].items())]


def explicit(text):
    for line in text.splitlines():
        if line.startswith("http"):
            address, digest = line.split("#")
            name, version, _ = address.split("/")[-1].removesuffix(".tar.bz2").rsplit("-", 2)
            yield [name, version, [f"md5:{digest}"]]


def npm(text):
    document = json.loads(text)
    packages = [(path.split("node_modules/")[-1], one) for path, one in document.get("packages", {}).items() if "node_modules/" in path]
    for name, one in packages or document["dependencies"].items():
        version = one.get("version", "")
        if version.startswith("npm:"):
            name, version = version.removeprefix("npm:").rsplit("@", 1)
        yield [one.get("name", name), version if version[:1].isdigit() else None, integrity(one)]


def integrity(one):
    return [one["integrity"].replace("sha512-", "sha512:")] if "integrity" in one else []


def manifest(text):
    document = json.loads(text)
    for key in ("dependencies", "devDependencies", "optionalDependencies"):
        for name, asked in document.get(key, {}).items():
            if asked.startswith("npm:"):
                name, asked = asked.removeprefix("npm:").rsplit("@", 1)
            yield [name, asked if asked[0].isdigit() else None, []]


def pnpm(text):
    for key, one in yaml.safe_load(text)["packages"].items():
        name, version = key.rsplit("@", 1)
        yield [name, version if version[0].isdigit() else None, integrity(one["resolution"])]


def yarn(text):
    if "__metadata" in text:
        for key, one in yaml.safe_load(text).items():
            if key != "__metadata" and one["linkType"] == "hard":
                name = one["resolution"][0] + one["resolution"][1:].split("@")[0]
                yield [name, one["version"], ["sha512:" + one["checksum"].split("/")[1]]]
        return
    for block in re.split("\n\n", text):
        head = re.search('^"?(@?[^@"\n]+)@(?:npm:(@?[^@"]+)@)?[^\n]*:$', block, re.M)
        if head and not block.startswith("#"):
            found = dict(re.findall('^  (version|resolved|integrity) "?([^"\n]*)"?$', block, re.M))
            hashes = [found["integrity"].replace("-", ":", 1), "sha1:" + found["resolved"].split("#")[1]] if "integrity" in found else []
            yield [head[2] or head[1], found["version"], sorted(hashes)]


def bill(document):
    assert document["bomFormat"] == "CycloneDX"
    return sorted([one["name"], one["version"], one["purl"].split(":")[1].split("/")[0]] for one in document["components"])


READERS = {
    "conda-linux-64.lock": explicit,
    "conda-lock.yml": conda_lock,
    "uv.lock": uv,
    "pylock.toml": pylock,
    "poetry.lock": files,
    "pdm.lock": files,
    "Pipfile.lock": pipenv,
    "Pipfile": pipfile,
    "pyproject.toml": pyproject,
    "package-lock.json": npm,
    "package.json": manifest,
    "pnpm-lock.yaml": pnpm,
    "yarn.lock": yarn,
}
