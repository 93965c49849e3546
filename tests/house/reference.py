#!/usr/bin/env python3
"""docs/reference.md is what the catalogs say: `reference.py UPKEEP` compares, `reference.py UPKEEP --write` writes it."""

import difflib
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "reference.md"

said = subprocess.run([sys.argv[1], "catalog", "--markdown"], capture_output=True, text=True, check=True).stdout
if "--write" in sys.argv:
    PAGE.write_text(said)
written = PAGE.read_text() if PAGE.exists() else ""
if written != said:
    print("".join(list(difflib.unified_diff(written.splitlines(True), said.splitlines(True), "docs/reference.md", "upkeep catalog"))[:60]))
    print("docs/reference.md is not what the catalogs say: run tests/house/reference.py build/dev/apps/upkeep --write")
    sys.exit(1)
print("docs/reference.md equals the catalogs")
