#!/usr/bin/env python3
"""Files are named as style asks, and no text names a machine's path or a registry's address."""

import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
FORBIDDEN = {
    r"/(work|root|home)/\w+": "a path of one machine",
    r"https?://[\w.-]*(pypi|debian|npmjs|crates)\.(org|io|com)/\S*simple": "a registry's address",
    r"\b(TODO|FIXME|XXX)\b": "unfinished work",
}
TEXT = {".cpp", ".hpp", ".py", ".md", ".cmake", ".txt", ".yaml", ".yml", ".json", ".js", ".css", ".html", ""}


def files():
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True)
    names = listed.stdout.split("\n") if listed.returncode == 0 else [p.relative_to(ROOT).as_posix() for p in ROOT.rglob("*")]
    return [ROOT / name for name in names if name and (ROOT / name).is_file()]


def problems():
    for file in files():
        name = file.relative_to(ROOT).as_posix()
        if name.startswith(("src/", "include/")) and not re.fullmatch(r"[a-z0-9_]+(\.[a-z]+)?|CMakeLists\.txt", file.name):
            yield f"{name}: file names are snake_case"
        if file.suffix not in TEXT or file.stat().st_size > 400_000 or name == "tests/house/names.py":
            continue
        try:
            text = file.read_text()
        except UnicodeDecodeError:
            continue
        for pattern, what in FORBIDDEN.items():
            for match in re.finditer(pattern, text):
                yield f"{name}:{text.count(chr(10), 0, match.start()) + 1}: {what}: {match.group(0)}"


found = list(problems())
print("\n".join(found) or "names are clean")
sys.exit(1 if found else 0)
