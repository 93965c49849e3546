#!/usr/bin/env python3
"""The typed structs and builders of the public API are what the catalogs say.

`public_headers.py UPKEEP` compares, `public_headers.py UPKEEP --write` writes include/upkeep/layers.hpp, include/upkeep/choices.hpp and the
functions behind them in src/api."""

import difflib
import json
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
WRITTEN = "// Written by tests/house/public_headers.py from the catalogs; a test compares.\n"

# Rooms whose members a program names: the type of a member, the namespace of the builders, what the type is.
ROOMS = {
    "train/optimizers": ("Optimizer", "optimizers"),
    "train/losses": ("Loss", "losses"),
    "metrics": ("Metric", "metrics"),
    "train/schedules": ("Schedule", "schedules"),
    "train/callbacks": ("Callback", "callbacks"),
    "train/regularizers": ("Regularizer", "regularizers"),
    "train/constraints": ("Constraint", "constraints"),
    "data/augment": ("Augmenter", "augmenters"),
    "data/sources": ("Source", "sources"),
    "optimize/prune": ("PruneMethod", "pruning"),
    "optimize/prune/patterns": ("PrunePattern", "patterns"),
    "optimize/quantize": ("QuantizeMethod", "quantization"),
    "optimize/factorize": ("FactorizeMethod", "factorization"),
    "optimize/rewrites": ("Rewrite", "rewrites"),
    "convert/formats": ("Format", "formats"),
    "explain/methods": ("ExplainMethod", "explaining"),
    "explain/effects": ("EffectKind", "effects"),
}
CPP = {"integer": "std::int64_t", "number": "double", "boolean": "bool", "string": "std::string"}
# Settings whose types the catalogs leave open, by what their names end with.
OPEN = {"_initializer": "Initializer", "_regularizer": "Regularizer", "_constraint": "Constraint", "activation": "ActivationFunction",
        "layer": "Layer"}


def printed(upkeep, *arguments):
    return json.loads(subprocess.run([upkeep, "catalog", *arguments, "--json"], capture_output=True, text=True, check=True).stdout)


def type_of(setting):
    kind = setting["type"]
    if kind.endswith(" or null"):
        return f"std::optional<{type_of({**setting, 'type': kind[:-8]})}>"
    if kind.startswith("list of ") and "default" in setting and not isinstance(setting["default"], (list, type(None))):
        return "Setting"  # one value stands for a list of it
    if kind.startswith("list of "):
        return f"std::vector<{type_of({'name': setting['name'], 'type': kind[8:-1]})}>"
    if kind == "any":
        return next((cpp for end, cpp in OPEN.items() if setting["name"].endswith(end)), "Setting")
    return CPP[kind]


def literal(value, cpp):
    """The initialiser of a member, with its "="; empty where the type's own default is it."""
    def of(one):
        if isinstance(one, bool):
            return "true" if one else "false"
        if isinstance(one, str):
            return json.dumps(one)
        if isinstance(one, list):
            return "{" + ", ".join(of(item) for item in one) + "}"
        return repr(one)

    if value is None or value in ("", {}) or value == []:
        return ""
    return " = " + of(value)


def comment(setting):
    parts = [setting["help"]]
    if setting.get("choices"):
        parts.append(", ".join(json.dumps(one) for one in setting["choices"]))
    if setting.get("range") and setting["type"].startswith(("integer", "number")):
        parts.append(setting["range"] + (" " + setting["unit"] if setting.get("unit") else ""))
    return "; ".join(parts)


def struct(name, settings, extra=()):
    lines = [f"struct {name} {{\n"]
    for setting in settings:
        cpp = type_of(setting)
        lines.append(f"  {cpp} {setting['name']}{literal(setting['default'], cpp) or '{}'};  // {comment(setting)}\n")
    return "".join(lines + list(extra) + ["};\n"])


def pascal(name):
    return "".join(part[:1].upper() + part[1:] for part in re.split(r"[-_]", name))


def class_name(kind, classes):
    """Keras's class; "Input" for "InputLayer"."""
    known = classes.get(kind, pascal(kind))
    return known[:-5] if known.endswith("Layer") and not kind.endswith("layer") else known


def changed(name, settings):
    """The settings that are not the defaults."""
    if not settings:
        return "{}"
    listed = ", ".join(f'{{"{one["name"]}", s.{one["name"]}}}' for one in settings)
    return f"changed<{name}Settings>(given, [](const {name}Settings& s) -> Setting::Object {{ return {{{listed}}}; }})"


LAYERS_HEAD = WRITTEN + """//
// Every layer, with Keras's names and defaults: a struct of settings, and a function that makes the layer.
//
//   Conv2D({.filters = 32, .kernel_size = 3, .activation = "relu"})
//
// Settings are checked when the layer becomes part of a model; what is wrong is an Error that names layer and setting.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "upkeep/choices.hpp"
#include "upkeep/layer.hpp"
#include "upkeep/setting.hpp"

namespace upkeep::api {

// clang-format off

"""


def layers_header(members, classes):
    text = LAYERS_HEAD
    for one in members:
        name = class_name(one["name"], classes)
        extra = ["  std::string name{};  // of the layer in its model; empty: \"" + one["name"] + "\", \"" + one["name"] + "_1\", ...\n"]
        text += f"// {one['help']}\n" + struct(name + "Settings", one["settings"], extra)
        text += f"Layer {name}(const {name}Settings& settings = {{}});\n\n"
    return text + "// clang-format on\n\n}  // namespace upkeep::api\n"


def layers_source(members, classes):
    text = WRITTEN + '#include "upkeep/layers.hpp"\n#include "api/settings.hpp"\n\nnamespace upkeep::api {\n\n// clang-format off\n'
    for one in members:
        name = class_name(one["name"], classes)
        text += f'Layer {name}(const {name}Settings& given) {{ return Layer("{one["name"]}", given.name, {changed(name, one["settings"])}); }}\n'
    return text + "// clang-format on\n\n}  // namespace upkeep::api\n"


CHOICES_HEAD = WRITTEN + """//
// What a program chooses from: optimisers, losses, metrics, ... Each has a struct of settings, and a function that makes the choice. One
// without settings can be given by its name alone: {.optimizer = optimizers::Sgd({.momentum = 0.9}), .loss = "mse"}.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "upkeep/setting.hpp"

namespace upkeep::api {

// clang-format off

"""


def choices_header(catalog):
    text = CHOICES_HEAD
    for room, (kind, space) in ROOMS.items():
        text += f"// --- {room} " + "-" * (110 - len(room)) + f"\n\nusing {kind} = Choice<struct {kind}Room>;\n\nnamespace {space} {{\n\n"
        for one in catalog[room]:
            if " " in one["name"]:
                continue  # what may be said of every member
            name = pascal(one["name"])
            text += f"// {one['help']}\n"
            if one["settings"]:
                text += struct(name + "Settings", one["settings"]) + f"{kind} {name}(const {name}Settings& settings = {{}});\n\n"
            else:
                text += f"{kind} {name}();\n\n"
        text += f"}}  // namespace {space}\n\n"
    return text + "// clang-format on\n\n}  // namespace upkeep::api\n"


def choices_source(catalog):
    text = WRITTEN + '#include "upkeep/choices.hpp"\n#include "api/settings.hpp"\n\nnamespace upkeep::api {\n\n// clang-format off\n'
    for room, (kind, space) in ROOMS.items():
        text += f"namespace {space} {{\n"
        for one in catalog[room]:
            if " " in one["name"]:
                continue
            name = pascal(one["name"])
            argument = f"const {name}Settings& given" if one["settings"] else ""
            text += f'{kind} {name}({argument}) {{ return {kind}("{one["name"]}", {changed(name, one["settings"])}); }}\n'
        text += f"}}  // namespace {space}\n\n"
    return text + "// clang-format on\n\n}  // namespace upkeep::api\n"


def main():
    upkeep = sys.argv[1]
    catalog = printed(upkeep)
    classes = {one["layer"]: one["class"] for one in printed(upkeep, "--keras") if one["layer"]}
    files = {"include/upkeep/layers.hpp": layers_header(catalog["layers"], classes),
             "include/upkeep/choices.hpp": choices_header(catalog),
             "src/api/layers.cpp": layers_source(catalog["layers"], classes),
             "src/api/choices.cpp": choices_source(catalog)}
    wrong = False
    for name, said in files.items():
        file = ROOT / name
        if "--write" in sys.argv:
            file.write_text(said)
        written = file.read_text() if file.exists() else ""
        if written != said:
            wrong = True
            print("".join(list(difflib.unified_diff(written.splitlines(True), said.splitlines(True), name, "upkeep catalog"))[:40]))
            print(f"{name} is not what the catalogs say: run tests/house/public_headers.py build/dev/apps/upkeep --write")
    print("the public headers differ" if wrong else "the public headers equal the catalogs")
    sys.exit(wrong)


main()
