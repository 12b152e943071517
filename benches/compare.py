"""Weighbridge beside other scanners: time, processor time and memory on the same files.

    cargo build --release
    python3 benches/compare.py [--weighbridge target/release/weighbridge] [--runs 5] [--limit 300] [CASE...]

Makes target/bench (an environment for each peer, 3.3 GB of files), runs all tools in turn, several rounds, from a warm
page cache and without network, prints a Markdown table and writes target/bench/report.json. Without the program the
peers run alone. A run longer than the limit is stopped, said so, and not repeated; no tool gets more than half of the
machine's memory.
"""

import argparse
import json
import os
import platform
import re
import resource
import shutil
import signal
import statistics
import subprocess
import sys
import threading
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
BENCH = HERE.parent / "target" / "bench"
DATA = BENCH / "data"
MEMORY = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")

CASES = {
    "start-up": DATA / "tiny.pkl",
    "small-pickles": DATA / "small-pickles",
    "many-opcodes": DATA / "many-opcodes.pkl",
    "safetensors": DATA / "large.safetensors",
    "gguf": DATA / "large.gguf",
    "torch": DATA / "large.pt",
}
HASHED = ("safetensors", "gguf", "torch")

# What the exit codes of each tool mean, in its own documentation.
MEANING = {
    "weighbridge": {0: "nothing found", 1: "findings", 2: "not finished"},
    "picklescan": {0: "nothing dangerous", 1: "dangerous", 2: "error"},
    "modelscan": {0: "no issues", 1: "issues", 2: "errors", 3: "nothing it supports"},
    "modelaudit": {0: "clean", 1: "issues", 2: "error or inconclusive"},
    "fickling": {0: "safe", 1: "unsafe", 2: "error"},
    "openssl": {0: "digest"},
}

# What a peer imports without asking for it.
ALSO = {"fickling": ["typing_extensions==4.16.0"]}

# No report home, no hub, no cache or settings of the user.
ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "HOME": str(BENCH / "home"),
    "LC_ALL": "C.UTF-8",
    "NO_COLOR": "1",
    "PROMPTFOO_DISABLE_TELEMETRY": "1",
    "HF_HUB_OFFLINE": "1",
}


def main():
    arguments = parse()
    peers = environments()
    inputs(peers["modelaudit"])
    weighbridge = Path(arguments.weighbridge).resolve()
    if not weighbridge.exists():
        print(f"{arguments.weighbridge} is not there: the peers run alone", file=sys.stderr)
        weighbridge = None

    results = [
        {"case": case, "tool": tool, "runs": runs}
        for case in arguments.cases or CASES
        for tool, runs in measured(commands(case, weighbridge, peers), CASES[case], arguments).items()
    ]
    report = {"machine": machine(), "floor": run(["true"], 60), "results": results}
    (BENCH / "report.json").write_text(json.dumps(report, indent=1) + "\n")
    show(report)


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weighbridge", default="target/release/weighbridge", help="the program to compare")
    parser.add_argument("--runs", type=int, default=5, help="rounds, of which the median counts")
    parser.add_argument("--limit", type=float, default=300, help="seconds after which a run is stopped")
    parser.add_argument("cases", nargs="*", metavar="CASE", help=", ".join(CASES))
    arguments = parser.parse_args()
    if unknown := set(arguments.cases) - set(CASES):
        parser.error(f"no such case: {', '.join(sorted(unknown))}")
    return arguments


def environments():
    """An environment for each peer, since they want different versions of the same libraries."""
    places = {}
    for line in (HERE / "requirements.txt").read_text().splitlines():
        if "==" not in line:
            continue
        name = line.split("==")[0]
        places[name] = BENCH / "venv" / name / "bin"
        mark = BENCH / "venv" / name / "made"
        if not mark.exists() or mark.read_text() != line:
            print(f"installing {line}", file=sys.stderr)
            subprocess.run([sys.executable, "-m", "venv", "--clear", BENCH / "venv" / name], check=True)
            pip = [places[name] / "python", "-m", "pip", "--quiet", "--disable-pip-version-check"]
            subprocess.run([*pip, "install", line, *ALSO.get(name, [])], check=True)
            mark.write_text(line)
    return places


def inputs(with_numpy):
    recipe = (HERE / "inputs.py").read_text()
    mark = DATA / "recipe"
    if not mark.exists() or mark.read_text() != recipe:
        print(f"writing {DATA}", file=sys.stderr)
        shutil.rmtree(DATA, ignore_errors=True)
        subprocess.run([with_numpy / "python", HERE / "inputs.py", DATA], check=True)
        mark.write_text(recipe)
    (BENCH / "home").mkdir(exist_ok=True)


def commands(case, weighbridge, peers):
    path = CASES[case]
    tools = {}
    if weighbridge:
        tools["weighbridge"] = [weighbridge, "scan", "--format", "json", path]
        tools["weighbridge --no-digests"] = [weighbridge, "scan", "--format", "json", "--no-digests", path]
    tools["picklescan"] = [peers["picklescan"] / "picklescan", "--path", path]
    tools["modelscan"] = [peers["modelscan"] / "modelscan", "--path", path]
    tools["modelaudit"] = [peers["modelaudit"] / "modelaudit", "scan", "--no-cache", "--format", "json", path]
    fickling = peers["fickling"] / "fickling"
    if path.is_dir():  # takes one file at a time
        each = 'worst=0; for file in "$2"/*; do "$1" --check-safety "$file" || worst=1; done; exit $worst'
        tools["fickling"] = ["sh", "-c", each, "sh", fickling, path]
    else:
        tools["fickling"] = [fickling, "--check-safety", path]
    if case in HASHED:
        tools["openssl dgst -sha256"] = ["openssl", "dgst", "-sha256", path]
    return tools


def measured(tools, path, arguments):
    """Every tool in every round, one after another, so that a busy minute hurts them all."""
    runs = {tool: [] for tool in tools}
    for number in range(arguments.runs):
        for tool, command in tools.items():
            if any(run["stopped"] for run in runs[tool]):
                continue
            warm(path)
            print(f"{path.name}: {tool} ({number + 1} of {arguments.runs})", file=sys.stderr)
            runs[tool].append(run([*offline(), *command], arguments.limit))
    return runs


def warm(path):
    for file in path.iterdir() if path.is_dir() else [path]:
        with open(file, "rb", buffering=0) as opened:
            while opened.read(1 << 22):
                pass


def offline():
    """A network namespace without network, where the system lets us make one."""
    isolate = ["unshare", "--map-root-user", "--net", "--"]
    works = shutil.which("unshare") and subprocess.run([*isolate, "true"], capture_output=True).returncode == 0
    return isolate if works else []


def run(command, limit):
    """One run: wall and processor seconds, peak memory in bytes, exit code, the end of what it printed."""
    output = BENCH / "output"
    stopped = threading.Event()
    with open(output, "wb") as file:
        begin = time.perf_counter()
        process = subprocess.Popen(
            command,
            stdout=file,
            stderr=file,
            cwd=BENCH / "home",
            env=ENVIRONMENT,
            start_new_session=True,
            preexec_fn=bounded,
        )

        def stop():
            stopped.set()
            os.killpg(process.pid, signal.SIGKILL)

        timer = threading.Timer(limit, stop)
        timer.start()
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - begin
        timer.cancel()
    process.returncode = os.waitstatus_to_exitcode(status)
    return {
        "seconds": seconds,
        "processor": usage.ru_utime + usage.ru_stime,
        "memory": usage.ru_maxrss * 1024,
        "exit": process.returncode,
        "stopped": stopped.is_set(),
        "said": output.read_bytes()[-2000:].decode(errors="replace"),
    }


def bounded():
    half = MEMORY // 2
    resource.setrlimit(resource.RLIMIT_AS, (half, half))


def machine():
    models = re.findall(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    return {
        "processor": models[0] if models else platform.machine(),
        "cores": os.cpu_count(),
        "memory": MEMORY,
        "system": platform.platform(),
        "python": platform.python_version(),
        "load": os.getloadavg(),
        "offline": bool(offline()),
    }


def show(report):
    machine, floor = report["machine"], report["floor"]["memory"] / 2**20
    print(f"{machine['processor']}, {machine['cores']} cores, load {machine['load'][1]:.1f}. Medians.")
    print(f"No tool can show less memory than this script has when it starts one: {floor:.0f} MiB.\n")
    print("| file | tool | seconds | processor | MiB | × weighbridge | × openssl | answer |")
    print("| --- | --- | ---: | ---: | ---: | ---: | ---: | --- |")
    for result in report["results"]:
        rows = {other["tool"]: other["runs"] for other in report["results"] if other["case"] == result["case"]}
        runs = result["runs"]
        more = "> " if runs[-1]["stopped"] else ""
        cells = [
            result["case"],
            result["tool"],
            f"{more}{median(runs, 'seconds'):.2f}",
            f"{more}{median(runs, 'processor'):.2f}",
            f"{more}{median(runs, 'memory') / 2**20:.0f}",
            *(ratio(more, runs, rows.get(other)) for other in ("weighbridge", "openssl dgst -sha256")),
            answer(result["tool"], runs[-1]),
        ]
        print(f"| {' | '.join(cells)} |")


def median(runs, key):
    return statistics.median(run[key] for run in runs)


def ratio(more, runs, others):
    return f"{more}{median(runs, 'seconds') / median(others, 'seconds'):.1f}" if others else ""


def answer(tool, run):
    if run["stopped"]:
        return "stopped at the limit"
    if "Traceback (most recent call last)" in run["said"]:
        return f"failed ({run['exit']})"
    if tool == "picklescan" and "could not parse" in run["said"]:
        return f"not parsed ({run['exit']})"
    meaning = MEANING[tool.split()[0]].get(run["exit"], "failed")
    return f"{meaning} ({run['exit']})"


if __name__ == "__main__":
    main()
