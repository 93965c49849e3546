#!/usr/bin/env python3
"""docs/gradients.md is what the catalogs and the tests say: `gradients.py UPKEEP` compares, `gradients.py UPKEEP --write` writes it."""

import json
import pathlib
import re
import subprocess
import sys

import pages

ROOT = pathlib.Path(__file__).resolve().parents[2]
HEAD = """# Gradients

Every operator of ONNX that is not deprecated, and how a gradient passes it. Written by `tests/house/gradients.py UPKEEP --write` from
`upkeep catalog --coverage` and the tests; a test compares.

- **rule**: a member of `src/train/gradients` says it in public operators.
- **stops**: the derivative is 0 wherever there is one.
- **lowered**: written in other operators first, by a member of `src/train/lowerings` or as ONNX defines it.
- **integers**: no float goes in and comes out, so that no gradient can pass.
- **none**: a graph that needs it is refused by name, before anything is run.

If, Loop and Scan are differentiated together with their sub-graphs. Calls of a model's own functions are written out.

Tested by **differences**: finite differences of the operator or of a model with it, or ONNX Runtime's own operator for what is lowered.
**TensorFlow**: `upkeep gradient` on a model of that operator, run in stock onnxruntime, against TensorFlow's tape.
A **kernel** is a faster custom operator of `src/train/kernels` that training uses in place of the standard operators.
"""


def words_in(*patterns):
    """All quoted words, and first words of calls in graph text, of files."""
    found = set()
    for pattern in patterns:
        for file in sorted(ROOT.glob(pattern)):
            text = file.read_text()
            found |= set(re.findall(r'"(\w+)"', text)) | set(re.findall(r"= (?:ai\.onnx\.ml\.)?([A-Z]\w+)\b", text))
            found |= set(re.findall(r"\b([A-Z]\w+) <", text))
    return found


def page(upkeep):
    rows = json.loads(subprocess.run([upkeep, "catalog", "--coverage", "--json"], capture_output=True, text=True, check=True).stdout)
    differences = words_in("src/train/gradients/*_test.cpp", "src/train/gradients/*_test.hpp", "src/train/lowerings/*_test.cpp")
    tensorflow = words_in("tests/interop/test_gradients.py")
    kernels = words_in("src/train/kernels/[!_]*.cpp") - words_in("src/train/kernels/*_test.cpp") if (ROOT / "src/train/kernels").exists() else set()
    lines = [HEAD]
    for domain, title in (("", "ai.onnx"), ("ai.onnx.ml", "ai.onnx.ml")):
        of_domain = [row for row in rows if row["domain"] == domain]
        counts = {kind: sum(row["gradient"] == kind for row in of_domain) for kind in ("rule", "stops", "lowered", "integers", "none")}
        lines.append(f"\n## {title}\n\n{', '.join(f'{count} {kind}' for kind, count in counts.items())}\n")
        lines.append("\n| operator | operator sets | gradient | formula | tested by | kernel |\n| --- | --- | --- | --- | --- | --- |\n")
        for row in of_domain:
            name = row["name"]
            passes = row["gradient"] in ("rule", "stops", "lowered")
            tested = [how for how, names in (("differences", differences), ("TensorFlow", tensorflow)) if passes and name in names]
            sets = ", ".join(map(str, row["versions"]))
            help_text = row["help"].replace("|", "\\|")
            lines.append(f"| {name} | {sets} | {row['gradient']} | {help_text} | {', '.join(tested)} | {'yes' if name in kernels else ''} |\n")
    return "".join(lines)


pages.keep("gradients.md", page(sys.argv[1]), "gradients.py")
