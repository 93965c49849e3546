#!/usr/bin/env python3
"""Include arrows point down only, and a heavy third-party header is seen by one folder only."""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
FLOORS = ["base", "graph", "runtime", "layers", "data", "metrics", "train", "optimize", "convert", "analyze", "explain", "api", "log", "registry", "serve", "maintain", "operate", "score", "cli"]
# Floors of one height do not see each other.
SAME_HEIGHT = [{"layers", "data", "metrics"}, {"runtime"}]
HEAVY = {
    r"onnxruntime": "src/runtime/",
    r"onnx/": "src/graph/",
    r"google/protobuf": ("src/graph/", "src/serve/grpc/"),
    r"(arrow|parquet)/": ("src/data/sources/", "src/serve/", "src/registry/modules/"),
    r"boost/(asio|beast)": ("src/serve/http/", "src/serve/client/", "src/serve/net/"),
    r"(inference|model_config|health|reflection)\.pb\.h|grpc/": "src/serve/grpc/",
    r"nghttp2/": "src/serve/http2/",
    r"(soci|libpq-fe)": ("src/registry/stores/", "src/registry/servers_testing.hpp"),
    r"hdf5|H5": "src/convert/formats/",
    r"yaml-cpp/": "src/base/",
    r"openssl/": ("src/base/", "src/serve/net/"),
    r"prometheus/": "src/serve/",
    r"CLI/": "src/cli/",
    r"zip\.h": "src/base/",
    r"opencv2/": "src/data/images/modules/",
    r"(turbojpeg|spng)\.h|webp/": "src/data/images/",
    r"hwy/": "src/train/",
    r"oneapi/dnnl": "src/train/kernels/",
}
# What a program that includes upkeep.hpp may pay for; others, such as <chrono> and <regex>, cost half a second each.
LIGHT = set("atomic concepts cstddef cstdint exception filesystem functional initializer_list map memory optional span string string_view "
            "utility variant vector".split())
INCLUDE = re.compile(r'^\s*#\s*include\s*(["<])([^">]+)[">]', re.M)


def upward(floor: str, other: str) -> bool:
    if floor == other or other not in FLOORS:
        return False
    if any(floor in group and other in group for group in SAME_HEIGHT):
        return True
    return FLOORS.index(other) > FLOORS.index(floor)


def problems():
    for file in sorted((ROOT / "src").rglob("*.[ch]pp")):
        name = file.relative_to(ROOT).as_posix()
        floor = name.split("/")[1]
        test = file.stem.endswith("_test") or file.stem.endswith("_testing")
        for quote, header in INCLUDE.findall(file.read_text()):
            if quote == '"':
                other = header.split("/")[0]
                if upward(floor, other) and not (test and other == "runtime"):
                    yield f"{name}: includes {header}, which lies above {floor}"
                if not (ROOT / "src" / header).exists() and not (ROOT / "include" / header).exists():
                    if not re.search(r"catalogs|embedded", header):
                        yield f"{name}: includes {header}, which is not in src/ or include/"
            else:
                for pattern, folders in HEAVY.items():
                    if re.match(pattern, header) and not name.startswith(folders):
                        yield f"{name}: includes <{header}>, which belongs to {folders}"
    for file in sorted((ROOT / "include").rglob("*.hpp")):
        for quote, header in INCLUDE.findall(file.read_text()):
            if quote == '"' and not header.startswith("upkeep/"):
                yield f"{file.relative_to(ROOT)}: a public header includes {header}"
        if len(file.read_text().splitlines()) > 200 and not file.read_text().startswith("// Written by "):
            yield f"{file.relative_to(ROOT)}: longer than 200 lines"


def reached(header, seen):
    """The public headers that one includes, itself among them."""
    if header not in seen:
        seen.add(header)
        for quote, other in INCLUDE.findall((ROOT / "include" / header).read_text()):
            if quote == '"':
                reached(other, seen)
    return seen


def heavy():
    for header in sorted(reached("upkeep/upkeep.hpp", set())):
        for quote, other in INCLUDE.findall((ROOT / "include" / header).read_text()):
            if quote == "<" and other not in LIGHT:
                yield f"include/{header}: includes <{other}>, which makes every program slow to compile"


found = [*problems(), *heavy()]
print("\n".join(found) or "arrows point down")
sys.exit(1 if found else 0)
