#!/usr/bin/env python3
"""docs/keras.md is what the catalogs and the tests say: `keras_layers.py UPKEEP` compares, `keras_layers.py UPKEEP --write` writes it."""

import json
import pathlib
import re
import subprocess
import sys

import pages

ROOT = pathlib.Path(__file__).resolve().parents[2]
HEAD = """# Layers of Keras

What `upkeep` does with each layer of Keras 3 (and with those of Keras 1.2 and 2, where they have the same names or older ones). Written by
`tests/house/keras_layers.py UPKEEP --write` from `upkeep catalog --keras` and the tests; a test compares.

- **reads**: from `.keras`, `.h5` and model JSON, with the weights.
- **writes**: to `.keras` and `.h5` that Keras 3 loads.
- **trains**: a model with the layer can be trained here. One that cannot is read, converted and run all the same.
- **tested**: in files that Keras 3 itself wrote, whose answers are compared.

A class that is not here, or is not read, can have a graph of ONNX stand for it: `upkeep convert --map MyLayer=my_layer.onnx`. Functions between
layers (`keras.ops`, and TensorFlow's that Keras 2 wrapped) are the members of `layers/operations` in [reference.md](reference.md).

"""


def page(upkeep):
    rows = json.loads(subprocess.run([upkeep, "catalog", "--keras", "--json"], capture_output=True, text=True, check=True).stdout)
    used = set(re.findall(r"\b[A-Z]\w+", "".join(file.read_text() for file in sorted((ROOT / "tests" / "interop").glob("*.py")))))
    lines = [HEAD, "| class | layer | reads | writes | trains | tested | why not |\n| --- | --- | --- | --- | --- | --- | --- |\n"]
    say = {True: "yes", False: "no"}
    for row in rows:
        layer = f"`{row['layer']}`" if row["layer"] else ""
        tested = "yes" if row["reads"] and row["class"] in used else ""
        lines.append(f"| {row['class']} | {layer} | {say[row['reads']]} | {say[row['writes']]} | {say[row['trains']]} | {tested} | {row['why']} |\n")
    return "".join(lines)


pages.keep("keras.md", page(sys.argv[1]), "keras_layers.py")
