"""What the command-line tests share: our binary, a folder with data and a trained model."""

import json
import os
import pathlib
import subprocess
import tempfile


class Story:
    def __init__(self, binary):
        self.binary = pathlib.Path(binary).resolve()
        self.keep = tempfile.TemporaryDirectory(prefix="upkeep-cli-")
        self.folder = pathlib.Path(self.keep.name)
        self.write("data.csv", "a,b,note,y\n" + "".join(f"{i % 8},{i // 8},n{i},{2 * (i % 8) - i // 8 + 1}\n" for i in range(40)))
        self.write("net.yaml", "layers:\n  - input: {shape: [2]}\n  - dense: {units: 4, activation: relu}\n  - dense: {units: 1, name: out}\n")

    def write(self, name, text):
        (self.folder / name).write_text(text)

    def run(self, *words, **options):
        return subprocess.run([self.binary, *map(str, words)], capture_output=True, text=True, cwd=self.folder, **options)

    def __call__(self, *words):
        done = self.run(*words)
        assert done.returncode == 0, f"upkeep {' '.join(map(str, words))}: exit {done.returncode}: {done.stderr}"
        return done.stdout

    def json(self, *words):
        return json.loads(self(*words, "--json"))

    def snapshot(self):
        return {p.relative_to(self.folder).as_posix(): p.read_bytes() for p in sorted(self.folder.rglob("*")) if p.is_file()}

    def temporaries(self):
        return [p for p in self.folder.rglob("*") if p.name.startswith(".upkeep-tmp-") or p.name.endswith("-journal")]
