"""How fast text is looked through for secrets and addresses, on one core, from memory.

    python3 benches/text_search.py [--size 64] [--file SOME.txt …]

Makes text of four kinds (prose, program text, settings, a vocabulary) below target/bench/data, runs
`crates/inspect/examples/secrets.rs` over them, and prints a Markdown table. The bar is 300 MB/s. "strict" is what
vocabularies and very long files are looked at for. Nothing real is in the text; more files can be named.
"""

import argparse
import json
import random
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BAR = 300


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=64, help="megabytes of each text")
    parser.add_argument("--file", nargs="*", default=[], help="further files")
    arguments = parser.parse_args()
    folder = ROOT / "target/bench/data"
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for name, make in {"prose": prose, "program": program, "settings": settings, "vocabulary": vocabulary}.items():
        path = folder / f"secrets-{name}.txt"
        path.write_text(filled(make, arguments.size * 1_000_000))
        files.append(path)
    try:
        command = ["cargo", "run", "--quiet", "--release", "-p", "weighbridge-inspect", "--example", "secrets", "--"]
        run = subprocess.run([*command, *files, *arguments.file], cwd=ROOT, capture_output=True, text=True, check=True)
    finally:
        for path in files:
            path.unlink()
    slow = False
    print("| text | looked for | MB/s | found |")
    print("| --- | --- | ---: | ---: |")
    for line in run.stdout.splitlines():
        path, scope, rate, count = line.split("\t")
        slow |= int(rate) < BAR
        print(f"| {Path(path).stem.removeprefix('secrets-')} | {scope} | {rate} | {count} |")
    sys.exit(slow)


WORDS = """the of and to in is that for it as was with be by on not he his but at are this have from or had an they which
one you were all her she there would their we him been has when who will no more if out so up said what its about than into
them can only other time new some could these two may first then do any like my now over such our man me even most made
after also did many off before must well back through years much where your way down should because long each just state
those people too mr how little good world make very year still see own work men day get here old life both between being
under three never know same last another while us might great go come since against right came take used himself few house
use during without again place around however home small found mrs part school general once secret token password model
machine learning weights training tokenizer data layers attention key wallet together stability""".split()


def filled(make, size):
    """As many pieces as fill that size, some of them several times: drawing all anew would take minutes."""
    source = random.Random(7)
    once = "".join(make(source) for _ in range(4000))
    return (once * (size // len(once) + 1))[:size]


def prose(source):
    words = [source.choice(WORDS) for _ in range(source.randrange(8, 30))]
    return " ".join(words).capitalize() + source.choice([". ", ".\n", "? ", ", "])


def program(source):
    a, b, c = (source.choice(WORDS) for _ in range(3))
    lines = [
        f"    def {a}_{b}(self, {c}: torch.Tensor, token_ids=None) -> torch.Tensor:\n",
        f"        self.{a} = nn.Linear(config.{b}_size, config.{c}_size, bias=False)\n",
        f"        # see https://arxiv.org/abs/{source.randrange(1000, 9999)}.{source.randrange(10000, 99999)} for {a}\n",
        f"        {a} = kwargs.pop(\"{b}\", None) if {c} is not None else \"{a}-{b}\"\n",
        f"        if {a} > 0x{source.randrange(1 << 30):x}:\n            raise ValueError(f\"{{{b}}} is no {c}\")\n",
        "\n",
    ]
    return source.choice(lines)


def settings(source):
    pieces = {source.choice(WORDS): source.choice([source.random(), source.randrange(1 << 20), source.choice(WORDS), True]) for _ in range(6)}
    return json.dumps(pieces, indent=2) + ",\n"


def vocabulary(source):
    letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-=+/.:(){}[]<>$\u0120\u010a\u00e9\u4e2d"
    word = "".join(source.choice(letters) for _ in range(source.randrange(1, 12)))
    return json.dumps({word: source.randrange(1 << 17)})[1:-1] + ","


if __name__ == "__main__":
    main()
