"""A page that a program prints: kept in docs/, compared or written anew."""

import difflib
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]


def keep(name, said, script):
    """Ends with 1 and the differences when docs/`name` is not `said`; with --write on the command line it is written first."""
    page = ROOT / "docs" / name
    if "--write" in sys.argv:
        page.write_text(said)
    written = page.read_text() if page.exists() else ""
    if written != said:
        print("".join(list(difflib.unified_diff(written.splitlines(True), said.splitlines(True), f"docs/{name}", "upkeep catalog"))[:60]))
        print(f"docs/{name} is not what the catalogs say: run tests/house/{script} build/dev/apps/upkeep --write")
        sys.exit(1)
    print(f"docs/{name} equals the catalogs")
