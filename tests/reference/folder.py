"""Where the reference files go, and the record of what their own readers say."""

import hashlib
import json
from pathlib import Path


class Folder:
    def __init__(self, root):
        self.root = Path(root)
        self.expected = {}

    def add(self, path, data, **facts):
        """Write `data` at `path` and remember what the reference reader says of it."""
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
        self.expect(path, **facts)

    def expect(self, path, **facts):
        """Remember facts about a file that a library has written itself."""
        assert path not in self.expected, path
        self.expected[path] = {**fingerprint(self.read(path)), **facts}

    def path(self, path):
        """A place for a library that insists on writing the file itself."""
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        return target

    def read(self, path):
        return (self.root / path).read_bytes()

    def finish(self, libraries):
        record = {"libraries": libraries, "files": self.expected}
        text = json.dumps(record, indent=1, sort_keys=True, allow_nan=False)
        (self.root / "expected.json").write_text(text + "\n")


def fingerprint(data):
    return {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
